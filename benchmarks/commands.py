"""Commands and homes of the benchmarks: a home has a folder of its own, and a command a time limit."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

MAGFLOW = (sys.executable, "-m", "magflow_pipeline.cli")
SECONDS = 600  # a command that takes longer than all of `make bench` should hangs
STOP_SECONDS = 60
# What a script runs in the background ignores SIGINT, and so does all that it starts: `dagster dev` would never end.
signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def new_folder() -> Generator[Path]:
    """A folder that is empty, and afterwards gone; other users may enter it, as the embedded server does under root."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def new_home(**settings: str) -> Generator[dict[str, str]]:
    """The environment of commands in a home of their own, with these settings; its server is stopped at the end."""
    with new_folder() as home:
        environment = {**os.environ, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull, **settings}
        try:
            yield environment
        finally:
            run([*MAGFLOW, "database", "stop"], environment)


def run(command: Sequence[str], environment: Mapping[str, str], seconds: float = SECONDS) -> str:
    """What it prints.

    Raises:
        SystemExit: it failed, or was ended because it took longer than `seconds`; with a sentence.
    """
    told = " ".join(command[1:])
    try:
        done = subprocess.run(command, check=False, env=environment, timeout=seconds, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        sys.exit(f"{told}: did not end within {seconds:.0f} s, so nothing is measured.")
    if done.returncode:
        sys.exit(f"{told}: ended with {done.returncode}, so nothing is measured. It said: {done.stderr.strip()}")
    return done.stdout


def stop(process: psutil.Popen) -> None:
    """End it as Ctrl-C does.

    Raises:
        SystemExit: it had to be killed, with all that it started; with a sentence.
    """
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        sys.exit(f"{' '.join(process.args[1:])}: did not end within {STOP_SECONDS} s of Ctrl-C.")
