"""Processes that sync, each with everything imported from the start: forks of one process that does nothing else.

A new interpreter would take more than a second, and a fork of the test's own process would take its threads' locks
along. The test talks to the parent of the forks through pickles on its standard input and output.
"""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import anyio._backends._asyncio  # noqa: F401
import httpcore._backends.auto  # noqa: F401  # httpx and anyio load these at the first request: here, once for all forks
import psutil

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.scan import sync_account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.emag.limits import SpeedLimit
from magflow_pipeline.emag.orders import OWN
from magflow_pipeline.orders import sync as orders_sync
from magflow_pipeline.orders import windows
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.in_flight import IN_FLIGHT
from magflow_pipeline_tests.crash.points import Points
from magflow_pipeline_tests.processes import runs

LONGEST_SECONDS = 120  # a child that hangs ends by SIGALRM, which no test takes for a kill


@dataclass(frozen=True)
class Task:
    """One sync in a process of its own, which writes into `trace` where it is and how it ended.

    At the point `fatal` the process is killed; with `server_home`, the server of that home is killed in its place.
    """

    database: Database
    settings: Settings
    account: Account
    options: SyncOptions | OrderOptions
    """Of offers, or of orders: what is synced."""
    trace: Path
    in_flight: int = IN_FLIGHT
    fatal: str | None = None
    server_home: Path | None = None

    @property
    def stderr(self) -> Path:
        """What the process writes on its standard error: what a person sees beside the lines of the sync."""
        return self.trace.with_suffix(".stderr")


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal), the points it passed, its last words, its stderr."""

    status: int
    points: list[str]
    outcome: str | None
    error: str | None
    stderr: str


class Driver:
    """The parent of the syncing processes, as the test sees it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def start(self, task: Task) -> int:
        """Let a process sync; its number."""
        return self._ask(task)

    def wait(self, pid: int, task: Task) -> Ended:
        """How the process ended, once it has."""
        status = self._ask(pid)
        lines = [line.partition(" ") for line in task.trace.read_text().splitlines()]
        words = {kind: rest for kind, _, rest in lines if kind in ("ENDED", "RAISED")}
        points = [rest for kind, _, rest in lines if kind == "POINT"]
        return Ended(status, points, words.get("ENDED"), words.get("RAISED"), task.stderr.read_text())

    def run(self, task: Task) -> Ended:
        """Let a process sync, to whatever end."""
        return self.wait(self.start(task), task)

    def _ask(self, question: Task | int) -> int:
        assert self._process.stdin and self._process.stdout
        pickle.dump(question, self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)


@contextmanager
def open_driver() -> Iterator[Driver]:
    """A driver for the length of a `with` block."""
    command = [sys.executable, "-W", "ignore", "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Driver(process)


def kill_server(home: Path) -> None:
    """Kill the server of `home`, and wait for the end of its other processes, which see that it is gone."""
    postmaster = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    assert postmaster.name() == "postgres"
    processes = [postmaster, *postmaster.children(recursive=True)]
    postmaster.kill()
    gone = [process for process in processes if not runs(process)]
    while len(gone) < len(processes):
        psutil.wait_procs([process for process in processes if runs(process)], timeout=0.05)
        gone = [process for process in processes if not runs(process)]


def _sync(task: Task) -> NoReturn:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    trace = os.open(task.trace, flags)
    os.dup2(os.open(task.stderr, flags), sys.stderr.fileno())

    def write(kind: str, text: object) -> None:
        os.write(trace, f"{kind} {' '.join(str(text).splitlines())}\n".encode())

    def strike() -> None:
        if task.server_home is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            kill_server(task.server_home)

    signal.alarm(LONGEST_SECONDS)
    Points(trace, task.fatal, strike).count_everything()

    def tell(text: str) -> None:
        write("SAID", text)

    try:
        write("ENDED", asyncio.run(_work(task, tell)).outcome)
    except BaseException as error:  # noqa: BLE001  # whatever it is, the test wants to see it
        write("RAISED", f"{type(error).__name__}: {error}")
    os._exit(0)


async def _work(task: Task, tell: Callable[[str], None]) -> Any:
    where = (task.database, task.settings, task.account)
    if isinstance(task.options, SyncOptions):
        return await sync_account(*where, task.options, tell=tell, in_flight=task.in_flight)
    # Permits are fetched as ever, but nobody waits for one; of the other type every statement is the same.
    orders_sync.ORDERS = replace(orders_sync.ORDERS, limit=SpeedLimit("orders", 1000, 60_000))
    windows.TYPES = (OWN,)
    return await orders_sync.sync_orders(*where, task.options, tell=tell, in_flight=task.in_flight)


def _serve() -> None:
    while True:
        try:
            question: Any = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if isinstance(question, int):
            answer = os.waitstatus_to_exitcode(os.waitpid(question, 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                _sync(question)
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
