"""What users of other systems complained about, each by its number in the list of complaints, through the whole flow.

One shop is planned once, by the builds that Dagster runs, and read by all tests: offers of suppliers, levels,
needs, transfers, purchases, report. The last tests recompute every number of its rows from the rows themselves.
"""

import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import psycopg
import pytest

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.purchasing import policy
from magflow_pipeline.purchasing.needs import outlook
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.purchasing.purchases import capped
from magflow_pipeline.reports.choices import Format, Language, View
from magflow_pipeline.reports.explanation import explanation
from magflow_pipeline.reports.output import words_of_codes, write_report
from magflow_pipeline.reports.selection import Filters, select
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.costs import rounded_quantity
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.plans import in_days, today
from magflow_pipeline_tests.purchasing.test_demand import PRICED, demand, recomputed
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, on_order, open_account

ONE_CENT = Decimal("0.01")
SUPPLIERS = {1: "TZT", 2: "WANKE", 3: "Forint"}
BY_HAND = {"AT", "ABOVE", "BELOW", "TOO-MANY"}
STOCKS = {
    # SKU: stock of main, stock of fbe (None: not sold there), demand of each a day
    "BOTH": (9, 2, "2.0000", "1.0000"),
    "MOVES": (400, 3, "0.5000", "1.0000"),
    "ORDERED": (4, None, "1.0000", None),
    "LATE": (0, None, "1.0000", None),
    "RESERVED": (260, None, "2.0000", None),
    "PILE": (50_000, None, "0.3000", None),
    "TOO-MANY": (1, None, "0.1000", None),
    "FORINT": (0, None, "1.5000", None),
    "NOBODY": (0, None, "1.5000", None),
    "NEW": (6, None, None, None),
    "NEVER": (6, None, None, None),
    "ASKED": (1, None, "1.0000", None),
    "REFUSED": (0, None, "1.0000", None),
    "AT": (20, None, None, None),
    "ABOVE": (21, None, None, None),
    "BELOW": (19, None, None, None),
}


def fill(session: psycopg.Connection) -> None:
    """The shop: two accounts, three suppliers, a rate of CNY and none of HUF."""
    for account in ("main", "fbe"):
        open_account(session, account)
    insert(session, "exchange_rates", currency="CNY", rate_date="2026-01-31", ron="0.62")
    insert(session, "marketplace_fees", commission_rate="0.2", fulfilment_fee_ron="3")
    for number, name in SUPPLIERS.items():
        insert(session, "suppliers", id=number, name=name, is_preferred=name == "TZT")
    place = iter(range(1, 1000))
    for sku, (main, fbe, of_main, of_fbe) in STOCKS.items():
        by_hand = {"manual_reorder_point": 20, "manual_maximum_stock": 60} if sku in BY_HAND else {}
        for account, stock, expected in (("main", main, of_main), ("fbe", fbe, of_fbe)):
            if stock is not None:
                offer(session, account, next(place), sku, **PRICED)
                item(session, sku, f"EMAG-{account.upper()}", stock, **by_hand)
                if expected is not None:
                    demand(session, sku, expected, account)
        if sku == "NEVER":
            demand(session, sku, None, demand_method="never sold")
        if sku not in ("NOBODY", "FORINT"):
            insert(session, "product_supplier_sheets", sku=sku, supplier_name="TZT", price_cny=20)
            insert(session, "product_supplier_sheets", sku=sku, supplier_name="WANKE", price_cny=18)
    insert(
        session,
        "supplier_terms",
        supplier_id=1,
        minimum_order_quantity=50,
        pack_size=12,
        lead_time_days=30,
        lead_time_spread_days=8,
        freight_per_order=100,
    )
    insert(session, "supplier_terms", supplier_id=1, sku="TOO-MANY", minimum_order_quantity=100_000)
    insert(
        session,
        "supplier_price_breaks",
        supplier_id=3,
        sku="FORINT",
        minimum_quantity=1,
        unit_price=900,
        currency="HUF",
    )
    insert(session, "supplier_price_breaks", supplier_id=1, sku="BOTH", minimum_quantity=100, unit_price=17)
    session.execute(
        "UPDATE inventory_items SET reserved_quantity = 255 FROM products WHERE products.id = product_id"
        " AND sku = 'RESERVED'"
    )
    session.execute(
        "UPDATE inventory_items SET manual_reorder_quantity = 33 FROM products WHERE products.id = product_id"
        " AND sku = 'ASKED'"
    )
    session.execute("UPDATE emag_product_contents SET validation_status = '{8}' WHERE sku = 'REFUSED'")
    closes = {"starts_on": in_days(-10), "ends_on": in_days(-8)}
    insert(session, "supplier_closures", supplier_id=1, **closes)
    on_order(session, "LATE", 7, warehouse="EMAG-MAIN")
    session.execute("UPDATE purchase_orders SET expected_on = '2026-01-31'")
    on_order(session, "ORDERED", 10, warehouse="EMAG-MAIN")
    session.execute("UPDATE purchase_orders SET expected_on = %s WHERE expected_on IS NULL", [in_days(4)])
    on_order(session, "ORDERED", 400, warehouse="EMAG-MAIN")


