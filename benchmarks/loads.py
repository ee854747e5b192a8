"""Offers a second that reach the tables, new and unchanged, beside dlt and a bare COPY.

Run it with `make bench`, or alone with `.venv/bin/python benchmarks/loads.py [OFFERS ...]` (by default 2,541 and
20,000). It works in a home of its own. dlt is measured if `.venv/bench` has it (`make bench` installs it there): flat
loads the columns that a seller works with, nested the whole offer with a table for each list in it.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from store import pages_of, read, wal

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import PROJECT_ROOT, Settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline_tests.servers import of_superuser

SIZES = (2_541, 20_000)
DLT = PROJECT_ROOT / ".venv" / "bench" / "bin" / "python"
NESTED_AT_MOST = 2_541  # offers: a repeat of 20,000 was still in one DELETE after eight minutes

Figures = dict[str, float]
"""Offers a second by what was done; `wal …` in bytes an offer."""


def main() -> None:
    """Print the figures of each size."""
    console = Console()
    for size in [int(each) for each in sys.argv[1:]] or SIZES:
        for what, figure in measure(size).items():
            console.print(f"{size:,} offers, {what}: {figure:,.0f}")


def measure(size: int, rounds: int = 1) -> Figures:
    """All figures at one size, each the median of its rounds; ours and dlt's are measured in turn."""
    each = [_measure(size, is_first=not number) for number in range(rounds)]
    return {what: median(figures[what] for figures in each if what in figures) for what in each[0]}


def _measure(size: int, *, is_first: bool) -> Figures:
    bodies = pages_of(make_catalogue(main=size, fbe=48).accounts["main"])
    figures: Figures = {}
    with _home() as database:
        for number, what in enumerate(("new", "unchanged"), 1):
            written = wal(database)
            figures[what] = size / asyncio.run(read(database, bodies, number))
            figures[f"wal {what}"] = (wal(database) - written) / size
    with _home() as pipelines:
        database = of_superuser(pipelines)  # both make tables of their own
        figures["COPY"] = size / _copied(database, bodies)
        shapes = ("flat", "nested") if size <= NESTED_AT_MOST and is_first else ("flat",)
        if DLT.exists():
            figures |= {f"dlt {what}": size / seconds for what, seconds in _by_dlt(database, bodies, shapes).items()}
    return figures


@contextmanager
def _home() -> Generator[Database]:
    with tempfile.TemporaryDirectory(prefix="magflow-", dir="/tmp") as folder:  # a socket's path has to be short
        Path(folder).chmod(0o755)
        try:
            yield open_database(Settings(MAGFLOW_HOME=Path(folder), MAGFLOW_DATABASE_URL=None))
        finally:
            embedded.stop(Path(folder))


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


def _by_dlt(database: Database, bodies: Sequence[bytes], shapes: Sequence[str]) -> Figures:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(bodies))
        file.flush()
        seconds: Figures = {}
        for shape in shapes:
            command = [DLT, Path(__file__).with_name("dlt_load.py"), database.url, file.name, shape]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            seconds |= {f"{shape} {what}": value for what, value in json.loads(output.splitlines()[-1]).items()}
        return seconds


if __name__ == "__main__":
    main()
