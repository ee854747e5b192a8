"""What an idle `magflow up` takes of a processor, and what `magflow status` and `magflow --help` cost.

Run it with `.venv/bin/python benchmarks/idle.py`. It works in a demo home of its own, in which both accounts were read
once, and no scheduled sync begins. What that reading left to PostgreSQL (statistics, vacuum, a checkpoint) is done
before the idle minutes. Processor time of all processes, the database's included: what else the machine does makes it
longer, on a very busy one by a half.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import psutil
import psycopg
from commands import MAGFLOW, new_home, run, stop
from rich.console import Console

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import Settings
from magflow_pipeline.shop.up import free_port
from magflow_pipeline_tests.servers import of_superuser

START_SECONDS = 180  # until all parts are there
SETTLED_SECONDS, SECONDS = 20, 60
ROUNDS = 5
PARTS = {
    "grpc": "code server",
    "magflow_pipeline.shop.webserver": "UI",
    "simulator": "simulator",
    "run": "daemon",
}
# Half a day between scheduled syncs, so that none begins meanwhile.
QUIET = {"EMAG_SYNC_INTERVAL_MINUTES": "720"}


def main() -> None:
    """Print the processor seconds of two short verbs, and those of each process in a minute."""
    console = Console()
    verbs, per_minute = measure()
    for verb, seconds in verbs.items():
        console.print(f"magflow {verb}: median {median(seconds):.2f} s of a processor, least {min(seconds):.2f}")
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in per_minute.items())
    console.print(f"idle: {sum(per_minute.values()):.2f} s of a processor in a minute: {told}")


def measure() -> tuple[dict[str, list[float]], dict[str, float]]:
    """Fill a demo home; the processor seconds of each round of a verb, and of each process in a minute."""
    with new_home(**QUIET) as environment:
        run([*MAGFLOW, "demo"], environment)
        verbs = {verb: [_verb(verb, environment) for _ in range(ROUNDS)] for verb in ("status", "--help")}
        return verbs, _idle(environment)


def _verb(verb: str, environment: Mapping[str, str]) -> float:
    before = os.times()
    run([*MAGFLOW, verb], environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _idle(environment: Mapping[str, str]) -> dict[str, float]:
    shop = psutil.Popen(
        [*MAGFLOW, "up", "--port", str(free_port())],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        parts = _parts(shop)
        time.sleep(SETTLED_SECONDS)
        _finish_what_was_read(Path(environment["MAGFLOW_HOME"]))
        server = (Path(environment["MAGFLOW_HOME"]) / "postgres" / "postmaster.pid").read_text().split()[0]
        roots = {**parts, "PostgreSQL": psutil.Process(int(server)), "magflow up": shop}
        before = {name: _processor_seconds(root, root is not shop) for name, root in roots.items()}
        time.sleep(SECONDS)
        after = {name: _processor_seconds(root, root is not shop) for name, root in roots.items()}
        if shop.poll() is not None or not all(each.is_running() for each in roots.values()):
            sys.exit("magflow up: a part of it has ended meanwhile, so that nothing is measured.")
        return {name: (after[name] - before[name]) * 60 / SECONDS for name in roots}
    finally:
        stop(shop)


def _finish_what_was_read(home: Path) -> None:
    """Have PostgreSQL do at once what the first reading makes it do within five minutes."""
    database = of_superuser(open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None)))
    for url in (database.url, database.dagster_url):
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("VACUUM (ANALYZE)")
            session.execute("CHECKPOINT")


def _parts(shop: psutil.Popen) -> dict[str, psutil.Process]:
    """The processes that `magflow up` starts, once all of them are there.

    Raises:
        SystemExit: it has ended, or one is missing for too long.
    """
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS and shop.poll() is None:
        found = {name: part for part in shop.children() for word, name in PARTS.items() if word in _words(part)}
        if len(found) == len(PARTS):
            return found
        time.sleep(0.5)
    sys.exit(f"magflow up: not all of {', '.join(PARTS.values())} were there within {START_SECONDS} s.")


def _words(part: psutil.Process) -> list[str]:
    try:
        return part.cmdline()
    except psutil.NoSuchProcess:
        return []


def _processor_seconds(root: psutil.Process, with_descendants: bool) -> float:
    """Of a process and its descendants, those that have ended too."""
    total = 0.0
    for process in (root, *(root.children(recursive=True) if with_descendants else ())):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
        if with_descendants:
            total += used.children_user + used.children_system
    return total


if __name__ == "__main__":
    main()
