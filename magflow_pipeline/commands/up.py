"""`magflow up`: Dagster's UI, daemon and code, the embedded database and, in a demo home, the simulator, kept alive."""

import fcntl
import json
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.settings import PROJECT_ROOT, ConfigurationError, Settings

HOST = "127.0.0.1"  # open-source Dagster has no login
MARK = "MAGFLOW_UP_IN"  # in the environment of each part, and so of all that it starts: the home
START_SECONDS = 90
STOP_SECONDS = 15
LOG_TAIL_LINES = 15
SECONDS_BETWEEN_LOOKS = 0.5
MOST_DEATHS, DEATHS_WITHIN_SECONDS = 5, 120  # a part that dies so often is not started again


@dataclass
class Part:
    """One process of the shop, how it is started, and the file it writes to."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque[float](maxlen=MOST_DEATHS))

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it, or start it again; its log goes on."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(environment),
                cwd=PROJECT_ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which ends the parts in order
            )

    def has_died(self) -> bool:
        """Whether it has to be started again."""
        return self.process is not None and self.process.poll() is not None

    def dies_too_often(self) -> bool:
        """Note a death; whether starting it again has not helped."""
        self.deaths.append(time.monotonic())
        return len(self.deaths) == MOST_DEATHS and self.deaths[-1] - self.deaths[0] < DEATHS_WITHIN_SECONDS


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
    settings: Settings, port: int, environment: Mapping[str, str], simulator_port: int | None, console: Console
) -> int:
    """Start all parts and keep them alive until a signal comes, then end them; the exit code."""
    if _end_parts(settings.home):
        console.print("An earlier `magflow up` was killed; what it had left running is ended.")
    check_port(port)
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    code_port = free_port()
    commands = _commands(port, code_port, _write_workspace(settings.home, code_port), simulator_port)
    parts = [Part(name, command, logs / f"{name.lower().replace(' ', '-')}.log") for name, command in commands.items()]
    code, *others = parts
    environment = {**environment, MARK: str(settings.home)}
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    started = time.monotonic()
    announced = False
    try:
        for part in parts:
            part.log.unlink(missing_ok=True)
        code.start(environment)
        while not stopping:
            if not _keep_alive(parts, environment, console):
                return 1
            _keep_database_alive(settings, console)
            waiting = [part for part in others if part.process is None]
            if waiting and _listens(code_port):  # a UI that finds no code looks again only after ten seconds
                for part in waiting:
                    part.start(environment)
            if not announced and _answers(port):
                console.print(f"Dagster UI: http://{HOST}:{port}   (Ctrl-C ends it; logs in {logs})")
                announced = True
            if not announced and time.monotonic() - started > START_SECONDS:
                console.print(f"The Dagster UI did not answer within {START_SECONDS} s. Its log: {logs}")
                return 1
            time.sleep(SECONDS_BETWEEN_LOOKS)
        console.print("Stopping ...")
        return 0
    finally:
        _end_parts(settings.home)


def _commands(port: int, code_port: int, workspace: Path, simulator_port: int | None) -> dict[str, list[str]]:
    scripts = Path(sys.executable).parent
    code = [str(scripts / "dagster"), "api", "grpc", "--module-name", "magflow_pipeline.definitions"]
    quietly = ["--log-level", "warning"]  # every tick is in the UI; in the file it would be ten megabytes a day
    # A connection that is older than a second may be one to a database that is gone: a run would be half launched.
    ui = [str(scripts / "dagster-webserver"), "--db-pool-recycle", "1"]
    simulator = [sys.executable, "-m", "magflow_pipeline.cli", "simulator", "--port", str(simulator_port)]
    return {
        "Dagster code": [*code, "--host", HOST, "--port", str(code_port), *quietly],
        "Dagster UI": [*ui, "-w", str(workspace), "-h", HOST, "-p", str(port)],
        "Dagster daemon": [str(scripts / "dagster-daemon"), "run", "-w", str(workspace), *quietly],
        **({"simulator": simulator} if simulator_port is not None else {}),
    }


def _write_workspace(home: Path, code_port: int) -> Path:
    """Where the UI and the daemon find the code: in a server of its own, as in containers.

    Each would else start one for itself, and nobody would start the UI's again when it is killed.
    """
    server = {"host": HOST, "port": code_port, "location_name": "magflow_pipeline"}
    file = home / "dagster" / "workspace.yaml"
    file.write_text(json.dumps({"load_from": [{"grpc_server": server}]}))  # every JSON document is YAML
    return file


def _keep_alive(parts: Sequence[Part], environment: Mapping[str, str], console: Console) -> bool:
    """Start again what has died; false when that does not help."""
    for part in parts:
        if not part.has_died():
            continue
        assert part.process is not None
        ended = f"{part.name} ended with exit code {part.process.returncode}"
        if part.dies_too_often():
            console.print(f"{ended}, again and again; the others are ended too.")
            tail = part.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
            console.print(f"The end of {part.log}:", *tail, sep="\n  ")
            return False
        console.print(f"{ended}; it is started again. Its log: {part.log}")
        part.start(environment)
    return True


def _keep_database_alive(settings: Settings, console: Console) -> None:
    """Start the embedded server again when it has died; a server of the seller's own is the seller's."""
    if settings.database_url is not None or embedded.is_running(settings.home):
        return
    console.print("The embedded PostgreSQL does not answer; it is started again.")
    with suppress(ConfigurationError):  # it may take a moment until what is left of the old one is gone
        embedded.start(settings.home)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/server_info", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2):
        return True
    return False


def _end_parts(home: Path) -> bool:
    """End the parts and all that they started, runs included, also of parts that are gone; whether there was any."""
    processes = list(_marked(home))
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    return bool(processes)


def _marked(home: Path) -> Iterator[psutil.Process]:
    """What a `magflow up` of this home has started; the embedded server outlives it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home) and process.name() != "postgres":
                yield process


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
