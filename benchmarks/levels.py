"""What the build of the levels costs, and how that grows with the catalogue: time, CPU, memory, rows written.

Run it with `.venv/bin/python benchmarks/levels.py [ITEMS ...]`, by default 2,550 and 200,000 items. It fills a
database of its own as `benchmarks/report.py` does, with what suppliers offer besides, and builds three times: for the
first time, with nothing changed, and after a sale that changed one item. Then the report, which reads the levels.
"""

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString

from report import fill, spent_cpu
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.servers import of_superuser

LEARNED = """
UPDATE demand SET demand_error = 0.1 * expected_daily_demand, daily_variance = 1.5 * expected_daily_demand,
    monthly_variation = 0.3;
INSERT INTO supplier_offers (
    sku, supplier_id, shipping, supplier_name, is_preferred, is_verified, lead_time_days, lead_time_spread_days,
    lead_time_source, minimum_order_quantity, pack_size, planning_quantity, landed_unit_cost_ron, rank, rule
)
SELECT
    sku, 1 + mod(emag_id, 50), 'sea', 'Supplier', FALSE, TRUE, 30 + mod(emag_id, 30), 8, 'terms', 10, 10, 30,
    30 + mod(emag_id, 20), 1, 'verified'
FROM emag_products_v2 WHERE mod(emag_id, 2) = 0;
INSERT INTO marketplace_fees (commission_rate) VALUES (0.2) ON CONFLICT DO NOTHING;
ANALYZE
"""


def main(sizes: list[int]) -> None:
    """Each size in a database of its own."""
    console = Console()
    for items in sizes:
        home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path is short
        home.chmod(0o755)
        try:
            measure(console, home, items)
        finally:
            embedded.stop(home)
            shutil.rmtree(home)


def measure(console: Console, home: Path, items: int) -> None:
    """Fill the catalogue and time the builds. On a busy machine CPU says more than the time."""
    database = of_superuser(open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None)))
    settings = Settings(EMAG_ACCOUNTS=("main",))
    fill(database, items)
    with database.connect("benchmark") as session:
        session.execute(LEARNED)
    changes: Sequence[tuple[str, LiteralString]] = (
        ("first build", "SELECT"),
        ("again", "SELECT"),
        ("one item changed", "UPDATE demand SET demand_error = 0.7 WHERE sku = 'SKU7'"),
    )
    for name, change in changes:
        with database.connect("benchmark") as session:
            session.execute(change)
        cpu, began = spent_cpu(home), time.monotonic()
        built = build_demand_levels(database, settings)
        seconds = time.monotonic() - began
        time.sleep(0.3)  # until the sessions of the build have ended
        console.print(
            f"{items:,} items, levels, {name}: {seconds:.2f} s, CPU {spent_cpu(home) - cpu:.2f} s,"
            f" {built.planned:,} with levels, {built.written:,} rows written"
        )
    with database.connect("benchmark") as session:
        session.execute("ANALYZE")
    for name in ("first build", "again"):
        began = time.monotonic()
        written = build_low_stock_report(database, settings).written
        console.print(f"{items:,} items, report, {name}: {time.monotonic() - began:.2f} s, {written:,} rows written")
    console.print(f"Peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [2_550, 200_000])
