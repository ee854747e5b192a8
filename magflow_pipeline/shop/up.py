"""`magflow up`: Dagster's UI, daemon and code, the embedded database and, in a demo home, the simulator, kept alive."""

import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.settings import ConfigurationError, Settings, making_home, without_credentials
from magflow_pipeline.text import printable, times
from magflow_pipeline.times import BUCHAREST, ZONE

DAEMON = "Dagster daemon"
HOST = "127.0.0.1"  # open-source Dagster has no login
MARK = "MAGFLOW_UP_IN"  # names the home in the environment of each part and of its descendants
START_SECONDS = 90
STOP_SECONDS = 15
LOG_TAIL_LINES = 15
LOGS_KEPT, LARGEST_LOG = 5, 10_000_000
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_FIRST_LOOKS = 0.1  # until the UI answers, which somebody waits for
DATABASE_SECONDS = 5  # the wait for its recovery, so that the other parts are looked at in between
STABLE_SECONDS = 120  # a part that lived so long works; the restarts of one that dies earlier back off
LONGEST_PAUSE_SECONDS = 60
MOST_DEATHS = 5  # of a part that has never worked: its set-up is wrong, and restarting does not help

# How often Dagster's daemon looks, in seconds; by default 5 and 30.
DAEMON_VARIABLES = {
    "DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "15",  # for runs to retry, because their worker died
    "FRESHNESS_DAEMON_INTERVAL_SECONDS": "120",  # at assets whose windows of freshness are hours
}

Say = Callable[[str], None]


@dataclass
class Restarts:
    """Back-off of a part: how often it has died without working in between, and when it may be restarted."""

    times: int = 0
    since: str = ""
    reason: str = ""
    started_at: float = 0.0
    next_start: float = 0.0
    is_down: bool = True
    has_worked: bool = False

    def note_start(self) -> None:
        """Note that it is being started."""
        self.started_at, self.is_down = time.monotonic(), False

    def note_death(self) -> None:
        """Note that it has died; the pause before the next start doubles each time."""
        self.is_over()
        self.times += 1
        self.since = self.since or f"{datetime.now(BUCHAREST):%H:%M}"
        self.next_start = time.monotonic() + self.pause
        self.is_down = True

    @property
    def pause(self) -> float:
        """Seconds until the next start."""
        return min(LONGEST_PAUSE_SECONDS, 2.0 ** min(self.times - 1, 10))

    def may_start(self) -> bool:
        """Whether it is time to start it, for the first time or again."""
        return self.is_down and time.monotonic() >= self.next_start

    def is_over(self) -> int:
        """Reset the count of deaths once it has worked for STABLE_SECONDS, and return it; else 0."""
        if self.is_down or time.monotonic() - self.started_at < STABLE_SECONDS:
            return 0
        had_ended, self.times, self.since, self.reason, self.has_worked = self.times, 0, "", "", True
        return had_ended

    def tell(self, say: Say, what: str) -> None:
        """Say one line for the first death, and then only when their number has doubled: 2, 4, 8, 16, ..."""
        if self.times == 1:
            say(f"{what}; it is started again.{self.reason}")
        elif self.times & (self.times - 1) == 0:
            say(f"{what} again, {self.times} times since {self.since}; next start in {self.pause:.0f} s.{self.reason}")


@dataclass
class Part:
    """One supervised process: how it is started, and its log file."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    listens: bool = True  # on a port, by which it is known to work
    process: subprocess.Popen[bytes] | None = None
    restarts: Restarts = field(default_factory=Restarts)

    def start(self) -> None:
        """Start or restart it; its log is appended to."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which ends the parts in order
            )
        self.restarts.note_start()

    def has_died(self) -> bool:
        """Whether its process has ended, so that it must be restarted."""
        return not self.restarts.is_down and self.process is not None and self.process.poll() is not None

    def note_whether_it_works(self) -> None:
        """Note that it has worked as soon as it listens: its set-up is right, however often it is killed later."""
        if not self.listens or self.restarts.has_worked or self.restarts.is_down or self.process is None:
            return
        with suppress(psutil.Error):
            connections = psutil.Process(self.process.pid).net_connections("tcp")
            self.restarts.has_worked = any(each.status == psutil.CONN_LISTEN for each in connections)


