"""What to move and what to buy, from rows as the builds before it leave them."""

from decimal import Decimal

import pytest

from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.plans import PRICED, PlannedShop, in_days, today
from magflow_pipeline_tests.purchasing.test_low_stock import offer, open_account


@pytest.fixture
def shop(planner, planned_session) -> PlannedShop:
    return PlannedShop(planner, planned_session)


def test_two_accounts_need_one_purchase(shop):
    """Needs of 7 and 6 at a least quantity of 50 were two orders of 50."""
    shop.put("A", 13, 15, 20)
    shop.put("A", 14, 15, 20, account="fbe", daily="6.0000")
    shop.sells("A", "TZT", moq=50, pack=10)
    shop.plan()
    row = shop.purchases["A"]
    assert (row["raw_quantity"], row["after_moq"], row["after_pack"], row["quantity"]) == (13, 50, 50, 50)
    assert (row["total_ron"], row["rounding_cost_ron"]) == (Decimal("2000.00"), Decimal("1480.00"))
    assert shop.shares == {("main", "A"): 7 + 9, ("fbe", "A"): 6 + 28}, "37 more by demand: 9.25 and 27.75"


def test_what_can_be_moved_is_not_bought(shop):
    """Pieces lay in one warehouse while the same ones were ordered for the other."""
    insert(shop.session, "product_costs", sku="A", carton_size=12)
    shop.put("A", 70, 20, 100)
    shop.put("A", 4, 20, 60, account="fbe")
    shop.sells("A", "TZT")
    shop.plan()
    moved = shop.transfers["A"]
    assert (moved["from_account"], moved["to_account"]) == ("main", "fbe")
    assert (moved["quantity"], moved["raw_quantity"], moved["carton_size"]) == (48, 48, 12), "of 50 to spare"
    assert moved["arrives_on"] == in_days(7)
    assert (shop.needs["fbe", "A"]["raw_quantity"], shop.needs["fbe", "A"]["transfer_quantity"]) == (56, 48)
    assert shop.shares == {("fbe", "A"): 8}
    assert shop.purchases["A"]["stock"] == 4 + 48


def test_nothing_is_moved_that_the_sender_needs_or_that_comes_too_late(shop, monkeypatch):
    shop.put("ARRIVES", 60, 20, 100)
    shop.orders("ARRIVES", 10, expected_on=in_days(10))
    shop.put("SLOW", 100, 20, 100)
    shop.put("BACK", 5, 20, 60)
    for sku, available in (("ARRIVES", 0), ("SLOW", 0), ("BACK", 500)):
        lead = {"lead_time_days": 6} if sku == "SLOW" else {}
        shop.put(sku, available, 20, 60, account="fbe", terms=lead)
        shop.sells(sku, "TZT")
    shop.plan()
    assert {sku: row["quantity"] for sku, row in shop.transfers.items()} == {"ARRIVES": 60 - 20}, (
        "what comes later is no part of what it can spare, and takes none of it"
    )
    assert shop.shares["main", "BACK"] == 55
    monkeypatch.setenv("MAGFLOW_TRANSFERS_FROM_FBE", "true")
    load_settings.cache_clear()
    shop.plan()
    assert shop.transfers["BACK"]["quantity"] == 55
    assert "BACK" not in shop.purchases


def test_what_was_sent_is_on_its_way_and_counts_once(shop):
    """Between the noting and the next reading of the stock the pieces were in both warehouses."""
    shop.put("A", 100, 20, 100)
    shop.put("A", 5, 20, 60, account="fbe")
    shop.read_stock()
    shop.sends("A", 55)
    shop.plan()
    main, fbe = shop.needs["main", "A"], shop.needs["fbe", "A"]
    assert (main["available"], main["sent_away"], fbe["in_transfer"]) == (100, 55, 55)
    assert (fbe["raw_quantity"], fbe["next_arrival"]) == (0, in_days(7))
    assert not shop.transfers
    shop.read_stock()
    shop.session.execute("UPDATE inventory_items SET quantity = 45 WHERE quantity = 100")
    shop.plan()
    assert (shop.needs["main", "A"]["sent_away"], shop.needs["fbe", "A"]["in_transfer"]) == (0, 55)
    shop.session.execute("UPDATE stock_transfers SET received_on = sent_on")
    shop.plan()
    assert (shop.needs["fbe", "A"]["in_transfer"], shop.needs["fbe", "A"]["raw_quantity"]) == (0, 55)
    assert shop.transfers["A"]["quantity"] == 25