@pytest.fixture(scope="module")
def shop(servers) -> Iterator[Database]:
    """The planned shop, of this module."""
    with contextmanager(_new_database)(servers("embedded"), TEMPLATE) as url:
        database = open_database(Settings(MAGFLOW_DATABASE_URL=url))
        with database.connect("test") as session:
            fill(session)
        build_plan(database, Settings(MAGFLOW_DATABASE_URL=url))
        yield database


@pytest.fixture(scope="module")
def rows(shop) -> dict[tuple[str, str], Row]:
    """The report, by account and SKU."""
    return {(row["account_type"], row["sku"]): row for row in read_rows(shop, "low_stock_report")}


@pytest.fixture(scope="module")
def main(rows) -> dict[str, Row]:
    """The rows of main, by SKU."""
    return {sku: row for (account, sku), row in rows.items() if account == "main"}


@pytest.fixture(scope="module")
def purchases(shop) -> dict[str, Row]:
    """What is bought, by SKU."""
    return {row["sku"]: row for row in read_rows(shop, "reorder_proposals")}


def test_1_the_same_request_is_not_made_again(shop, main, purchases):
    """A request was created each day until the goods came."""
    assert build_plan(shop).written == 0
    assert len(purchases) == len(read_rows(shop, "reorder_proposals"))
    assert (main["ORDERED"]["reorder_quantity"], main["ORDERED"]["reason_code"]) == (0, "on_its_way")


def test_2_the_numbers_behind_a_request_are_kept_with_it(main):
    """20 were in stock, the trigger was 5, and nobody could say what the request came from."""
    for row in main.values():
        position = row["available_quantity"] + row["on_order_quantity"] + row["in_transfer_quantity"]
        if row["reorder_quantity"]:
            assert position <= row["reorder_point"], row["sku"]


@pytest.mark.parametrize("language", ["reason", "reason_ro"])
def test_3_a_sentence_says_why(rows, language):
    for row in rows.values():
        assert str(row["available_quantity"]) in row[language]
        assert (
            row["reorder_quantity"] is None
            or str(row["reorder_quantity"]) in row[language]
            or (row["reason_code"] in ("nothing_to_order", "transferred"))
        )


def test_4_what_is_missing_is_ordered_and_not_the_level(main):
    """On the first run the level was ordered instead of the quantity."""
    row = main["BELOW"]
    assert (row["reorder_quantity_raw"], row["maximum_stock"], row["available_quantity"]) == (41, 60, 19)


def test_5_one_bad_item_stops_nobody(shop, main):
    """A fraction of 0.9 pieces failed the job of all."""
    assert main["FORINT"]["cost_problem"] == "no_rate HUF"
    assert main["BOTH"]["reorder_quantity"] > 0
    with shop.connect("test") as session, pytest.raises(psycopg.errors.CheckViolation):
        insert(session, "supplier_terms", supplier_id=2, pack_size=Decimal("0.4"))