def keep_earlier(log: Path, copy: Path | None = None) -> None:
    """Rotate: the log, or its `copy`, becomes number 1, earlier ones move up, and those above 5 are dropped."""
    for number in range(LOGS_KEPT - 1, 0, -1):
        with suppress(FileNotFoundError):
            log.with_suffix(f".{number}.log").replace(log.with_suffix(f".{number + 1}.log"))
    with suppress(FileNotFoundError):
        (copy or log).replace(log.with_suffix(".1.log"))


def keep_small(log: Path) -> None:
    """Rotate the log of a running part when it is large; it is copied and truncated, as the part keeps it open."""
    copy = log.with_suffix(".copy")
    try:
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, copy)
            keep_earlier(log, copy)
            os.truncate(log, 0)
    except OSError:  # a full disk: then nothing grows
        copy.unlink(missing_ok=True)


def make_say(console: Console) -> Say:
    """A function that prints lines with the time; lost output does not end the shop."""

    def say(text: str) -> None:
        with suppress(OSError, SystemExit):  # rich exits when its pipe is closed
            console.print(f"{datetime.now(BUCHAREST):%H:%M:%S} {text}", markup=False, highlight=False, soft_wrap=True)

    return say


def free_port() -> int:
    """A free port of the loopback address."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def check_port(port: int, host: str = HOST) -> None:
    """Make sure that a server can listen on `port` of `host`.

    Raises:
        ConfigurationError: another program listens there, this user may not, or the host is not this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise ConfigurationError(f"--host {printable(host)} is no address of this machine.") from None
        raise ConfigurationError(
            f"Port {port} of {printable(host)} cannot be used: {os.strerror(error.errno or errno.EADDRINUSE)}. "
            "Choose another one with --port (make up: PORT=)."
        ) from None