def test_an_order_that_is_late_is_told_and_does_not_count_for_ever(shop):
    """An order that nobody closed kept its item out of stock for a year."""
    for sku, days_late in (("LATE", 30), ("LOST", 31), ("COMES", 0)):
        shop.put(sku, 10, 20, 100)
        shop.orders(sku, 90, expected_on=in_days(-days_late))
        shop.sells(sku, "TZT")
    shop.plan()
    late, lost, comes = (shop.needs["main", sku] for sku in ("LATE", "LOST", "COMES"))
    assert (late["on_order"], late["overdue"], late["overdue_since"], late["given_up"]) == (90, 90, in_days(-30), 0)
    assert (late["flags"], late["next_arrival"], late["raw_quantity"]) == ("order_overdue", in_days(30), 0)
    assert (lost["on_order"], lost["overdue"], lost["given_up"], lost["raw_quantity"]) == (0, 90, 90, 90)
    assert (lost["flags"], lost["next_arrival"]) == ("order_overdue; order_given_up", None)
    assert (comes["overdue"], comes["next_arrival"], comes["flags"]) == (0, today(), None)
    assert shop.purchases.keys() == {"LOST"} and shop.purchases["LOST"]["flags"] == "order_overdue; order_late"


def test_an_order_without_a_day_comes_after_the_lead_time_of_its_supplier(shop):
    shop.put("A", 30, 20, 100)
    shop.sells("A", "TZT", lead_time_days="40.5")
    insert(shop.session, "suppliers", id=sum(map(ord, "TZT")), name="TZT")
    shop.orders("A", 90, supplier_id=sum(map(ord, "TZT")), ordered_at=in_days(-20))
    shop.put("B", 30, 20, 100)
    shop.orders("B", 90, ordered_at=in_days(-20))
    shop.plan()
    assert shop.needs["main", "A"]["next_arrival"] == in_days(21)
    assert shop.needs["main", "B"]["next_arrival"] == in_days(10), "30 days, as of the item"


def test_an_order_without_a_day_waits_while_its_supplier_is_closed(shop):
    shop.put("A", 30, 20, 100)
    shop.put("B", 30, 20, 100)
    number = sum(map(ord, "TZT"))
    insert(shop.session, "suppliers", id=number, name="TZT")
    insert(shop.session, "supplier_closures", supplier_id=number, starts_on=in_days(-5), ends_on=in_days(4))
    shop.orders("A", 90, supplier_id=number, ordered_at=in_days(-20))
    shop.orders("B", 90, ordered_at=in_days(-20))
    shop.plan()
    assert shop.needs["main", "A"]["next_arrival"] == in_days(10 + 10)
    assert shop.needs["main", "B"]["next_arrival"] == in_days(10), "nobody says who it is ordered from"


def test_a_closure_ahead_is_told_and_makes_waiting_dear(shop):
    """An order of today comes before the supplier closes, one of next week comes after."""
    for sku, days in (("A", {}), ("B", {"closed_days_next_review": 16, "closed_days_in_a_week": 16})):
        shop.put(sku, 60, 80, 150, terms=days)
        shop.sells(sku, "TZT")
    shop.plan()
    a, b = shop.purchases["A"], shop.purchases["B"]
    assert b["ron_at_risk_per_day"] > 2 * a["ron_at_risk_per_day"] > 0
    assert (a["flags"], b["flags"]) == (None, "supplier_closed")
    assert shop.needs["main", "B"]["flags"] == "supplier_closed"
    gone = {"closed_days_today": 16, "closed_days_next_review": 15, "closed_days_in_a_week": 9}
    shop.put("C", 60, 80, 150, terms=gone)
    shop.plan()
    assert (shop.needs["main", "A"]["gap_days"], shop.needs["main", "C"]["gap_days"]) == (0, 16)