def test_6_unknown_is_not_zero(main):
    new = main["NEW"]
    assert (new["status"], new["reorder_quantity"], new["reason_code"]) == ("critical", None, "decide_yourself")
    for name in ("expected_daily_demand", "days_of_cover", "ron_at_risk_per_day", "lot", "chance_allowed"):
        assert new[name] is None, name


def test_8_every_item_says_why_it_is_not_ordered(rows):
    """Not generated, and nobody knew why."""
    assert len(rows) == sum((main is not None) + (fbe is not None) for main, fbe, *_ in STOCKS.values())
    for row in rows.values():
        assert row["reason_code"] and row["reason"] and row["reason_ro"]


def test_9_there_is_a_list_also_where_nobody_set_a_level(shop):
    listed = {row["sku"] for row in read_rows(shop, "low_stock")}
    assert {"BOTH", "NEW", "FORINT", "NOBODY", "AT", "BELOW"} <= listed
    assert not {"ABOVE", "PILE"} & listed
    assert [row["sku"] for row in read_rows(shop, "decide_yourself")] == ["NEW"]


def test_what_never_sold_is_apart_from_what_there_is_to_do(shop, rows, main):
    """It keeps its status, and a buyer who has 3 things to do does not read 300."""
    assert (main["NEVER"]["status"], main["NEVER"]["reorder_quantity"], main["NEVER"]["is_kept"]) == (
        "critical",
        0,
        False,
    )
    apart = {(row["account_type"], row["sku"]) for row in rows.values() if not row["is_kept"]}
    assert ("main", "NEVER") in apart
    assert {(row["account_type"], row["sku"]) for row in read_rows(shop, "not_kept")} <= apart
    assert not {(row["account_type"], row["sku"]) for row in read_rows(shop, "low_stock")} & apart
    for counts in read_rows(shop, "low_stock_by_account"):
        of_account = [row for (account, _), row in rows.items() if account == counts["account_type"]]
        kept = [row["status"] for row in of_account if row["is_kept"] or row["status"] in ("in_stock", "overstock")]
        statuses = ("out_of_stock", "critical", "low_stock", "in_stock", "overstock")
        assert {status: counts[status] for status in statuses} == {status: kept.count(status) for status in statuses}
        assert counts["not_kept"] == len(of_account) - len(kept)


def test_11_and_14_the_amount_is_in_the_file_by_account(shop, rows, tmp_path):
    """The list had no amounts, the CSV was unreadable, and all shops were in it."""
    file = tmp_path / "order.csv"
    chosen = select(shop, View.LOW_STOCK_REPORT, Filters(account=["fbe"]), None)
    assert write_report(shop, chosen, Format.CSV, file) == 2
    with file.open(encoding="utf-8-sig", newline="") as lines:
        found = {line["sku"]: line["reorder_quantity"] for line in csv.DictReader(lines)}
    assert found == {sku: str(row["reorder_quantity"]) for (account, sku), row in rows.items() if account == "fbe"}


def test_12_what_is_promised_is_not_free(main):
    row = main["RESERVED"]
    assert (row["quantity"], row["available_quantity"], row["status"] == "in_stock") == (260, 5, False)
    assert row["reorder_quantity_raw"] == row["maximum_stock"] - 5


def test_13_what_is_at_the_level_is_on_the_list_and_what_is_above_is_not(main):
    assert [main[sku]["status"] for sku in ("BELOW", "AT", "ABOVE")] == ["low_stock", "low_stock", "in_stock"]
    assert [main[sku]["reorder_quantity_raw"] for sku in ("BELOW", "AT", "ABOVE")] == [41, 40, 0]


def test_15_each_supplier_has_his_list(shop, rows):
    listed = read_rows(shop, "low_stock_by_supplier")
    bought = sum(row["reorder_quantity"] or 0 for row in rows.values())
    assert sum(row["reorder_quantity"] or 0 for row in listed) == bought
    assert {row["supplier_name"] for row in listed} == {"TZT", "Forint", None}


