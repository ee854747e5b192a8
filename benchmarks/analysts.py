"""What analysts' views and questions take, and how that grows with the catalogue.

Run it with `.venv/bin/python benchmarks/analysts.py [OFFERS ...]`, by default 50,000 and 200,000 offers, each with five
prices and five places in the race for the buy button, sixty days of stock, two suppliers and ten orders. Every view is
read whole, and each of the ten questions of docs/analysts.md asked. Four times the offers should take about four times
as long: what is quadratic takes sixteen times. On a busy machine CPU, of all sessions, says more than the time.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from report import fill, spent_cpu
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.purchasing.proposals import build_reorder_proposals
from magflow_pipeline.settings import PROJECT_ROOT, Settings
from magflow_pipeline_tests.servers import of_superuser

VIEWS = (
    *("price_moves", "buy_box_moves", "not_sellable_offers", "stock_out_days", "stock_value", "stock_value_by_brand"),
    *("rejected_rows", "supplier_disagreements", "ordered_lines", "price_position", "price_position_by_account"),
    *("low_stock", "decide_yourself", "page_items", "page_orders", "page_moves"),
)
PAST = """
UPDATE emag_accounts SET is_configured = TRUE, place = 1;
INSERT INTO warehouses (code) VALUES ('EMAG-MAIN') ON CONFLICT DO NOTHING;
TRUNCATE emag_offer_history, emag_offer_market_history, stock_snapshots, supplier_offers, emag_orders, emag_order_lines,
    demand_days, emag_rejected_offers, inventory_items, products CASCADE;
INSERT INTO products (id, sku) SELECT emag_id, sku FROM emag_products_v2;
INSERT INTO inventory_items (product_id, warehouse_id, quantity)
SELECT emag_id, (SELECT id FROM warehouses WHERE code = 'EMAG-MAIN'), stock_quantity FROM emag_products_v2;
INSERT INTO emag_offer_history (account_type, emag_offer_id, valid_from, sku, price, currency, stock, status)
SELECT 'main', emag_id, now() - n * interval '9 days' - emag_id * interval '1 second', sku, 10 + mod(n, 3), 'RON', 5, 1
FROM emag_products_v2 CROSS JOIN generate_series(0, 4) AS n;
INSERT INTO emag_offer_market_history (account_type, emag_offer_id, observed_at, buy_button_rank, number_of_offers)
SELECT 'main', emag_id, now() - n * interval '9 days' - emag_id * interval '1 second', 1 + mod(n, 2), 3
FROM emag_products_v2 CROSS JOIN generate_series(0, 4) AS n;
INSERT INTO stock_snapshots
SELECT 'main', sku, current_date - n, 1, 0, 5, 1, 48, mod(emag_id + n, 49), 0
FROM emag_products_v2 CROSS JOIN generate_series(1, 60) AS n;
INSERT INTO supplier_offers (
    sku, supplier_id, shipping, supplier_name, is_preferred, is_verified, lead_time_days, lead_time_spread_days,
    lead_time_source, minimum_order_quantity, pack_size, planning_quantity, landed_unit_cost_ron, unit_price, currency,
    rate, rank, rule
)
SELECT
    sku, n, 'sea', 'Supplier ' || n, FALSE, TRUE, 30, 8, 'terms', 10, 10, 30, 20 + n, 20 * n, 'CNY', 0.6, n, 'verified'
FROM emag_products_v2 CROSS JOIN generate_series(1, 2) AS n;
INSERT INTO emag_orders (
    account_type, order_id, order_type, status, ordered_at, is_whole, content_hash, last_sync_id, created_at, updated_at
)
SELECT 'main', n, 3, mod(n, 6), now() - mod(n, 100) * interval '1 day', TRUE, '', 1, now(), now()
FROM generate_series(1, 10 * (SELECT count(*) FROM emag_products_v2)) AS n;
INSERT INTO emag_order_lines (
    account_type, order_id, line_id, product_id, part_number_key, status, quantity, initial_qty, sale_price, currency
)
SELECT
    'main', order_id, 1, CASE WHEN mod(order_id, 3) > 0 THEN order_id / 10 END, 'D' || order_id / 10, 1, 2, 2, 9, 'RON'
FROM emag_orders;
INSERT INTO demand_days (account_type, sku, day, ordered_units, returned_units, elsewhere_units, orders, largest_order)
SELECT 'main', 'SKU' || order_id / 10, ordered_on, sum(2), 0, 0, count(*), 2 FROM emag_orders GROUP BY 1, 2, 3;
INSERT INTO emag_rejected_offers (account_type, sync_log_id, page, emag_offer_id, reason, payload)
SELECT 'main', 1, 1, emag_id, 'no SKU', '' FROM emag_products_v2 WHERE mod(emag_id, 50) = 0;
ANALYZE
"""


def main(sizes: list[int]) -> None:
    """Each size in a database of its own."""
    console = Console()
    page = (PROJECT_ROOT / "docs" / "analysts.md").read_text().partition("## Ten questions")[2]
    questions = re.findall(r"(?:^    .*\n)+", page, re.MULTILINE)
    for offers in sizes:
        home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path is short
        home.chmod(0o755)
        try:
            database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
            fill(database, offers)
            with of_superuser(database).connect("benchmark") as session:
                session.execute("SET session_replication_role = replica")
                session.execute(PAST.encode())
            build_demand_levels(database)
            build_reorder_proposals(database)
            build_low_stock_report(database)
            with database.connect("benchmark") as session:
                asked = {view: f"TABLE {view}" for view in VIEWS}
                asked |= {f"question {number}": each for number, each in enumerate(questions, 1)}
                for name, query in asked.items():
                    cpu = spent_cpu(home)
                    plan = session.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query}".encode()).fetchall()
                    cpu = spent_cpu(home) - cpu
                    seconds = float(plan[-1][0].split()[2]) / 1000
                    rows = int(found[1]) if (found := re.search(r"actual rows=(\d+)", plan[0][0])) else 0
                    console.print(f"{offers:,} offers, {name}: CPU {cpu:.2f} s, {seconds:.2f} s, {rows:,} rows")
        finally:
            embedded.stop(home)
            shutil.rmtree(home)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [50_000, 200_000])