def test_what_is_too_late_says_so(shop):
    shop.put("A", 10, 80, 150)
    shop.sells("A", "TZT")
    shop.plan()
    assert shop.purchases["A"]["order_by_date"] == in_days(-25)
    assert shop.purchases["A"]["flags"] == "order_late"


def test_an_account_says_of_itself_only_what_is_its_own(shop):
    """The last day of one account's pieces had passed, and the row of the other, with weeks to go, said so too."""
    shop.put("A", 10, 80, 150)
    shop.orders("A", 1, expected_on=in_days(-3))
    shop.put("A", 79, 80, 150, account="fbe")
    shop.sells("A", "TZT")
    shop.plan()
    assert shop.purchases["A"]["flags"] == "order_overdue; order_late"
    build_low_stock_report(shop.database)
    report = {row["account_type"]: row for row in read_rows(shop.database, "low_stock_report")}
    assert (report["main"]["flags"], report["fbe"]["flags"]) == ("order_overdue; order_late", None)
    assert report["main"]["order_by_date"] < today() < report["fbe"]["order_by_date"]
    assert report["fbe"]["reorder_quantity"] > 0


def test_the_days_without_stock_are_followed_from_arrival_to_arrival(shop):
    """What comes in three weeks does not help a stock that ends in five days, and was counted as if it were there."""
    shop.put("A", 10, 20, 100)
    shop.orders("A", 30, expected_on=in_days(21))
    shop.orders("A", 20, expected_on=in_days(60))
    shop.put("B", 10, 20, 100)
    insert(shop.session, "supplier_closures", starts_on=in_days(-40), ends_on=in_days(-31))
    shop.plan()
    a, b = shop.needs["main", "A"], shop.needs["main", "B"]
    assert (a["next_arrival"], a["gap_days"], a["ron_lost_before_arrival"]) == (in_days(21), 16, 16 * 2 * 30)
    assert (a["runs_out_on"], a["order_by_date"]) == (in_days(21 + 15), in_days(6))
    assert (b["next_arrival"], b["gap_days"]) == (None, 25), "before an order of today is there"
    assert (b["runs_out_on"], b["order_by_date"]) == (in_days(5), in_days(-25))


def test_what_earns_nothing_loses_nothing_before_it_arrives(shop):
    """A piece that costs more than it brings lost -71 RON by being sold out, taken off what the other items lose."""
    shop.put("A", 0, None, None, terms={"margin_ron": -3, "problem": "not_worth_keeping"})
    shop.put("B", 0, 20, 100, terms={"margin_ron": None, "margin_source": None})
    shop.plan()
    lost = [(each["gap_days"] > 0, each["ron_lost_before_arrival"]) for each in shop.needs.values()]
    assert lost == [(True, 0), (True, None)]


def test_closures_of_all_suppliers_hold_also_where_no_supplier_is_known(shop):
    shop.put("A", 10, 20, 100)
    shop.put("B", 10, 20, 100)
    shop.sells("B", "TZT")
    insert(shop.session, "supplier_closures", starts_on=in_days(-9), ends_on=in_days(0))
    shop.plan()
    assert {sku: shop.needs["main", sku]["order_by_date"] for sku in "AB"} == dict.fromkeys("AB", in_days(-35))


