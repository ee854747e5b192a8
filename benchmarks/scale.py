"""What a seller costs in a Dagster instance of many: CPU, memory, connections and rows of Dagster's tables.

Run it with `.venv/bin/python benchmarks/scale.py`: two sellers as in deploy/kubernetes/values.yaml, with processes in
place of pods. First nothing happens for a minute, then one account is read; docs/scale.md multiplies.
"""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from rich.console import Console

from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline_tests.deploy.agency import Agency, new_agency
from magflow_pipeline_tests.servers import server_with_passwords
from magflow_pipeline_tests.shop.driver import ENDED

IDLE_SECONDS, LOOK_SECONDS = 60, 0.1
PARTS = ("acme-ro", "brand-hu", "daemon", "ui")
CLIENTS = "SELECT usename, count(*) FROM pg_stat_activity WHERE usename IN ('dagster', 'acme_ro') GROUP BY usename"
EVENTS = "SELECT count(*), sum(pg_column_size(event_logs.*)) FROM event_logs WHERE run_id = %s"
TICKS = "SELECT count(*), sum(pg_column_size(job_ticks.*)) FROM job_ticks"


def main() -> None:
    """Print the figures of an idle minute, and of a sync of 1,275 offers that are new and then known."""
    console = Console(width=140)
    console.print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
    with (
        tempfile.TemporaryDirectory(prefix="magflow-") as folder,
        running(make_catalogue(), days=1) as simulator,
        server_with_passwords() as server,
        new_agency(server, Path(folder)) as agency,
    ):
        for name in ("acme-ro", "brand-hu"):
            prefix = f"EMAG_{name.upper().replace('-', '_')}_MAIN"
            told = {f"{prefix}_USERNAME": "main", f"{prefix}_PASSWORD": "demo", f"{prefix}_BASE_URL": simulator.url}
            quiet = {"MAGFLOW_RATES_URL": "", "EMAG_SYNC_INTERVAL_MINUTES": "1440", "EMAG_ORDER_HISTORY_DAYS": "2"}
            agency.add_seller(name, "of-the-seller", EMAG_ACCOUNTS="main", **told, **quiet)
            agency.magflow(name, "database", "migrate")
        agency.start()
        _idle(console, agency)
        for what in ("new", "known"):
            _sync(console, agency, what)


def _idle(console: Console, agency: Agency) -> None:
    ticks, size = _row(agency, TICKS)
    before = {part: _cpu(agency, part) for part in PARTS}
    most, started = {"dagster": 0, "acme_ro": 0}, time.monotonic()
    while time.monotonic() - started < IDLE_SECONDS:
        _look(agency, most)
    minutes = (time.monotonic() - started) / 60
    for part in PARTS:
        used = (_cpu(agency, part) - before[part]) / minutes
        console.print(f"idle {part:9}: {used:5.1f} s of CPU a minute, {_memory(agency, part) / 1e6:4.0f} MB")
    console.print(f"idle connections at most: {most['acme_ro']} of a seller, {most['dagster']} of Dagster, of all")
    ticks_after, size_after = _row(agency, TICKS)
    per_day = (ticks_after - ticks) / minutes * 1440 / 2
    of_each = (size_after - size) / max(ticks_after - ticks, 1)
    console.print(f"idle ticks: {per_day:,.0f} a day and seller, {of_each:.0f} bytes each")


def _sync(console: Console, agency: Agency, what: str) -> None:
    before, most, memory = _cpu(agency, "acme-ro"), {"dagster": 0, "acme_ro": 0}, 0
    run = agency.launch("acme-ro", "sync_account", "acme-ro-main")
    while agency.runs("acme-ro").get(run) not in ENDED:
        _look(agency, most)
        with suppress(psutil.Error):
            server = psutil.Process(agency.processes["acme-ro"].pid)
            memory = max([memory, *(each.memory_full_info().uss for each in server.children())])
    events, size = _row(agency, EVENTS, run)
    console.print(
        f"{agency.runs('acme-ro')[run]}, 1,275 {what} offers: {_cpu(agency, 'acme-ro') - before:.1f} s of CPU, "
        f"{memory / 1e6:.0f} MB of the run alone, {most['acme_ro']} connections of the seller at most (ticks "
        f"among them), {most['dagster']} of Dagster; {events} events, {size / 1e3:.0f} KB"
    )


def _look(agency: Agency, most: dict[str, int]) -> None:
    with psycopg.connect(agency.server.format("postgres"), autocommit=True) as session:
        for _ in range(10):
            for role, number in session.execute(CLIENTS):
                most[role] = max(most[role], number)
            time.sleep(LOOK_SECONDS)


def _cpu(agency: Agency, part: str) -> float:
    """Seconds of a part, and of the runs that it has ended."""
    return sum(psutil.Process(agency.processes[part].pid).cpu_times()[:4])


def _memory(agency: Agency, part: str) -> int:
    return psutil.Process(agency.processes[part].pid).memory_full_info().pss


def _row(agency: Agency, query: LiteralString, *parameters: str) -> tuple[int, int]:
    with psycopg.connect(agency.dagster_database) as session:
        [(count, size)] = session.execute(query, parameters).fetchall()
    return count, size or 0


if __name__ == "__main__":
    main()
