"""What the questions that are asked all the time cost, and how that grows with the catalogue.

A sensor asks every 10 s what is stale, the display four times a second how far a sync is.
Run it with `.venv/bin/python benchmarks/polls.py`. It works in a home of its own. What costs the same at every size has
ratios of about 1. The last two are asked now and then only, and are there for comparison.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import LiteralString

import psycopg
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.servers import of_superuser

SIZES = (2_541, 200_000, 1_000_000)
ROUNDS = 300
BEGIN = """
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)
VALUES ('main', 'simulator', 'main', 'EMAG-MAIN');
INSERT INTO emag_sync_logs (account_type) VALUES ('main');
INSERT INTO emag_sync_progress (sync_log_id) SELECT id FROM emag_sync_logs;
INSERT INTO warehouses (id, code) VALUES (1, 'EMAG-MAIN');
INSERT INTO suppliers (id, name) SELECT n, 'Supplier ' || n FROM generate_series(0, 499) AS n
"""
# The items above `before` and up to `items`: each with its offer, stock, price, match, and a change that waits for a
# build that fails.
FILL = """
INSERT INTO products (id, sku, name) SELECT n, 'SKU' || n, 'Product ' || n
FROM generate_series(%(before)s + 1, %(items)s) AS n;
INSERT INTO emag_product_contents (
    account_type, emag_id, sku, stock_quantity, status, content_hash, created_at, updated_at
)
SELECT 'main', id, sku, mod(id, 120), 1, '', now(), now() FROM products WHERE id > %(before)s;
INSERT INTO emag_offers_seen (account_type, emag_id, last_synced_at, last_stored_at)
SELECT account_type, emag_id, now(), now() FROM emag_product_contents WHERE emag_id > %(before)s;
INSERT INTO inventory_items (product_id, warehouse_id, quantity) SELECT id, 1, mod(id, 120)
FROM products WHERE id > %(before)s;
INSERT INTO product_supplier_sheets (sku, supplier_name, supplier_id, price_cny, is_verified)
SELECT sku, 'Supplier ' || mod(id, 500), mod(id, 500), 3, TRUE FROM products WHERE id > %(before)s;
INSERT INTO supplier_products (supplier_id, local_product_id, manual_confirmed, confirmed_by)
SELECT mod(id, 500), id, TRUE, 'Ana' FROM products WHERE id > %(before)s;
INSERT INTO input_changes (name, table_name) SELECT 'low_stock_report', 'products' FROM products WHERE id > %(before)s
"""
# Without triggers and checks of foreign keys: they are not what is measured.
UNCHECKED = "SET session_replication_role = replica"
QUESTIONS: dict[str, LiteralString] = {
    "what is stale": "SELECT * FROM stale_tables",
    "how far is the sync": "SELECT * FROM newest_syncs",
}
NOW_AND_THEN: dict[str, LiteralString] = {
    "all marks, after a change and hourly": statement("suppliers/marks_behind"),
    "what is stored, by `status`": "SELECT * FROM sync_status",
}


def main() -> None:
    """The milliseconds of each question at each size, and their ratios to the first."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = of_superuser(open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None)))
        sizes = [measure(database, before, items) for before, items in zip((0, *SIZES), SIZES, strict=False)]
        for question in sizes[0]:
            times = [size[question] for size in sizes]
            told = [f"{items:,} items {ms:.2f} ms" for items, ms in zip(SIZES, times, strict=True)]
            ratios = [f"{ms / times[0]:.1f}" for ms in times[1:]]
            console.print(f"{question}: {', '.join(told)}, ratios {' and '.join(ratios)}")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def measure(database: Database, before: int, items: int) -> dict[str, float]:
    """Fill the tables up to so many items; the least milliseconds of each question."""
    with database.connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        cursor.execute(UNCHECKED)
        if not before:
            cursor.execute(BEGIN)
        cursor.execute(FILL, {"before": before, "items": items})
        cursor.execute("VACUUM (ANALYZE)")
        often = {name: _milliseconds(cursor, query, ROUNDS) for name, query in QUESTIONS.items()}
        return often | {name: _milliseconds(cursor, query, 3) for name, query in NOW_AND_THEN.items()}


def _milliseconds(cursor: psycopg.ClientCursor, query: LiteralString, rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        cursor.execute(query).fetchall()
        times.append(1000 * (time.perf_counter() - began))
    return min(times)  # what else the machine does makes it longer, never shorter


if __name__ == "__main__":
    main()
