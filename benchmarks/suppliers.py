"""What it costs to load a price list by COPY, to look for conflicts, and to build the offers of suppliers.

Run it with `.venv/bin/python benchmarks/suppliers.py [--server ADDRESS] [--only-offers] [ROWS]`, by default 100,000
rows in a home of its own; ADDRESS is a database that the benchmark may fill, on any server. "as before" is the same
table without what finds supplier_id: its trigger, index and foreign key; with the statistics of the list before. CPU is
the session's, medians of 3. Offers are of 200,000 SKUs with one or two suppliers each, sea and air of one of them.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from pydantic import SecretStr
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.offers import BuiltOffers, write_offers
from magflow_pipeline_tests.servers import of_superuser

ROUNDS = 3
NAMES = {
    "50 suppliers": "Supplier {}",
    "50 suppliers, spelled otherwise": " SUPPLIER  {}",
    "50 suppliers, Romanian, spelled otherwise": "Furnizor Țăndărică  {}",
    "20,000 new suppliers": "New {}",
}
BEGIN = """
TRUNCATE product_supplier_sheets, suppliers, products, supplier_products CASCADE;
INSERT INTO suppliers (name) SELECT 'Supplier ' || n FROM generate_series(0, 49) AS n;
INSERT INTO suppliers (name) SELECT 'Furnizor Țăndărică ' || n FROM generate_series(0, 49) AS n;
INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('SKU', 'Supplier 0');
ANALYZE
"""
AS_BEFORE = """
ALTER TABLE product_supplier_sheets
DISABLE TRIGGER supplier_resolved,
DROP CONSTRAINT product_supplier_sheets_supplier_id_fkey;
ALTER TABLE product_supplier_sheets ALTER supplier_id DROP NOT NULL;
DROP INDEX product_supplier_sheets_supplier
"""
COPY = "COPY product_supplier_sheets (sku, supplier_name, price_cny, supplier_url) FROM STDIN"
# Each second row has a match that was confirmed.
MATCHES = """
INSERT INTO products (sku, name) SELECT DISTINCT sku, sku FROM product_supplier_sheets;
INSERT INTO supplier_products (supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by)
SELECT sheet.supplier_id, product.id, sheet.supplier_url, TRUE, 'Ana'
FROM product_supplier_sheets AS sheet INNER JOIN products AS product ON sheet.sku = product.sku
WHERE mod(sheet.id, 2) = 0
"""
OFFERED = 200_000
OFFERS = """
INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('CNY', '2026-11-25', 0.63), ('EUR', '2026-11-25', 5.09);
INSERT INTO supplier_terms (supplier_id, shipping, currency, lead_time_days, pack_size, freight_per_kg)
SELECT id, 'sea', 'EUR', 45, 10, 2 FROM suppliers WHERE mod(id, 3) = 0
UNION ALL
SELECT id, 'air', 'EUR', 12, 5, 7 FROM suppliers WHERE mod(id, 50) = 0;
INSERT INTO supplier_price_breaks (supplier_id, sku, minimum_quantity, unit_price)
SELECT supplier_id, sku, 100, price_cny * 0.9 FROM product_supplier_sheets
WHERE mod(id, 5) = 0 AND price_cny IS NOT NULL;
INSERT INTO product_costs (sku, weight_kg, duty_rate)
SELECT DISTINCT sku, 0.3, 0.027 FROM product_supplier_sheets;
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES ('main', 's', 's', 'W');
INSERT INTO demand (
    account_type, sku, sellable_days, days_are_calendar, units, expected_daily_demand, demand_method
)
SELECT 'main', sku, 90, FALSE, 9, mod(n, 50) / 10.0, 'several memories'
FROM (SELECT sku, row_number() OVER (ORDER BY sku) AS n FROM (SELECT DISTINCT sku FROM product_supplier_sheets) AS it)
AS numbered;
INSERT INTO supplier_receipts (supplier_id, sku, ordered_on, received_on, quantity)
SELECT id, 'SKU' || n, date '2026-01-01' + n, date '2026-02-10' + n * 2, 9
FROM suppliers CROSS JOIN generate_series(1, 10) AS n;
ANALYZE
"""


def main(address: str | None, rows: int, *, only_offers: bool) -> None:
    """The figures of one server, which is set up first if it is none that is there."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(
            Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=SecretStr(address) if address else None)
        )
        if address is None:
            database = of_superuser(database)
        for kind, name in NAMES.items() if not only_offers else ():
            seconds = [
                statistics.median(load(database, rows, name, way) for _ in range(ROUNDS)) for way in (AS_BEFORE, "")
            ]
            console.print(f"{rows:,} rows, {kind}: as before {seconds[0]:.2f} s of CPU, now {seconds[1]:.2f} s")
        if not only_offers:
            console.print(f"{rows:,} rows, conflicts: {conflicts(database, rows):.2f} s of CPU")
        for what, (built, cpu) in offers(database).items():
            console.print(
                f"{OFFERED:,} SKUs, {what}: {built.rows:,} offers, {built.written:,} written, {cpu:.1f} s of CPU"
            )
    finally:
        if address is None:
            embedded.stop(home)
        shutil.rmtree(home)


def load(database: Database, rows: int, name: str, way: LiteralString) -> float:
    """Seconds of CPU of loading the list; nothing of it stays."""
    with database.connect("benchmark") as session, session.transaction(force_rollback=True):
        session.execute(BEGIN)
        session.execute(way or "SELECT")
        return _copied(session, rows, name)


def conflicts(database: Database, rows: int) -> float:
    """Seconds of CPU of looking for conflicts right after the list was loaded."""
    with database.connect("benchmark") as session, session.transaction(force_rollback=True):
        session.execute(BEGIN)
        _copied(session, rows, "Supplier {}")
        session.execute(MATCHES)
        began = _cpu(session)
        session.execute("SELECT count(*) FROM supplier_conflicts")
        return _cpu(session) - began


def offers(database: Database) -> dict[str, tuple[BuiltOffers, float]]:
    """What each build of the offers wrote, and its seconds of CPU."""
    found: dict[str, tuple[BuiltOffers, float]] = {}
    with database.connect("benchmark") as session, session.transaction(force_rollback=True):
        session.execute(BEGIN)
        _copied(session, OFFERED * 3 // 2, "Supplier {}", by_sku=OFFERED)
        session.execute(OFFERS)
        for what in ("first build", "idle", "a new rate"):
            if what == "a new rate":
                session.execute("UPDATE exchange_rates SET ron = ron * 1.01 WHERE currency = 'CNY'")
            began = _cpu(session)
            built = write_offers(session, Settings())
            found[what] = (built, _cpu(session) - began)
    return found


def _copied(session: psycopg.Connection, rows: int, name: str, by_sku: int | None = None) -> float:
    suppliers = 20_000 if name.startswith("New") else 50
    began = _cpu(session)
    with session.cursor() as cursor, cursor.copy(COPY) as copy:
        for n in range(rows):
            copy.write_row(
                [
                    f"SKU{n % by_sku if by_sku else n // 2}",
                    name.format((n + (n // by_sku if by_sku else 0)) % suppliers),
                    1 + n % 90,
                    f"https://detail.example/offer/{n}",
                ]
            )
    return _cpu(session) - began


def _cpu(session: psycopg.Connection) -> float:
    times = psutil.Process(session.info.backend_pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--server")
    parser.add_argument("--only-offers", action="store_true")
    given = parser.parse_args()
    main(given.server, given.rows, only_offers=given.only_offers)
