"""The report as a CSV: by pandas as `magflow report` writes it, by Python's csv module, and by COPY.

Run it with `.venv/bin/python benchmarks/csv_file.py`. It works in a home of its own. COPY sends texts as they are: with
formulas, and with the server's time format. What makes them harmless (`text.in_spreadsheet`) stays in Python, so COPY
is a bound, not an alternative.
"""

import csv
import io
import shutil
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.reports.formats import _plain, to_csv
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings

SIZES = (2_541, 50_000)
ROUNDS = 3
FILL = """
TRUNCATE low_stock_report;
INSERT INTO low_stock_report (
    account_type, sku, product_id, emag_id, name, warehouse, status, reason, reason_ro, supplier_name,
    has_manual_levels, is_verified, supplier_count, minimum_stock, reorder_point, maximum_stock,
    quantity, reserved_quantity, on_order_quantity, available_quantity, reorder_quantity
)
SELECT 'main', 'SKU' || n, n, n, 'Amplificator stereo ' || n, 'EMAG-MAIN', 'critical',
    '3 available <= 10: critical. Order 97 = maximum 100 - available 3.',
    '3 disponibile <= 10: stoc critic. Comandă 97 = maxim 100 - disponibile 3.', 'Supplier ' || mod(n, 500),
    FALSE, TRUE, 1, 10, 20, 100, 3, 0, 0, 3, 97
FROM generate_series(1, %s) AS n
"""
COPY = "COPY (TABLE low_stock_report) TO STDOUT (FORMAT csv, HEADER)"


def main() -> None:
    """The least seconds and the most memory of each way at each size."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        for size in SIZES:
            with database.connect("benchmark") as session:
                session.execute("SET session_replication_role = replica")
                for each in FILL.strip().split(";"):
                    session.execute(each, [size] if "%s" in each else None)  # pyright: ignore[reportArgumentType]
            for name, write in WAYS.items():
                console.print(f"{size:,} rows, {name}: {_measured(lambda write=write: write(database))}")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def by_pandas(database: Database) -> bytes:
    """As `magflow report --format csv`."""
    return to_csv(read_rows(database, "low_stock_report"))


def by_csv_module(database: Database) -> bytes:
    """The same bytes without pandas."""
    rows = read_rows(database, "low_stock_report")
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(rows[0])
    writer.writerows([_plain(value) for value in row.values()] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def only_read(database: Database) -> bytes:
    """What both of them begin with."""
    read_rows(database, "low_stock_report")
    return b""


def by_copy(database: Database) -> bytes:
    """The table as the server writes it."""
    with database.connect("benchmark") as session, session.cursor().copy(COPY) as copy:
        return b"".join(copy)


WAYS = {"rows only read": only_read, "pandas": by_pandas, "csv": by_csv_module, "COPY": by_copy}


def _measured(write: Callable[[], bytes]) -> str:
    write()
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        write()
        times.append((time.perf_counter() - began, time.process_time() - used))
    tracemalloc.start()
    write()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    wall, processor = (min(each) for each in zip(*times, strict=True))
    return f"{wall:.2f} s, of it {processor:.2f} s of this process's processor, {peak / 2**20:.0f} MB"


if __name__ == "__main__":
    main()
