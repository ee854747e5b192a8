"""How fast pages of offers are stored: new ones, those that come again as they are, and those that changed in part.

Run it with `.venv/bin/python benchmarks/store.py [--offers N] [--rounds N] [--against PATH]`, by default 3 rounds of
20,000 offers of the simulator in pages of 100. It works in homes of its own. A page is what came over the wire: its
answer is judged, its rows are identified, and it is stored; nothing is asked for. Printed are medians of offers a
second, the bytes of WAL that each reading writes, and what the tables of the offers then take on disk.

`--against` takes an older version in turn with this one: PATH is the folder of its files (`git archive COMMIT`).
"""

import argparse
import asyncio
import gc
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

PAGE = 100
READINGS = ("new", "unchanged", "unchanged again", "5 % changed", "30 % other market values")
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
SIZE = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND (
    relname IN ('emag_offers_seen', 'emag_product_contents', 'emag_offer_contents')
    OR relname IN ('emag_products_v2', 'emag_product_offers_v2')
)
"""


def main(versions: dict[str, str], offers: int, rounds: int) -> None:
    """The medians of each version, and what they are to each other."""
    console = Console()
    measured: dict[str, list[dict[str, list[float]]]] = {version: [] for version in versions}
    for _ in range(rounds):
        for version, path in versions.items():
            child = [sys.executable, __file__, "--worker", "--offers", str(offers)]
            environment = {**os.environ, "PYTHONPATH": path, "MAGFLOW_ENV_FILE": os.devnull}
            told = subprocess.run(child, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
            measured[version].append(json.loads(told))
    table = Table("reading", "version", "offers/s", "of them", "WAL, MB", "tables, MB")
    first = next(iter(versions))
    for reading in READINGS:
        for version, found in measured.items():
            speed, wal, size = (statistics.median(each[reading][place] for each in found) for place in range(3))
            base = statistics.median(each[reading][0] for each in measured[first])
            table.add_row(
                reading, version, f"{speed:,.0f}", f"{base / speed:.1f} x", f"{wal / 2**20:.1f}", f"{size / 2**20:.0f}"
            )
    console.print(table)


def wal(database: Any) -> int:
    """Bytes of WAL that the server has written so far."""
    with database.connect("benchmark") as session:
        return int(session.execute(WAL).fetchall()[0][0])


def pages_of(offers: list[dict[str, Any]]) -> list[bytes]:
    """The answers to reads of all pages."""
    return [
        json.dumps({"isError": False, "messages": [], "errors": [], "results": offers[start : start + PAGE]}).encode()
        for start in range(0, len(offers), PAGE)
    ]


def changed(offers: list[dict[str, Any]], share: float, *names: str) -> list[dict[str, Any]]:
    """The offers, of which a share has other numbers under these names."""
    chance = random.Random(7)  # noqa: S311, the same numbers each time
    return [
        {**offer, **{name: chance.randrange(1, 500) for name in names}} if chance.random() < share else offer
        for offer in offers
    ]


def work(offers: int) -> None:
    """Store all readings in a database of this version; prints offers a second, bytes of WAL and of tables."""
    from magflow_pipeline.database import embedded
    from magflow_pipeline.database.connection import open_database
    from magflow_pipeline.settings import Settings
    from magflow_pipeline.simulator.catalogue import make_catalogue

    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    rows = make_catalogue(main=offers, fbe=48).accounts["main"]
    market = changed(rows, 0.3, "best_offer_sale_price", "number_of_offers")
    readings = (rows, rows, rows, changed(rows, 0.05, "general_stock", "sale_price"), market)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        found: dict[str, list[float]] = {}
        for number, (name, reading) in enumerate(zip(READINGS, readings, strict=True), 1):
            # As the superuser, who may have a checkpoint.
            with psycopg.connect(re.sub(r"//\w+@", "//postgres@", database.url), autocommit=True) as session:
                session.execute("CHECKPOINT")
                before = wal(database)
                seconds = asyncio.run(read(database, pages_of(reading), number))
                after = wal(database)
                size = session.execute(SIZE).fetchall()[0][0]
            found[name] = [offers / seconds, float(after - before), float(size)]
        print(json.dumps(found))  # noqa: T201, for the process that compares
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


async def read(database: Any, bodies: list[bytes], sync_log_id: int) -> float:
    """Seconds to judge and store these answers as one sync, which reads a page while it stores the one before."""
    from magflow_pipeline.catalogue.store import PageStore
    from magflow_pipeline.emag.answers import judge, rows_in
    from magflow_pipeline.emag.client import Page
    from magflow_pipeline.emag.receiving import Answer
    from magflow_pipeline.sync.in_flight import IN_FLIGHT, all_of

    async with database.connect_async("benchmark") as session:
        await session.execute(
            "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)"
            " VALUES ('main', 'simulator', 'main', 'EMAG-MAIN') ON CONFLICT DO NOTHING"
        )
        await session.execute(
            "INSERT INTO emag_sync_logs (id, account_type, sync_type, operation, status, parameters)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, 'main', 'products', 'full', 'running', '{}')",
            [sync_log_id],
        )
        store = PageStore(session, "main", sync_log_id)
        await store.prepare()
        keep_page, is_behind = _as_in_a_sync(store)

        async def keep(sent: asyncio.Event, number: int, body: bytes) -> None:
            sent.set()
            rows = rows_in(judge(Answer(200, body), "main", str))
            page = Page(number, PAGE, {}, rows, body, 200, datetime.now(UTC), 0.1)
            store.identities(page)
            await keep_page(page)

        gc.freeze()  # the offers that the benchmark made: a sync has none of them to look through
        began = time.perf_counter()
        jobs = (partial(keep, number=number, body=body) for number, body in enumerate(bodies, 1))
        await all_of(jobs, IN_FLIGHT, is_behind)
        seconds = time.perf_counter() - began
        await session.execute("UPDATE emag_sync_logs SET status = 'partial', completed_at = now()")
        return seconds


def _as_in_a_sync(store: Any) -> tuple[Callable[[Any], Awaitable[None]], Callable[[], bool]]:
    """How a sync has a page stored (sync/pages.py), and whether the database is behind."""
    turn = asyncio.Lock()
    if hasattr(store, "store_all"):
        from magflow_pipeline.sync.batching import MOST_TOGETHER, MOST_WAITING, PageBatcher

        async def store_all(pages: Any) -> None:
            async with turn:
                await store.store_all(pages)

        batcher = PageBatcher(store.read_ahead, store_all, MOST_TOGETHER)
        return batcher.add, lambda: batcher.waiting >= MOST_WAITING

    # A version before pages were stored together.
    out_of_bytes = asyncio.Semaphore(2)
    waiting: set[int] = set()

    async def keep(page: Any) -> None:
        waiting.add(page.number)
        async with out_of_bytes:
            if hasattr(store, "read_ahead"):  # nor was a page read ahead in older ones
                page = await store.read_ahead(page)
            async with turn:
                await store.store(page)
        waiting.remove(page.number)

    return keep, lambda: len(waiting) >= 4


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against")
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    if given.worker:
        work(given.offers)
    else:
        this = {"this version": str(Path(__file__).parents[1])}
        main(this | ({"the other": given.against} if given.against else {}), given.offers, given.rounds)
