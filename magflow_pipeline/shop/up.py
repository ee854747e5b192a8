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

HOST = "127.0.0.1"  # open-source Dagster has no login
MARK = "MAGFLOW_UP_IN"  # in the environment of each part, and so of all that it starts: the home
START_SECONDS = 90
STOP_SECONDS = 15
LOG_TAIL_LINES = 15
LOGS_KEPT, LARGEST_LOG = 5, 10_000_000
SECONDS_BETWEEN_LOOKS = 0.5
DATABASE_SECONDS = 5  # the other parts are looked at no later, however long a recovery takes
STABLE_SECONDS = 120  # what lived so long works; what dies earlier is started again ever more slowly
LONGEST_PAUSE_SECONDS = 60
MOST_DEATHS = 5  # of a part that has never worked: its set-up is wrong, and starting it again is no help

Say = Callable[[str], None]


@dataclass
class Trouble:
    """How often something has ended without working in between, and when it may be started again."""

    times: int = 0
    since: str = ""
    reason: str = ""
    started_at: float = 0.0
    next_start: float = 0.0
    is_down: bool = True
    has_worked: bool = False

    def note_start(self) -> None:
        """It is started now."""
        self.started_at, self.is_down = time.monotonic(), False

    def note_death(self) -> None:
        """It has ended: the pause before the next start doubles each time."""
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
        """How often it had ended, once it has worked for a while since; else 0."""
        if self.is_down or time.monotonic() - self.started_at < STABLE_SECONDS:
            return 0
        had_ended, self.times, self.since, self.reason, self.has_worked = self.times, 0, "", "", True
        return had_ended

    def tell(self, say: Say, what: str) -> None:
        """One line for the first death, and then only when their number has doubled: 2, 4, 8, 16, ..."""
        if self.times == 1:
            say(f"{what}; it is started again.{self.reason}")
        elif self.times & (self.times - 1) == 0:
            say(f"{what} again, {self.times} times since {self.since}; next start in {self.pause:.0f} s.{self.reason}")


@dataclass
class Part:
    """One process of the shop, how it is started, and the file it writes to."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None
    trouble: Trouble = field(default_factory=Trouble)

    def start(self) -> None:
        """Start it, or start it again; its log goes on."""
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
        self.trouble.note_start()

    def has_died(self) -> bool:
        """Whether it has to be started again."""
        return not self.trouble.is_down and self.process is not None and self.process.poll() is not None


def keep_earlier(log: Path, copy: Path | None = None) -> None:
    """Make room for a new log: it, or its `copy`, and the earlier ones get the numbers 1 to 5, and older ones go."""
    for number in range(LOGS_KEPT - 1, 0, -1):
        with suppress(FileNotFoundError):
            log.with_suffix(f".{number}.log").replace(log.with_suffix(f".{number + 1}.log"))
    with suppress(FileNotFoundError):
        (copy or log).replace(log.with_suffix(".1.log"))


def keep_small(log: Path) -> None:
    """Begin the log of a living part anew when it has grown large: it is copied and cut, for the part holds it open."""
    copy = log.with_suffix(".copy")
    try:
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, copy)
            keep_earlier(log, copy)
            os.truncate(log, 0)
    except OSError:  # a full disk: then nothing grows
        copy.unlink(missing_ok=True)


def make_say(console: Console) -> Say:
    """Lines with the time. A display that is full or gone is no reason to end the shop."""

    def say(text: str) -> None:
        with suppress(OSError, SystemExit):  # rich exits when its pipe is closed
            console.print(f"{datetime.now(BUCHAREST):%H:%M:%S} {text}", markup=False, highlight=False, soft_wrap=True)

    return say


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
            f"Port {port} of {HOST} cannot be used: {os.strerror(error.errno or errno.EADDRINUSE)}. "
            "Choose another one with --port (make up: PORT=)."
        ) from None


@contextmanager
def only_one(home: Path) -> Generator[None]:
    """Hold the home: two daemons on one storage would launch every run twice.

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
    """End what an earlier `magflow up` of this home left running."""
    if _end_parts(home):
        console.print("An earlier `magflow up` was killed; what it had left running is ended.")