def test_what_nobody_can_sell_is_not_bought_unless_a_person_wants_it(shop):
    skus = ("HIDDEN", "LOST", "BEATEN", "FINE")
    for sku in (*skus, "WANTED"):
        shop.put(sku, 5, validation_status=[8] if sku in ("HIDDEN", "WANTED") else [9])
        shop.sells(sku, "TZT")
    market = "INSERT INTO emag_offer_market_history SELECT 'main', emag_id, now() - %s::interval, %s, %s FROM"
    for sku, age, rank, price in (
        *(("LOST", "50 days", 1, 90), ("LOST", "40 days", 2, 90), ("LOST", "3 days", 3, 90)),
        *(("FINE", "50 days", 2, 90), ("FINE", "10 days", 1, 40), ("FINE", "3 days", 2, 40)),
        ("BEATEN", "1 day", 1, "39.99"),
    ):
        shop.session.execute(f"{market} emag_products_v2 WHERE sku = %s", [age, rank, price, sku])
    wanted = {"account_type": "main", "sku": "WANTED", "order_anyway": True, "set_by": "Ana"}
    insert(shop.session, "item_policies", **wanted)
    shop.plan()
    assert {sku: shop.needs["main", sku]["blocked"] for sku in skus} == {
        "HIDDEN": "not_sellable",
        "LOST": "lost_buy_box",
        "BEATEN": "competitor_below_cost",
        "FINE": None,
    }
    assert {shop.needs["main", sku]["raw_quantity"] for sku in skus} == {95}, "what is lacking is said all the same"
    assert shop.purchases.keys() == {"FINE", "WANTED"}
    assert shop.needs["main", "WANTED"]["flags"] == "not_sellable"
    assert shop.purchases["WANTED"]["flags"] == "order_late; not_sellable"
    shop.session.execute("UPDATE item_policies SET valid_until = %s", [in_days(-1)])
    shop.plan()
    assert shop.purchases.keys() == {"FINE"}


def test_what_a_competitor_asks_is_compared_by_a_rate_that_can_be(shop):
    """Neither by an impossible rate, nor by one of the future, which would make him dear."""
    for sku, currency in (("HU", "HUF"), ("US", "USD")):
        shop.put(sku, 5, terms={"supplier_id": 1})
        shop.sells(sku, "TZT")
        shop.session.execute("UPDATE emag_products_v2 SET currency = %s WHERE sku = %s", [currency, sku])
        shop.session.execute(
            "INSERT INTO emag_offer_market_history SELECT 'main', emag_id, now() - interval '1 day', 1, 100"
            " FROM emag_products_v2 WHERE sku = %s",
            [sku],
        )
    for currency, days, ron in (("HUF", -9, "0.1"), ("HUF", -2, 10**7), ("HUF", 3, 9), ("USD", -2, 10**7)):
        insert(shop.session, "exchange_rates", currency=currency, rate_date=in_days(days), ron=ron)
    shop.plan()
    assert shop.needs["main", "HU"]["blocked"] == "competitor_below_cost", "100 HUF are 10 RON, it costs 40"
    assert shop.needs["main", "US"]["blocked"] is None, "what he asks in RON is not known"


def test_what_is_old_or_missing_in_a_cost_is_a_flag_of_the_purchase(shop):
    shop.put("A", 60, 80, 150)
    shop.sells("A", "TZT", notes="no_duty; rate_old; price_old")
    shop.plan()
    assert shop.purchases["A"]["flags"] == "no_duty; rate_old; price_old"


def test_what_never_sold_is_not_bought_and_what_is_not_known_is_for_a_person(shop):
    for sku, problem in (("NEVER", "never_sold"), ("NEW", "not_enough_data"), ("POOR", "not_worth_keeping")):
        shop.put(sku, 0, None, None, daily=None, terms={"problem": problem})
        shop.sells(sku, "TZT")
    shop.put("UNREAD", 0, general_stock=None, notes=["stock [1] is not usable"])
    shop.plan()
    expected = {
        "NEVER": (0, "never_sold"),
        "NEW": (None, "not_enough_data"),
        "POOR": (0, "not_worth_keeping"),
        "UNREAD": (None, "stock_unread"),
    }
    found = {sku: (row["raw_quantity"], row["blocked"]) for (_, sku), row in shop.needs.items()}
    assert found == expected
    assert not shop.purchases
    shop.session.execute("UPDATE inventory_items SET manual_reorder_quantity = 0")
    shop.plan()
    assert {row["raw_quantity"] for row in shop.needs.values()} == {0}
    shop.session.execute("UPDATE inventory_items SET manual_reorder_quantity = 7")
    shop.plan()
    assert {sku: row["quantity"] for sku, row in shop.purchases.items()} == dict.fromkeys(expected, 7)
    assert shop.purchases["NEVER"]["flags"] == "never_sold", "a person said so"