def test_16_cover_stands_beside_status_and_quantity(main):
    assert (main["BOTH"]["days_of_cover"], main["BOTH"]["status"]) == (Decimal("4.50"), "critical")
    assert main["PILE"]["days_of_cover"] > 100_000


def test_17_nothing_lasts_longer_than_allowed_without_a_flag(main, purchases):
    """39,000 pounds instead of 100, ten years of stock."""
    many = main["TOO-MANY"]
    assert (many["reorder_quantity"], many["reason_code"]) == (0, "lasts_too_long")
    assert "moq_lasts_too_long" in purchases["TOO-MANY"]["flags"]
    for row in main.values():
        if row["reorder_quantity"] and row["planned_daily_demand"]:
            assert row["reorder_quantity"] <= 365 * row["planned_daily_demand"] or "capped" in row["flags"]


def test_18_and_20_quantities_are_rounded_up_once(purchases, rows):
    """Needs of two accounts were rounded one by one; and another version rounded down."""
    for sku, row in purchases.items():
        moq, pack = row["minimum_order_quantity"], row["pack_size"]
        assert row["after_pack"] == rounded_quantity(row["raw_quantity"], moq, pack), sku
        assert row["quantity"] == 0 or (row["quantity"] >= moq and row["quantity"] % pack == 0)
    both = purchases["BOTH"]
    assert both["raw_quantity"] == sum(
        rows[account, "BOTH"]["reorder_quantity_raw"] - rows[account, "BOTH"]["transfer_quantity"]
        for account in ("main", "fbe")
    )


def test_19_levels_follow_sales_and_what_a_person_sets_wins(main):
    assert {main[sku]["level_source"] for sku in ("BOTH", "PILE", "RESERVED")} == {"demand"}
    assert {main[sku]["level_source"] for sku in ("AT", "ABOVE", "BELOW")} == {"manual"}


def test_21_what_is_too_much_is_told(main):
    assert (main["PILE"]["status"], main["PILE"]["reorder_quantity"]) == ("overstock", 0)


def test_a_transfer_comes_before_a_purchase(rows, shop):
    moved = rows["fbe", "MOVES"]
    [told] = read_rows(shop, "transfer_proposals", only={"sku": ["MOVES"]})
    assert (moved["transfer_quantity"], moved["transfer_from"]) == (told["quantity"], "main")
    assert moved["transfer_quantity"] > 0 and rows["main", "MOVES"]["reorder_quantity"] == 0
    assert f"First move {moved['transfer_quantity']} here from main." in moved["reason"]


def test_what_costs_most_to_wait_for_is_first_and_a_missing_rate_is_told(shop, main):
    listed = read_rows(shop, "low_stock")
    risks = [row["ron_at_risk_per_day"] for row in listed if row["ron_at_risk_per_day"]]
    assert risks == sorted(risks, reverse=True) and len(risks) >= 5
    forint = main["FORINT"]
    assert (forint["landed_unit_cost_ron"], forint["margin_source"]) == (None, "revenue")
    assert "Cost incomplete: no exchange rate of HUF is known." in forint["reason"]
    assert "Cost incomplet: nu se cunoaște cursul HUF." in forint["reason_ro"]
    assert (main["NOBODY"]["supplier_rule"], main["NOBODY"]["lead_time_source"]) == ("no supplier", "default")


# Every number follows from its own row


def test_cover_and_the_cost_of_waiting_follow_from_the_row(rows):
    for row in rows.values():
        found = recomputed(row)
        assert (row["days_of_cover"], row["stock_out_date"]) == (found.days_of_cover, found.stock_out_date)
        for name in ("ron_lost_by_waiting", "ron_at_risk_per_day"):
            mine, theirs = row[name], getattr(found, name)
            assert (mine is None) == (theirs is None)
            assert mine is None or abs(mine - theirs) <= ONE_CENT


