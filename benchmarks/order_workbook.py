"""What the buyer's workbook costs, and that its memory does not grow with it.

Each item is sold by two accounts and on one of 50 drafts. Ten times the items should take about ten times as long, in
the same memory: rows are read and written one by one. What the process takes for a workbook of nothing is told apart.

Run it with `.venv/bin/python benchmarks/order_workbook.py [ITEMS ...]`, by default 5,000 and 50,000 items.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.order_workbook import write_buyers_workbook
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.servers import of_superuser

DRAFTS = 50
FILL = """
INSERT INTO emag_accounts (account_type, kind, marketplace, username, warehouse)
VALUES ('main', 'main', 'eMAG', 'main', 'EMAG-MAIN'), ('fbe', 'fbe', 'eMAG', 'fbe', 'EMAG-FBE');
INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('CNY', '2026-01-01', 0.6);
INSERT INTO products (sku, name)
SELECT 'SKU' || n, 'Lampă de birou, seria ' || n FROM generate_series(1, %(items)s) AS n;
INSERT INTO low_stock_report (
    account_type, sku, emag_id, product_id, name, warehouse, status, reason, reason_ro, quantity, reserved_quantity,
    available_quantity, on_order_quantity, minimum_stock, reorder_point, maximum_stock, reorder_quantity,
    has_manual_levels, is_verified, supplier_count, scan_status, scan_offers, scan_total, scanned_at,
    ron_at_risk_per_day, supplier_url
)
SELECT
    account, sku, id, id, name, 'EMAG-' || upper(account), 'critical', repeat('Because of this and that. ', 12),
    repeat('Pentru că așa și așa. ', 12), 5, 0, 5, 0, 10, 20, 100, 95, FALSE, FALSE, 1, 'completed', 9, 9, now(),
    mod(id, 900) / 7.0, 'https://detail.1688.com/offer/' || id || '.html'
FROM products, unnest(ARRAY['main', 'fbe']) AS account;
INSERT INTO suppliers (id, name) SELECT n, 'Supplier ' || n FROM generate_series(1, %(drafts)s) AS n;
INSERT INTO product_supplier_sheets (sku, supplier_name, supplier_id, price_cny, supplier_url)
SELECT
    sku, 'Supplier ' || 1 + mod(id, %(drafts)s), 1 + mod(id, %(drafts)s), 12.5,
    'https://detail.1688.com/offer/' || id || '.html'
FROM products;
INSERT INTO purchase_orders (id, supplier_id, currency, shipping, draft_key)
SELECT id, id, 'CNY', 'sea', 'D' || 100 + id FROM suppliers;
INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity, proposed_quantity, unit_price)
SELECT 1 + mod(id, %(drafts)s), id, 1 + mod(id, 90), 1, 12.5 FROM products;
ANALYZE
"""


def main(sizes: list[int]) -> None:
    """Each size in a process of its own, so that the memory of one is not that of the next."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path is short
    home.chmod(0o755)
    try:
        for items in sizes:
            command = [sys.executable, __file__, "step", str(home), str(items)]
            result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            told = "{items:,} items: {seconds:.1f} s, CPU {cpu:.1f} s, {rest:.0f} + {more:.0f} MB, file {size:.1f} MB"
            sys.stdout.write(told.format_map(json.loads(result.stdout)) + "\n")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def step(home: Path, items: int) -> None:
    """Fill the database with so many items, write their workbook, and print what it cost; CPU is this process's."""
    settings = Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None)
    database = open_database(settings)
    with of_superuser(database).connect("benchmark") as session:
        session.execute("TRUNCATE low_stock_report, suppliers, products, emag_accounts, exchange_rates CASCADE")
        path = home / "orders.xlsx"
        write_buyers_workbook(database, path, Language.RO, settings)  # of nothing: what is loaded once
        rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        psycopg.ClientCursor(session).execute(FILL, {"items": items, "drafts": DRAFTS})
    began, cpu = time.monotonic(), time.process_time()
    written = write_buyers_workbook(database, path, Language.RO, settings)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        json.dumps(
            {
                "items": written.items,
                "seconds": seconds,
                "cpu": cpu,
                "more": peak - rest,
                "rest": rest,
                "size": path.stat().st_size / 2**20,
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("items", nargs="*", type=int, default=[5_000, 50_000])
        main(parser.parse_args().items)
