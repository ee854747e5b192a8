"""What the plan and the report cost, and how that grows with the catalogue: time, CPU, memory of the process.

The plan is what comes between demand and report: offers of suppliers, levels, needs and purchases. Both together
should take less than two seconds for 2,550 items, and a minute and a gigabyte for 200,000.

Run it with `.venv/bin/python benchmarks/report.py [--rounds N] [--against PATH] [ITEMS ...]`, by default 5 rounds of
50,000 and 200,000 items. It works in homes of its own, and prints medians of a first build and of one that changes
nothing. Four times the items should take about four times as long in the same memory, and a build that changes nothing
should write no row. CPU is that of all sessions of the build: on a busy machine it says more than the time.

`--against` takes an older version in turn with this one, from migration 0047 on: PATH is the folder of its files (`git
archive COMMIT`), and, after colons, folders of libraries that only it needs.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from rich.console import Console

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.servers import of_superuser

FEW, MANY = 50_000, 200_000
# Of every ten items one is hidden, one has levels set by hand, and half have a supplier.
FILL = """
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)
VALUES ('main', 'simulator', 'main', 'EMAG-MAIN') ON CONFLICT DO NOTHING;
INSERT INTO emag_product_contents (
    account_type, emag_id, sku, part_number_key, name, brand, price, currency, stock_quantity, status,
    validation_status, offer_validation_status, content_hash, created_at, updated_at
)
SELECT
    'main', n, 'SKU' || n, 'D' || n, 'Lampă de birou, seria ' || n, 'Nordwell', 84.0336, 'RON', mod(n, 120), 1,
    CASE WHEN mod(n, 20) = 0 THEN '{8}' ELSE '{9}' END::smallint[], 1, '', now(), now()
FROM generate_series(1, %(items)s) AS n;
INSERT INTO emag_offers_seen (account_type, emag_id, last_synced_at, last_stored_at)
SELECT account_type, emag_id, now(), now() FROM emag_product_contents;
INSERT INTO emag_offer_contents (
    account_type, emag_offer_id, sku, price, stock, reserved_stock, status, visibility, is_available,
    created_at, updated_at
)
SELECT
    account_type, emag_id, sku, price, stock_quantity, 0, 1,
    CASE WHEN mod(emag_id, 10) = 0 THEN 'hidden' ELSE 'visible' END, FALSE, now(), now()
FROM emag_product_contents;
INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('CNY', '2026-01-01', 0.6) ON CONFLICT DO NOTHING;
INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny)
SELECT sku, 'Supplier ' || mod(emag_id, 50), 1 + mod(emag_id, 90) FROM emag_products_v2 WHERE mod(emag_id, 2) = 0
"""
LEVELS = "UPDATE inventory_items SET manual_reorder_point = 150 WHERE mod(product_id, 10) = 0; ANALYZE"
# Older versions have no such table; of every ten items one was never sold.
DEMAND_IS_THERE = "SELECT to_regclass('app.demand') IS NOT NULL"
DEMAND = """
TRUNCATE demand;
INSERT INTO demand (
    account_type, sku, sellable_days, days_are_calendar, units, average_daily_demand, expected_daily_demand,
    demand_error, daily_variance, demand_method, flags
)
SELECT
    account_type, sku, 90, FALSE, emag_id, mod(emag_id, 70) / 10.0,
    CASE WHEN mod(emag_id, 10) > 0 THEN mod(emag_id, 3000) / 1e3 + 0.01 END,
    CASE WHEN mod(emag_id, 10) > 0 THEN 0.1 END,
    CASE WHEN mod(emag_id, 10) > 0 THEN mod(emag_id, 3000) / 5e2 + 0.02 END,
    CASE WHEN mod(emag_id, 10) > 0 THEN 'several memories' ELSE 'never sold' END, '{emag_only}'
