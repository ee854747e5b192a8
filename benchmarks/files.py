"""The report as a file, by the command: seconds, processor seconds and peak memory of each format, and of bare COPY.

Run it with `.venv/bin/python benchmarks/files.py [ROWS ...]`, by default 2,541, 200,000 and 1,000,000 rows; a format
that takes its file row by row through Python is left out above `--most` rows (200,000). It works in a home of its own.
Four times the rows should take four times as long in the same memory. COPY sends texts as they are, with formulas, and
is the bound.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.servers import of_superuser

SIZES = [2_541, 200_000, 1_000_000]
FILL = """
TRUNCATE low_stock_report;
INSERT INTO low_stock_report (
    account_type, sku, product_id, emag_id, name, brand, warehouse, status, reason, reason_ro, supplier_name,
    has_manual_levels, is_verified, supplier_count, minimum_stock, reorder_point, maximum_stock,
    quantity, reserved_quantity, on_order_quantity, available_quantity, reorder_quantity, price, currency, scanned_at,
    flags, expected_daily_demand, days_of_cover, stock_out_date, ron_at_risk_per_day, landed_unit_cost_ron
)
SELECT 'main', 'SKU' || n, n, n, 'Amplificator stereo ' || n, 'Nordwell', 'EMAG-MAIN', 'critical',
    '3 available <= 10: critical. Order 97 = maximum 100 - available 3.',
    '3 disponibile <= 10: stoc critic. Comandă 97 = maxim 100 - disponibile 3.', 'Supplier ' || mod(n, 500),
    FALSE, TRUE, 1, 10, 20, 100, 3, 0, 0, 3, 97, 84.0336, 'RON', now(),
    'emag_only', 0.3, 10, current_date, mod(n, 1000) / 7.0, 41.5
FROM generate_series(1, %s) AS n;
ANALYZE low_stock_report
"""
COPY = """
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import load_settings
with open_database(load_settings()).connect() as session, open({!r}, "wb") as file:
    with session.cursor().copy("COPY (TABLE low_stock_report) TO STDOUT (FORMAT csv, HEADER)") as copy:
        for block in copy:
            file.write(block)
"""
BY_ROWS = ("xlsx", "html, a table")


def main(sizes: list[int], most: int) -> None:
    """What each format took at each size."""
    console = Console(width=200)
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        file = home / "file"
        report = [sys.executable, "-m", "magflow_pipeline.cli", "report", "--output", str(file)]
        ways = {
            "COPY": [sys.executable, "-c", COPY.format(str(file))],
            "csv": [*report, "--format", "csv"],
            "csv, in Romanian": [*report, "--format", "csv", "--language", "ro", "--excel", "ro"],
            "json": [*report, "--format", "json"],
            "html, a table": [*report, "--format", "html", "--status", "critical"],
            "xlsx": [*report, "--format", "xlsx"],
            "table of 100 rows": report[:-2],
        }
        for size in sizes:
            with of_superuser(database).connect("benchmark") as session:
                session.execute("SET session_replication_role = replica")
                for each in FILL.strip().split(";"):
                    session.execute(each, [size] if "%s" in each else None)  # pyright: ignore[reportArgumentType]
            for name, command in ways.items():
                if size <= most or name not in BY_ROWS:
                    console.print(f"{size:,} rows, {name}: {_measured(command, home, file)}")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def _measured(command: list[str], home: Path, file: Path) -> str:
    environment = {**os.environ, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull}
    file.unlink(missing_ok=True)
    began = time.monotonic()
    writer = psutil.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = used = 0.0
    while writer.poll() is None:
        try:
            peak = max(peak, writer.memory_info().rss)
            used = sum(writer.cpu_times()[:2])
        except psutil.Error:  # it has just ended
            break
        time.sleep(0.02)
    assert writer.wait() == 0
    size = f", {file.stat().st_size / 2**20:,.1f} MB" if file.exists() else ""
    seconds = time.monotonic() - began
    return f"{seconds:.1f} s, of it {used:.1f} s of this process's processor, peak {peak / 2**20:.0f} MB{size}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    parser.add_argument("--most", type=int, default=200_000)
    given = parser.parse_args()
    main(given.rows, given.most)