def test_what_a_person_said_to_order_is_ordered_as_it_stands(shop):
    shop.put("A", 10, 20, 100)
    shop.session.execute("UPDATE inventory_items SET manual_reorder_quantity = 30")
    shop.orders("A", 500, expected_on=in_days(3))
    shop.put("A", 500, 20, 100, account="fbe")
    shop.sells("A", "TZT", moq=50)
    shop.plan()
    assert shop.needs["main", "A"]["raw_quantity"] == 30
    assert (shop.purchases["A"]["raw_quantity"], shop.purchases["A"]["quantity"]) == (30, 50)


def test_accounts_on_one_warehouse_need_once(planner, planned_session, monkeypatch):
    monkeypatch.setenv("EMAG_ACCOUNTS", "main,hu")
    monkeypatch.setenv("EMAG_HU_WAREHOUSE", "EMAG-MAIN")
    load_settings.cache_clear()
    shop = PlannedShop(planner, planned_session, ("main",))
    open_account(planned_session, "hu", "EMAG-MAIN")
    shop.put("A", 10, 20, 100)
    offer(planned_session, "hu", 999, "A", **PRICED)
    shop.plan()
    assert shop.needs["hu", "A"]["blocked"] == "ordered_elsewhere"
    assert (shop.needs["hu", "A"]["raw_quantity"], shop.needs["main", "A"]["raw_quantity"]) == (0, 90)
    assert shop.shares == {("main", "A"): 90}


def test_the_supplier_is_chosen_at_the_quantity_that_is_lacking(shop):
    """The cheapest at a usual quantity may be dear at the one that is ordered."""
    shop.put("A", 10, 20, 22)
    shop.sells("A", "LARGE", "30.0000", rank=1, per_order="600")
    shop.sells("A", "SMALL", "40.0000", rank=2)
    shop.put("B", 10)
    shop.sells("B", "DEAR", "50.0000", is_preferred=True)
    shop.sells("B", "CHEAP", "40.0000", rank=2, moq=100)
    shop.sells("B", "UNKNOWN", None, rank=3, is_preferred=True)
    shop.put("C", 10)
    shop.sells("C", "UNKNOWN", None)
    shop.put("D", 10)
    shop.plan()
    a, b, c, d = (shop.purchases[sku] for sku in "ABCD")
    assert (a["supplier_name"], a["supplier_rule"], a["landed_unit_cost_ron"]) == ("SMALL", "cheapest", 40)
    assert a["difference_ron"] == 0
    assert (b["supplier_name"], b["supplier_rule"], b["total_ron"]) == ("DEAR", "preferred", 4500)
    assert (b["cheapest_supplier_name"], b["cheapest_landed_unit_cost_ron"], b["difference_ron"]) == ("CHEAP", 40, 900)
    assert (c["supplier_name"], c["supplier_rule"], c["total_ron"]) == ("UNKNOWN", "cost incomplete", None)
    assert (c["flags"], c["quantity"], c["cost_problem"]) == ("cost_incomplete; order_late", 90, "no_price")
    assert (d["supplier_name"], d["supplier_rule"], d["flags"]) == (
        None,
        "no supplier",
        "no_supplier; lead_time_default; order_late",
    )


def test_the_cheapest_is_asked_for_what_is_bought(shop):
    """A purchase that the cap made smaller, or the supplier's least value larger, was compared with another quantity:
    the cheapest cost more than himself, or less."""
    shop.put("CAPPED", 10, 20, 100, daily="0.2000")
    shop.sells("CAPPED", "TZT", per_order="900")
    shop.sells("CAPPED", "WANKE", "51.0000", rank=2)
    shop.put("FILLED", 10, 20, 30)
    shop.sells("FILLED", "SMALL", per_order="900", minimum_order_value_ron=4000)
    shop.put("EQUAL", 10)
    shop.sells("EQUAL", "TZT", is_preferred=True)
    shop.sells("EQUAL", "GXR", rank=2)
    shop.plan()
    capped, filled, equal = (shop.purchases[sku] for sku in ("CAPPED", "FILLED", "EQUAL"))
    assert (capped["raw_quantity"], capped["quantity"]) == (90, 63)
    assert (capped["supplier_name"], capped["landed_unit_cost_ron"]) == ("TZT", Decimal("54.2857")), "50 of 90"
    assert (capped["cheapest_supplier_name"], capped["difference_ron"]) == ("WANKE", Decimal("207.00"))
    assert (filled["raw_quantity"], filled["quantity"], filled["difference_ron"]) == (20, 100, 0)
    assert (equal["cheapest_supplier_name"], equal["difference_ron"]) == ("TZT", 0), "of equal ones the chosen one"


