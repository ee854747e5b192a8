"""How long a sync takes from the command to the report, beside what the marketplace's speed limit allows at best.

Also how many connections to PostgreSQL it opens, and how much WAL it writes, as the server counts them. Run it
with `.venv/bin/python benchmarks/sync.py`. It starts a simulator and works in a home of its own.
"""

import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

import httpx
import psutil
import psycopg
from commands import MAGFLOW, new_home, run, stop
from rich.console import Console

from magflow_pipeline.shop.up import free_port

ACCOUNTS = ("main", "fbe")
ROUNDS = 3
START_SECONDS = 60
REQUESTS_PER_SECOND = 3
COST = "SELECT sum(sessions), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') FROM pg_stat_database"


@dataclass(frozen=True)
class Sync:
    """One sync of both accounts: seconds, those that the speed limit allows at best, how close requests came, cost."""

    seconds: float
    best: float
    closest: float
    connections: int
    wal_bytes: int


def main() -> None:
    """Print each of the syncs."""
    console = Console()
    for number, each in enumerate(measure(), 1):
        console.print(
            f"sync {number}: {each.seconds:.1f} s = {each.seconds / each.best:.1f} x the {each.best:.1f} s that the "
            f"limit allows; requests n and n + 3 arrived at least {each.closest:.3f} s apart; {each.connections} "
            f"connections, {each.wal_bytes / 2**20:.1f} MiB of WAL"
        )


def measure() -> list[Sync]:
    """Three syncs of both accounts: the first fills an empty database, the others change nothing."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = {
        f"EMAG_{account.upper()}_{name}": value
        for account in ACCOUNTS
        for name, value in (("USERNAME", account), ("PASSWORD", "demo"), ("BASE_URL", f"{origin}/api-3"))
    }
    with new_home(**settings) as environment:
        run([*MAGFLOW, "database", "migrate"], environment)
        url = run([*MAGFLOW, "database", "url"], environment).strip()
        simulator = psutil.Popen([*MAGFLOW, "simulator", "--port", str(port)], stdout=subprocess.DEVNULL)
        try:
            with (
                httpx.Client(base_url=origin, trust_env=False) as control,
                psycopg.connect(url, autocommit=True) as session,
            ):
                _wait_for(control)
                return [_measure(environment, control, session) for _ in range(ROUNDS)]
        finally:
            stop(simulator)


def _wait_for(control: httpx.Client) -> None:
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS:
        with suppress(httpx.TransportError):
            control.get("/_simulator/requests").raise_for_status()
            return
        time.sleep(0.1)
    sys.exit(f"magflow simulator: did not answer within {START_SECONDS} s, so nothing is measured.")


def _measure(environment: dict[str, str], control: httpx.Client, session: psycopg.Connection) -> Sync:
    control.delete("/_simulator/requests")
    [(opened, written)] = session.execute(COST).fetchall()
    started = time.monotonic()
    run([*MAGFLOW, "sync"], environment)
    seconds = time.monotonic() - started
    time.sleep(1)  # the server counts a session when it ends
    [(opened_since, written_since)] = session.execute(COST).fetchall()
    arrived = [
        [each["arrived"] for each in control.get(f"/_simulator/requests?account={account}").json()]
        for account in ACCOUNTS
    ]
    closest = min(
        later - earlier for times in arrived for earlier, later in zip(times, times[REQUESTS_PER_SECOND:], strict=False)
    )
    best = max(map(len, arrived)) / REQUESTS_PER_SECOND
    return Sync(seconds, best, closest, int(opened_since - opened), int(written_since - written))


if __name__ == "__main__":
    main()
