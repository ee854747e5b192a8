"""The demo home: marked as the simulator's, so that its rows never mix with real ones."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from magflow_pipeline.accounts import configured_stock, has_credentials
from magflow_pipeline.settings import ConfigurationError, Settings, making_home
from magflow_pipeline.text import noted

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.simulator.catalogue import Catalogue
    from magflow_pipeline.simulator.sales import Sales
    from magflow_pipeline.simulator.suppliers import DemoSuppliers

OPENED = "Its simulated seller sells since "
"""Where the mark says when the history of sales ends."""


def is_empty(settings: Settings) -> bool:
    """Whether no account was ever synced in this home; a database alone proves nothing, any command creates one.

    Without a database, Dagster's folder decides: a home of real accounts has one also when its database is elsewhere
    and the `.env` that named it is lost.
    """
    if not (settings.home / "postgres").exists():
        return not (settings.home / "dagster").exists()
    from magflow_pipeline.database.connection import Use, open_database
    from magflow_pipeline.reports.tables import count_rows

    database = open_database(settings, Use.MIGRATE)
    return not any(count_rows(database, table) for table in ("emag_accounts", "emag_sync_logs", "emag_products_v2"))


def mark_as_demo(settings: Settings) -> None:
    """Mark the home as the simulator's, unless it is marked already.

    Raises:
        ConfigurationError: it holds real rows, credentials are set, or the database is not the embedded one.
    """
    if settings.database_url is not None:
        raise ConfigurationError(
            "MAGFLOW_DATABASE_URL is set, and the simulator fills only the embedded database: "
            "demo rows must not mix with real ones. Unset it for the demo."
        )
    if has_credentials(settings):
        raise ConfigurationError(
            "Credentials of a real account are set (EMAG_..._USERNAME, _PASSWORD), and the demo needs none. "
            "Unset them, or start the real thing: magflow sync."
        )
    if settings.is_demo:
        return
    if not is_empty(settings):
        raise ConfigurationError(
            f"{settings.home} was used with real accounts, and never becomes a demo home. "
            "Set MAGFLOW_HOME to another folder for the demo."
        )
    from magflow_pipeline.database.connection import Use, open_database

    open_database(settings, Use.MIGRATE)  # if this fails, the home must not be marked
    with making_home(settings.home):
        settings.demo_mark.write_text(
            f"This home holds the simulator's rows. `magflow demo --reset` empties it.\n"
            f"{OPENED}{datetime.now(UTC).isoformat(timespec='seconds')}\n"
        )


def opened(settings: Settings) -> datetime | None:
    """When the simulated seller of a demo home got the stock that the offers show; None in another home.

    Every simulator of the home goes on from there: one that began anew would have other orders under the same ids.
    """
    if not settings.is_demo:
        return None
    for line in settings.demo_mark.read_text(errors="replace").splitlines():
        with suppress(ValueError):
            if line.startswith(OPENED):
                return datetime.fromisoformat(line.removeprefix(OPENED)).astimezone(UTC)
    # Marked by an earlier version, which said no time.
    return datetime.fromtimestamp(int(settings.demo_mark.stat().st_mtime), UTC)


def reset(settings: Settings) -> bool:
    """Empty the demo home; returns whether there was one.

    Raises:
        ConfigurationError: the home holds real rows, or cannot be one.
    """
    if not settings.demo_mark.exists():
        with making_home(settings.home):
            pass  # what can be no home was not empty already
        if (settings.home / "postgres").exists():
            raise ConfigurationError(f"{settings.home} is not a demo home, and is left alone.")
        return False
    from magflow_pipeline.database import embedded
    from magflow_pipeline.shop.up import only_one

    with only_one(settings.home):
        _refuse_real_rows(settings)
        embedded.stop(settings.home)
        # The mark is deleted last, so that an interrupted reset can be repeated.
        for name in ("postgres", "postgres.new", "dagster", "logs"):
            shutil.rmtree(settings.home / name, ignore_errors=True)
        settings.demo_mark.unlink()
    return True


def _refuse_real_rows(settings: Settings) -> None:
    """Refuse a home with real rows: anybody may have created the mark, so the database is asked."""
    import psycopg

    from magflow_pipeline.catalogue.known_accounts import real_accounts
    from magflow_pipeline.database import embedded

    if not (settings.home / "postgres").exists():
        return
    try:
        real = real_accounts(embedded.start(settings.home, port=settings.database_port))
    except (ConfigurationError, psycopg.Error) as error:
        raise ConfigurationError(
            f"{settings.home} is left alone: its database cannot be asked whether it holds real rows ({noted(error)})."
        ) from None
    if real:
        raise ConfigurationError(
            f"{settings.home} is left alone: it is marked as a demo home, and holds rows of real accounts: "
            f"{', '.join(real)}."
        )


def load_demo_suppliers(database: "Database") -> None:
    """Load the suppliers, price list, matches and terms of the demo's seller, once: what people change stays."""
    from magflow_pipeline.reports.tables import count_rows

    if count_rows(database, "suppliers"):
        return  # before the catalogue is made, which takes a third of a second at every start
    from magflow_pipeline.simulator.catalogue import make_catalogue
    from magflow_pipeline.simulator.suppliers import demo_suppliers
    from magflow_pipeline.suppliers.lists import Match, Sheet, load_suppliers

    demo = demo_suppliers(make_catalogue())
    load_suppliers(
        database,
        [Sheet(each.sku, each.supplier_name, each.price_cny, each.supplier_url) for each in demo.sheets],
        [Match(each.sku, each.supplier_name, each.url, each.confirmed, each.confirmed_by) for each in demo.matches],
    )
    _load_costs(database, demo)


