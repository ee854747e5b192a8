"""What the report says of demand: how long the stock lasts, what its end costs, and where the list begins."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from magflow_pipeline.purchasing.cover import Cover, Demand, cover
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.choices import Format, View
from magflow_pipeline.reports.output import write_report
from magflow_pipeline.reports.selection import Filters, select
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, on_order, open_account, report, share

pytestmark = pytest.mark.usefixtures("whole_day")

PRICED = {"price": Decimal("100.0000"), "currency": "RON"}


def recomputed(row: dict[str, Any]) -> Cover:
    """Cover and cost of waiting, from nothing but the numbers of the row."""
    names = ("planned_daily_demand", "daily_variance", "demand_error", "lead_time_days", "lead_time_spread_days")
    numbers = [row[name] for name in (*names, "closed_days_today", "closed_days_in_a_week")]
    return cover(
        row["available_quantity"],
        row["on_order_quantity"] + row["in_transfer_quantity"] - row["sent_away_quantity"],
        row["expected_daily_demand"],
        None if None in numbers else Demand(*numbers),
        row["margin_ron"],
        today(),
        is_sellable=row["is_sellable"],
    )


def demand(session: psycopg.Connection, sku: str, expected: str | None, account: str = "main", **columns: Any) -> None:
    """A row of what is expected to be sold, as the room `demand` writes it."""
    values = {
        "account_type": account,
        "sku": sku,
        "sellable_days": 90,
        "days_are_calendar": False,
        "units": 100,
        "average_daily_demand": expected,
        "expected_daily_demand": expected,
        "demand_method": "several memories" if expected is not None else "not enough data",
        "daily_variance": None if expected is None else 2 * Decimal(expected),
        "demand_error": None if expected is None else Decimal(expected) / 10,
    }
    insert(session, "demand", **values | columns)


@pytest.fixture
def shop(session) -> psycopg.Connection:
    open_account(session, "main")
    return session


@pytest.fixture
def sell(shop):
    """Put an item into the shop: its SKU, its stock, what is expected of it, and columns of its offer."""
    numbers = iter(range(1, 1000))

    def put(sku: str, quantity: int, expected: str | None = None, **columns: Any) -> None:
        offer(shop, "main", next(numbers), sku, **PRICED | columns)
        item(shop, sku, "EMAG-MAIN", quantity)
        if expected is not None:
            demand(shop, sku, expected)

    return put


def today() -> date:
    return datetime.now(BUCHAREST).date()


@both_servers
def test_the_report_says_how_long_a_stock_lasts_and_what_its_end_costs(database, shop, sell):
    sell("A", 9, "2.0000")
    on_order(shop, "A", 36, warehouse="EMAG-MAIN")
    sell("GONE", 0, "2.0000")
    shop.execute("UPDATE inventory_items SET reserved_quantity = 3 WHERE quantity = 0")
    sell("COVERED", 90, "2.0000")
    before = today()
    rows = {sku: row for (_, sku), row in report(database).items()}
    days = {before, today()}  # midnight may pass
    a = rows["A"]
    assert (a["average_daily_demand"], a["expected_daily_demand"]) == (Decimal("2.0000"), Decimal("2.0000"))
    assert (a["demand_method"], a["days_of_cover"]) == ("several memories", Decimal("4.50"))
    assert a["stock_out_date"] in {day + timedelta(days=4) for day in days}
    assert (a["lead_time_days"], a["lead_time_source"], a["margin_source"]) == (45, "default", "revenue")
    assert rows["GONE"]["days_of_cover"] == 0
    assert rows["GONE"]["stock_out_date"] in days
    for row in rows.values():
        found = recomputed(row)
        assert row["days_of_cover"] == found.days_of_cover
        assert abs(row["ron_at_risk_per_day"] - found.ron_at_risk_per_day) <= Decimal("0.01")
    # Of 2 pieces a day at 100 RON: all when nothing is there or comes, less when half of the lead time is covered.
    assert Decimal(195) < a["ron_at_risk_per_day"] < rows["GONE"]["ron_at_risk_per_day"] <= 200
    assert 0 < rows["COVERED"]["ron_at_risk_per_day"] < Decimal(150), "it may sell more than is expected"


@both_servers
def test_what_is_not_known_is_a_word_and_no_number(database, shop, sell):
    """A zero would be read as: nobody wants it."""
    sell("NEVER", 0)
    demand(shop, "NEVER", None, demand_method="never sold")
    sell("NEW", 0)
    demand(shop, "NEW", None, flags=["new flag", "another"])
    sell("UNREAD", 0)
    sell("STOPPED", 5, "0.0000")
    rows = {sku: row for (_, sku), row in report(database).items()}
    assert [rows[sku]["demand_method"] for sku in ("NEVER", "NEW", "UNREAD")] == [
        "never sold",
        "not enough data",
        "not enough data",
    ]
    for sku in ("NEVER", "NEW", "UNREAD"):
        for name in ("expected_daily_demand", "days_of_cover", "stock_out_date", "ron_at_risk_per_day"):
            assert rows[sku][name] is None, (sku, name)
    assert rows["NEW"]["flags"] == "new flag; another; not_enough_data; no_supplier; lead_time_default"
    stopped = rows["STOPPED"]
    assert (stopped["days_of_cover"], stopped["stock_out_date"], stopped["ron_at_risk_per_day"]) == (None, None, 0)


@both_servers
def test_money_at_risk_is_in_ron_or_not_known(database, shop, sell):
    """Forint that were added to lei would head the list."""
    insert(shop, "exchange_rates", currency="HUF", rate_date=today() - timedelta(days=2), units=100, ron="1.20")
    insert(shop, "exchange_rates", currency="HUF", rate_date=today() - timedelta(days=1), units=100, ron="1.25")
    insert(shop, "exchange_rates", currency="HUF", rate_date=today() + timedelta(days=9), units=100, ron="9")
    sell("HUF", 0, "2.0000", price=Decimal(8000), currency="HUF")
    sell("EUR", 0, "2.0000", currency="EUR")
    sell("NONE", 0, "2.0000", currency=None)
    sell("BLOCKED", 0, "2.0000", validation_status=[8])
    rows = {sku: row for (_, sku), row in report(database).items()}
    assert 195 < rows["HUF"]["ron_at_risk_per_day"] <= 200
    assert rows["HUF"]["margin_ron"] == 100
    for sku in ("EUR", "NONE"):
        assert rows[sku]["ron_at_risk_per_day"] is None
        assert "no_price_in_ron" in rows[sku]["flags"]
        assert (rows[sku]["reason_code"], rows[sku]["reorder_quantity"]) == ("price_unknown", 0)
    assert rows["BLOCKED"]["ron_at_risk_per_day"] == 0, "stock is not what it lacks"
    assert rows["BLOCKED"]["days_of_cover"] == 0


@both_servers
def test_accounts_on_one_warehouse_draw_on_the_same_pieces(database, session, monkeypatch):
    """Each alone would have said that the stock lasts longer than it does."""
    share(session, monkeypatch, "main", "hu")
    session.execute("UPDATE emag_products_v2 SET price = 100, currency = 'RON'")
    demand(session, "A", "1.0000")
    demand(session, "A", "2.0000", "hu")
    rows = report(database)
    for account in ("main", "hu"):
        row = rows[account, "A"]
        assert (row["days_of_cover"], row["planned_daily_demand"]) == (Decimal("1.67"), 3)
        assert abs(row["ron_at_risk_per_day"] - recomputed(row).ron_at_risk_per_day) <= Decimal("0.01")
    assert abs(2 * rows["main", "A"]["ron_at_risk_per_day"] - rows["hu", "A"]["ron_at_risk_per_day"]) <= Decimal("0.03")


@both_servers
def test_the_list_begins_with_what_costs_most_and_hides_nothing_that_may(database, shop, sell):
    sell("FULL", 500, "1.0000")
    sell("NEVER", 0)
    demand(shop, "NEVER", None, demand_method="never sold")
    sell("CHEAP", 0, "1.0000", price=Decimal(5))
    sell("NEW-LOW", 15)
    sell("NEW-OUT", 0)
    sell("DEAR", 15, "9.0000")
    sell("TIE", 0, "1.0000", price=Decimal(5))
    build_low_stock_report(database)
    expected = ["DEAR", "CHEAP", "TIE", "NEW-OUT", "NEW-LOW", "NEVER"]
    assert [sku for (sku,) in shop.execute("SELECT sku FROM low_stock").fetchall()] == expected
    [supplier] = shop.execute("SELECT ron_at_risk_per_day FROM low_stock_by_supplier").fetchall()
    assert supplier == shop.execute("SELECT sum(ron_at_risk_per_day) FROM low_stock").fetchone()


@both_servers
def test_levels_from_demand_order_on_their_own_and_defaults_do_not(database, shop, sell):
    """90 pieces were asked for an item that sells one a month, and none for one that sells ten a day."""
    sell("FAST", 25, "5.0000")
    sell("NEW", 5)
    demand(shop, "NEW", None)
    sell("NEVER", 5)
    demand(shop, "NEVER", None, demand_method="never sold")
    rows = {sku: row for (_, sku), row in report(database).items()}
    fast, new, never = rows["FAST"], rows["NEW"], rows["NEVER"]
    assert (fast["level_source"], fast["reason_code"]) == ("demand", "to_order")
    assert fast["reorder_quantity"] == fast["reorder_quantity_raw"] == fast["maximum_stock"] - 25 > 150
    assert (new["level_source"], new["reorder_quantity"], new["status"]) == ("default", None, "critical")
    assert (never["reorder_quantity"], never["reason_code"]) == (0, "never_sold")
    [told] = read_rows(database, "decide_yourself")
    assert (told["sku"], told["reason_code"]) == ("NEW", "decide_yourself")


def test_a_new_exchange_rate_makes_the_report_stale(database, shop, sell):
    sell("EUR", 0, "2.0000", currency="EUR")
    build_plan(database)
    stale = "SELECT FROM stale_tables WHERE name = 'low_stock_report'"
    assert not shop.execute(stale).fetchall()
    insert(shop, "exchange_rates", currency="EUR", rate_date=today(), ron="5")
    assert shop.execute(stale).fetchall()
    row = report(database)["main", "EUR"]
    assert (row["margin_ron"], row["ron_at_risk_per_day"] > 950) == (500, True)


def test_files_have_the_order_of_the_list(database, shop, sell, tmp_path):
    sell("A", 30, "0.1000")
    sell("B", 0, "9.0000")
    build_low_stock_report(database)
    file = tmp_path / "report.csv"
    chosen = select(database, View.LOW_STOCK_REPORT, Filters(account=["main"]), None)
    write_report(database, chosen, Format.CSV, file)
    header, *lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == ["B", "A"]
    names = header.split(",")
    old = names[: names.index("average_daily_demand")]
    assert (old[0], old[-1], names[-1]) == ("account_type", "supplier_id", "level_freight_ron"), (
        "scripts read columns by place"
    )