def test_levels_follow_from_the_row(rows):
    known = [row for row in rows.values() if row["level_source"] == "demand" and row["level_problem"] is None]
    assert len(known) >= 7

    def column(name: str) -> Any:
        return np.array([float(row[name]) for row in known])

    assert {row["capital_cost"] for row in known} == {Decimal("0.4")}
    found = policy.levels(
        column("planned_daily_demand"),
        column("demand_error"),
        column("daily_variance"),
        column("lead_time_days") + column("closed_days_next_review"),
        column("lead_time_spread_days"),
        column("unit_cost_ron"),
        column("margin_ron"),
        column("lot"),
        pack_size=column("pack_part"),
        capital_cost=0.4,
        review_days=1,
    )
    assert found.chance_allowed == pytest.approx(column("chance_allowed"), abs=1e-7)
    assert found.reorder_point.tolist() == [row["reorder_point"] for row in known]
    assert found.order_up_to.tolist() == [row["maximum_stock"] for row in known]
    assert np.floor(found.safety_stock).tolist() == [row["safety_stock"] for row in known]


def test_need_and_purchase_follow_from_the_row(rows, purchases):
    """Also of what is not bought at all, because the least quantity would last too long, or by a person's number."""
    assert rows["main", "TOO-MANY"]["purchase_quantity"] == 0
    assert rows["main", "ASKED"]["reorder_quantity_raw"] == rows["main", "ASKED"]["reorder_quantity_set"] == 33
    for row in rows.values():
        to_sell = row["available_quantity"] - row["sent_away_quantity"]
        position = to_sell + row["on_order_quantity"] + row["in_transfer_quantity"]
        if row["reorder_quantity_set"] is not None:
            wanted = row["reorder_quantity_set"] if to_sell <= row["reorder_point"] else 0
            assert row["reorder_quantity_raw"] == wanted, row["sku"]
        elif row["level_source"] != "default":
            wanted = row["maximum_stock"] - position if position <= row["reorder_point"] else 0
            assert row["reorder_quantity_raw"] == wanted, row["sku"]
        if row["purchase_raw_quantity"]:
            moq, pack, most = (row[name] for name in ("minimum_order_quantity", "pack_size", "purchase_most_quantity"))
            bought = rounded_quantity(row["purchase_raw_quantity"], moq, pack)
            assert row["purchase_quantity"] == capped(bought, most, moq, pack)
    for sku, purchase in purchases.items():
        shares = [row["reorder_quantity"] or 0 for (_, other), row in rows.items() if other == sku]
        assert sum(shares) == purchase["quantity"]


def test_days_follow_from_the_row(rows):
    """The last day to order hung on closed days and on arrivals that were in other tables."""
    day = today()
    assert rows["main", "ORDERED"]["arrivals"].startswith(f"{in_days(4)} 10; ")
    assert {row["closed_days_order_by"] for row in rows.values()} >= {0, 3, None}
    for row in rows.values():
        arrivals = dict(each.split(" ") for each in (row["arrivals"] or "").split("; ") if each)
        coming = {date.fromisoformat(when): int(pieces) for when, pieces in arrivals.items() if when != "?"}
        assert sum(map(int, arrivals.values())) == row["on_order_quantity"] + row["in_transfer_quantity"]
        assert row["next_arrival"] == min(coming, default=None)
        planned = row["planned_daily_demand"]
        found = outlook(
            row["available_quantity"] - row["sent_away_quantity"],
            coming,
            None if planned is None else Fraction(planned),
            Fraction(row["lead_time_days"] + row["closed_days_today"]),
            day,
        )
        assert row["runs_out_on"] == found.runs_out_on, row["sku"]
        assert row["gap_days"] is found.gap_days or abs(Fraction(row["gap_days"]) - found.gap_days) <= Fraction(1, 200)
        if row["runs_out_on"] is not None:
            left = timedelta(days=math.ceil(row["lead_time_days"]) + row["closed_days_order_by"])
            assert row["order_by_date"] == row["runs_out_on"] - left
        if row["gap_days"] is not None:
            lost = row["gap_days"] * row["expected_daily_demand"] * max(row["margin_ron"], 0) * row["is_sellable"]
            assert abs(row["ron_lost_before_arrival"] - lost) <= ONE_CENT
    assert rows["main", "REFUSED"]["ron_lost_before_arrival"] == 0, "nobody can buy it: stock is not what it lacks"
    assert rows["main", "REFUSED"]["gap_days"] > 0


