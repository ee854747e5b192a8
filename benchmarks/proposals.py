"""What the way from demand to the report costs, and how that grows with the catalogue: CPU, time, memory, rows written.

Run it with `.venv/bin/python benchmarks/proposals.py [ITEMS ...]`, by default 2,550 and 200,000 items: half in the
account main, and the same SKUs in fbe. In a database of its own it builds what suppliers offer, levels, proposals and
the report: for the first time, with nothing changed, and after a stock that changed. Together they should take less
than 2 seconds for 2,550 items, and less than a minute and 1 GB for 200,000; a build that changes nothing should write
no row. CPU is that of this process and the server's sessions: on a busy machine it says more than the time.
"""

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString

import psutil
from report import UNCHECKED, fill, spent_cpu
from rich.console import Console

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.purchasing.proposals import TABLES, build_reorder_proposals
from magflow_pipeline.reports.tables import count_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.offers import build_supplier_offers
from magflow_pipeline_tests.servers import of_superuser

# Of every ten SKUs one is on order, and one comes in cartons of 12; suppliers have least quantities and values.
MORE = """
INSERT INTO emag_accounts (account_type, kind, marketplace, username, warehouse)
VALUES ('fbe', 'fbe', 'simulator', 'fbe', 'EMAG-FBE') ON CONFLICT DO NOTHING;
INSERT INTO emag_product_contents (
    account_type, emag_id, sku, part_number_key, name, brand, price, currency, stock_quantity, status,
    validation_status, offer_validation_status, content_hash, created_at, updated_at
)
SELECT
    'fbe', emag_id, sku, part_number_key, name, brand, price, currency, mod(emag_id, 70), status,
    validation_status, offer_validation_status, content_hash, created_at, updated_at
FROM emag_product_contents WHERE account_type = 'main';
INSERT INTO emag_offers_seen (account_type, emag_id, last_synced_at, last_stored_at)
SELECT account_type, emag_id, now(), now() FROM emag_product_contents WHERE account_type = 'fbe';
INSERT INTO emag_offer_contents (
    account_type, emag_offer_id, sku, price, stock, reserved_stock, status, visibility, is_available,
    created_at, updated_at
)
SELECT
    'fbe', emag_offer_id, sku, price, stock, reserved_stock, status, visibility, is_available,
    created_at, updated_at
FROM emag_offer_contents WHERE account_type = 'main';
INSERT INTO emag_offer_market_history (account_type, emag_offer_id, observed_at, buy_button_rank, best_offer_sale_price)
SELECT account_type, emag_id, now() - age * interval '9 days', 1 + mod(emag_id + age, 4), 90
FROM emag_products_v2, generate_series(1, 5) AS age;
INSERT INTO demand (
    account_type, sku, sellable_days, days_are_calendar, units, average_daily_demand, expected_daily_demand,
    demand_method, flags
)
SELECT 'fbe', sku, sellable_days, days_are_calendar, units, average_daily_demand, expected_daily_demand,
    demand_method, flags
FROM demand WHERE account_type = 'main';
UPDATE demand SET expected_daily_demand = 0.1 + mod(units, 30) / 10.0 WHERE expected_daily_demand IS NOT NULL;
UPDATE demand SET demand_error = 0.1 * expected_daily_demand, daily_variance = 1.5 * expected_daily_demand;
INSERT INTO exchange_rates (currency, rate_date, units, ron) VALUES ('CNY', current_date - 1, 1, 0.6)
ON CONFLICT DO NOTHING;
INSERT INTO supplier_terms (supplier_id, lead_time_days, minimum_order_quantity, pack_size, minimum_order_value)
SELECT id, 30, 20, 10, 5000 FROM suppliers ON CONFLICT DO NOTHING;
INSERT INTO marketplace_fees (commission_rate, fulfilment_fee_ron) VALUES (0.2, 3) ON CONFLICT DO NOTHING;
INSERT INTO product_costs (sku, carton_size) SELECT sku, 12 FROM products WHERE mod(id, 10) = 3 ON CONFLICT DO NOTHING;
TRUNCATE purchase_orders CASCADE;
INSERT INTO purchase_orders (id, status, expected_on)
SELECT n, 'sent', current_date + n - 20 FROM generate_series(1, 60) AS n;
INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity)
SELECT 1 + mod(id, 60), id, 40 FROM products WHERE mod(id, 10) = 5
"""


def main(sizes: list[int]) -> None:
    """Each size in a database of its own."""
    console = Console()
    for items in sizes:
        home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path is short
        home.chmod(0o755)
        try:
            measure(
                console,
                of_superuser(open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))),
                home,
                items,
            )
        finally:
            embedded.stop(home)
            shutil.rmtree(home)


def measure(console: Console, database: Database, home: Path, items: int) -> None:
    """Fill the catalogue and time the builds."""
    settings = Settings()
    fill(database, items // 2)
    with of_superuser(database).connect("benchmark") as session:
        session.execute(UNCHECKED)
        session.execute(MORE)
    for account in ("main", "fbe"):
        refresh_inventory(database, account)
    with database.connect("benchmark") as session:
        session.execute("ANALYZE")
    builds: dict[str, Callable[[], int]] = {
        "what suppliers offer": lambda: build_supplier_offers(database, settings).written,
        "levels": lambda: build_demand_levels(database, settings).written,
        "proposals": lambda: build_reorder_proposals(database, settings).written,
        "report": lambda: build_low_stock_report(database, settings).written,
    }
    changes: Sequence[tuple[str, LiteralString]] = (
        ("first build", "SELECT"),
        ("again", "SELECT"),
        (
            "one stock changed",
            "UPDATE inventory_items SET quantity = 1 WHERE product_id = (SELECT id FROM products WHERE sku = 'SKU9')",
        ),
    )
    for name, change in changes:
        with database.connect("benchmark") as session:
            session.execute(change)
        whole: dict[str, float] = {"CPU": 0, "seconds": 0, "MB": 0, "rows": 0}
        for table, build in builds.items():
            with watching_memory(home) as used:
                cpu, began = spent_cpu(home), time.monotonic()
                used["rows"] = build()
                used["seconds"], used["CPU"] = time.monotonic() - began, spent_cpu(home) - cpu
            used["CPU"] -= used.pop("watching")
            for key, value in whole.items():
                whole[key] = max(value, used[key]) if key == "MB" else value + used[key]
            tell(console, f"{items:,} items, {table}, {name}", used)
        tell(console, f"{items:,} items, from demand to report, {name}", whole)
    for table in TABLES:
        console.print(f"{items:,} items: {count_rows(database, table):,} rows in {table}")


def tell(console: Console, what: str, used: Mapping[str, float]) -> None:
    """A line of what a build used."""
    console.print(
        f"{what}: CPU {used['CPU']:.2f} s, {used['seconds']:.2f} s, {used['MB']:.0f} MB,"
        f" {used['rows']:,.0f} rows written",
        soft_wrap=True,
    )


@contextmanager
def watching_memory(home: Path) -> Generator[dict[str, float]]:
    """The largest memory, in MB, of this process and of the server's sessions meanwhile, shared buffers left out.

    And what the watching itself took, in seconds of CPU.
    """
    used, done = {"MB": 0.0, "watching": 0.0}, threading.Event()
    server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))

    def watch() -> None:
        while not done.wait(0.2):
            memory = psutil.Process().memory_full_info().uss
            for each in server.children():
                with suppress(psutil.Error):  # a session that has just ended
                    memory += each.memory_full_info().uss
            used["MB"] = max(used["MB"], memory / 2**20)
        used["watching"] = time.thread_time()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield used
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [2_550, 200_000])
