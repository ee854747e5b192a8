"""How much a year adds to each table: a day of syncs of two accounts with the simulator, and `database growth` of it.

Run it with `.venv/bin/python benchmarks/growth.py`; it takes some minutes. It works in a home of its own. The day has
a sync of each account each half hour; before each, one offer of a hundred has another stock, one of 500 another price.
The table in docs/operations.md ("How it grows") is what it printed.
"""

import asyncio
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from rich.console import Console

from magflow_pipeline.accounts import load_accounts
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import sync_account
from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.growth import measure_growth, print_growth
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.servers import of_superuser

SYNCS_A_DAY = 48
ACCOUNTS = ("main", "fbe")
STOCK_CHANGES, PRICE_CHANGES = 0.01, 0.002  # of the offers, per sync
TIMES = (
    "SELECT relname, attname, atttypid = 'date'::regtype FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
    " WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"
    " AND attgenerated = '' AND atttypid IN ('date'::regtype, 'timestamptz'::regtype)"
)


def main() -> None:
    """Fill a shop, let two days pass, sync for a day, and measure."""
    console = Console(width=150)
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    switches = {name: Switches(enforce_rate_limit=False) for name in ACCOUNTS}
    try:
        with running(make_catalogue(), switches) as simulator:
            settings = _settings(home, simulator)
            database = of_superuser(open_database(settings))
            _sync_all(database, settings)
            _age(database, days=2)
            for number in range(SYNCS_A_DAY):
                _change(simulator, random.Random(number))  # noqa: S311, the same numbers each time
                _sync_all(database, settings)
            with database.connect("benchmark") as session:
                session.execute("VACUUM ANALYZE")
            print_growth(console, measure_growth(database, settings, longest_days=1))
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def _settings(home: Path, simulator: Simulator) -> Settings:
    os.environ |= {
        f"EMAG_{account.upper()}_{name}": value
        for account in ACCOUNTS
        for name, value in (("USERNAME", account), ("PASSWORD", "demo"), ("BASE_URL", simulator.url))
    }
    return Settings(
        MAGFLOW_HOME=home,
        MAGFLOW_DATABASE_URL=None,
        EMAG_REQUESTS_PER_SECOND=1000,
        EMAG_REQUESTS_PER_MINUTE=60_000,
    )


def _sync_all(database: Database, settings: Settings) -> None:
    for account in load_accounts(settings):
        asyncio.run(sync_account(database, settings, account, make_options(settings), tell=lambda _: None))
        refresh_inventory(database, account.name)
    build_low_stock_report(database)


def _age(database: Database, days: int) -> None:
    """Date everything that is there earlier by so many days."""
    with database.connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, column, is_date in cursor.execute(TIMES).fetchall():
            name, time, by = sql.Identifier(table), sql.Identifier(column), sql.Literal(days)
            shift = sql.SQL("{0} - {1}" if is_date else "{0} - make_interval(days => {1})").format(time, by)
            cursor.execute(sql.SQL("UPDATE app.{} SET {} = {}").format(name, time, shift))
        cursor.execute("VACUUM FULL")


def _change(simulator: Simulator, chance: random.Random) -> None:
    for account in ACCOUNTS:
        changed: list[dict[str, Any]] = []
        for offer in simulator.offers(account):
            sells, reprices = chance.random() < STOCK_CHANGES, chance.random() < PRICE_CHANGES
            if sells:
                offer["general_stock"] = offer["estimated_stock"] = pieces = chance.randrange(120)
                offer["stock"] = [{**(offer.get("stock") or [{}])[0], "value": pieces}]
            if reprices:
                offer["sale_price"] = f"{chance.uniform(10, 500):.4f}"
            if sells or reprices:
                changed.append(offer)
        simulator.patch_offers(account, changed)


if __name__ == "__main__":
    main()
