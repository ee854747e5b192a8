"""How the first inventory and report grow with the catalogue, on statistics from when the tables had been emptied.

Run it with `.venv/bin/python benchmarks/inventory.py`. It works in a home of its own. Four times the offers should take
about four times as long; a plan that looks through all rows for each row takes sixteen times as long.
"""

import shutil
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
from magflow_pipeline_tests.servers import of_superuser

FEW, MANY = 25_000, 100_000
FILL = """
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)
VALUES ('main', 'simulator', 'main', 'EMAG-MAIN') ON CONFLICT DO NOTHING;
INSERT INTO emag_product_contents (
    account_type, emag_id, sku, stock_quantity, status, content_hash, created_at, updated_at
)
SELECT 'main', n, 'SKU' || n, mod(n, 120), 1, '', now(), now() FROM generate_series(1, %(offers)s) AS n;
INSERT INTO emag_offers_seen (account_type, emag_id, last_synced_at, last_stored_at)
SELECT account_type, emag_id, now(), now() FROM emag_product_contents;
INSERT INTO emag_offer_contents (
    account_type, emag_offer_id, sku, stock, reserved_stock, status, visibility, is_available,
    created_at, updated_at
)
SELECT account_type, emag_id, sku, stock_quantity, 0, 1, 'visible', FALSE, now(), now() FROM emag_product_contents
"""
EMPTY = (
    "DELETE FROM inventory_items; DELETE FROM products; DELETE FROM emag_offer_contents;"
    " DELETE FROM emag_offers_seen; DELETE FROM emag_product_contents; DELETE FROM low_stock_report"
)
# Without the checks of foreign keys: on these statistics they take longer than what is measured.
UNCHECKED = "SET session_replication_role = replica"


def main() -> None:
    """Print the times for a catalogue and for one of four times its size, and their ratio."""
    console = Console()
    few, many = measure()
    for name, before, after in zip(("inventory", "report"), few, many, strict=True):
        console.print(f"{name}: {FEW} offers {before:.1f} s, {MANY} offers {after:.1f} s, ratio {after / before:.1f}")


def measure() -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds of inventory and report, for few and for many offers."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        build(database, 100)
        return build(database, FEW), build(database, MANY)
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def build(database: Database, offers: int) -> tuple[float, float]:
    """Seconds of the first inventory, and of the report after it; then the tables are emptied, and that is noted."""
    with of_superuser(database).connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        cursor.execute(UNCHECKED)
        cursor.execute(FILL, {"offers": offers})
        began = time.monotonic()
        refresh_inventory(database, "main")
        between = time.monotonic()
        build_low_stock_report(database)
        ended = time.monotonic()
        cursor.execute(EMPTY)
        cursor.execute("ANALYZE")
    return between - began, ended - between


if __name__ == "__main__":
    main()
