"""How the report's build grows with the catalogue: its time, and the memory of the process that asks for it.

Run it with `.venv/bin/python benchmarks/report.py [ITEMS ...]`, the default is 50,000 and 200,000. It works in a home
of its own. Four times the items should take about four times as long in the same memory, and a build that changes
nothing should write no row.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from rich.console import Console

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import Settings

FEW, MANY = 50_000, 200_000
# Of every ten items one is hidden, one has levels set by hand, and half have a supplier.
FILL = """
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)
VALUES ('main', 'simulator', 'main', 'EMAG-MAIN') ON CONFLICT DO NOTHING;
INSERT INTO emag_products_v2 (
    account_type, emag_id, sku, part_number_key, name, brand, price, currency, stock_quantity, status,
    validation_status, offer_validation_status, content_hash, created_at, updated_at, last_synced_at
)
SELECT
    'main', n, 'SKU' || n, 'D' || n, 'Lampă de birou, seria ' || n, 'Nordwell', 84.0336, 'RON', mod(n, 120), 1,
    CASE WHEN mod(n, 20) = 0 THEN '{8}' ELSE '{9}' END::smallint[], 1, '', now(), now(), now()
FROM generate_series(1, %(items)s) AS n;
INSERT INTO emag_product_offers_v2 (
    account_type, emag_offer_id, sku, price, stock, reserved_stock, status, visibility, is_available,
    created_at, updated_at, last_synced_at
)
SELECT
    account_type, emag_id, sku, price, stock_quantity, 0, 1,
    CASE WHEN mod(emag_id, 10) = 0 THEN 'hidden' ELSE 'visible' END, FALSE, now(), now(), now()
FROM emag_products_v2;
INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny)
SELECT sku, 'Supplier ' || mod(emag_id, 50), 1 + mod(emag_id, 90) FROM emag_products_v2 WHERE mod(emag_id, 2) = 0
"""
LEVELS = "UPDATE inventory_items SET manual_reorder_point = 150 WHERE mod(product_id, 10) = 0; ANALYZE"
EMPTY = (
    "TRUNCATE low_stock_report, inventory_items, products, product_supplier_sheets, emag_products_v2 CASCADE; ANALYZE"
)
# Without the checks of foreign keys: they take longer than what is measured.
UNCHECKED = "SET session_replication_role = replica"
WRITTEN = "SELECT count(*) FROM low_stock_report WHERE built_at > %s"


def main(sizes: list[int]) -> None:
    """The time and the memory of a first build and of one that changes nothing, per number of items."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        for items in sizes:
            fill(database, items)
            for name in ("first build", "again"):
                seconds, megabytes, written = measure(database, home)
                console.print(f"{items} items, {name}: {seconds:.1f} s, {megabytes:.0f} MB, {written} rows written")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def fill(database: Database, items: int) -> None:
    """The offers, products, inventory, levels and prices of a catalogue, in place of what was there."""
    with database.connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        cursor.execute(UNCHECKED)
        cursor.execute(EMPTY)
        cursor.execute(FILL, {"items": items})
        cursor.execute("ANALYZE")
        refresh_inventory(database, "main")
        cursor.execute(LEVELS)


def measure(database: Database, home: Path) -> tuple[float, float, int]:
    """Seconds and peak memory, MB, of a process that builds the report, and how many rows the build wrote."""
    with database.connect("benchmark") as session:
        [(before,)] = session.execute("SELECT clock_timestamp()").fetchall()
        child = subprocess.run([sys.executable, __file__, "build", home], check=True, capture_output=True, text=True)
        [(written,)] = session.execute(WRITTEN, [before]).fetchall()
    seconds, megabytes = child.stdout.split()
    return float(seconds), float(megabytes), written


def build(home: Path) -> None:
    """Build the report in this process; print its seconds and megabytes."""
    database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
    began = time.monotonic()
    build_low_stock_report(database)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        build(Path(sys.argv[2]))
    else:
        main([int(each) for each in sys.argv[1:]] or [FEW, MANY])
