"""What syncs of a large catalogue take, with the speed limit raised: time, CPU, peak memory; and what follows them.

Run it with `.venv/bin/python benchmarks/scan.py [OFFERS ...]`, by default 20,000 and 200,000 offers. The simulator runs
in a process of its own, and so does each step: a full sync that reads only new offers, one of known ones, one after
which offers are gone, an incremental one, inventory, plan with report, these once more with nothing new, what `magflow
status` reads. Ten times the
offers should take about ten times as long, and about the same memory: less than 300 MB for 200,000.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from commands import new_home, run
from rich.console import Console
from store import wal

from magflow_pipeline.accounts import load_accounts
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import sync_account
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.demand.days import build_demand_days
from magflow_pipeline.demand.refresh import refresh_demand
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.servers import of_superuser

STEP_SECONDS, SIMULATOR_SECONDS = 3600, 1800
SESSIONS_END_SECONDS = 0.5  # after the process: the CPU of one that ends while it is read would be the next step's
GONE = 50  # offers that the marketplace no longer has in the third sync


@dataclass(frozen=True)
class Used:
    """Seconds, CPU seconds of the process and of the server, peak memory of the process, WAL; memory and WAL in MB."""

    seconds: float
    cpu: float
    server_cpu: float
    megabytes: float
    wal: float


def main(sizes: list[int]) -> None:
    """Print each step of each size."""
    console = Console(width=150)
    for offers in sizes:
        measure(offers, lambda what, used, offers=offers: console.print(f"{offers:,} offers, {what}: {_told(used)}"))


def measure(offers: int, tell: Callable[[str, Used], None] = lambda _what, _used: None) -> dict[str, Used]:
    """What each step used, in a home of its own."""
    with new_home() as environment, _simulator(offers) as simulator:
        url = _answer(simulator)
        home = Path(environment["MAGFLOW_HOME"])
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        used: dict[str, Used] = {}
        for what in STEPS:
            if what == "full, some gone":
                simulator.send("remove")
                _answer(simulator)
            with of_superuser(database).connect("benchmark") as session:
                session.execute("CHECKPOINT")  # as there is between two syncs: then WAL has each page whole once more
            before, written = _processor_seconds(server), wal(database)
            output = run([sys.executable, __file__, "step", what, str(home), url], os.environ, STEP_SECONDS)
            time.sleep(SESSIONS_END_SECONDS)
            server_cpu = _processor_seconds(server) - before
            used[what] = Used(**json.loads(output), server_cpu=server_cpu, wal=(wal(database) - written) / 1e6)
            tell(what, used[what])
        return used


@contextmanager
def _simulator(offers: int) -> Generator[Connection]:
    """A marketplace in a process of its own; what it is told, and answers: `simulate`."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=simulate, args=(offers, there), daemon=True)
    process.start()
    there.close()  # so that its end is noticed
    try:
        yield here
    finally:
        with suppress(BrokenPipeError):
            here.send("end")
        process.join(SIMULATOR_SECONDS)


def _answer(simulator: Connection) -> str:
    try:
        if simulator.poll(SIMULATOR_SECONDS):
            return simulator.recv()
    except EOFError:
        pass
    sys.exit(f"The simulator has ended, or did not answer within {SIMULATOR_SECONDS} s, so nothing is measured.")


def simulate(offers: int, pipe: Connection) -> None:
    """A marketplace with so many offers, which takes some away at "remove", until another word comes by `pipe`."""
    catalogue = make_catalogue(main=offers, fbe=48)
    gone = [offer["id"] for offer in catalogue.accounts["main"][:: offers // GONE]]
    with running(catalogue, {"main": Switches(enforce_rate_limit=False)}) as simulator:
        pipe.send(simulator.url)
        while pipe.recv() == "remove":
            for each in gone:
                simulator.remove_offer("main", each)
            pipe.send("removed")


def step(what: str, home: Path, url: str) -> None:
    """One step, in the process that is measured."""
    os.environ |= {"EMAG_MAIN_USERNAME": "main", "EMAG_MAIN_PASSWORD": "demo", "EMAG_MAIN_BASE_URL": url}
    settings = Settings(
        MAGFLOW_HOME=home,
        MAGFLOW_DATABASE_URL=None,
        EMAG_ACCOUNTS=("main",),
        EMAG_REQUESTS_PER_SECOND=1000,
        EMAG_REQUESTS_PER_MINUTE=60_000,
        EMAG_SYNC_TIMEOUT_SECONDS=7200,
    )
    database = open_database(settings)
    before, began = time.process_time(), time.monotonic()
    STEPS[what](database, settings)
    used = {"seconds": time.monotonic() - began, "cpu": time.process_time() - before}
    used["megabytes"] = _peak_megabytes()
    sys.stdout.write(json.dumps(used))


def _sync(database: Database, settings: Settings, mode: str) -> None:
    [account] = load_accounts(settings)
    asyncio.run(sync_account(database, settings, account, make_options(settings, mode=mode), tell=lambda _: None))


def _inventory(database: Database, settings: Settings) -> None:
    for account in settings.accounts:
        refresh_inventory(database, account)


def _demand(database: Database, settings: Settings) -> None:
    for account in settings.accounts:
        build_demand_days(database, account)
        refresh_demand(database, account)


SYNCS = ("full, new", "full, known", "full, some gone", "incremental", "full, known again")
STEPS: dict[str, Callable[[Database, Settings], object]] = {
    "full, new": lambda database, settings: _sync(database, settings, "full"),
    "full, known": lambda database, settings: _sync(database, settings, "full"),
    "full, some gone": lambda database, settings: _sync(database, settings, "full"),
    "incremental": lambda database, settings: _sync(database, settings, "incremental"),
    "inventory": _inventory,
    "demand": _demand,
    "verification": lambda database, _: verify(database),
    "plan and report": lambda database, _: build_plan(database),
    "full, known again": lambda database, settings: _sync(database, settings, "full"),
    "plan and report again": lambda database, _: build_plan(database),
    "status": lambda database, _: read_rows(database, "sync_status"),
    "history of one offer": lambda database, _: read_rows(
        database, "emag_offer_history", only={"emag_offer_id": [1]}, limit=20
    ),
}


def _peak_megabytes() -> float:
    """Of this process; in getrusage, Linux begins with the peak of the process that started it, here `make bench`."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


def _processor_seconds(root: psutil.Process) -> float:
    """Of a process and its descendants, those that have ended too."""
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def _told(used: Used) -> str:
    figures = asdict(used)
    return (
        "{seconds:.1f} s; CPU of the process {cpu:.1f} s, of the server {server_cpu:.1f} s; peak {megabytes:.0f} MB; "
        "WAL {wal:.1f} MB"
    ).format(**figures)


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    else:
        main([int(each) for each in sys.argv[1:]] or [20_000, 200_000])
