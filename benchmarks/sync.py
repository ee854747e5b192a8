"""How long a sync takes from the command to the report, beside what the marketplace's speed limit allows at best.

Also how many connections to PostgreSQL it opens, and how much WAL it writes, as the server counts them. Run it
with `.venv/bin/python benchmarks/sync.py`. It starts a simulator and works in a home of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from rich.console import Console

from magflow_pipeline.shop.up import free_port

ROUNDS = 3
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
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull}
    for account in ("main", "fbe"):
        prefix = f"EMAG_{account.upper()}"
        environment |= {f"{prefix}_USERNAME": account, f"{prefix}_PASSWORD": "demo"}
        environment |= {f"{prefix}_BASE_URL": f"{origin}/api-3"}

    def magflow(*arguments: str) -> str:
        command = [sys.executable, "-m", "magflow_pipeline.cli", *arguments]
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    syncs: list[Sync] = []
    simulator = subprocess.Popen(
        [sys.executable, "-m", "magflow_pipeline.cli", "simulator", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        magflow("database", "migrate")
        url = magflow("database", "url").strip()
        with (
            httpx.Client(base_url=origin, trust_env=False) as control,
            psycopg.connect(url, autocommit=True) as session,
        ):
            for _ in range(ROUNDS):
                control.delete("/_simulator/requests")
                [(opened, written)] = session.execute(COST).fetchall()
                started = time.monotonic()
                magflow("sync")
                seconds = time.monotonic() - started
                time.sleep(1)  # the server counts a session when it ends
                [(opened_since, written_since)] = session.execute(COST).fetchall()
                arrived = {
                    account: [each["arrived"] for each in control.get(f"/_simulator/requests?account={account}").json()]
                    for account in ("main", "fbe")
                }
                best = max(len(times) for times in arrived.values()) / REQUESTS_PER_SECOND
                closest = min(
                    later - earlier
                    for times in arrived.values()
                    for earlier, later in zip(times, times[REQUESTS_PER_SECOND:], strict=False)
                )
                cost = (int(opened_since - opened), int(written_since - written))
                syncs.append(Sync(seconds, best, closest, *cost))
    finally:
        simulator.terminate()
        simulator.wait()
        magflow("database", "stop")
        shutil.rmtree(home)
    return syncs


if __name__ == "__main__":
    main()
