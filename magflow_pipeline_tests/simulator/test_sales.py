"""The truth behind the orders: it must be known, and stock, orders and time must tell the same of it."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest

from magflow_pipeline.simulator.bucharest import ZONE, read, text, to_local
from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.market import TICK_SECONDS, open_market
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.sales import Sales, Truth, make_sales
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.simulator.conftest import HISTORY, OPENED

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue()


@pytest.fixture(scope="module")
def sales(catalogue: Catalogue) -> dict[str, Sales]:
    return make_sales(catalogue.accounts, OPENED)


@pytest.fixture(scope="module", params=["main", "fbe"])
def truth(sales: dict[str, Sales], request: pytest.FixtureRequest) -> Truth:
    return sales[request.param].truth()


def sold_of(rows: list[dict[str, Any]], offers: list[dict[str, Any]], truth: Truth) -> np.ndarray[Any, Any]:
    """What the rows tell, by the rule of `demand_days`: quantity of lines of status 1 in orders not cancelled."""
    by_id = {str(offer["id"]): offer["id"] for offer in offers}
    by_key = {offer["part_number_key"]: offer["id"] for offer in offers if offer["part_number_key"]}
    place = {number: position for position, number in enumerate(truth.offer_ids)}
    sold = np.zeros_like(truth.sold)
    for row in rows:
        if int(row["status"]) == 0:
            continue
        day = (datetime.fromisoformat(row["date"]).date() - truth.days[0]).days
        for line in row["products"]:
            if line["status"] == 1:
                number = by_id[str(line["product_id"])] if line["product_id"] else by_key[line["part_number_key"]]
                sold[day, place[number]] += int(line["quantity"])
    return sold


def test_stock_falls_by_what_is_sold_and_deliveries_raise_it(truth: Truth) -> None:
    assert (truth.stock[1:] == truth.stock[:-1] + truth.delivered[1:] - truth.taken[1:]).all()
    assert (truth.stock >= 0).all()
    assert truth.delivered.sum() > 0


def test_nothing_is_sold_on_days_without_stock(truth: Truth) -> None:
    assert (truth.taken[~truth.could_sell] == 0).all()
    assert (truth.sold <= truth.taken)[:-3].all()  # younger orders may still be cancelled
    without = ~truth.could_sell & (truth.expected > 0)
    assert 0.02 < without.sum() / (truth.expected > 0).sum() < 0.3
    assert (truth.expected[without] > 0).any()


def test_the_history_ends_with_the_stock_that_the_offers_show(small_catalogue: Catalogue) -> None:
    """Many tests rely on the numbers of the offers, so it is the past that is made to fit."""
    for name, offers in small_catalogue.accounts.items():
        # Nobody orders in the second at which the day begins, and what is due comes at seven.
        midnight = OPENED.replace(hour=0, minute=0)
        one = Sales(name, offers, midnight, days=100)
        assert one.advance(int(midnight.timestamp())) == {}
        truth = one.truth()
        later = truth.taken[-1]
        assert (truth.stock[-1] + later).tolist() == [offer["general_stock"] for offer in offers]


@pytest.mark.slow
def test_the_rows_of_the_orders_tell_what_was_sold(simulator: Simulator, small_catalogue: Catalogue) -> None:
    for name, offers in small_catalogue.accounts.items():
        truth = Sales(name, offers, OPENED, HISTORY).truth()
        told = sold_of(simulator.orders(name), offers, truth)
        assert (told == truth.sold).all() and told.sum() > 500
        changed = truth.taken[:-1].sum() - truth.sold[:-1].sum()
        assert 0 < changed < 0.15 * truth.taken.sum()  # what came back


def test_what_never_sold_never_sells(truth: Truth) -> None:
    never = np.asarray([kind == "never" for kind in truth.classes])
    assert 0.25 < never.mean() < 0.45
    assert truth.taken[:, never].sum() == truth.expected[:, never].sum() == 0


@pytest.mark.parametrize(
    ("kind", "slowest", "fastest"),
    [("fast", 0.3, 8), ("medium", 0.02, 1.5), ("slow", 0.002, 0.2), ("intermittent", 0.005, 0.3)],
)
def test_every_class_sells_as_much_as_is_expected_of_it(
    truth: Truth, kind: str, slowest: float, fastest: float
) -> None:
    chosen = np.asarray([each == kind for each in truth.classes])
    expected = np.where(truth.could_sell, truth.expected, 0)[:, chosen]
    spike = 0 if truth.spike is None or truth.classes[truth.of(truth.spike[0])] != kind else 800
    assert (truth.taken[:, chosen].sum() - spike) / expected.sum() == pytest.approx(0.95, abs=0.12)
    rates = truth.expected[-90:, chosen].mean(axis=0)
    assert slowest < np.median(rates[rates > 0]) < fastest


def test_a_fast_seller_sells_as_much_as_is_expected_of_it(truth: Truth) -> None:
    """An estimate from the orders can be judged by the truth: within 30 % in nine of ten."""
    near: list[bool] = []
    for place, kind in enumerate(truth.classes):
        days = truth.could_sell[-90:, place]
        if kind == "fast" and days.sum() > 20:
            share = truth.taken[-90:, place][days].sum() / truth.expected[-90:, place][days].sum()
            near.append(abs(share - 0.95) < 0.3)
    assert len(near) > 10 and np.mean(near) >= 0.9


def test_intermittent_demand_comes_in_lumps(truth: Truth) -> None:
    chosen = np.asarray([kind == "intermittent" for kind in truth.classes])
    sizes = truth.taken[:, chosen]
    assert sizes[sizes > 0].mean() > 3
    assert (sizes > 0).mean() < 0.05


def test_one_customer_orders_800_pieces_once(sales: dict[str, Sales], truth: Truth) -> None:
    assert truth.spike is not None
    sku, day = truth.spike
    place, row = truth.of(sku), truth.days.index(day)
    assert truth.sold[row, place] >= 800
    assert np.delete(truth.sold[:, place], row).max() < 50
    assert truth.expected[:, place].max() < 10
    orders = [each for each in sales[truth.account].orders if any(line.pieces == 800 for line in each.lines)]
    assert len(orders) == 1


def test_campaigns_weekdays_and_seasons_are_in_the_truth(truth: Truth) -> None:
    per_day = truth.expected.sum(axis=1)
    campaign = np.asarray([any(each.start <= day <= each.end for each in truth.campaigns) for day in truth.days])
    assert {each.name for each in truth.campaigns} == {"Black Friday", "Stock Busters", "Back to School"}
    assert per_day[campaign].mean() > 1.5 * per_day[~campaign].mean()
    weekday = np.asarray([day.weekday() for day in truth.days])
    assert per_day[~campaign & (weekday == 0)].mean() > 1.2 * per_day[~campaign & (weekday == 5)].mean()
    summer = np.asarray([day.month == 7 for day in truth.days])
    winter = np.asarray([day.month == 1 for day in truth.days])
    fans = np.asarray([sku.startswith("VNT") for sku in truth.skus])
    assert truth.expected[summer][:, fans].mean() > 2 * truth.expected[winter][:, fans].mean()


def test_some_offers_are_new_and_some_have_stopped(truth: Truth) -> None:
    wanted = truth.expected.sum(axis=0) > 0
    first = (truth.expected > 0).argmax(axis=0)
    assert 0.02 < (first[wanted] > 300).mean() < 0.12
    assert (truth.expected[-1][wanted] == 0).any()


def test_equal_arguments_give_equal_sales(small_catalogue: Catalogue) -> None:
    """A simulator that starts again must not have other orders under the same ids."""
    one, again = (Sales("main", small_catalogue.accounts["main"], OPENED, days=60) for _ in range(2))
    assert one.orders == again.orders
    other = Sales("main", small_catalogue.accounts["main"], OPENED, days=60, seed=7)
    assert other.orders != again.orders


def test_a_late_start_sells_what_a_long_run_has_sold(small_catalogue: Catalogue) -> None:
    """`make up` three days after `make demo` goes on where the other process would be."""
    at_once, by_and_by = (Sales("main", small_catalogue.accounts["main"], OPENED, days=60) for _ in range(2))
    end = int((OPENED + 20 * DAY).timestamp())
    whole = at_once.advance(end)
    parts: dict[int, int] = {}
    for moment in [*range(at_once.opened, end, 50_000), end]:
        for number, pieces in by_and_by.advance(moment).items():
            parts[number] = parts.get(number, 0) + pieces
    assert by_and_by.visible() == at_once.visible()
    assert {number: pieces for number, pieces in parts.items() if pieces} == {
        number: pieces for number, pieces in whole.items() if pieces
    }
    assert len(at_once.visible()) > len([order for order in at_once.orders if order.moment <= at_once.opened])


def test_the_offers_follow_the_clock(small_catalogue: Catalogue) -> None:
    quiet = {name: Switches(enforce_rate_limit=False) for name in small_catalogue.accounts}
    with running(small_catalogue, quiet, opened=OPENED, days=100) as simulator:
        before = {offer["id"]: offer for offer in simulator.offers("main")}
        orders = {row["id"] for row in simulator.orders("main")}
        midnight = (OPENED + 30 * DAY).replace(hour=0, minute=0)
        simulator.move_clock(midnight - timedelta(seconds=1))
        assert simulator.now() == midnight - timedelta(seconds=1)
        offers = simulator.offers("main")
        assert len({row["id"] for row in simulator.orders("main")} - orders) > 50
        sales = Sales("main", small_catalogue.accounts["main"], OPENED, days=100)
        sales.advance(int(midnight.timestamp()) - 1)
        truth = sales.truth()
        assert [offer["general_stock"] for offer in offers] == truth.stock[-1].tolist()
        for offer in offers:
            told = sum(row["value"] for row in offer.get("stock", [{"value": offer["general_stock"]}]))
            assert told == offer["general_stock"] >= offer["estimated_stock"] >= 0
        changed = [offer for offer in offers if offer["general_stock"] != before[offer["id"]]["general_stock"]]
        assert 30 < len(changed) < len(offers)
        assert any(offer["general_stock"] > before[offer["id"]]["general_stock"] for offer in changed)  # deliveries
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            simulator.move_clock(OPENED)


def test_one_sku_can_be_looked_at(simulator: Simulator) -> None:
    shown = httpx.get(f"{simulator.origin}/_simulator/sales/main/EMG469").json()
    assert (shown["class"], len(shown["days"]), shown["days"][-1]["day"]) == ("fast", HISTORY + 1, "2026-11-20")
    assert sum(day["sold"] for day in shown["days"]) > 100
    assert httpx.get(f"{simulator.origin}/_simulator/sales/main/NOSKU").status_code == 404


def test_a_live_clock_moves_by_quarters_of_an_hour(small_catalogue: Catalogue) -> None:
    """Within one, a scan sees a shop that stands still; a second scan at once must find nothing changed."""
    market = open_market(small_catalogue, {}, OPENED, is_live=True, days=10)
    opened = OPENED.timestamp()
    asyncio.run(market.tick(opened + TICK_SECONDS - 1))
    assert market.now == opened
    asyncio.run(market.tick(opened + 5 * 86_400 + 100))
    assert market.now == opened + 5 * 86_400
    stock = {offer["id"]: offer["general_stock"] for offer in small_catalogue.accounts["main"]}
    assert any(offer["general_stock"] < stock[offer["id"]] for offer in market.accounts["main"].offers)
    standing = open_market(small_catalogue, {}, OPENED, days=10)
    asyncio.run(standing.tick(opened + 86_400))
    assert standing.now == opened


def test_the_hour_that_comes_twice_has_orders_both_times(sales: dict[str, Sales]) -> None:
    """Trap 40: the last Sunday of October; in March no order has a time that does not exist."""
    orders = [order for each in sales.values() for order in each.orders]
    first = int(datetime(2026, 10, 25, 3, tzinfo=ZONE).timestamp())
    for begin in (first, first + 3600):
        assert any(begin <= order.moment < begin + 3600 for order in orders)
    twice = [order for order in orders if text(order.local).startswith("2026-10-25 03:")]
    assert {order.moment < first + 3600 for order in twice} == {True, False}
    in_time = sorted(orders, key=lambda order: order.moment)
    assert any(order.local > later.local for order, later in pairwise(in_time))
    spring = [text(order.local) for order in orders if text(order.local).startswith("2026-03-29 0")]
    assert any(each > "2026-03-29 04" for each in spring)
    assert not any("2026-03-29 03" < each < "2026-03-29 04" for each in spring)


@pytest.mark.parametrize("moment", ["2026-03-29 02:59:59", "2026-07-01 00:00:00", "2026-10-25 04:00:00"])
def test_local_seconds_are_what_the_clock_of_the_wall_shows(moment: str) -> None:
    wall = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    assert text(to_local(int(wall.timestamp()))) == moment
    assert read(moment) == to_local(int(wall.timestamp()))


def test_rows_that_are_no_offers_sell_nothing() -> None:
    hostile: list[Any] = [None, "x", {}, {"id": "7", "part_number": "A"}, {"id": 7}, {"id": 8, "part_number": None}]
    odd = {"id": 9, "part_number": "B", "sale_price": "NaN?", "general_stock": "many", "status": 1}
    sales = Sales("main", [*hostile, odd], OPENED, days=30)
    assert sales.truth().offer_ids == (9,)
    assert Sales("main", [], OPENED, days=30).advance(int((OPENED + 3 * DAY).timestamp())) == {}


@pytest.mark.slow
def test_400_days_of_two_accounts_are_made_in_seconds(catalogue: Catalogue) -> None:
    start = time.process_time()
    make_sales(catalogue.accounts, OPENED)
    assert time.process_time() - start < 6