FROM emag_products_v2
"""
EMPTY = (
    "TRUNCATE low_stock_report, inventory_items, products, product_supplier_sheets, emag_product_contents CASCADE;"
    " ANALYZE"
)
# Without the checks of foreign keys: they take longer than what is measured.
UNCHECKED = "SET session_replication_role = replica"
WRITTEN = "SELECT count(*) FROM low_stock_report WHERE built_at > %s"


def main(versions: dict[str, str], sizes: list[int], rounds: int) -> None:
    """The medians of all versions, per number of items; each version has a server of its own."""
    console = Console()
    homes = {
        version: Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp")) for version in versions
    }  # a socket's path is short
    try:
        for items in sizes:
            for version, path in versions.items():
                homes[version].chmod(0o755)
                run(path, "fill", homes[version], items)
            results: dict[tuple[str, str], list[dict[str, float]]] = {}
            for _ in range(rounds):
                for version, path in versions.items():
                    run(path, "empty", homes[version])
                    for name in ("first build", "again"):
                        results.setdefault((name, version), []).append(run(path, "build", homes[version]))
            for (name, version), measured in sorted(results.items(), reverse=True):
                median = {key: statistics.median(each[key] for each in measured) for key in measured[0]}
                console.print(
                    f"{items:,} items, {name}, {version}: plan {median['plan']:.2f} s,"
                    f" report {median['seconds']:.2f} s, CPU {median['cpu']:.2f} s,"
                    f" {median['megabytes']:.0f} MB, {median['written']:.0f} rows written"
                )
    finally:
        for home in homes.values():
            embedded.stop(home)
            shutil.rmtree(home)


def run(path: str, *arguments: object) -> dict[str, float]:
    """A step of the benchmark in a process of its own, by the version at `path`; what it measured."""
    command = [sys.executable, __file__, "step", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": path}
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(result.stdout or "{}")


def step(name: str, home: Path, items: int = 0) -> None:
    """One step, in the process that is measured."""
    database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
    if name == "fill":
        fill(database, items)
    elif name == "empty":
        with of_superuser(database).connect("benchmark") as session:
            session.execute("TRUNCATE low_stock_report")
            session.execute("CHECKPOINT")
    else:
        sys.stdout.write(json.dumps(build(database, home)))


def fill(database: Database, items: int) -> None:
    """The offers, products, inventory, levels and prices of a catalogue, in place of what was there."""
    with of_superuser(database).connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        cursor.execute("ALTER SYSTEM SET autovacuum = off")  # its CPU is not the build's
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute(UNCHECKED)
        cursor.execute(EMPTY)
        cursor.execute(FILL, {"items": items})
        if cursor.execute(DEMAND_IS_THERE).fetchone() == (True,):
            cursor.execute(DEMAND)
        cursor.execute("ANALYZE")
        refresh_inventory(database, "main")
        cursor.execute(LEVELS)


def build(database: Database, home: Path) -> dict[str, float]:
    """Seconds of plan and report, CPU of the report here and in the server, peak memory here in MB, rows written."""
    with database.connect("benchmark") as session:
        [(before,)] = session.execute("SELECT clock_timestamp()").fetchall()
        began = time.monotonic()
        for part in parts_of_the_plan():
            part(database)
        plan = time.monotonic() - began
        cpu, began = spent_cpu(home), time.monotonic()
        build_low_stock_report(database)
        seconds = time.monotonic() - began
        time.sleep(0.3)  # until the sessions of the build have ended
        cpu = spent_cpu(home) - cpu
        [(written,)] = session.execute(WRITTEN, [before]).fetchall()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"plan": plan, "seconds": seconds, "cpu": cpu, "megabytes": megabytes, "written": written}


def parts_of_the_plan() -> list[Callable[[Database], object]]:
    """The builds between demand and report, in their order; older versions have none."""
    try:
        from magflow_pipeline.purchasing.levels import build_demand_levels
        from magflow_pipeline.purchasing.proposals import build_reorder_proposals
        from magflow_pipeline.suppliers.offers import build_supplier_offers
    except ImportError:
        return []
    return [build_supplier_offers, build_demand_levels, build_reorder_proposals]


def spent_cpu(home: Path) -> float:
    """The CPU, seconds, of this process and of all processes of the server: those that have ended, and the pool's."""
    server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
    while True:
        ended, running = sum(server.cpu_times()[2:4]), 0.0
        for session in server.children():
            with suppress(psutil.Error):  # it has just ended
                running += sum(session.cpu_times()[:2])
        if ended == sum(server.cpu_times()[2:4]):  # none has ended meanwhile
            return time.process_time() + ended + running


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:]))
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("items", nargs="*", type=int, default=[FEW, MANY])
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--against")
        given = parser.parse_args()
        this = {"this version": str(Path(__file__).parents[1])}
        main(this | ({"the other": given.against} if given.against else {}), given.items, given.rounds)
