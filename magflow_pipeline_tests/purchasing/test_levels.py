"""The levels that demand asks for: from rows in PostgreSQL to the view that judges stock (rules.md: Levels)."""

import math
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numbers
from psycopg.rows import dict_row

from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing import policy
from magflow_pipeline.purchasing.levels import BuiltLevels, Items, abc, build_demand_levels, find_levels
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.costs import arrives_on, closed_days
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.plans import in_days
from magflow_pipeline_tests.purchasing.test_demand import PRICED, demand, today
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, open_account, share

LEARNED = {"demand_error": "0.1000", "daily_variance": "2.000000"}


@pytest.fixture
def shop(session) -> psycopg.Connection:
    open_account(session, "main")
    open_account(session, "fbe")
    return session


def sell(session, sku: str, expected: str | None, account: str = "main", emag_id: int | None = None, **columns: Any):
    """An item with its stock and what is expected of it."""
    [(number,)] = session.execute("SELECT count(*) FROM emag_products_v2").fetchall()
    offer(session, account, emag_id or number + 1, sku, **PRICED | columns)
    item(session, sku, f"EMAG-{account.upper()}", 5)
    demand(session, sku, expected, account, **(LEARNED if expected is not None else {}))


def supply(session, sku: str, cost: str | None = "40.0000", **columns: Any) -> None:
    """The offer of the supplier that is chosen for a SKU."""
    values = {
        "sku": sku,
        "supplier_id": 1,
        "shipping": "sea",
        "supplier_name": "TZT",
        "is_preferred": False,
        "is_verified": True,
        "lead_time_days": 30,
        "lead_time_spread_days": 5,
        "lead_time_source": "terms",
        "minimum_order_quantity": 1,
        "pack_size": 1,
        "planning_quantity": 1,
        "landed_unit_cost_ron": cost,
        "rank": 1,
        "rule": "only one",
    }
    insert(session, "supplier_offers", **values | columns)


