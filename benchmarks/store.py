"""Offers a second that reach the tables: new, unchanged, some with changed prices; beside dlt and a bare COPY.

Run it with `make bench`, or alone with `.venv/bin/python benchmarks/store.py [OFFERS ...]` (by default 2,541 and
20,000). It works in a home of its own. dlt is measured if `.venv/bench` has it (`make bench` installs it there): flat
loads the columns that a seller works with, nested the whole offer with a table for each list in it.
"""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.emag.client import Page
from magflow_pipeline.settings import PROJECT_ROOT, Settings
from magflow_pipeline.simulator.catalogue import make_catalogue

SIZES = (2_541, 20_000)
PAGE = 100
CHANGED = 0.05
DLT = PROJECT_ROOT / ".venv" / "bench" / "bin" / "python"
NESTED_AT_MOST = 2_541  # offers: a repeat of 20,000 was still in one DELETE after eight minutes
WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"

Figures = dict[str, float]
"""Offers a second by what was done; `wal …` in bytes an offer."""


def main() -> None:
    """Print the figures of each size."""
    console = Console()
    for size in [int(each) for each in sys.argv[1:]] or SIZES:
        for what, figure in measure(size).items():
            console.print(f"{size:,} offers, {what}: {figure:,.0f}")


def measure(size: int) -> Figures:
    """All figures at one size."""
    bodies = make_bodies(size)
    changed = with_changed_prices(bodies, CHANGED)
    figures: Figures = {}
    with home() as database:
        for what, what_comes in (("new", bodies), ("unchanged", bodies), (f"{CHANGED:.0%} changed", changed)):
            seconds, wal = store(database, what_comes)
            figures |= {what: size / seconds, f"wal {what}": wal / size}
    with home() as database:
        figures |= {"COPY": size / _copied(database, bodies)}
        if DLT.exists():
            figures |= {f"dlt {what}": size / seconds for what, seconds in _by_dlt(database, bodies, size).items()}
    return figures


@contextmanager
def home() -> Iterator[Database]:
    """A database in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="magflow-", dir="/tmp") as folder:  # a socket's path has to be short
        Path(folder).chmod(0o755)
        try:
            yield open_database(Settings(MAGFLOW_HOME=Path(folder), MAGFLOW_DATABASE_URL=None))
        finally:
            embedded.stop(Path(folder))


def make_bodies(size: int) -> list[bytes]:
    """Answers of the marketplace as they come over the wire, `PAGE` offers each."""
    known = make_catalogue(main=1_275, fbe=1_266).accounts
    templates = [*known["main"], *known["fbe"]]
    offers = [_numbered(templates[number % len(templates)], number) for number in range(size)]
    return [body(offers[start : start + PAGE]) for start in range(0, size, PAGE)]


def body(offers: Sequence[Any]) -> bytes:
    """One answer of the marketplace."""
    return json.dumps({"isError": False, "messages": [], "results": list(offers)}).encode()


def with_changed_prices(bodies: Sequence[bytes], share: float) -> list[bytes]:
    """The same answers, with another price for that part of the offers."""
    generator = random.Random(7)  # noqa: S311, the same offers each time
    pages: list[bytes] = []
    for each in bodies:
        offers = json.loads(each)["results"]
        for offer in offers:
            if generator.random() < share:
                offer["sale_price"] = str(round(float(offer["sale_price"]) + 1, 4))
        pages.append(body(offers))
    return pages


def store(database: Database, bodies: Sequence[bytes]) -> tuple[float, int]:
    """Store the answers as a sync does; returns seconds, parsing included, and bytes of WAL."""
    return asyncio.run(_store(database, bodies))


async def _store(database: Database, bodies: Sequence[bytes]) -> tuple[float, int]:
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as session:
        await session.execute("SET search_path = app")
        await session.execute(
            "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)"
            " VALUES ('main', 'simulator', 'main', 'EMAG-MAIN') ON CONFLICT DO NOTHING"
        )
        cursor = await session.execute(
            "INSERT INTO emag_sync_logs (account_type, status, completed_at)"
            " VALUES ('main', 'completed', now()) RETURNING id"
        )
        [(log,)] = await cursor.fetchall()
        pages = PageStore(session, "main", log)
        await pages.prepare()
        [(before,)] = await (await session.execute(WAL)).fetchall()
        began = time.monotonic()
        for number, each in enumerate(bodies, 1):
            await pages.store(_page(number, each))
        seconds = time.monotonic() - began
        [(after,)] = await (await session.execute(WAL)).fetchall()
    return seconds, int(after - before)


def _page(number: int, content: bytes) -> Page:
    return Page(number, PAGE, {}, json.loads(content)["results"], content, 200, datetime.now(UTC), 0.1)


def _copied(database: Database, bodies: Sequence[bytes]) -> float:
    """Seconds of a COPY of the whole offers as JSON: what the server alone can take."""
    with database.connect("benchmark") as session:
        session.execute("CREATE TABLE app.bare (id bigint PRIMARY KEY, offer jsonb)")
        began = time.monotonic()
        with session.cursor().copy("COPY app.bare FROM STDIN") as copy:
            for each in bodies:
                for offer in json.loads(each)["results"]:
                    copy.write_row((offer["id"], json.dumps(offer)))
        return time.monotonic() - began


def _by_dlt(database: Database, bodies: Sequence[bytes], size: int) -> Figures:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(bodies))
        file.flush()
        shapes = ("flat", "nested") if size <= NESTED_AT_MOST else ("flat",)
        seconds: Figures = {}
        for shape in shapes:
            command = [DLT, Path(__file__).with_name("dlt_load.py"), database.url, file.name, shape]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            seconds |= {f"{shape} {what}": value for what, value in json.loads(output.splitlines()[-1]).items()}
        return seconds


def _numbered(offer: Any, number: int) -> Any:
    return {**offer, "id": number + 1, "part_number": f"SKU{number}"}


if __name__ == "__main__":
    main()
