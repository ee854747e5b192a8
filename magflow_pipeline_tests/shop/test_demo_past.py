"""The demo home has a past: what was in stock before it was made, and the orders that go with it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.statements import check
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.sync import sync_orders
from magflow_pipeline.settings import SQL_FOLDER, Settings, load_settings
from magflow_pipeline.shop import demo
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.orders import PERSON
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.sales import Sales


@pytest.fixture
def home(database, tmp_path, monkeypatch) -> Settings:
    """A demo home, made today."""
    settings = load_settings().model_copy(update={"home": tmp_path, "database_url": None})
    settings.demo_mark.write_text(f"A demo home.\n{demo.OPENED}2026-11-20T13:30:00+00:00\n")
    return settings


def test_the_mark_says_since_when_the_simulated_seller_sells(home: Settings):
    """A simulator that began anew at each command would have other orders under the same ids."""
    assert demo.opened(home) == datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
    home.demo_mark.write_text(f"{demo.OPENED}nonsense\n")
    written = demo.opened(home)
    assert written is not None and abs(datetime.now(UTC) - written) < timedelta(minutes=5)
    home.demo_mark.unlink()
    assert demo.opened(home) is None


@pytest.mark.slow
def test_the_stock_of_the_days_before_is_that_of_the_orders(home: Settings, database, session):
    demo.load_demo_stock(database, home)
    rows = "SELECT count(*), min(day)::text, max(day)::text, min(samples), max(samples) FROM stock_snapshots"
    [before] = session.execute(rows).fetchall()
    assert before[1:] == ("2025-10-16", "2026-11-19", 48, 48) and before[0] > 500_000
    truth = Sales("main", make_catalogue().accounts["main"], datetime(2026, 11, 20, 13, 30, tzinfo=UTC)).truth()
    place = truth.of("EMG469")
    days = session.execute(
        "SELECT last_stock, samples_sellable > 0, first_stock FROM stock_snapshots"
        " WHERE account_type = 'main' AND sku = 'EMG469' ORDER BY day"
    ).fetchall()
    assert [day[0] for day in days] == truth.stock[:-1, place].tolist()
    assert [day[2] for day in days[1:]] == truth.stock[:-2, place].tolist()
    shown = [day[1] for day in days]
    assert sum(one != two for one, two in zip(shown, truth.could_sell[:-1, place].tolist(), strict=True)) < 20
    assert False in shown
    demo.load_demo_stock(database, home)
    assert session.execute(rows).fetchall() == [before]


@pytest.mark.slow
def test_the_orders_of_the_days_before_are_those_that_a_sync_reads(home: Settings, database, session):
    """They were read over HTTP, in minutes. The first sync goes on where they end, and reads none of them anew."""
    days, since = 30, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    home.demo_mark.write_text(f"A demo home.\n{demo.OPENED}{since.isoformat()}\n")
    home = home.model_copy(update={"order_history_days": days})
    loaded = demo.load_demo_orders(database, home)
    with running(make_catalogue(), opened=since) as simulator:
        account = Account("main", "main", SecretStr("demo"), simulator.url, "simulator", "main", "EMAG-MAIN")
        result = asyncio.run(sync_orders(database, home, account, OrderOptions(days=days), tell=print))
        sold = simulator.orders("main")
    assert (result.outcome, result.windows_left, result.counts.updated) == ("completed", 0, 0)
    assert result.counts.requests < 20
    stored = session.execute("SELECT order_id FROM emag_orders WHERE account_type = 'main' ORDER BY 1").fetchall()
    first = stored[0][0]
    assert [number for (number,) in stored] == [int(row["id"]) for row in sold if int(row["id"]) >= first]
    assert loaded > 2000
    for file in (SQL_FOLDER / "checks").glob("*order*.sql"):
        if file.stem != "every_order_line_has_its_offer":
            parameters = {"accounts": ["main"], "interval": 30}
            assert session.execute(check(file.stem), parameters).fetchall() == [], file.stem
    for table in ("emag_orders", "emag_order_lines", "emag_rejected_orders", "emag_sync_logs"):
        assert session.execute(f"SELECT FROM {table} AS t WHERE t::text ~ '{PERSON}'").fetchall() == [], table
    assert demo.load_demo_orders(database, home) == 0