def test_margin_and_lot_follow_from_the_row(rows):
    """Commission, fee and rate were in other tables: who checked the margin of a row had to look for them."""
    earned = [row for row in rows.values() if row["margin_source"] == "margin"]
    assert len(earned) >= 7
    for row in earned:
        cost = (row["level_price_ron"] + row["level_freight_ron"]) * (1 + (row["duty_rate"] or 0))
        assert abs(row["unit_cost_ron"] - cost) <= Decimal("0.0001")
        kept = row["price"] * row["price_rate"] * (1 - row["commission_rate"])
        assert row["margin_ron"] == (kept - row["fulfilment_fee_ron"] - row["unit_cost_ron"]).quantize(
            Decimal("0.0001")
        )
    sized = [row for row in rows.values() if row["lot"] is not None]
    assert len(sized) >= 7 and len({row["line_cost"] for row in sized}) == 1
    for row in sized:
        lot = math.sqrt(2 * row["line_cost"] * row["planned_daily_demand"] / row["unit_cost_ron"])
        lot = min(lot, float(row["planned_daily_demand"] * row["most_cover_days"]))
        assert float(row["lot"]) == pytest.approx(max(lot, float(row["least_lot"])), rel=1e-4)


def test_landed_cost_follows_from_the_row(rows, purchases):
    """Of what is bought and of what is not: price, rate, freight and duty stand beside the cost, or what is missing."""
    known = [row for row in rows.values() if row["landed_unit_cost_ron"] is not None]
    assert len([row for row in known if row["reorder_quantity"]]) >= 3
    assert len([row for row in known if not row["reorder_quantity"]]) >= 3
    for row in known:
        cost = row["unit_price"] * row["unit_rate"] + row["freight_per_piece_ron"]
        cost = (cost + row["freight_per_order_ron"] / row["landed_quantity"]) * (1 + (row["duty_rate"] or 0))
        assert abs(cost - row["landed_unit_cost_ron"]) <= Decimal("0.0001")
        dearer = row["landed_unit_cost_ron"] - row["cheapest_landed_unit_cost_ron"]
        assert row["difference_ron"] == (dearer * row["landed_quantity"]).quantize(ONE_CENT)
        purchase = purchases.get(row["sku"])
        assert purchase is None or row["difference_ron"] == purchase["difference_ron"] or not purchase["quantity"]
    unknown = [row for row in rows.values() if row["landed_unit_cost_ron"] is None]
    assert {row["sku"]: row["cost_problem"] for row in unknown} == {"FORINT": "no_rate HUF", "NOBODY": None}
    assert {row["difference_ron"] for row in unknown} == {None}
    assert purchases["BOTH"]["unit_price"] == 17, "the price of the rounded quantity"
    both = rows["main", "BOTH"]
    assert (both["supplier_rule"], both["cheapest_supplier_name"]) == ("preferred", "WANKE") or not both[
        "difference_ron"
    ]


@pytest.mark.parametrize("language", list(Language))
def test_every_row_can_be_explained(shop, rows, purchases, language):
    """A number that nobody can follow is not believed."""
    words = words_of_codes(shop, language)
    for (_, sku), row in rows.items():
        lines = list(explanation(row, purchases.get(sku), 6, language, words))
        text = "\n".join(lines)
        assert "{" not in text and "None" not in text
        assert lines[-1] == row["reason" if language is Language.EN else "reason_ro"]
        if row["reorder_quantity"] and row["landed_unit_cost_ron"] is not None:
            assert words["rate_old"] in text, "the rate is of January"
            assert words["no_duty"] in text, "a duty of 0 is no number that anybody told"
        cartons = {Language.EN: ", in cartons of 6; ", Language.RO: ", în cutii de 6; "}[language]
        assert (cartons in text) == bool(row["transfer_quantity"])
    [both] = [
        line for line in explanation(rows["main", "BOTH"], purchases["BOTH"], 1, Language.EN, {}) if "Need:" in line
    ]
    row = rows["main", "BOTH"]
    assert both == f"Need: {row['maximum_stock']} - 9 = {row['reorder_quantity_raw']}"


