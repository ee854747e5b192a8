"""Fifty accounts at once: what they do to each other, to PostgreSQL and to the marketplace's speed limit.

Run it with `.venv/bin/python benchmarks/company.py`, or with numbers of accounts in place of 1, 10 and 50. All accounts
of a line are read by one `magflow sync`, first each with a user of its own and so a limit of its own, at the end all
with one user and one limit. The simulator answers 429 to what comes too fast, as eMAG does.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from rich.console import Console

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline_tests.offers import offer

OFFERS = 200  # of each account: two pages
PER_SECOND = 3
LOOK_SECONDS = 0.2
MAGFLOW = [sys.executable, "-P", "-m", "magflow_pipeline.cli"]
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@dataclass
class Peaks:
    """The most that was seen at once, by looks every LOOK_SECONDS: connections, and bytes of the runner's processes."""

    connections: int = 0
    memory: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self, url: str, parent: psutil.Process) -> None:
        """Look until the end; memory that processes share counts once (PSS)."""
        with psycopg.connect(url, autocommit=True) as session:
            while not self.ended.wait(LOOK_SECONDS):
                [(clients,)] = session.execute(CLIENTS).fetchall()
                self.connections = max(self.connections, clients)
                memory = 0
                with suppress(psutil.Error):  # a process ended meanwhile: the next look counts those that are left
                    for each in parent.children(recursive=True):
                        memory += each.memory_full_info().pss
                self.memory = max(self.memory, memory)


def main(numbers: list[int]) -> None:
    """Print a line for each number of accounts, and one for the last number with one user."""
    console = Console(width=160)
    console.print(
        f"{OFFERS} offers an account; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
    )
    for number in numbers:
        measure(console, number, users=number)
    measure(console, numbers[-1], users=1)


def measure(console: Console, number: int, users: int) -> None:
    """Two syncs of `number` accounts in a new home: the first fills it, the second changes nothing."""
    names = [f"shop{place:02}" for place in range(number)]
    user_of = {name: names[place % users] for place, name in enumerate(names)}
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    offers = {user: [offer(place * 1000 + each) for each in range(1, OFFERS + 1)] for place, user in enumerate(names)}
    with running(Catalogue({user: offers[user] for user in set(user_of.values())}), days=1) as simulator:
        environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            "MAGFLOW_HOME": str(home),
            "MAGFLOW_ENV_FILE": os.devnull,
            "EMAG_ACCOUNTS": ",".join(names),
            **{f"EMAG_{name.upper()}_USERNAME": user_of[name] for name in names},
            **{f"EMAG_{name.upper()}_PASSWORD": "demo" for name in names},
            **{f"EMAG_{name.upper()}_BASE_URL": simulator.url for name in names},
        }
        try:
            subprocess.run([*MAGFLOW, "database", "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
            for which in ("new", "known"):
                console.print(_sync(simulator, home, environment, number, users, which))
        finally:
            subprocess.run([*MAGFLOW, "database", "stop"], env=environment, check=True, stdout=subprocess.DEVNULL)
            shutil.rmtree(home)


def _sync(simulator: Simulator, home: Path, environment: dict[str, str], number: int, users: int, which: str) -> str:
    simulator.clear()
    server = next(each for each in psutil.process_iter() if _works_in(each, home / "postgres"))
    before, peaks, started = server.cpu_times(), Peaks(), time.monotonic()
    own_before = os.times()
    verb = subprocess.Popen([*MAGFLOW, "sync"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    url = f"postgresql://postgres@/magflow?host={home / 'postgres'}"
    watch = threading.Thread(target=peaks.watch, args=(url, psutil.Process(verb.pid)))
    watch.start()
    _, said = verb.communicate()
    seconds = time.monotonic() - started
    peaks.ended.set()
    watch.join()
    own, after = os.times(), server.cpu_times()
    program = own.children_user + own.children_system - own_before.children_user - own_before.children_system
    backends = after.children_user + after.children_system - before.children_user - before.children_system
    requests = simulator.requests()
    arrived = defaultdict[str, list[float]](list)
    for each in requests:
        arrived[each["account"]].append(each["arrived"])
    closest = min(
        later - earlier
        for times in map(sorted, arrived.values())
        for earlier, later in zip(times, times[PER_SECOND:], strict=False)
    )
    limit = max(map(len, arrived.values())) / PER_SECOND
    too_fast = sum(each["status"] == 429 for each in requests)
    return (
        f"{number:3} accounts, {users:2} users, {which:5}: exit {verb.returncode}, {seconds:6.1f} s "
        f"(the limit allows {limit:5.1f}), {program / number:5.2f} + {backends / number:4.2f} s of CPU an account "
        f"(program + server), {peaks.connections:3} connections, {peaks.memory / 1e6:5.0f} MB, "
        f"{len(requests)} requests, {too_fast} answered 429, n and n + 3 at least {closest:.3f} s apart"
        + (f"\n{said.decode()}" if verb.returncode else "")
    )


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    try:
        parent = process.parent()
        is_first = parent is None or parent.name() != "postgres"
        return process.name() == "postgres" and is_first and process.cwd() == str(cluster)
    except psutil.Error:
        return False


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1, 10, 50])