def test_a_purchase_that_lasts_too_long_is_capped_or_left_to_a_person(shop):
    shop.put("A", 10, 20, 100, daily="0.2000")
    shop.put("B", 10, 20, 100, daily="0.2000")
    shop.put("C", 10, 20, 100, daily="0.2000")
    for sku, moq in (("A", 60), ("B", 64), ("C", 64)):
        shop.sells(sku, "TZT", moq=moq, pack=7)
    insert(shop.session, "item_policies", account_type="main", sku="C", most_cover_days=3650, set_by="Ana")
    shop.plan()
    a, b, c = (shop.purchases[sku] for sku in "ABC")
    assert (a["after_pack"], a["quantity"], a["flags"]) == (91, 63, "capped_to_cover"), "73 - 10 pieces in a year"
    assert (b["quantity"], b["flags"], b["total_ron"]) == (0, "moq_lasts_too_long", 0)
    assert (b["landed_unit_cost_ron"], b["cost_problem"]) == (40, None), "he has a price, of 91 pieces"
    assert (c["quantity"], c["flags"]) == (91, None)


def test_an_order_is_filled_up_to_its_least_value_or_flagged(shop):
    shop.put("LACKING", 10, 20, 100)
    shop.put("NEXT", 25, 20, 100, daily="3.0000")
    shop.put("LATER", 95, 20, 100)
    for sku in ("LACKING", "NEXT", "LATER"):
        shop.sells(sku, "TZT", "10.0000", moq=20, pack=10, minimum_order_value_ron=1500)
    shop.put("ALONE", 10, 20, 30)
    shop.sells("ALONE", "GXR", "10.0000", minimum_order_value_ron=10**6)
    shop.plan()
    lacking, more = shop.purchases["LACKING"], shop.purchases["NEXT"]
    assert (more["raw_quantity"], more["quantity"], more["flags"]) == (
        0,
        60,
        "filled_to_minimum_order_value; order_late",
    )
    assert (lacking["quantity"], lacking["flags"]) == (90, "order_late")
    assert "LATER" not in shop.purchases
    assert shop.shares["main", "NEXT"] == 60
    assert (shop.purchases["ALONE"]["quantity"], shop.purchases["ALONE"]["flags"]) == (
        20,
        "below_minimum_order_value; order_late",
    )


def test_a_budget_buys_what_protects_most(shop, monkeypatch):
    shop.put("URGENT", 0, 20, 100, daily="3.0000")
    shop.put("CALM", 20, 20, 100, daily="0.5000")
    for sku in ("URGENT", "CALM"):
        shop.sells(sku, "TZT", "10.0000", moq=20, pack=10)
    shop.plan()
    assert {row["budget_quantity"] for row in shop.purchases.values()} == {None}
    monkeypatch.setenv("MAGFLOW_ORDER_BUDGET_RON", "1150")
    load_settings.cache_clear()
    shop.plan()
    assert {sku: row["budget_quantity"] for sku, row in shop.purchases.items()} == {"URGENT": 100, "CALM": 0}


def test_a_plan_that_changes_nothing_writes_nothing(shop):
    shop.put("A", 70, 20, 100)
    shop.put("A", 4, 20, 60, account="fbe")
    shop.sells("A", "TZT")
    assert shop.plan().written == 5
    assert shop.plan().written == 0
    shop.session.execute("UPDATE inventory_items SET quantity = 71 WHERE quantity = 70")
    assert shop.plan().written == 5
