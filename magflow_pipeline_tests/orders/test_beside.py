"""A sync of orders beside others: the catalogue's, the next one's, and those of the account's former name."""

import asyncio

import pytest

from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.sync import sync_orders
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.orders.conftest import ago, day_ago
from magflow_pipeline_tests.orders.marketplace import order
from magflow_pipeline_tests.sync.looks import until

HELD = {"kind": "hold", "route": "order/read"}


def put_orders(simulator, *rows):
    simulator.put_orders("main", [*rows])


@pytest.mark.slow
def test_the_catalogue_is_read_while_orders_are(database, rows, accounts, start_sync, make_simulator, make_seller):
    """A back-fill would keep the stock unread for as long as it takes."""
    simulator = make_simulator(main=offers(5))
    put_orders(simulator, order(1, ago(hours=2)))
    simulator.switch("main", faults=[HELD])
    settings = make_seller(simulator)

    async def both():
        options = OrderOptions(days=60)
        reading = asyncio.create_task(sync_orders(database, settings, accounts()["main"], options, tell=print))
        await until(lambda: any(request["route"] == "order/read" for request in simulator.requests("main")))
        catalogue = await start_sync()
        running = rows("SELECT sync_type FROM running_syncs WHERE holder_pid IS NOT NULL")
        assert running == [{"sync_type": "orders"}], "the catalogue was read from begin to end meanwhile"
        simulator.switch("main", faults=[])
        return catalogue, await reading

    catalogue, orders = asyncio.run(both())
    assert (catalogue.outcome, orders.outcome, orders.windows_left) == ("completed", "completed", 0)
    names = {row["tablename"] for row in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'limits'")}
    own = accounts()["main"].limit_name
    assert {f"ratelimit___{own}", f"ratelimit___{own}_orders"} <= names, "each has a limit of its own"


def test_history_that_takes_too_long_is_left_for_the_next_sync(shop, monkeypatch):
    """The present comes every half hour, also while years are missing."""
    shop.market.rows = [order(1, ago(hours=2)), order(2, ago(days=50))]
    with monkeypatch.context() as patch:
        patch.setattr("magflow_pipeline.orders.sync.HISTORY_SHARE", 0)
        first = shop.sync(days=80)
    assert (first.outcome, first.windows_left > 0, sorted(shop.orders())) == ("completed", True, [1])
    assert not shop.log()["is_complete"]
    assert f"{first.windows_left} windows of history are left for the next sync" in first.sentence
    second = shop.sync(days=80)
    assert (second.windows_left, second.read_back_to, sorted(shop.orders())) == (0, day_ago(80), [1, 2])
    assert shop.log()["is_complete"]


def test_a_renamed_account_takes_its_orders_along(database, session, accounts, make_simulator, make_seller, fast):
    """Whichever of the two syncs comes first under the new name."""
    simulator = make_simulator(main=offers(3))
    put_orders(simulator, order(1, ago(hours=2)))
    make_seller(simulator)
    options = OrderOptions(days=1)
    asyncio.run(sync_orders(database, load_settings(), accounts()["main"], options, tell=print))
    shop = {"EMAG_SHOP_USERNAME": "main", "EMAG_SHOP_PASSWORD": "demo", "EMAG_SHOP_BASE_URL": simulator.url}
    settings = make_seller(simulator, EMAG_ACCOUNTS="shop,fbe", **shop)
    told: list[str] = []
    result = asyncio.run(sync_orders(database, settings, accounts()["shop"], options, tell=told.append))
    assert (result.counts.created, result.counts.unchanged > 0) == (0, True)
    assert any("this is account 'main' under a new name" in line for line in told)
    for table in ("emag_orders", "emag_order_lines", "emag_order_windows", "emag_accounts"):
        assert session.execute(f"SELECT DISTINCT account_type FROM {table}").fetchall() == [("shop",)], table
