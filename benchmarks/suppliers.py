"""What it costs to load a price list by COPY, and to look for conflicts, with the statistics of the list before.

Run it with `.venv/bin/python benchmarks/suppliers.py [--server ADDRESS] [ROWS]`, by default 100,000 rows in a home of
its own; ADDRESS is a database that the benchmark may fill, on any server. "as before" is the same table without what
finds supplier_id: its trigger, index and foreign key. CPU is the session's, medians of 3.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

import psutil
import psycopg
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import Settings

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


def main(address: str | None, rows: int) -> None:
    """The figures of one server, which is set up first if it is none that is there."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=address))
        for kind, name in NAMES.items():
            seconds = [
                statistics.median(load(database, rows, name, way) for _ in range(ROUNDS)) for way in (AS_BEFORE, "")
            ]
            console.print(f"{rows:,} rows, {kind}: as before {seconds[0]:.2f} s of CPU, now {seconds[1]:.2f} s")
        console.print(f"{rows:,} rows, conflicts: {conflicts(database, rows):.2f} s of CPU")
    finally:
        if address is None:
            embedded.stop(home)
        shutil.rmtree(home)


def load(database: Database, rows: int, name: str, way: str) -> float:
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


def _copied(session: psycopg.Connection, rows: int, name: str) -> float:
    suppliers = 20_000 if name.startswith("New") else 50
    began = _cpu(session)
    with session.cursor() as cursor, cursor.copy(COPY) as copy:
        for n in range(rows):
            copy.write_row(
                [f"SKU{n // 2}", name.format(n % suppliers), 1 + n % 90, f"https://detail.example/offer/{n}"]
            )
    return _cpu(session) - began


def _cpu(session: psycopg.Connection) -> float:
    times = psutil.Process(session.info.backend_pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--server")
    given = parser.parse_args()
    main(given.server, given.rows)