def test_the_chance_that_is_explained_is_what_its_numbers_give(rows):
    """Of what earns nothing `= 9,900 %` was printed, and `= 15 %` where the numbers beside it gave 40 %."""
    row = rows["main", "BOTH"] | {
        "capital_cost": Decimal("0.365"),
        "unit_cost_ron": Decimal(10),
        "lot": Decimal(50),
        "planned_daily_demand": Decimal("0.5"),
    }
    told = {}
    for margin, chance in (("10", "0.1"), ("2.5", "0.15"), ("0.4", "99"), ("-3", "99")):
        each = row | {"margin_ron": Decimal(margin), "chance_allowed": Decimal(chance)}
        lines = explanation(each, None, 1, Language.EN, {})
        [told[margin]] = [line for line in lines if line.startswith(("Chance", "Nothing is kept"))]
    assert told["10"].endswith("(margin 10 RON x 0.5 a day) = 10 %")
    assert told["2.5"].endswith("(margin 2.5 RON x 0.5 a day) = 40 %; no more than 15 % is taken")
    assert " = 250 %; from 200 % on a lot costs more" in told["0.4"]
    assert told["-3"] == "Nothing is kept in stock: margin -3 RON x 0.5 a day earn nothing"


def test_notes_of_another_account_are_not_explained_as_of_this_one(rows, purchases):
    """`The last day to order in time has passed: order today` stood above `Last day to order in time: 2026-11-29`."""
    row, late = rows["main", "BOTH"], purchases["BOTH"] | {"flags": "order_late; no_duty"}
    [notes] = [line for line in explanation(row | {"flags": "no_duty"}, late, 1, Language.EN, {}) if "Notes" in line]
    assert notes == "Notes: no_duty"
    assert not [line for line in explanation(row | {"flags": None}, late, 1, Language.EN, {}) if "Notes" in line]


def test_closed_days_are_explained(rows):
    row = rows["main", "BOTH"]
    closed = {"closed_days_today": 3, "closed_days_next_review": 2, "closed_days_in_a_week": 0}
    days = [
        [
            line
            for line in explanation(each, None, 1, Language.EN, {})
            if "Days by which" in line or " days takes" in line
        ]
        for each in (row, row | closed)
    ]
    assert [len(lines) for lines in days] == [1, 2]
    assert "of today 3, of the next look 2, of in a week 0" in days[1][0]
    assert "demand of 31 days" in days[0][0] and "demand of 33 days" in days[1][1]


def test_a_flag_is_told_once(main, rows):
    assert main["LATE"]["reorder_quantity"] > 0
    for row in rows.values():
        codes = (row["flags"] or "").split("; ")
        assert len(codes) == len(set(codes))
    notes = "; no_freight; no_duty; rate_old"
    assert main["LATE"]["flags"] == "order_overdue; order_given_up; order_late" + notes.replace("no_freight; ", "")


def test_what_is_not_bought_has_its_flags_too(main):
    """A buyer filters one column: nothing that he should know is only in another."""
    assert {"not_enough_data", "no_duty", "rate_old"} <= set(main["NEW"]["flags"].split("; "))
    assert {"never_sold", "no_duty", "rate_old"} <= set(main["NEVER"]["flags"].split("; "))
    assert {"no_supplier", "lead_time_default"} <= set(main["NOBODY"]["flags"].split("; "))
    assert {"cost_incomplete", "lead_time_default"} <= set(main["FORINT"]["flags"].split("; "))
    assert {"moq_lasts_too_long", "no_duty"} <= set(main["TOO-MANY"]["flags"].split("; "))
    assert {"no_duty", "rate_old"} <= set(main["PILE"]["flags"].split("; "))
