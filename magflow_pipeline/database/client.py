"""PostgreSQL's programs: psql, pg_dump and pg_restore, with passwords kept off their command lines."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from magflow_pipeline.database.address import SECRETS
from magflow_pipeline.settings import ConfigurationError, environment_of_child, environment_of_client, without_passwords
from magflow_pipeline.text import noted, without_secrets

PROGRAMS_VERSION = 18  # of pg_dump and pg_restore, which are the wheel's: they work with this and older servers
LOCK_WAIT = 60_000  # milliseconds; a migration holds its locks for half a minute at most
CHUNK = 1 << 20


class ProgramError(Exception):
    """pg_dump or pg_restore failed; the message is its own first error."""


def become_psql(url: str, arguments: Sequence[str]) -> None:
    """Replace this process by psql.

    The password is passed in the environment, which other users cannot read; they can read a command line.

    Raises:
        ConfigurationError: psql cannot be started, or the address has a secret that it takes on a command line only.
    """
    conninfo, secret = off_the_command_line(url)
    environment = without_passwords(environment_of_child(**secret))
    program = shutil.which("psql") or str(_of_the_wheel("psql"))
    try:
        # psql is what the user asked for, with arguments that no shell sees.
        os.execve(program, ["psql", f"--dbname={conninfo}", *arguments], environment)  # noqa: S606
    except OSError as error:
        raise ConfigurationError(f"{program} cannot be started: {error.strerror}.") from None


def _of_the_wheel(name: str) -> Path:
    from magflow_pipeline.database.embedded import BINARIES  # the wheel's modules, for those who use its programs

    return BINARIES / name


def dump(url: str, snapshot: str, output: IO[bytes]) -> None:
    """Write a database, as of an exported snapshot, into `output`, in the custom format of pg_dump.

    Raises:
        ProgramError: pg_dump failed; the message is its own.
    """
    # Level 1: half of the time of level 6, for a tenth more bytes.
    options = ["--format=custom", "--compress=gzip:1", f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}"]
    with _program("pg_dump", url, options, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        shutil.copyfileobj(process.stdout, output, CHUNK)


def restore(url: str, source: IO[bytes], *options: str) -> None:
    """Fill an empty database from what `dump` wrote.

    Raises:
        ProgramError: pg_restore failed; the message is its own.
    """
    with _program("pg_restore", url, ["--format=custom", *options], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin:  # it has ended, and says why
            shutil.copyfileobj(source, process.stdin, CHUNK)


@contextmanager
def _program(
    name: str, url: str, options: Sequence[str], stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Generator["subprocess.Popen[bytes]"]:
    """A program while it runs; it is ended with the block."""
    conninfo, secret = off_the_command_line(url)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [str(_of_the_wheel(name)), f"--dbname={conninfo}", "--no-password", *options],
            env={**environment_of_client(), **secret, "LC_ALL": "C"},
            cwd="/",
            stderr=said,
            stdin=stdin,
            stdout=stdout,
        )
        with process:  # which waits for its end
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        said.seek(0)
        words = said.read(1_000_000).decode(errors="replace")
        if process.returncode and not _is_fine(words):
            raise ProgramError(f"{name} failed: {_reason(words, [*secret.values()])}")


def _is_fine(words: str) -> bool:
    """Whether the only thing that failed is a setting that pg_restore 18 makes, and servers before 17 do not have."""
    return words.count("pg_restore: error:") == words.count("Command was: SET transaction_timeout = 0;") == 1


def _reason(words: str, secrets: Sequence[str]) -> str:
    lines = [line for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line and "transaction_timeout" not in line]
    first = (errors or lines or ["it ended without a word"])[0]
    return noted(without_secrets(first.partition("error: ")[2] or first, secrets))


def off_the_command_line(url: str) -> tuple[str, dict[str, str]]:
    """An address for a command line, and the password as a variable: other users can read a command line.

    Raises:
        ConfigurationError: the address has a secret that libpq takes from the address alone.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = parts.pop("password", "")
    if kept_from := [name for name in SECRETS if parts.get(name)]:
        raise ConfigurationError(
            f"PostgreSQL's programs take {kept_from[0]} from a command line alone: put it into a service file."
        )
    return make_conninfo("", **parts), {"PGPASSWORD": password} if password else {}
