"""What may happen to the shop during a tick: real signals, real locks, real answers of the marketplace.

A new trouble is a function and a row of TROUBLES. It begins in the middle of the syncs of a tick; what it gives back is
called when they have ended.
"""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psutil
import psycopg

from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.simulator.switches import FaultKind
from magflow_pipeline_tests.servers import of_role
from magflow_pipeline_tests.shop.driver import Shop
from magflow_pipeline_tests.soak.figures import postmaster, words
from magflow_pipeline_tests.soak.world import ACCOUNTS

Over = Callable[[], None]
ROUTES = ("read", "count", "order/read", "order/count")
# Faults that are seen for what they are. Rows of another seller in an answer of orders look like any other.
ANSWERS = (
    *(FaultKind.TOO_MANY_REQUESTS, FaultKind.SERVER_ERROR, FaultKind.BAD_REQUEST_500),
    *(FaultKind.BAD_GATEWAY_HTML, FaultKind.UNAVAILABLE_HTML, FaultKind.GATEWAY_TIMEOUT_HTML, FaultKind.OK_HTML),
    *(FaultKind.TRUNCATED, FaultKind.NULL, FaultKind.EMPTY_PAGE, FaultKind.SLOW, FaultKind.RESET, FaultKind.HANG),
)
MOST_WRONG_ANSWERS = 6
HELD_SECONDS = 20  # longer than a sync waits for a lock
TORN_SECONDS = 2  # after which a command is killed: in the middle of its work


@dataclass(frozen=True)
class Stage:
    """Where troubles play."""

    shop: Shop
    simulator: Simulator
    dice: random.Random


def nothing() -> None:
    """Nothing is to be undone."""


def _kill(shop: Shop, name: str) -> Over:
    for process in shop.processes():
        if name in words(process):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    return nothing


def kill_daemon(stage: Stage) -> Over:
    """What launches runs."""
    return _kill(stage.shop, "bin/dagster-daemon")


def kill_code(stage: Stage) -> Over:
    """Its runs go on without it."""
    return _kill(stage.shop, "api grpc")


def kill_ui(stage: Stage) -> Over:
    """What the soak launches its runs by."""
    return _kill(stage.shop, "magflow_pipeline.shop.webserver")


def kill_worker(stage: Stage) -> Over:
    """One process of a run; Dagster starts the run again by itself."""
    workers = [each for each in stage.shop.processes() if "spawn_main" in words(each)]
    if workers:
        with suppress(psutil.NoSuchProcess):
            stage.dice.choice(sorted(workers, key=lambda each: each.pid)).kill()
    return nothing


def kill_code_and_workers(stage: Stage) -> Over:
    """As when a container is killed: nobody is left to say how the runs ended."""
    _kill(stage.shop, "api grpc")
    return _kill(stage.shop, "spawn_main")


def kill_database(stage: Stage) -> Over:
    """`kill -9` of the postmaster."""
    postmaster(stage.shop).send_signal(signal.SIGKILL)
    return nothing


def stop_database(stage: Stage) -> Over:
    """`pg_ctl stop -m immediate`."""
    postmaster(stage.shop).send_signal(signal.SIGQUIT)
    return nothing


def kill_backup(stage: Stage) -> Over:
    """A back-up that dies in its middle leaves neither half a file nor the database of its proof."""
    return _tear(stage.shop, "database", "backup")


def kill_command(stage: Stage) -> Over:
    """A person's `magflow sync` that is killed, its runner and its runs with it."""
    return _tear(stage.shop, "sync", *ACCOUNTS)


def _tear(shop: Shop, *arguments: str) -> Over:
    command = subprocess.Popen(
        [*shop.command, *arguments],
        env=shop.variables,
        cwd=shop.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(TORN_SECONDS)
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(command.pid)
        for process in (*parent.children(recursive=True), parent):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    command.wait()
    return nothing


def wrong_answers(stage: Stage) -> Over:
    """429, 500, HTML, half answers, cut connections, silence, each a few times."""
    for account in ACCOUNTS:
        faults = [
            {
                "kind": stage.dice.choice(ANSWERS),
                "route": stage.dice.choice(ROUTES),
                "times": stage.dice.randint(1, MOST_WRONG_ANSWERS),
                "seconds": 3,
            }
            for _ in range(3)
        ]
        stage.simulator.switch(account, faults=faults)
    return partial(_switch, stage, faults=[])


def slow_answers(stage: Stage) -> Over:
    """A marketplace that takes its time."""
    _switch(stage, latency_seconds=0.5, latency_jitter_seconds=1.5)
    return partial(_switch, stage, latency_seconds=0, latency_jitter_seconds=0)


def _switch(stage: Stage, **switches: object) -> None:
    for account in ACCOUNTS:
        stage.simulator.switch(account, **switches)


def analyst_reads(stage: Stage) -> Over:
    """An analyst who leaves a transaction open: its locks and its snapshot stay until the tick has ended."""
    session = psycopg.connect(of_role(stage.shop.database_url, "magflow_analyst"), application_name="analyst")
    session.execute("SELECT count(*) FROM low_stock")
    session.execute("LOCK TABLE emag_orders, products IN ACCESS SHARE MODE")
    session.execute("SELECT count(*) FROM low_stock_by_supplier")
    return session.close


def erp_holds_rows(stage: Stage) -> Over:
    """The ERP, which has changed every product and does not commit."""
    session = psycopg.connect(of_role(stage.shop.database_url, "magflow_erp"), application_name="erp")
    session.execute("SET lock_timeout = '1min'")
    with suppress(psycopg.errors.DeadlockDetected):  # with a sync; one of the two has to give up
        session.execute("UPDATE products SET brand = brand")
        time.sleep(HELD_SECONDS)
    session.close()
    return nothing


def back_up(stage: Stage) -> Over:
    """A back-up by hand, in the middle of everything."""
    done = stage.shop.run("database", "backup")
    if done.returncode != 0:
        raise RuntimeError(f"magflow database backup: exit {done.returncode}: {done.stderr}")
    return nothing


@dataclass(frozen=True)
class Trouble:
    """How it is played, how often beside the others, and whether a sync may fail by it."""

    play: Callable[[Stage], Over]
    weight: int = 1
    is_fault: bool = True


TROUBLES: Mapping[str, Trouble] = {
    "the daemon is killed": Trouble(kill_daemon),
    "the code server is killed": Trouble(kill_code),
    "the UI is killed": Trouble(kill_ui),
    "a worker is killed": Trouble(kill_worker, 2),
    "code server and workers are killed": Trouble(kill_code_and_workers),
    "the database is killed": Trouble(kill_database),
    "the database is stopped at once": Trouble(stop_database),
    "a back-up is killed": Trouble(kill_backup),
    "a command is killed": Trouble(kill_command),
    "the marketplace answers wrongly": Trouble(wrong_answers, 3),
    "the ERP holds rows": Trouble(erp_holds_rows),
    "the marketplace is slow": Trouble(slow_answers, is_fault=False),
    "an analyst holds a lock": Trouble(analyst_reads, 2, is_fault=False),
    "a back-up is taken": Trouble(back_up, 2, is_fault=False),
}