def run_shop(
    settings: Settings, port: int, environment: Mapping[str, str], simulator_port: int | None, console: Console
) -> int:
    """Start all parts and keep them alive until a signal comes, then end them; the exit code."""
    say = make_say(console)
    logs = settings.home / "logs"
    with making_home(settings.home):
        logs.mkdir(exist_ok=True)
    code_port = free_port()
    parts = _make_parts(settings.home, port, code_port, simulator_port, environment)
    database = Trouble(is_down=False)
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
                # A UI that finds no code looks again only after ten seconds.
                if part.trouble.may_start() and (part is parts[0] or _listens(code_port)):
                    _start(part)
            if not announced and _answers(port):
                say(f"Dagster UI: http://{HOST}:{port}   (Ctrl-C ends it; logs in {logs}; times are {ZONE})")
                announced = True
            if not announced and time.monotonic() - started > START_SECONDS:
                say(f"The Dagster UI did not answer within {START_SECONDS} s. Its log: {logs}")
                return 1
            time.sleep(SECONDS_BETWEEN_LOOKS)
        say("Stopping ...")
        return 0
    finally:
        _end_parts(settings.home)


def _make_parts(
    home: Path, port: int, code_port: int, simulator_port: int | None, environment: Mapping[str, str]
) -> list[Part]:
    """The parts, the code first. Only the code, whose children the runs are, knows the marketplace's passwords."""
    folder = home / "dagster"  # Dagster reads a .env where it works; ours is read by the settings alone
    environment = {**environment, MARK: str(home)}
    parts: list[Part] = []
    for name, command in _commands(port, code_port, _write_workspace(home, code_port), simulator_port).items():
        log = home / "logs" / f"{name.lower().replace(' ', '-')}.log"
        variables = environment if not parts else without_credentials(environment)
        parts.append(Part(name, command, variables, folder, log))
    return parts


def _commands(port: int, code_port: int, workspace: Path, simulator_port: int | None) -> dict[str, list[str]]:
    # The scripts are read by our interpreter: their first line is cut where a folder's name has a blank. -P: nothing
    # is imported from the folder that they work in.
    python, scripts = [sys.executable, "-P"], Path(sys.executable).parent
    code = [*python, str(scripts / "dagster"), "api", "grpc", "--module-name", "magflow_pipeline.definitions"]
    quietly = ["--log-level", "warning"]  # every tick is in the UI; in the file it would be ten megabytes a day
    ui = [*python, "-m", "magflow_pipeline.shop.webserver"]
    simulator = [*python, "-m", "magflow_pipeline.cli", "simulator", "--port", str(simulator_port)]
    return {
        "Dagster code": [*code, "--empty-working-directory", "--host", HOST, "--port", str(code_port), *quietly],
        "Dagster UI": [*ui, "-w", str(workspace), "-h", HOST, "-p", str(port)],
        "Dagster daemon": [*python, str(scripts / "dagster-daemon"), "run", "-w", str(workspace), *quietly],
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


def _start(part: Part) -> None:
    try:
        part.start()
    except OSError as error:  # no room for its log, or for a process
        part.trouble.reason = f" {error.strerror}."
        part.trouble.note_death()


def _keep_alive(part: Part, say: Say) -> bool:
    """Note that a part has died, or works again; false when it never worked and starting it again does not help."""
    if not part.has_died():
        if had_ended := part.trouble.is_over():
            say(f"{part.name} works again; it had ended {times(had_ended)}.")
        return True
    assert part.process is not None
    part.trouble.note_death()
    ended = f"{part.name} ended with exit code {part.process.returncode}"
    if part.trouble.times >= MOST_DEATHS and not part.trouble.has_worked:
        say(f"{ended}, again and again; the others are ended too.")
        tail = part.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        say("\n  ".join([f"The end of {part.log}:", *(printable(line) for line in tail)]))
        return False
    part.trouble.reason = f" Its log: {part.log}"
    part.trouble.tell(say, ended)
    return True


def _keep_database_alive(settings: Settings, trouble: Trouble, say: Say) -> None:
    """Start the embedded server again when it has died; a server of the seller's own is the seller's."""
    if settings.database_url is not None:
        return
    embedded.keep_log_small(settings.home)
    if embedded.is_running(settings.home):
        if had_ended := trouble.is_over():
            say(f"The embedded PostgreSQL works again; it had ended {times(had_ended)}.")
        return
    if not trouble.is_down:
        trouble.note_death()
        trouble.tell(say, "The embedded PostgreSQL does not answer")
    if trouble.may_start():
        trouble.note_start()
        try:
            embedded.start(settings.home, patience=DATABASE_SECONDS)
        except ConfigurationError as error:
            trouble.reason = f" {error}"


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
    """What a `magflow up` of this home has started; the embedded server has no such mark, and outlives it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home):
                yield process


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
