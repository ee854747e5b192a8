"""`magflow up`: the Dagster UI, its daemon and, in a demo home, the simulator, as long as all of them live."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from magflow_pipeline.settings import PROJECT_ROOT, ConfigurationError

HOST = "127.0.0.1"  # open-source Dagster has no login
START_SECONDS = 90
STOP_SECONDS = 15
LOG_TAIL_LINES = 15


@dataclass(frozen=True)
class Part:
    """One process of the shop, and the file it writes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def check_port(port: int) -> None:
    """Make sure that the UI can listen on `port`.

    Raises:
        ConfigurationError: somebody else listens there.
    """
    try:
        with socket.create_server((HOST, port)):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} of {HOST} cannot be used ({error.strerror}). Choose another one: magflow up --port 3001."
        ) from None


@contextmanager
def only_one(home: Path) -> Generator[None]:
    """Hold the home: two daemons on one storage would launch every run twice.

    Raises:
        ConfigurationError: another `magflow up` holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"Dagster is up already in {home}: end that `magflow up` first.") from None
        yield


def run_shop(
    port: int, environment: Mapping[str, str], logs: Path, simulator_port: int | None, console: Console
) -> int:
    """Start all parts, wait until one ends or a signal comes, end the others; the exit code."""
    logs.mkdir(parents=True, exist_ok=True)
    scripts = Path(sys.executable).parent
    commands = {
        "Dagster UI": [
            *(str(scripts / "dagster-webserver"), "-w", "workspace.yaml", "-h", HOST, "-p", str(port)),
        ],
        "Dagster daemon": [str(scripts / "dagster-daemon"), "run", "-w", "workspace.yaml"],
    }
    if simulator_port is not None:
        simulator = [sys.executable, "-m", "magflow_pipeline.cli", "simulator", "--port", str(simulator_port)]
        commands = {"simulator": simulator, **commands}
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    parts: list[Part] = []
    try:
        for name, command in commands.items():
            parts.append(_start(name, command, environment, logs))
        announced = False
        deadline = time.monotonic() + START_SECONDS
        while not stopping:
            dead = next((part for part in parts if part.process.poll() is not None), None)
            if dead is not None:
                _tell_of_death(dead, console)
                return 1
            if not announced and _answers(port):
                console.print(f"Dagster UI: [bold]http://{HOST}:{port}[/bold]   (Ctrl-C ends it; logs in {logs})")
                announced = True
            if not announced and time.monotonic() > deadline:
                console.print(f"The Dagster UI did not answer within {START_SECONDS} s. Its log: {logs}")
                return 1
            time.sleep(0.3)
        console.print("Stopping ...")
        return 0
    finally:
        _stop(parts)


def _start(name: str, command: list[str], environment: Mapping[str, str], logs: Path) -> Part:
    log = logs / f"{name.lower().replace(' ', '-')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=PROJECT_ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which ends the parts in order
        )
    return Part(name, process, log)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/server_info", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _tell_of_death(part: Part, console: Console) -> None:
    tail = part.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    console.print(f"[bold]{part.name}[/bold] ended with exit code {part.process.returncode}; the others are ended too.")
    console.print(f"The end of {part.log}:", *tail, sep="\n  ", markup=False, highlight=False)


def _stop(parts: list[Part]) -> None:
    """End each part and whatever it started, runs included, also when the part itself is gone already."""
    sessions = {part.process.pid for part in parts}
    processes = [process for process in psutil.process_iter() if _session_of(process) in sessions]
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=STOP_SECONDS)


def _session_of(process: psutil.Process) -> int | None:
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(process.pid)
    return None


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
