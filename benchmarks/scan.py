"""What a full sync of a large catalogue takes of its process, with the speed limit raised: time, CPU, peak memory.

Run it with `.venv/bin/python benchmarks/scan.py [OFFERS ...]`, by default 20,000 and 200,000 offers. The simulator runs
in a process of its own, and so does each of the two syncs: the first reads only new offers, the second only known ones.
Ten times the offers should take about ten times as long, and about the same memory: less than 300 MB for 200,000.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from rich.console import Console

from magflow_pipeline.accounts import load_accounts
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import sync_account
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches


def main(sizes: list[int]) -> None:
    """Each size in a home of its own."""
    console = Console()
    for offers in sizes:
        home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
        home.chmod(0o755)
        here, there = multiprocessing.Pipe()
        simulator = multiprocessing.get_context("spawn").Process(target=simulate, args=(offers, there), daemon=True)
        simulator.start()
        try:
            url = here.recv()
            open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
            for what in ("new", "known"):
                command = [sys.executable, __file__, "step", str(home), url]
                used = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
                console.print(
                    f"{offers:,} offers, {what}: {used['seconds']:.1f} s, CPU of the process {used['cpu']:.1f} s,"
                    f" peak {used['megabytes']:.0f} MB"
                )
        finally:
            here.send("end")
            simulator.join()
            embedded.stop(home)
            shutil.rmtree(home)


def simulate(offers: int, pipe: Connection) -> None:
    """A marketplace with so many offers, until the other end of `pipe` says something."""
    with running(make_catalogue(main=offers, fbe=48), {"main": Switches(enforce_rate_limit=False)}) as simulator:
        pipe.send(simulator.url)
        pipe.recv()


def step(home: Path, url: str) -> None:
    """One sync, in the process that is measured."""
    os.environ |= {"EMAG_MAIN_USERNAME": "main", "EMAG_MAIN_PASSWORD": "demo", "EMAG_MAIN_BASE_URL": url}
    settings = Settings(
        MAGFLOW_HOME=home,
        MAGFLOW_DATABASE_URL=None,
        EMAG_ACCOUNTS="main",
        EMAG_REQUESTS_PER_SECOND=1000,
        EMAG_REQUESTS_PER_MINUTE=60_000,
        EMAG_SYNC_TIMEOUT_SECONDS=7200,
    )
    database = open_database(settings)
    [account] = load_accounts(settings)
    began = time.monotonic()
    asyncio.run(sync_account(database, settings, account, make_options(settings), tell=lambda _: None))
    used = {"seconds": time.monotonic() - began, "cpu": time.process_time()}
    used["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(used))


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(Path(sys.argv[2]), sys.argv[3])
    else:
        main([int(each) for each in sys.argv[1:]] or [20_000, 200_000])