def planned(database, **variables: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The levels built now, by account and SKU."""
    chosen = Settings.model_validate({**_named(database), **variables})
    built = build_demand_levels(database, chosen)
    with database.connect("test") as session, session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM demand_levels").fetchall()
    assert built.rows == len(rows)
    return {(row["account_type"], row["sku"]): row for row in rows}


def _named(database) -> dict[str, Any]:
    return {"MAGFLOW_DATABASE_URL": database.url, "EMAG_ACCOUNTS": "main,fbe"}


def used(session) -> dict[tuple[str, str], dict[str, Any]]:
    """What stock_levels says, by account and SKU."""
    with session.cursor(row_factory=dict_row) as cursor:
        return {
            (row["account_type"], row["sku"]): row for row in cursor.execute("SELECT * FROM stock_levels").fetchall()
        }


def recomputed(row: dict[str, Any]) -> dict[str, Any]:
    """The levels of a row from its other columns."""
    names = ("expected_daily_demand", "demand_error", "daily_variance", "lead_time_days", "lead_time_spread_days")
    names += ("unit_cost_ron", "margin_ron", "lot")
    rate, error, variance, lead, spread, cost, margin, lot = (np.array([float(row[name])]) for name in names)
    review = float(row["review_days"])
    lead = lead + row["closed_days_next_review"]
    found = policy.levels(
        *(rate, error, variance, lead, spread, cost, margin, lot),
        capital_cost=float(row["capital_cost"]),
        review_days=review,
        pack_size=float(row["pack_part"]),
    )
    up_to = min(int(found.order_up_to[0]), max(math.floor(rate[0] * row["most_cover_days"]), 1))
    point = min(int(found.reorder_point[0]), up_to - 1)
    economic = (2 * float(row["line_cost"]) * rate[0] / cost[0]) ** 0.5
    return {
        "lot": round(max(min(economic, rate[0] * row["most_cover_days"]), float(row["least_lot"])), 4),
        "reorder_point": point,
        "order_up_to": up_to,
        "safety_stock": max(math.floor(point - rate[0] * (lead[0] + review)), 0),
        "chance_allowed": round(float(found.chance_allowed[0]), 8),
    }


@both_servers
def test_levels_follow_from_the_numbers_of_their_row(database, shop):
    """Each number that a buyer is shown can be recomputed from what stands beside it."""
    insert(shop, "marketplace_fees", account_type="", category="", commission_rate="0.2", fulfilment_fee_ron="3")
    for place, expected in enumerate(("0.1000", "0.4000", "2.0000", "11.0000", "150.0000")):
        sell(shop, f"S{place}", expected)
        supply(shop, f"S{place}", minimum_order_quantity=40, pack_size=8)
    shop.execute(
        "UPDATE demand SET demand_error = 0.1 * expected_daily_demand, daily_variance = 1.5 * expected_daily_demand"
    )
    rows = planned(database)
    for row in rows.values():
        assert {name: float(row[name]) for name in recomputed(row)} == pytest.approx(recomputed(row), rel=1e-6), row
        assert row["problem"] is None
        assert row["safety_stock"] <= row["reorder_point"] < row["order_up_to"]
    s2 = rows["main", "S2"]
    assert (s2["landed_unit_cost_ron"], s2["unit_cost_ron"], s2["margin_source"]) == (40, 40, "margin")
    assert s2["margin_ron"] == Decimal("37.0000"), "100 - 20 % commission - 3 fee - 40 cost"
    assert (s2["lead_time_days"], s2["lead_time_spread_days"], s2["lead_time_source"]) == (30, 5, "terms")
    assert (s2["supplier_id"], s2["shipping"], s2["least_lot"], s2["capital_cost"]) == (1, "sea", 40, Decimal("0.4"))
    assert s2["reorder_point"] > 2 * 31, "what is expected until an order of today is there, and more"
    assert rows["main", "S0"]["is_capped"], "40 pieces would last more than a year"
    assert rows["main", "S0"]["order_up_to"] == 36


def test_levels_rise_before_a_closure_and_fall_after_it(database, shop):
    """With ten days of lead time and sixteen closed days ahead nothing was ordered until it was too late."""
    insert(shop, "suppliers", id=1, name="TZT")
    for sku, supplier in (("OPEN", 2), ("CLOSES", 1)):
        sell(shop, sku, "2.0000")
        supply(shop, sku, supplier_id=supplier, lead_time_days=10, lead_time_spread_days=2)

    def closed(first: int, last: int) -> tuple[dict[str, Any], dict[str, Any]]:
        shop.execute("TRUNCATE supplier_closures")
        insert(shop, "supplier_closures", supplier_id=1, starts_on=in_days(first), ends_on=in_days(last))
        rows = planned(database)
        row = rows["main", "CLOSES"]
        assert {name: float(row[name]) for name in recomputed(row)} == pytest.approx(recomputed(row), rel=1e-6)
        return row, rows["main", "OPEN"]

    def days(row: dict[str, Any]) -> tuple[int, ...]:
        return tuple(row[f"closed_days_{when}"] for when in ("today", "next_review", "in_a_week"))

    far, usual = closed(12, 27)
    assert days(far) == (0, 0, 16), "an order of tomorrow still comes before"
    assert (far["reorder_point"], far["order_up_to"]) == (usual["reorder_point"], usual["order_up_to"])
    last, _ = closed(11, 26)
    assert days(last) == (0, 16, 16), "an order of today comes before, one of tomorrow after"
    assert last["reorder_point"] >= usual["reorder_point"] + 2 * 16
    assert last["order_up_to"] - last["reorder_point"] == usual["order_up_to"] - usual["reorder_point"]
    now, _ = closed(-5, 3)
    assert days(now) == (3, 2, 0), "the closed days that are left"
    over, _ = closed(-16, -1)
    assert days(over) == (0, 0, 0)
    assert over["reorder_point"] == usual["reorder_point"]


def test_what_is_not_known_makes_no_level(database, shop):
    """An unknown demand or price is never a zero, and what never sold is never bought by a rule."""
    sell(shop, "NEVER", None)
    shop.execute("UPDATE demand SET demand_method = 'never sold'")
    sell(shop, "NEW", None)
    sell(shop, "UNREAD", None)
    shop.execute("DELETE FROM demand WHERE sku = 'UNREAD'")
    sell(shop, "PRICELESS", "2.0000", price=None, currency=None)
    sell(shop, "EURO", "2.0000", currency="EUR")
    sell(shop, "SLOW", "0.0005")
    sell(shop, "FINE", "2.0000")
    rows = planned(database)
    assert {sku: row["problem"] for (_, sku), row in rows.items()} == {
        "NEVER": "never_sold",
        "NEW": "not_enough_data",
        "UNREAD": "not_enough_data",
        "PRICELESS": "no_price",
        "EURO": "no_price",
        "SLOW": "not_worth_keeping",
        "FINE": None,
    }
    for (_, sku), row in rows.items():
        numbers_of = [row[name] for name in ("reorder_point", "order_up_to", "safety_stock")]
        assert (None in numbers_of) == (sku != "FINE"), sku
    assert rows["main", "SLOW"]["chance_allowed"] > 1
    fine = rows["main", "FINE"]
    assert (fine["lead_time_days"], fine["lead_time_spread_days"], fine["lead_time_source"]) == (45, 10, "default")
    assert (fine["unit_cost_ron"], fine["margin_ron"], fine["margin_source"]) == (100, 100, "revenue")
    insert(shop, "exchange_rates", currency="EUR", rate_date=today(), units=1, ron="5")
    assert planned(database)["main", "EURO"]["price_ron"] == 500


def test_margin_is_net_of_the_most_exact_fee_that_is_known(database, shop):
    """A commission that nobody told is not 0: then the price stands for the margin, and the row says so."""
    for account in ("main", "fbe"):
        sell(shop, "PHONE", "1.0000", account, category_id=7)
        sell(shop, "LAMP", "1.0000", account, category_id=8)
    supply(shop, "PHONE")
    supply(shop, "LAMP")
    insert(shop, "marketplace_fees", account_type="", category="7", commission_rate="0.1")
    rows = planned(database)
    assert {key: (row["margin_source"], row["margin_ron"]) for key, row in rows.items()} == {
        ("main", "PHONE"): ("margin", 50),
        ("main", "LAMP"): ("revenue", 100),
        ("fbe", "PHONE"): ("revenue", 100),  # eMAG ships it, for a fee that nobody told
        ("fbe", "LAMP"): ("revenue", 100),
    }
    insert(shop, "marketplace_fees", account_type="fbe", category="", commission_rate="0.3", fulfilment_fee_ron="12")
    insert(shop, "marketplace_fees", account_type="fbe", category="7", commission_rate="0.2")
    rows = planned(database)
    assert rows["fbe", "PHONE"]["margin_ron"] == 28, "20 % of its account and category, 12 RON of its account"
    assert rows["fbe", "LAMP"]["margin_ron"] == 18
    assert (rows["main", "PHONE"]["margin_ron"], rows["main", "LAMP"]["margin_source"]) == (50, "revenue")


def test_an_incomplete_cost_is_no_cost(database, shop):
    insert(shop, "marketplace_fees", account_type="", category="", commission_rate="0.2")
    sell(shop, "A", "1.0000")
    supply(shop, "A", cost=None, problem="no rate of CNY")
    row = planned(database)["main", "A"]
    assert (row["margin_source"], row["unit_cost_ron"], row["landed_unit_cost_ron"]) == ("revenue", 100, None)
    assert row["lead_time_days"] == 30, "how long he takes is known all the same"


def test_accounts_on_one_warehouse_have_one_level_of_the_demand_of_both(database, session, monkeypatch):
    """Each would order for itself, or one would judge the pieces of both by its own sales."""
    share(session, monkeypatch, "main", "fbe")
    session.execute("UPDATE emag_products_v2 SET price = 100, currency = 'RON'")
    demand(session, "A", "2.0000", "main", **LEARNED)
    demand(session, "A", "3.0000", "fbe", **LEARNED)
    rows = planned(database)
    assert list(rows) == [("main", "A")]
    row = rows["main", "A"]
    assert (row["expected_daily_demand"], row["daily_variance"]) == (5, 4)
    assert row["demand_error"] == Decimal("0.1414")
    levels = used(session)
    for account in ("main", "fbe"):
        assert levels[account, "A"]["source"] == "demand"
        assert levels[account, "A"]["reorder_point"] == row["reorder_point"]


def test_the_least_lot_of_an_account_is_its_part_of_the_suppliers(database, shop):
    """A MOQ of 50 is one order for both accounts, not 50 pieces of each."""
    sell(shop, "A", "3.0000", "main")
    sell(shop, "A", "1.0000", "fbe")
    supply(shop, "A", minimum_order_quantity=200, pack_size=20)
    rows = planned(database)
    assert (rows["main", "A"]["least_lot"], rows["fbe", "A"]["least_lot"]) == (150, 50)
    assert (rows["main", "A"]["pack_part"], rows["fbe", "A"]["pack_part"]) == (15, 5)


def test_a_person_decides_how_long_stock_may_last(database, shop):
    sell(shop, "A", "1.0000")
    sell(shop, "B", "1.0000")
    sell(shop, "C", "1.0000")
    decided = {"account_type": "main", "set_by": "ana", "most_cover_days": 10}
    insert(shop, "item_policies", sku="A", valid_until=today(), **decided)
    insert(shop, "item_policies", sku="B", valid_until="2020-01-01", **decided)
    rows = planned(database, MAGFLOW_MOST_COVER_DAYS=200)
    assert [rows["main", sku]["most_cover_days"] for sku in "ABC"] == [10, 200, 200]
    assert (rows["main", "A"]["order_up_to"], rows["main", "A"]["is_capped"]) == (10, True)
    assert rows["main", "A"]["reorder_point"] == 9
    assert rows["main", "B"]["reorder_point"] == rows["main", "C"]["reorder_point"] > 40
    assert not rows["main", "C"]["is_capped"]


def test_a_build_that_changes_nothing_writes_nothing(database, shop):
    sell(shop, "A", "1.0000")
    sell(shop, "B", None)
    chosen = Settings.model_validate(_named(database))
    assert build_demand_levels(database, chosen) == BuiltLevels(rows=2, planned=1, written=2)
    assert build_demand_levels(database, chosen) == BuiltLevels(rows=2, planned=1, written=0)
    stale = "SELECT FROM stale_tables WHERE name = 'demand_levels'"
    assert shop.execute(stale).fetchall() == []
    shop.execute("UPDATE demand SET demand_error = 0.5 WHERE sku = 'A'")
    assert len(shop.execute(stale).fetchall()) == 1
    assert build_demand_levels(database, chosen).written == 1
    shop.execute("UPDATE emag_products_v2 SET status = 0 WHERE sku = 'A'")
    assert build_demand_levels(database, chosen) == BuiltLevels(rows=1, planned=0, written=0)


@both_servers
def test_a_level_of_a_person_wins_over_that_of_demand(database, shop):
    """Who, why and until when is shown; the levels that he did not set are demand's, as far as they fit."""
    for sku in ("BOTH", "PAST", "NONE", "SLOW"):
        sell(shop, sku, "0.0005" if sku == "SLOW" else "1.0000")
    sell(shop, "NEW", None)
    decided = "UPDATE inventory_items SET {} WHERE product_id = (SELECT id FROM products WHERE sku = %s)"
    shop.execute(decided.format("manual_reorder_point = 7, manual_set_by = 'ana', manual_reason = 'shelf'"), ["BOTH"])
    shop.execute(decided.format("manual_reorder_point = 7, manual_valid_until = '2020-01-01'"), ["PAST"])
    rows = planned(database)
    levels = {sku: row for (_, sku), row in used(shop).items()}
    names = ("source", "usual_source", "minimum", "reorder_point", "maximum")
    none = rows["main", "NONE"]
    of_demand = ("demand", "demand", none["safety_stock"], none["reorder_point"], none["order_up_to"])
    assert tuple(levels["NONE"][name] for name in names) == of_demand
    assert tuple(levels["PAST"][name] for name in names) == of_demand
    assert tuple(levels["NEW"][name] for name in names) == ("default", "default", 10, 20, 100)
    assert tuple(levels["SLOW"][name] for name in names) == ("demand", "demand", 0, 0, 0)
    assert [levels[sku]["problem"] for sku in ("NONE", "NEW", "SLOW")] == [None, "not_enough_data", "not_worth_keeping"]
    both = levels["BOTH"]
    assert (both["source"], both["usual_source"], both["reorder_point"]) == ("manual", "demand", 7)
    assert both["maximum"] == none["order_up_to"]
    assert (both["set_by"], both["set_reason"], both["set_until"]) == ("ana", "shelf", None)
    assert levels["PAST"]["set_by"] is levels["NONE"]["set_by"] is None


def test_dead_and_too_much_stock_is_told_with_its_value(database, shop):
    """Money that lies on the shelf: what the levels do not need in a year, and what nobody has bought for 180 days."""
    insert(shop, "marketplace_fees", account_type="", category="", commission_rate="0.2")
    for sku, expected in (("MUCH", "0.1000"), ("FINE", "0.1000"), ("DEAD", "0.0500"), ("LATELY", "0.0500")):
        sell(shop, sku, expected)
    sell(shop, "NEVER", None)
    sell(shop, "YOUNG", None)
    supply(shop, "MUCH")
    shop.execute("UPDATE inventory_items SET quantity = 100")
    shop.execute(
        "UPDATE inventory_items SET quantity = 36 FROM products WHERE product_id = products.id AND sku = 'FINE'"
    )
    old, late = "sellable_days = 300, mean_180 = 0, last_sale = '2025-01-01'", "sellable_days = 300, mean_180 = 0.1"
    shop.execute(f"UPDATE demand SET {old} WHERE sku = 'DEAD'")
    shop.execute(f"UPDATE demand SET {late} WHERE sku = 'LATELY'")
    shop.execute(
        "UPDATE demand SET demand_method = 'never sold', known_from = '2025-01-01' WHERE sku IN ('NEVER', 'YOUNG')"
    )
    shop.execute("UPDATE emag_products_v2 SET created_at = '2025-01-01' WHERE sku <> 'YOUNG'")
    shop.execute("UPDATE emag_products_v2 SET created_at = now() WHERE sku = 'YOUNG'")
    planned(database)
    with shop.cursor(row_factory=dict_row) as cursor:
        found = {row["sku"]: row for row in cursor.execute("SELECT * FROM overstock").fetchall()}
    assert {sku: (row["kind"], row["excess_quantity"], row["value_ron"]) for sku, row in found.items()} == {
        "MUCH": ("overstock", 63, Decimal("2520.00")),  # 36.5 pieces last a year
        "DEAD": ("dead stock", 100, None),
        "LATELY": ("overstock", 81, None),
        "NEVER": ("dead stock", 100, None),
    }
    assert found["MUCH"]["days_of_cover"] == 1000


# Arithmetic


def items(**changed: Any) -> Items:
    """Five items that sell, all alike but for what is named."""
    usual = {
        "expected": 1.0,
        "error": 0.1,
        "variance": 2.0,
        "lead_days": 45.0,
        "lead_spread": 10.0,
        "unit_cost": 40.0,
        "margin": 30.0,
        "least_lot": 1.0,
        "pack_part": 1.0,
        "most_cover_days": 365.0,
    }
    return Items(**{name: np.full(5, value) * np.ones(5) for name, value in (usual | changed).items()})


def a_number(least: float, most: float) -> st.SearchStrategy[Any]:
    return numbers.arrays(np.float64, 5, elements=st.floats(least, most, allow_nan=False))


@settings(max_examples=200, deadline=None)
@given(
    expected=a_number(0.0001, 200),
    more=st.floats(1, 20),
    dispersion=st.floats(1, 20),
    error=st.floats(0.01, 2),
    money=st.tuples(a_number(0.01, 5000), a_number(0.01, 5000)),
    pack=st.floats(1, 50),
    days=st.tuples(st.integers(1, 3650), st.floats(0, 200)),
    stock=st.tuples(st.integers(-5, 5000), st.integers(0, 300)),
)
def test_the_quantity_never_falls_when_demand_rises_nor_rises_with_stock(
    expected, more, dispersion, error, money, pack, days, stock
):
    """All else equal: at the same scatter a piece, the same relative error and cost of an order line."""
    (cost, margin), (cover, lead), (available, on_order) = money, days, stock

    def ordered(rate, position):
        kappa = 30.0
        lot = policy.lots(rate, cost, kappa)
        found = find_levels(
            Items(
                rate, error * rate, dispersion * rate, np.full(5, lead), np.full(5, lead / 4), cost, margin, lot,
                np.full(5, pack), np.full(5, float(cover)),
            ),
            0.4,
            lines_a_week=1e12,  # κ is 0: lots are least_lot
        )  # fmt: skip
        assert np.all((found.safety_stock <= found.reorder_point) | (found.reorder_point < 0))
        assert np.all(found.reorder_point < found.order_up_to)
        assert np.all(found.order_up_to <= np.maximum(np.floor(rate * cover), 1))
        return np.where(position <= found.reorder_point, found.order_up_to - position, 0)

    few = ordered(expected, available)
    assert np.all(ordered(expected * more, available) >= few)
    assert np.all(ordered(expected, available + on_order) <= few)


def test_what_is_ordered_before_a_closure_lasts_until_after_it():
    """Day by day, at an even demand, whenever it begins: nothing is lost. Levels that do not see it lose."""
    day = date(2026, 1, 1)

    @cache
    def point_and_maximum(later: int) -> tuple[float, float]:
        found = find_levels(items(expected=2.0, lead_days=10.0 + later, lead_spread=1.0), 0.4)
        return found.reorder_point[0], found.order_up_to[0]

    def lost(first: int, *, is_seen: bool) -> float:
        closed = [(day + timedelta(first), day + timedelta(first + 15))]
        stock, without, coming = 40.0, 0.0, dict.fromkeys((day + timedelta(n) for n in range(200)), 0.0)
        for evening in (day + timedelta(n) for n in range(100)):
            stock += coming.pop(evening)
            without += max(2 - stock, 0)
            stock = max(stock - 2, 0)
            tomorrow = evening + timedelta(1)
            point, maximum = point_and_maximum(closed_days(tomorrow, Decimal(10), closed) if is_seen else 0)
            position = stock + sum(coming.values())
            if position <= point:
                coming[arrives_on(evening, Decimal(10), closed)] += maximum - position
        return without

    firsts = range(20, 60, 4)
    assert [lost(first, is_seen=True) for first in firsts] == [0] * len(firsts)
    assert sum(lost(first, is_seen=False) for first in firsts) > 0


def test_a_higher_cost_of_capital_keeps_less():
    least, usual, most = (find_levels(items(), cost) for cost in (0.25, 0.40, 0.70))
    assert np.all(least.reorder_point > usual.reorder_point)
    assert np.all(usual.reorder_point > most.reorder_point)
    assert np.all(least.chance_allowed < most.chance_allowed)


def test_order_lines_a_week_make_the_lots():
    few, usual = find_levels(items(), 0.4, lines_a_week=0.5), find_levels(items(), 0.4)
    beyond = (items().variance + 1) / 2  # what the day that brings an order on sells beyond the reorder point
    assert np.sum(7 / (few.lot + beyond)) == pytest.approx(0.5, rel=0.05), "κ has two digits"
    thirty_days = (30.5 + beyond) / policy.LINES_PART - beyond
    assert usual.lot == pytest.approx(thirty_days, rel=0.05), "lots of 30 days"


def test_no_items_have_no_levels():
    assert find_levels(Items(*np.zeros((len(Items._fields), 0))), 0.4).reorder_point.shape == (0,)
    assert abc(np.zeros(0)) == []


def test_what_earns_nothing_is_not_worth_keeping():
    found = find_levels(items(margin=np.array([-5.0, 0, 0.0001, 5, 30])), 0.4)
    assert list(found.reorder_point[:2]) == [-1, -1]
    assert list(found.chance_allowed[:2]) == [99, 99]
    assert found.reorder_point[4] > 0


def test_a_is_what_earns_the_first_80_percent():
    assert abc(np.array([10.0, 60, 1, 25, 4, 0, -3])) == ["B", "A", "C", "A", "C", "C", "C"]
    assert abc(np.zeros(3)) == ["C", "C", "C"]


def test_a_level_of_demand_raises_the_bound_of_the_incremental_sync(database, shop):
    """Else the sync would not read what the report calls low."""

    def bound() -> int:
        [(_, found, _, _)] = shop.execute(statement("catalogue/stock_bound"), {"account_type": "main"}).fetchall()
        return found

    sell(shop, "A", "3.0000")
    assert bound() == 20
    row = planned(database)["main", "A"]
    assert bound() == row["reorder_point"] > 100
    shop.execute("UPDATE inventory_items SET manual_reorder_point = 30, reserved_quantity = 2")
    assert bound() == 32
    sell(shop, "B", "9.0000")
    sell(shop, "SLOW", "0.0005")
    rows = planned(database)
    assert bound() == rows["main", "B"]["reorder_point"]
    above = {"account_type": "main", "sync_log_id": 0, "bound": 40, "budget": 10}
    singly = shop.execute(statement("catalogue/offers_to_read_singly"), above).fetchall()
    b = shop.execute("SELECT emag_id FROM emag_products_v2 WHERE sku = 'B'").fetchall()
    assert singly == b, "a higher one than the bound is asked for singly"
