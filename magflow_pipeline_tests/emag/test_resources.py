"""A second resource through the same client: nothing but its description is its own."""

import asyncio

import pytest

from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.orders import ORDERS
from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync.marketplace import open_account, window_of
from magflow_pipeline_tests.emag.test_limits import distances
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.orders.marketplace import MONTH

IN_JANUARY = {"id": 7, "date": "2026-01-12 10:00:00", "type": 3}


def test_orders_are_read_and_counted_under_their_own_limit(database, session, accounts, make_simulator, make_seller):
    """12 a second, while offers have 3: counted together, orders would wait for the window of the offers."""
    simulator = make_simulator(main=offers(3))
    simulator.put_orders("main", [])
    simulator.switch("main", enforce_rate_limit=True, faults=[{"kind": "504-html", "route": "order/read", "times": 1}])
    settings = make_seller(simulator, EMAG_REQUESTS_PER_SECOND="3", EMAG_REQUESTS_PER_MINUTE="180")
    account, told = accounts()["main"], []

    async def ask() -> None:
        async with open_account(database, settings, account, OFFERS, ORDERS, tell=told.append) as marketplace:
            assert len((await marketplace.read(OFFERS, {}, 1, 2)).rows) == 2
            assert await marketplace.count(OFFERS) == 3
            assert (await marketplace.read(ORDERS, MONTH, 1, 100)).rows == []
            counted = [marketplace.count(ORDERS, MONTH) for _ in range(10)]
            assert await asyncio.gather(*counted) == [0] * 10

    asyncio.run(ask())
    seen = simulator.requests("main")
    orders = [request for request in seen if request["route"].startswith("order/")]
    assert [request["status"] for request in seen].count(429) == 0
    assert (len(seen), len(orders)) == (14, 12), "the read of orders was tried again by the same client"
    assert orders[0]["body"] == {**MONTH, "currentPage": 1, "itemsPerPage": 100}
    assert any("main: order/read page 1: HTTP 504" in line for line in told)
    names = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'limits'").fetchall()
    assert {f"ratelimit___{account.limit_name}", f"ratelimit___{account.limit_name}_orders"} <= {
        name for (name,) in names
    }
    arrived = [request["arrived"] for request in orders]
    assert min(distances(arrived, 3)) < 1, "12 fit into a second"


def test_only_the_limit_that_most_routes_share_can_be_set(make_simulator, make_seller):
    make_seller(make_simulator())  # a thousand a second
    assert [window_of(each.limit, load_settings()).permits for each in (OFFERS, ORDERS)] == [1000, 12]


def test_without_permits_for_its_limit_a_resource_is_not_read(database, accounts, make_simulator, make_seller):
    """What took no permit would burn the budget of all who count theirs."""
    simulator = make_simulator()
    settings = make_seller(simulator)

    async def ask() -> None:
        async with open_account(database, settings, accounts()["main"], OFFERS) as marketplace:
            await marketplace.count(ORDERS)

    with pytest.raises(KeyError, match="orders"):
        asyncio.run(ask())
    assert simulator.requests() == []


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"date": "2025-12-30 23:59:59"}, "createdAfter"),
        ({"date": "2026-02-01 00:00:01"}, "createdBefore"),
    ],
)
def test_an_ignored_filter_of_any_resource_is_noticed(changed, name):
    """The marketplace answers with a success that holds everything."""
    filters = {**MONTH, "type": 3}
    in_another_zone = {**IN_JANUARY, "date": "2025-12-31 22:00:00", "type": 2}
    ORDERS.check_answer([IN_JANUARY, in_another_zone, {"id": 8}, "no object"], filters)
    with pytest.raises(FilterNotHonouredError, match=f"ignored the filter {name}="):
        ORDERS.check_answer([IN_JANUARY, {**IN_JANUARY, **changed}], filters)


def test_a_filter_that_a_resource_does_not_have_is_not_asked_for():
    with pytest.raises(ValueError, match=r"filters of order are .*, modifiedBefore, type, not general_stock"):
        ORDERS.check_request({"general_stock": 3}, 100)
    with pytest.raises(ValueError, match="a page of order holds 1 to 100 rows, not 101"):
        ORDERS.check_request({}, 101)