def _load_costs(database: "Database", demo: "DemoSuppliers") -> None:
    """What the articles of the demo's suppliers cost beside the price, and when they come."""
    from dataclasses import astuple, fields

    from magflow_pipeline.database.copying import copy_rows
    from magflow_pipeline.simulator import suppliers as told

    with database.connect("magflow demo") as session, session.transaction():
        copy_rows(
            session,
            "marketplace_fees",
            ("account_type", "category", "commission_rate", "fulfilment_fee_ron"),
            [
                (account, category, rate, fee)
                for category, rate in told.COMMISSIONS
                for account, fee in told.FULFILMENT_FEES
            ],
        )
        ids = dict(session.execute("SELECT supplier_name, canonical_id FROM supplier_names").fetchall())
        for table, cls, rows in (
            ("supplier_terms", told.DemoTerms, demo.terms),
            ("supplier_price_breaks", told.DemoBreak, demo.breaks),
        ):
            columns = ("supplier_id", *(each.name for each in fields(cls)[1:]))
            copy_rows(session, table, columns, [(ids[each.supplier_name], *astuple(each)[1:]) for each in rows])
        products = [each.name for each in fields(told.DemoProduct)]
        copy_rows(session, "product_costs", products, [astuple(each) for each in demo.products])
        closures = [(ids[name], *closure) for name in told.CLOSED_SUPPLIERS for closure in told.CLOSURES]
        copy_rows(session, "supplier_closures", ("supplier_id", "starts_on", "ends_on", "name"), closures)
        receipts = [(ids[name], *receipt, 20) for name, *receipt in told.RECEIPTS]
        columns = ("supplier_id", "sku", "ordered_on", "received_on", "quantity")
        copy_rows(session, "supplier_receipts", columns, receipts)


def catalogue(settings: Settings, seed: int = 42) -> "Catalogue":
    """What the simulated marketplace sells: in `main` and `fbe`, and in every other account, by its country."""
    from magflow_pipeline.simulator.countries import make_accounts

    return make_accounts(dict(_countries(settings)), seed)


def _countries(settings: Settings) -> tuple[tuple[str, str], ...]:
    stocks = configured_stock(settings)
    return tuple((name, stock.country) for name, stock in stocks.items() if stock is not None)


@cache
def _sales_until(moment: datetime, countries: tuple[tuple[str, str], ...]) -> "dict[str, Sales]":
    """What the demo's seller had sold until then, by account; made once, which takes seconds."""
    from magflow_pipeline.simulator.countries import make_accounts
    from magflow_pipeline.simulator.sales import make_sales

    return make_sales(make_accounts(dict(countries)).accounts, moment)


def load_demo_orders(database: "Database", settings: Settings) -> int:
    """Load the orders that syncs would have read before the demo home was made; returns how many. Idempotent."""
    from magflow_pipeline.shop import demo_orders

    return demo_orders.load_demo_orders(database, settings, _sales_until(_since(settings), _countries(settings)))


def load_demo_stock(database: "Database", settings: Settings) -> None:
    """Load the daily stock that syncs would have seen before the demo home was made, of what ever sold; idempotent.

    Days out of stock are then known, as in a home that has run for a year. `opened` says where they end.
    """
    from magflow_pipeline.database.copying import copy_rows
    from magflow_pipeline.database.statements import statement

    with database.connect("magflow demo") as session, session.transaction():
        [(is_there,)] = session.execute(statement("shop/stock_before"), {"opened": opened(settings)}).fetchall()
        if not is_there:
            copy_rows(session, "stock_snapshots", SNAPSHOT, _snapshots(settings))


def load_demo_market(database: "Database", settings: Settings) -> None:
    """Load what syncs would have read of competitors before the demo home was made, after its first sync; idempotent.

    What crossed since yesterday is then known, as in a home that has run for some days.
    """
    from magflow_pipeline.database.statements import statement

    with database.connect("magflow demo") as session:
        session.execute(statement("shop/market_before"), {"opened": _since(settings)})


SAMPLES = 48
"""A sync each half hour."""
SNAPSHOT = (
    *("account_type", "sku", "day", "first_stock", "min_stock", "max_stock", "last_stock"),
    *("samples", "samples_in_stock", "samples_sellable"),
)


def _snapshots(settings: Settings) -> Iterator[tuple[str, str, date, int, int, int, int, int, int, int]]:
    sales = _sales_until(_since(settings), _countries(settings))
    for account in set(sales) & set(settings.accounts):
        truth = sales[account].truth()
        start = (truth.stock[0] + truth.taken[0] - truth.delivered[0]).tolist()
        wanted = truth.expected.sum(axis=0).tolist()
        for place, sku in enumerate(truth.skus):
            if not wanted[place]:
                continue
            before = start[place]
            # As lists: taken one by one, numpy's numbers are slow. The day of the opening is left to the first sync.
            ends, could_sell = truth.stock[:-1, place].tolist(), truth.could_sell[:-1, place].tolist()
            for day, end, sellable in zip(truth.days[:-1], ends, could_sell, strict=True):
                # A day on which it ran out, or came, counts half.
                in_stock = SAMPLES * ((before > 0) + (end > 0)) // 2
                low, high = min(before, end), max(before, end)
                yield account, sku, day, before, low, high, end, SAMPLES, in_stock, in_stock if sellable else 0
                before = end


def _since(settings: Settings) -> datetime:
    return opened(settings) or datetime.now(UTC)


@contextmanager
def simulator_url(settings: Settings) -> Generator[str | None]:
    """The address of the simulator, which runs during the block in a demo home; None elsewhere."""
    if not settings.is_demo:
        yield None
    elif settings.simulator_url is not None:
        yield settings.simulator_url
    else:
        from magflow_pipeline.simulator.running import running

        with running(catalogue(settings), opened=opened(settings), is_live=True) as simulator:
            yield simulator.url
