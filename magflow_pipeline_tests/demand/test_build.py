"""The table `demand` from rows in PostgreSQL (rules.md: Demand)."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from magflow_pipeline.demand import series

DAILY = dict.fromkeys(range(1, 181), 1)


def falling(pieces: int, days: int = 91) -> dict[int, tuple[int, int]]:
    """Stock that falls by so many pieces each day, and is filled up in the night."""
    return dict.fromkeys(range(1, days), (100, 100 - pieces))


def test_an_item_that_sells_a_piece_a_day(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", DAILY)
    assert shop.build() == 1
    row = shop.demand()["A"]
    assert (row["average_daily_demand"], row["mean_30"], row["mean_180"]) == (1, 1, 1)
    assert float(row["expected_daily_demand"]) == pytest.approx(1, abs=0.02)
    assert 0 < row["demand_error"] < row["daily_variance"]
    assert (row["known_from"], row["known_to"]) == (shop.ago(180), shop.ago(1))
    assert (row["first_sale"], row["last_sale"], row["units"]) == (shop.ago(180), shop.ago(1), 180)
    assert (row["demand_method"], row["demand_class"]) == ("several memories", "smooth")
    assert row["flags"] == ["emag_only", "calendar_days"]
    assert row["demand_seen"] is None
    assert row["spike_cap"] is None


def test_what_never_sold_is_never_forecast(shop):
    shop.offers("NEVER", "FALLS")
    shop.reads(180)
    shop.stock("FALLS", falling(5))
    shop.build()
    for row in shop.demand().values():
        assert row["demand_method"] == "never sold"
        assert row["average_daily_demand"] is row["expected_daily_demand"] is row["demand_error"] is None
    assert "sales_not_seen_here" in shop.demand()["FALLS"]["flags"]


def test_few_days_are_not_enough_data_and_no_zero(shop):
    shop.offers("NEW", "NEVER")
    shop.reads(60)
    shop.sells("NEW", {3: 2, 1: 1})
    shop.build()
    found = shop.demand()
    assert found["NEW"]["demand_method"] == found["NEVER"]["demand_method"] == "not enough data"
    assert found["NEW"]["average_daily_demand"] is found["NEW"]["expected_daily_demand"] is None


def test_without_orders_that_were_read_there_is_not_enough_data(shop):
    shop.offers("A")
    shop.sells("A", DAILY)
    shop.build()
    row = shop.demand()["A"]
    assert (row["demand_method"], row["known_from"], row["average_daily_demand"]) == ("not enough data", None, None)


def test_days_are_known_when_the_orders_of_both_types_are_read(shop):
    """The day of the watermark is not over; the types meet where both were read; seams are no gaps."""
    shop.offers("A")
    shop.sells("A", DAILY)
    shop.reads(180, 100, order_type=3)
    shop.reads(100, 2, order_type=3)
    shop.reads(150, 0, order_type=2)
    shop.reads(400, 0, axis="modified")
    shop.build()
    row = shop.demand()["A"]
    assert (row["known_from"], row["known_to"], row["sellable_days"]) == (shop.ago(150), shop.ago(3), 148)
    assert "orders_missing" not in row["flags"]


def test_days_in_a_gap_are_unknown(shop):
    shop.offers("A")
    shop.reads(180, 100)
    shop.reads(50)
    shop.sells("A", {ago: 1 for ago in DAILY if not 50 < ago <= 100})
    shop.build()
    row = shop.demand()["A"]
    assert (row["average_daily_demand"], row["sellable_days"]) == (1, 130)
    assert "orders_missing" in row["flags"]


def test_days_out_of_stock_do_not_count(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", {ago: 2 for ago in DAILY if ago > 60})
    shop.stock("A", {ago: (50, 50) for ago in DAILY if ago > 60})
    shop.stock("A", dict.fromkeys(range(1, 61), (0, 0)), sellable=0)
    shop.build()
    row = shop.demand()["A"]
    assert (row["average_daily_demand"], row["sellable_days"], row["days_are_calendar"]) == (2, 120, False)


def test_days_on_which_every_offer_of_an_item_was_removed_do_not_count(shop):
    """An offer that was gone for weeks looked like one that nobody wanted."""
    days = dict.fromkeys([*range(1, 30), *range(60, 181)], 1)
    shop.offers("BACK", "GONE", "OTHER", "LATER", "NEVER REMOVED", "OTHER", "LATER")
    shop.reads(180)
    for sku in ("BACK", "OTHER", "LATER", "NEVER REMOVED"):
        shop.sells(sku, days)
    shop.sells("GONE", dict.fromkeys(range(60, 181), 1))
    shop.stock("BACK", {60: (9, 9), 59: (9, 9), 30: (9, 9)})  # seen in the morning before it went, and when it came
    for number, created in ((1, 200), (2, 200), (3, 200), (4, 200), (6, 200), (7, 29)):
        shop.session.execute(
            "UPDATE emag_products_v2 SET created_at = %s WHERE account_type = %s AND emag_id = %s",
            [shop.ago(created), shop.account, number],
        )
    for number, ago, is_removed in ((1, 59, True), (1, 30, False), (2, 59, True), (3, 59, True), (4, 59, True)):
        shop.session.execute(
            "INSERT INTO emag_offer_history (account_type, emag_offer_id, valid_from, sku, price, currency, stock,"
            " status, is_removed) SELECT account_type, emag_id, %s::date + time '12:00', sku, 1, 'RON', 5, 1, %s"
            " FROM emag_products_v2 WHERE account_type = %s AND emag_id = %s",
            [shop.ago(ago), is_removed, shop.account, number],
        )
    shop.build()
    found = shop.demand()
    # The two days with samples count, on which it sold nothing.
    assert found["BACK"]["sellable_days"] == 152
    assert found["LATER"]["sellable_days"] == 150
    assert found["GONE"]["sellable_days"] == 121
    assert (found["GONE"]["average_daily_demand"], found["LATER"]["average_daily_demand"]) == (1, 1)
    assert found["OTHER"]["sellable_days"] == found["NEVER REMOVED"]["sellable_days"] == 180
    before = found["BACK"]
    assert shop.build("BACK") == 0
    assert shop.demand()["BACK"] == before


def test_one_order_of_800_pieces_is_shown_and_capped(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", DAILY)
    shop.sells("A", {45: 801}, largest=800)
    shop.build()
    row = shop.demand()["A"]
    assert float(row["average_daily_demand"]) == pytest.approx(1, abs=0.02)
    assert float(row["raw_mean_90"]) == pytest.approx(1 + 800 / 90, abs=0.01)
    assert (row["largest_day"], row["spike_cap"], row["capped_units"], row["units"]) == (801, 2, 799, 980)
    assert "spike" in row["flags"]


def test_sales_that_are_not_seen_here_are_learned_from_the_fall_of_stock(shop):
    shop.offers("HALF", "ALL")
    shop.reads(180)
    shop.sells("HALF", DAILY)
    shop.sells("ALL", DAILY)
    shop.stock("HALF", falling(3))
    shop.stock("ALL", falling(1))
    shop.build()
    found = shop.demand()
    assert (found["HALF"]["demand_method"], found["ALL"]["demand_method"]) == ("fall of stock", "several memories")
    assert float(found["HALF"]["demand_seen"]) == pytest.approx(1 / 3, abs=0.001)
    assert (found["HALF"]["average_daily_demand"], found["ALL"]["average_daily_demand"]) == (3, 1)
    assert "sales_not_seen_here" in found["HALF"]["flags"]
    assert found["ALL"]["demand_seen"] == 1


def test_accounts_on_one_warehouse_explain_its_stock_together(shop):
    """Each sees the pieces fall that the other sold."""
    other = f"{shop.account}b"
    for place, account in enumerate((shop.account, other), 1):
        shop.session.execute(
            "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse, place)"
            " VALUES (%s, 'test', %s, %s, %s)",
            [account, account, shop.account, place],
        )
    shop.offers("SHARED", "ELSEWHERE")
    shop.reads(180)
    for sku, falls in (("SHARED", 3), ("ELSEWHERE", 6)):
        shop.sells(sku, DAILY)
        shop.sells(sku, dict.fromkeys(DAILY, 2), account=other)
        shop.stock(sku, falling(falls))
    shop.build()
    found = shop.demand()
    assert (found["SHARED"]["demand_seen"], found["SHARED"]["average_daily_demand"]) == (1, 1)
    # Of six pieces that fall a day three are seen, one of them the account's: a third of the six is its own.
    assert found["ELSEWHERE"]["demand_method"] == "fall of stock"
    assert float(found["ELSEWHERE"]["average_daily_demand"]) == pytest.approx(2, abs=0.01)


def test_campaign_days_are_left_out(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", {**DAILY, **dict.fromkeys(range(30, 40), 4)})
    name = f"Sale of {shop.account}"
    shop.session.execute(
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by) VALUES (%s, %s, %s, 'test')",
        [name, shop.ago(39), shop.ago(30)],
    )
    shop.build()
    shop.session.execute("DELETE FROM campaign_days WHERE name = %s", [name])
    row = shop.demand()["A"]
    assert row["average_daily_demand"] == 1
    assert float(row["campaign_uplift"]) == pytest.approx(4, abs=0.05)
    assert "campaign" in row["flags"]


def test_sales_of_other_channels_end_emag_only(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", DAILY)
    shop.session.execute(
        "INSERT INTO sales_elsewhere (account_type, channel, sku, day, quantity) VALUES (%s, 'shop', 'A', %s, 1)",
        [shop.account, shop.ago(5)],
    )
    shop.build()
    assert "emag_only" not in shop.demand()["A"]["flags"]


def test_todays_sales_change_nothing(shop):
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", DAILY)
    shop.build()
    shop.sells("A", {0: 500, -1: 500})
    assert shop.build() == 0


def test_some_items_have_the_numbers_of_a_build_of_all(shop, monkeypatch):
    """Whatever came in which order, and however the items are cut into blocks."""
    skus = [f"S{number}" for number in range(12)]
    chance = np.random.default_rng(1)
    shop.offers(*skus)
    shop.reads(180)
    for number, sku in enumerate(skus):
        days = np.flatnonzero(chance.random(180) < (number + 1) / 12) + 1
        shop.sells(sku, {int(day): int(chance.integers(1, 4)) for day in days})
    assert shop.build() == 12
    assert shop.build(*skus) == 0
    shop.sells("S3", {20: 3, 21: 2})
    assert shop.build("S3") == 1
    before = shop.demand()
    monkeypatch.setattr(series, "ITEMS_A_BLOCK", 5)
    assert shop.build() == 0
    shop.session.execute("DELETE FROM demand WHERE account_type = %s", [shop.account])
    assert shop.build() == 12
    ignored = {"updated_at": None}
    assert {sku: row | ignored for sku, row in shop.demand().items()} == {
        sku: row | ignored for sku, row in before.items()
    }


def test_a_build_of_some_items_reads_no_others(shop):
    """A half-hourly run costs what changed: with a typical rate of 1.1, which no float equals, all were learned."""
    shop.offers("A", "B")
    shop.reads(180)
    shop.sells("A", {**DAILY, **dict.fromkeys(range(1, 19), 2)})
    shop.sells("B", {**DAILY, **dict.fromkeys(range(1, 19), 2)})
    shop.build()
    [(rate,)] = shop.session.execute("SELECT typical_rate FROM demand_basis WHERE account_type = %s", [shop.account])
    assert rate == Decimal("1.1")
    shop.session.execute("UPDATE demand SET units = 0 WHERE account_type = %s", [shop.account])
    assert shop.build("A") == 1
    assert [(row["sku"], row["units"]) for row in shop.demand().values() if row["units"]] == [("A", 198)]


def test_another_span_of_known_days_makes_all_items_old(shop):
    shop.offers("A", "B")
    shop.reads(120)
    shop.sells("A", DAILY)
    shop.sells("B", DAILY)
    shop.build()
    shop.reads(180, 120)
    assert shop.build("A") == 2
    assert {row["known_from"] for row in shop.demand().values()} == {shop.ago(180)}


def test_an_item_that_is_gone_loses_its_row_and_no_other(shop):
    shop.offers("A", "B")
    shop.reads(180)
    shop.sells("A", DAILY)
    shop.build()
    shop.session.execute("DELETE FROM emag_products_v2 WHERE account_type = %s AND sku = 'B'", [shop.account])
    assert shop.build("B") == 1
    assert list(shop.demand()) == ["A"]


def test_an_item_that_sold_before_the_history_is_no_new_one(shop):
    shop.offers("OLD")
    shop.reads(180)
    shop.sells("OLD", {500: 2, 10: 1})
    shop.build()
    row = shop.demand()["OLD"]
    assert (row["first_sale"], row["last_sale"]) == (shop.today - timedelta(500), shop.ago(10))
    assert row["average_daily_demand"] == Decimal("0.0111")
    assert 0 < row["expected_daily_demand"] < Decimal("0.05")


def test_an_item_that_sold_where_no_typical_item_does_has_a_forecast(shop):
    shop.offers("OLD", "NEVER")
    shop.reads(180)
    shop.sells("OLD", {450: 3})
    shop.sells("NOT OFFERED", {100: 2, 50: 1})
    shop.build()
    found = shop.demand()
    assert found["OLD"]["expected_daily_demand"] == Decimal("0.0001")
    assert 0 < found["NOT OFFERED"]["expected_daily_demand"] < Decimal("0.03")
    assert found["NEVER"]["demand_method"] == "never sold"


@pytest.mark.parametrize("pieces", [800, 999_999_999])
def test_one_mistaken_order_leaves_a_catalogue_of_three_items_its_numbers(shop, pieces):
    shop.offers("A", "SPIKE", "NEVER")
    shop.reads(180)
    shop.sells("A", DAILY)
    shop.sells("SPIKE", DAILY)
    shop.stock("SPIKE", falling(1), sellable=1)
    shop.build()
    before = shop.demand()
    shop.sells("SPIKE", {20: pieces}, largest=pieces)
    shop.build()
    after = shop.demand()
    for sku in ("A", "SPIKE"):
        for column in ("average_daily_demand", "expected_daily_demand", "demand_error", "daily_variance"):
            assert float(after[sku][column]) == pytest.approx(float(before[sku][column]), rel=0.1)
    assert after["SPIKE"]["demand_seen"] == min(round(Decimal(88 + pieces) / 89, 4), 999_999)
    assert after["SPIKE"]["raw_mean_90"] > before["SPIKE"]["raw_mean_90"] + pieces // 100