@contextmanager
def only_one(home: Path) -> Generator[None]:
    """Lock the home: two daemons on one storage would launch every run twice.

    Raises:
        ConfigurationError: another `magflow up` holds it.
    """
    with making_home(home):
        lock = (home / "up.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"Dagster is up already in {home}: end that `magflow up` first.") from None
        yield


def end_what_is_left(home: Path, console: Console) -> None:
    """End orphaned processes of an earlier `magflow up` of this home."""
    if _end_parts(home):
        console.print("An earlier `magflow up` was killed; what it had left running is ended.")


def run_shop(
    settings: Settings, port: int, environment: Mapping[str, str], simulator_port: int | None, console: Console
) -> int:
    """Start all parts and keep them alive until SIGINT or SIGTERM, then end them; returns the exit code."""
    say = make_say(console)
    logs = settings.home / "logs"
    with making_home(settings.home):
        logs.mkdir(exist_ok=True)
    code_port = free_port()
    parts = _make_parts(settings.home, port, code_port, simulator_port, environment)
    waited_for = [each for each in (port, simulator_port) if each is not None]
    database = Restarts(is_down=False)
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    started = time.monotonic()
    announced = False
    try:
        for part in parts:
            keep_earlier(part.log)
        while not stopping:
            _keep_database_alive(settings, database, say)
            if not all(_keep_alive(part, say) for part in parts):
                return 1
            for part in parts:
                keep_small(part.log)
                # What people wait for starts first. The UI loads meanwhile, and waits for the code server by itself.
                if part.restarts.may_start() and (part in parts[:2] or _listens(code_port)):
                    _start(part)
            if not announced and all(map(_listens, waited_for)) and _answers(port):
                say(f"Dagster UI: http://{HOST}:{port}   (Ctrl-C ends it; logs in {logs}; times are {ZONE})")
                announced = True
            if not announced and time.monotonic() - started > START_SECONDS:
                say(f"The Dagster UI did not answer within {START_SECONDS} s. Its log: {logs}")
                return 1
            time.sleep(SECONDS_BETWEEN_LOOKS if announced else SECONDS_BETWEEN_FIRST_LOOKS)
        say("Stopping ...")
        return 0
    finally:
        _end_parts(settings.home)


def _make_parts(
    home: Path, port: int, code_port: int, simulator_port: int | None, environment: Mapping[str, str]
) -> list[Part]:
    """The parts, code server and UI first. Only the code server gets the passwords: the runs are its children."""
    folder = home / "dagster"  # Dagster reads a .env of its working folder; only the settings may read the project's
    environment = {**environment, MARK: str(home)}
    parts: list[Part] = []
    for name, command in _commands(port, code_port, _write_workspace(home, code_port), simulator_port).items():
        log = home / "logs" / f"{name.lower().replace(' ', '-')}.log"
        variables = environment if not parts else {**DAEMON_VARIABLES, **without_credentials(environment)}
        parts.append(Part(name, command, variables, folder, log, listens=name != DAEMON))
    return parts


def _commands(port: int, code_port: int, workspace: Path, simulator_port: int | None) -> dict[str, list[str]]:
    # The interpreter is named: a script's shebang breaks at a blank in a folder's name. -P: nothing is imported from
    # the working folder.
    python, scripts = [sys.executable, "-P"], Path(sys.executable).parent
    slowly = [*python, "-m", "magflow_pipeline.shop.loops"]
    code = [*slowly, str(scripts / "dagster"), "api", "grpc", "--module-name", "magflow_pipeline.definitions"]
    quietly = ["--log-level", "warning"]  # the UI shows every tick; in the log they would take ten megabytes a day
    ui = [*python, "-m", "magflow_pipeline.shop.webserver"]
    daemon = [*slowly, str(scripts / "dagster-daemon")]
    simulator = [*python, "-m", "magflow_pipeline.cli", "simulator", "--port", str(simulator_port)]
    return {
        "Dagster code": [*code, "--empty-working-directory", "--host", HOST, "--port", str(code_port), *quietly],
        "Dagster UI": [*ui, "--code-port", str(code_port), "-w", str(workspace), "-h", HOST, "-p", str(port)],
        DAEMON: [*daemon, "run", "-w", str(workspace), *quietly],
        **({"simulator": simulator} if simulator_port is not None else {}),
    }


def _write_workspace(home: Path, code_port: int) -> Path:
    """Write the file that points the UI and the daemon to the code server, one for both, as in containers.

    Otherwise each would start its own, and nothing would restart the UI's when it is killed.
    """
    server = {"host": HOST, "port": code_port, "location_name": "magflow_pipeline"}
    file = home / "dagster" / "workspace.yaml"
    file.write_text(json.dumps({"load_from": [{"grpc_server": server}]}))  # every JSON document is YAML
    return file


def _start(part: Part) -> None:
    try:
        part.start()
    except OSError as error:  # no room for its log, or for a process
        part.restarts.reason = f" {error.strerror}."
        part.restarts.note_death()


def _keep_alive(part: Part, say: Say) -> bool:
    """Note that a part has died, or works again; false when it never worked and restarting does not help."""
    if not part.has_died():
        part.note_whether_it_works()
        if had_ended := part.restarts.is_over():
            say(f"{part.name} works again; it had ended {times(had_ended)}.")
        return True
    assert part.process is not None
    part.restarts.note_death()
    ended = f"{part.name} ended with exit code {part.process.returncode}"
    if part.restarts.times >= MOST_DEATHS and not part.restarts.has_worked:
        say(f"{ended}, again and again; the others are ended too.")
        tail = part.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        say("\n  ".join([f"The end of {part.log}:", *(printable(line) for line in tail)]))
        return False
    part.restarts.reason = f" Its log: {part.log}"
    part.restarts.tell(say, ended)
    return True


def _keep_database_alive(settings: Settings, restarts: Restarts, say: Say) -> None:
    """Restart the embedded server when it has died; the seller's own server is not touched."""
    if settings.database_url is not None:
        return
    embedded.keep_log_small(settings.home)
    if embedded.is_running(settings.home):
        if had_ended := restarts.is_over():
            say(f"The embedded PostgreSQL works again; it had ended {times(had_ended)}.")
        return
    if not restarts.is_down:
        restarts.note_death()
        restarts.tell(say, "The embedded PostgreSQL does not answer")
    if restarts.may_start():
        restarts.note_start()
        try:
            embedded.start(settings.home, patience=DATABASE_SECONDS, port=settings.database_port)
        except ConfigurationError as error:
            restarts.reason = f" {error}"


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
    """End the parts and their descendants, runs and orphaned ones included; returns whether there were any."""
    processes = list(_marked(home))
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    return bool(processes)


def _marked(home: Path) -> Iterator[psutil.Process]:
    """The processes that a `magflow up` of this home started; the embedded server has no mark, and outlives it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home):
                yield process


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
