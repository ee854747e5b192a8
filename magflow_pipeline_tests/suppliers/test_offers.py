"""supplier_offers: what each supplier asks for each SKU, landed in RON, who is chosen and why."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.defs.checks import evaluate
from magflow_pipeline.defs.suppliers import checks_of_supplier_offers
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers import costs
from magflow_pipeline.suppliers.costs import Landed, Offer, Price, Product, Terms
from magflow_pipeline.suppliers.offers import BuiltOffers, build_supplier_offers, write_offers
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database, both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.shops import today

SETTINGS = Settings()
CHECKS = ("every_rate_is_fresh", "every_supplier_cost_is_complete")


@pytest.fixture
def shop(session) -> psycopg.Connection:
    """Wanke and TZT, of whom the ERP has two rows; SKU A is in the list of both. One CNY is 0.60 RON."""
    for number, name in ((1, "TZT"), (2, "tzt "), (3, "Wanke")):
        insert(session, "suppliers", id=number, name=name)
    for name, price in (("TZT", "10"), ("Wanke", "9")):
        insert(session, "product_supplier_sheets", sku="A", supplier_name=name, price_cny=price)
    rate(session, "CNY", "0.6")
    return session


def rate(session: psycopg.Connection, currency: str, ron: str, days_ago: int = 0, units: int = 1) -> None:
    insert(session, "exchange_rates", currency=currency, ron=ron, units=units, rate_date=today() - timedelta(days_ago))


def terms(session: psycopg.Connection, supplier: int, **columns: Any) -> None:
    insert(session, "supplier_terms", supplier_id=supplier, **columns)


def breaks(session: psycopg.Connection, supplier: int, quantity: int, price: str, **columns: Any) -> None:
    values = {"sku": "A", "minimum_quantity": quantity, "unit_price": price, **columns}
    insert(session, "supplier_price_breaks", supplier_id=supplier, **values)


def receipts(session: psycopg.Connection, supplier: int, *days: int, sku: str = "A", **columns: Any) -> None:
    """Deliveries that took so many days, ordered a week after another."""
    for number, each in enumerate(days):
        ordered = date(2026, 1, 5) + timedelta(weeks=number)
        values = {"ordered_on": ordered, "received_on": ordered + timedelta(each), "quantity": 10, **columns}
        insert(session, "supplier_receipts", supplier_id=supplier, sku=sku, **values)


def expect(session: psycopg.Connection, account: str, sku: str, pieces: str | None) -> None:
    """What an account is expected to sell a day."""
    session.execute(
        "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES (%s, 's', 's', 'W')"
        " ON CONFLICT DO NOTHING",
        [account],
    )
    method = "several memories" if pieces else "never sold"
    values = {"account_type": account, "sku": sku, "expected_daily_demand": pieces, "demand_method": method}
    insert(session, "demand", sellable_days=90, days_are_calendar=False, units=9, **values)


def offers(database: Database, **settings: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The offers of SKU A built now, by supplier and way of shipping, the chosen one first."""
    build_supplier_offers(database, Settings(**settings))
    rows = read_rows(database, "supplier_offers", only={"sku": ["A"]}, order_by=["rank"])
    return {(row["supplier_name"], row["shipping"]): row for row in rows}


def of(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


@both_servers
def test_of_two_offers_the_cheaper_landed_one_is_chosen_and_a_build_that_changes_nothing_writes_nothing(database, shop):
    """The price list is cheaper at Wanke; freight by weight makes TZT the cheaper one in the warehouse."""
    terms(shop, 3, currency="USD", freight_per_kg="2")
    terms(shop, 2, currency="EUR", freight_per_order="30", freight_per_m3="100", minimum_order_quantity=50)
    insert(shop, "product_costs", sku="A", weight_kg="0.5", volume_m3="0.001", duty_rate="0.1")
    rate(shop, "USD", "4.5")
    rate(shop, "EUR", "5")
    tzt, wanke = offers(database).values()
    # (10 x 0.6 + 0.001 x 100 x 5 + 30 x 5 / 50) x 1.1, and (9 x 0.6 + 0.5 x 2 x 4.5) x 1.1
    assert of(tzt, "supplier_id", "planning_quantity", "landed_unit_cost_ron") == (1, 50, Decimal("10.45"))
    assert of(wanke, "planning_quantity", "landed_unit_cost_ron") == (1, Decimal("10.89"))
    assert [row["rule"] for row in (tzt, wanke)] == ["cheapest", "cheapest"]
    assert of(tzt, "rate", "currency", "problem", "notes") == (Decimal("0.6"), "CNY", None, None)
    assert build_supplier_offers(database) == BuiltOffers(rows=2, written=0)


@both_servers
def test_preferred_goes_before_verified_before_cheap_and_the_cheapest_is_named_beside(database, shop):
    insert(shop, "product_supplier_sheets", sku="A", supplier_name="Third", price_cny="20", is_verified=True)
    assert [(name, row["rule"]) for (name, _), row in offers(database).items()] == [
        *(("Third", "verified"), ("Wanke", "cheapest"), ("TZT", "cheapest"))
    ]
    shop.execute("UPDATE suppliers SET is_preferred = TRUE WHERE id = 2")
    assert [(name, row["rule"]) for (name, _), row in offers(database).items()] == [
        *(("tzt", "preferred"), ("Third", "verified"), ("Wanke", "cheapest"))
    ]
    [choice] = read_rows(database, "supplier_choice")
    assert of(choice, "supplier_name", "rule", "landed_unit_cost_ron") == ("tzt", "preferred", Decimal(6))
    assert of(choice, "cheapest_supplier_name", "difference_ron", "supplier_count") == ("Wanke", Decimal("0.6"), 3)


@both_servers
def test_an_incomplete_cost_is_said_never_counts_as_one_and_never_wins(database, shop):
    """A rate that was missing counted as 1, and made the supplier the dearest, or the cheapest."""
    shop.execute("UPDATE suppliers SET is_preferred = TRUE WHERE id = 3")
    breaks(shop, 3, 1, "1", currency="HUF")
    tzt, wanke = offers(database).values()
    assert of(tzt, "supplier_name", "rule") == ("TZT", "only one")
    assert of(wanke, "landed_unit_cost_ron", "rate", "rule") == (None, None, "cost incomplete")
    assert wanke["problem"] == "no_rate HUF"
    rate(shop, "HUF", "1.25", units=100)
    assert [row["landed_unit_cost_ron"] for row in offers(database).values()] == [Decimal("0.0125"), Decimal(6)]

    terms(shop, 3, currency="GBP", freight_per_kg="1", freight_per_m3="1", freight_per_order="0")
    wanke = offers(database)["Wanke", "usual"]
    assert of(wanke, "problem", "freight_per_order_ron") == ("no_freight_rate; no_weight; no_volume", 0)
    shop.execute("UPDATE supplier_terms SET currency = 'CNY', freight_per_m3 = NULL")
    assert offers(database)["Wanke", "usual"]["problem"] == "no_weight"
    insert(shop, "product_costs", sku="A", weight_kg="0.5")
    assert offers(database)["Wanke", "usual"]["landed_unit_cost_ron"] == Decimal("0.3125")


@both_servers
def test_when_no_cost_is_complete_the_persons_word_still_names_a_supplier(database, shop):
    shop.execute("DELETE FROM exchange_rates")
    assert [of(row, "supplier_name", "rule", "rank") for row in offers(database).values()] == [
        *(("TZT", "cost incomplete", 1), ("Wanke", "cost incomplete", 2))
    ]
    shop.execute("UPDATE suppliers SET is_preferred = TRUE WHERE id = 3")
    assert next(iter(offers(database))) == ("Wanke", "usual")
    [choice] = read_rows(database, "supplier_choice")
    assert of(choice, "rule", "landed_unit_cost_ron", "difference_ron", "cheapest_supplier_name") == (
        *("cost incomplete", None, None, None),
    )


@both_servers
def test_the_price_of_the_quantity_counts_in_its_currency(database, shop):
    rate(shop, "EUR", "5")
    breaks(shop, 2, 100, "1.1", currency="EUR")  # under the other spelling
    breaks(shop, 1, 500, "9")
    breaks(shop, 1, 100, "1.2", currency="EUR", asked_on=date(2026, 1, 1))
    terms(shop, 1, pack_size=40)
    expect(shop, "main", "A", "2.5")
    expect(shop, "fbe", "A", "1")
    expect(shop, "closed", "A", "99")  # no account that is configured
    tzt = offers(database)["TZT", "usual"]
    assert of(tzt, "planning_quantity", "unit_price", "currency") == (120, Decimal("1.1"), "EUR")
    costs_at = "SELECT landed_unit_cost_ron, currency FROM app.landed_unit_cost('A', 1, 'usual', %s)"
    assert [shop.execute(costs_at, [quantity]).fetchone() for quantity in (99, 100, 499, 500)] == [
        *((6, "CNY"), (Decimal("5.5"), "EUR"), (Decimal("5.5"), "EUR"), (Decimal("5.4"), "CNY"))
    ]
    # Without a price list, he sells no fewer than the least quantity that has a price.
    shop.execute("UPDATE product_supplier_sheets SET is_active = FALSE")
    shop.execute("DELETE FROM demand")
    tzt = offers(database)["TZT", "usual"]
    assert of(tzt, "minimum_order_quantity", "planning_quantity", "list_price_cny") == (100, 120, None)
    assert shop.execute(costs_at, [99]).fetchone() == (None, None)
    problem = shop.execute("SELECT problem FROM app.landed_unit_cost('A', 1, 'usual', 99)").fetchone()
    assert problem == ("no_price",)


@both_servers
def test_terms_of_a_sku_go_before_those_of_all_articles_and_each_amount_keeps_its_currency(database, shop):
    """Freight of 2 USD became 2 EUR, because the SKU's own terms were in EUR."""
    rate(shop, "USD", "4.5")
    rate(shop, "EUR", "5")
    terms(shop, 2, currency="USD", freight_per_kg="2", pack_size=10, lead_time_days=30, minimum_order_value="100")
    terms(shop, 1, sku="A", currency="EUR", freight_per_order="10", pack_size=4, lead_time_days=20)
    terms(shop, 1, sku="B", pack_size=7)
    insert(shop, "product_costs", sku="A", weight_kg="1")
    tzt = offers(database)["TZT", "usual"]
    assert of(tzt, "freight_per_piece_ron", "freight_per_order_ron", "pack_size") == (9, 50, 4)
    assert of(tzt, "lead_time_days", "lead_time_source", "minimum_order_value_ron") == (20, "terms", 450)
    [other] = read_rows(database, "supplier_offers", only={"sku": ["B"]})  # offered, and without a price
    assert of(other, "pack_size", "freight_per_piece_ron", "problem") == (7, None, "no_price; no_weight")


@both_servers
def test_sea_and_air_are_two_offers_each_with_its_lead_time_and_freight(database, shop):
    insert(shop, "product_costs", sku="A", weight_kg="1", duty_rate="0")
    terms(shop, 1, shipping="sea", lead_time_days=60, lead_time_spread_days=7, freight_per_kg="1")
    terms(shop, 1, shipping="air", lead_time_days=9, freight_per_kg="9")
    receipts(shop, 2, 40, 50, 54, shipping="sea")
    by_sea, by_air = offers(database)["TZT", "sea"], offers(database)["TZT", "air"]
    assert of(by_sea, "lead_time_days", "lead_time_spread_days", "lead_time_source") == (
        *(48, Decimal("7.21"), "receipts"),
    )
    assert of(by_air, "lead_time_days", "lead_time_spread_days", "lead_time_source") == (9, 2, "terms")
    assert (by_sea["notes"], by_air["notes"]) == (None, "spread_assumed")
    assert by_sea["landed_unit_cost_ron"] < by_air["landed_unit_cost_ron"]
    assert (by_sea["rule"], by_air["rule"], by_sea["rank"] < by_air["rank"]) == ("cheapest", "cheapest", True)


@both_servers
def test_a_lead_time_is_learned_from_three_deliveries_of_the_sku_or_else_of_the_supplier(database, shop):
    learned = ("lead_time_days", "lead_time_spread_days", "lead_time_source")
    assert of(offers(database)["TZT", "usual"], *learned) == (45, 10, "default")
    receipts(shop, 1, 30, 32)
    receipts(shop, 2, 30, 32, sku="B")  # the same two deliveries
    assert offers(database)["TZT", "usual"]["lead_time_source"] == "default"
    receipts(shop, 1, 34, sku="B", reference="third")
    assert of(offers(database)["TZT", "usual"], *learned) == (32, 2, "receipts")
    receipts(shop, 1, 20, reference="of A")
    assert of(offers(database)["TZT", "usual"], *learned) == (Decimal("27.33"), Decimal("6.43"), "receipts")
    insert(  # not yet: somebody noted the day on which it should come
        shop,
        "supplier_receipts",
        supplier_id=1,
        sku="A",
        quantity=1,
        ordered_on=today(),
        received_on=today() + timedelta(300),
    )
    assert of(offers(database)["TZT", "usual"], *learned) == (Decimal("27.33"), Decimal("6.43"), "receipts")
    # A closure in the middle of one of them: the lead time stood still.
    insert(shop, "supplier_closures", supplier_id=2, starts_on="2026-01-10", ends_on="2026-01-15")
    assert offers(database)["TZT", "usual"]["lead_time_days"] == Decimal("22.33")


@both_servers
def test_what_is_old_and_what_nobody_told_is_said(database, shop):
    shop.execute("UPDATE exchange_rates SET rate_date = rate_date - 9")
    shop.execute("UPDATE product_supplier_sheets SET updated_at = now() - interval '183 days'")
    assert offers(database)["TZT", "usual"]["notes"] == "no_terms; no_duty; rate_old; price_old"
    kinder = {"MAGFLOW_RATE_AGE_DAYS": 12, "MAGFLOW_PRICE_AGE_DAYS": 190}
    assert offers(database, **kinder)["TZT", "usual"]["notes"] == "no_terms; no_duty"
    terms(shop, 1, currency="GBP", minimum_order_value="500")
    insert(shop, "product_costs", sku="A", duty_rate="0")
    tzt = offers(database, **kinder)["TZT", "usual"]
    assert of(tzt, "notes", "minimum_order_value_ron") == ("no_freight; minimum_value_without_rate", None)
    words = "SELECT app.cost_words('en', 'no_rate EUR; no_weight; new'), app.cost_words('ro', 'cost incomplete')"
    assert shop.execute(words).fetchone() == (
        "no exchange rate of EUR is known; freight is by weight, and its weight is not known; new",
        "niciun cost nu este complet",
    )


@both_servers
def test_a_rate_that_is_old_or_missing_is_an_incident_until_it_is_fresh_and_checks_name_what_to_do(database, shop):
    rate(shop, "EUR", "5", days_ago=20)
    breaks(shop, 1, 10, "1", currency="EUR")
    terms(shop, 3, currency="USD", freight_per_order="1")
    incident = "SELECT numbers ->> 'currencies' FROM incidents_now WHERE kind = 'rates_old'"
    build_supplier_offers(database)
    assert shop.execute(incident).fetchall() == [("EUR, USD",)]
    keys = checks_of_supplier_offers.check_keys
    found = {key.name: evaluate(database, SETTINGS, key) for key in keys}
    assert [found[name].metadata["found"].value for name in CHECKS] == [2, 1]
    assert "magflow rates set USD RATE" in str(found["every_rate_is_fresh"].metadata)
    assert "magflow rates read" in str(found["every_supplier_cost_is_complete"].metadata)
    rate(shop, "EUR", "5")
    rate(shop, "USD", "4.5")
    build_supplier_offers(database)
    assert shop.execute(incident).fetchall() == []
    assert all(evaluate(database, SETTINGS, key).passed for key in keys)


@both_servers
def test_whoever_has_a_price_a_confirmed_match_or_terms_of_the_sku_offers_it_if_he_is_active(database, shop):
    shop.execute("UPDATE product_supplier_sheets SET is_active = FALSE WHERE supplier_name = 'Wanke'")
    insert(shop, "products", id=1, sku="A")
    insert(shop, "supplier_products", supplier_id=3, local_product_id=1)
    assert set(offers(database)) == {("TZT", "usual")}
    shop.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    wanke = offers(database)["Wanke", "usual"]
    assert of(wanke, "is_verified", "problem", "rank") == (True, "no_price", 2)
    shop.execute("UPDATE suppliers SET is_active = FALSE WHERE id = 1")
    assert set(offers(database)) == {("tzt", "usual"), ("Wanke", "usual")}
    shop.execute("UPDATE suppliers SET is_active = FALSE WHERE id = 2")
    assert set(offers(database)) == {("Wanke", "usual")}


@both_servers
def test_values_that_cannot_be_stop_no_build(database, shop):
    """One absurd row failed the whole build: a product that is too large for its column."""
    most = "1000000000"
    terms(shop, 1, currency="XXX", freight_per_kg=most, freight_per_order=most, minimum_order_value=most)
    insert(shop, "product_costs", sku="A", weight_kg="1000000", duty_rate="10")
    rate(shop, "XXX", "99999")
    shop.execute("SET session_replication_role = replica")
    for currency, ron, units in (("NAN", "NaN", 1), ("BIG", "99999999", 1), ("NEG", "1", -1)):
        shop.execute("ALTER TABLE exchange_rates DROP CONSTRAINT IF EXISTS exchange_rates_units_check")
        rate(shop, currency, ron, units=units)
        breaks(shop, 3, {"NAN": 1, "BIG": 10, "NEG": 20}[currency], "1", currency=currency)
    shop.execute("SET session_replication_role = origin")
    tzt, wanke = offers(database)["TZT", "usual"], offers(database)["Wanke", "usual"]
    assert (tzt["problem"], wanke["problem"]) == ("cost_too_large", "no_rate NAN")


CURRENCIES = ("RON", "CNY", "EUR", "USD", "HUF")
RATES = {"RON": Decimal(1), "CNY": Decimal("0.6123"), "EUR": Decimal("5.0912"), "HUF": Decimal("0.012987")}
NAMES = ("Ăn", "TZT", "Wanke", "tzT-T")


def amounts(places: int, most: int) -> st.SearchStrategy[Decimal | None]:
    return st.none() | st.decimals(0, most, places=places)


TERMS = st.builds(
    Terms,
    currency=st.none() | st.sampled_from(CURRENCIES),
    lead_time_days=amounts(2, 90),
    lead_time_spread_days=amounts(2, 30),
    minimum_order_quantity=st.none() | st.integers(1, 200),
    pack_size=st.none() | st.integers(1, 60),
    freight_per_kg=amounts(4, 20),
    freight_per_m3=amounts(4, 2000),
    freight_per_order=amounts(4, 500),
)
SUPPLIERS = st.fixed_dictionaries(
    {
        "is_preferred": st.booleans(),
        "is_verified": st.booleans(),
        "listed": st.none() | st.decimals("0.01", 200, places=4),
        "breaks": st.dictionaries(
            st.integers(1, 150), st.tuples(st.decimals("0.01", 200, places=4), st.sampled_from(CURRENCIES)), max_size=3
        ),
        "of_all": st.dictionaries(st.sampled_from(("sea", "air")), TERMS, max_size=2),
        "of_sku": st.dictionaries(st.sampled_from(("sea", "usual")), TERMS, max_size=2),
        "receipts": st.lists(st.integers(0, 70), max_size=4),
    }
)
PRODUCTS = st.builds(
    Product, weight_kg=amounts(6, 10), volume_m3=amounts(6, 1), duty_rate=st.none() | st.decimals(0, 1, places=6)
)
EXPECTED = st.none() | st.decimals("0.0001", 5, places=4)
SHOPS = st.tuples(st.lists(SUPPLIERS, min_size=1, max_size=len(NAMES)), PRODUCTS, EXPECTED)


@pytest.fixture(scope="module")
def one_database(servers):
    """A database that each example leaves as it was."""
    for url in _new_database(servers("embedded"), TEMPLATE):
        with psycopg.connect(url) as session:
            account = {"account_type": "main", "kind": "main", "marketplace": "s", "username": "s", "warehouse": "W"}
            insert(session, "emag_accounts", **account, place=1)
            for currency, ron in RATES.items():
                if currency != "RON":
                    insert(session, "exchange_rates", currency=currency, ron=ron, rate_date=today())
            yield session


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shop=SHOPS)
def test_the_offers_are_those_of_the_rules_in_python(one_database, shop):
    suppliers, product, expected = shop
    with one_database.transaction(force_rollback=True):
        _fill(one_database, *shop)
        write_offers(one_database, SETTINGS)
        with one_database.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute("SELECT * FROM supplier_offers ORDER BY rank").fetchall()
            functions = cursor.execute(
                "SELECT cost.* FROM supplier_offers AS offer CROSS JOIN LATERAL app.landed_unit_cost("
                "offer.sku, offer.supplier_id, offer.shipping, offer.planning_quantity) AS cost ORDER BY offer.rank"
            ).fetchall()
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    found: dict[tuple[str, str], Landed] = {}
    for row, function in zip(rows, functions, strict=True):
        assert all(row[name] == value for name, value in function.items())
        told = suppliers[NAMES.index(row["supplier_name"])]
        of_sku = told["of_sku"].get(row["shipping"], Terms())
        of_all = told["of_all"].get(row["shipping"], Terms())
        prices = [Price(least, *rest) for least, rest in told["breaks"].items()]
        if told["listed"] is not None and 1 not in told["breaks"]:
            prices.append(Price(1, told["listed"], "CNY"))
        quantity = costs.planning_quantity(expected or Decimal(0), prices, of_sku, of_all)
        assert row["planning_quantity"] == quantity
        at = costs.price_at(prices, quantity)
        landed = costs.landed(at, of_sku, of_all, product, RATES, quantity)
        assert (row["landed_unit_cost_ron"], row["problem"]) == (landed.cost, "; ".join(landed.problem) or None)
        days = told["receipts"] if row["shipping"] == "sea" else []
        lead, spread, source = costs.lead_time(days, days, of_sku, of_all)
        assert (row["lead_time_days"], row["lead_time_source"]) == (lead, source)
        assert abs(row["lead_time_spread_days"] - spread) <= Decimal("0.01")
        found[row["supplier_name"], row["shipping"]] = landed
    chosen = costs.ranked(
        [
            Offer(name, shipping, told["is_preferred"], told["is_verified"] and told["listed"] is not None, landed.cost)
            for (name, shipping), landed in found.items()
            for told in [suppliers[NAMES.index(name)]]
        ]
    )
    assert [(row["supplier_name"], row["shipping"], row["rule"]) for row in rows] == [
        (offer.supplier_name, offer.shipping, rule) for offer, rule in chosen
    ]
    ways = {
        (name, way)
        for name, told in zip(NAMES, suppliers, strict=False)
        for way in {**told["of_all"], **told["of_sku"]} or ["usual"]
        if told["of_sku"] or told["breaks"] or told["listed"] is not None
    }
    assert set(found) == ways


def _fill(
    session: psycopg.Connection, suppliers: list[dict[str, Any]], product: Product, expected: Decimal | None
) -> None:
    expect(session, "main", "A", expected and str(expected))
    insert(session, "product_costs", sku="A", **vars(product))
    for number, (name, told) in enumerate(zip(NAMES, suppliers, strict=False), 1):
        insert(session, "suppliers", id=number, name=name, is_preferred=told["is_preferred"])
        if told["listed"] is not None:
            row = {"price_cny": told["listed"], "is_verified": told["is_verified"]}
            insert(session, "product_supplier_sheets", sku="A", supplier_name=name, **row)
        for least, (price, currency) in told["breaks"].items():
            breaks(session, number, least, str(price), currency=currency)
        for sku in ("", "A"):
            for shipping, each in told["of_sku" if sku else "of_all"].items():
                terms(session, number, sku=sku, shipping=shipping, **vars(each))
        receipts(session, number, *told["receipts"], shipping="sea")


@settings(deadline=None)
@given(raw=st.integers(-5, 10**9), moq=st.none() | st.integers(1, 10**9), pack=st.none() | st.integers(1, 10**9))
def test_a_rounded_quantity_is_at_least_raw_moq_and_whole_packs_and_grows_with_the_need(one_database, raw, moq, pack):
    query = "SELECT app.rounded_quantity(%s::bigint, %s::bigint, %s::bigint)"
    [quantity] = one_database.execute(query, [raw, moq, pack]).fetchone()
    assert quantity == costs.rounded_quantity(raw, moq, pack)
    if raw > 0:
        assert quantity % (pack or 1) == 0
        assert max(raw, moq or 1) <= quantity < max(raw, moq or 1) + (pack or 1)
        assert costs.rounded_quantity(raw + 1, moq, pack) >= quantity
    else:
        assert quantity == 0
    assert one_database.execute(query, [None, moq, pack]).fetchone() == (None,)  # unknown is never zero


DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
CLOSURES = st.lists(st.tuples(DAYS, st.integers(0, 30), st.sampled_from((None, 1, 2))), max_size=5)


@settings(deadline=None)
@given(day=DAYS, lead=st.decimals(0, 90, places=2), told=CLOSURES)
def test_a_lead_time_stands_still_while_the_supplier_is_closed(one_database, day, lead, told):
    """Overlapping closures, closures of all suppliers, of him under another spelling, and none of another's."""
    with one_database.transaction(force_rollback=True):
        for number, name in ((1, "TZT"), (2, "tzt"), (3, "Wanke")):
            insert(one_database, "suppliers", id=number, name=name)
        for first, days, supplier in told:
            one_database.execute(
                "INSERT INTO supplier_closures (supplier_id, starts_on, ends_on) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [supplier, first, first + timedelta(days)],
            )
        query = (
            "SELECT app.arrives_on(%(day)s, %(lead)s, supplier), app.order_by(%(day)s, %(lead)s, supplier)"
            " FROM unnest(ARRAY[1, 3, 9]::bigint[]) AS supplier"
        )
        rows = one_database.execute(query, {"day": day, "lead": lead}).fetchall()
    for (arrival, ordered), is_all in zip(rows[:2], (False, True), strict=True):
        closed = [(first, first + timedelta(days)) for first, days, supplier in told if not (is_all and supplier)]
        assert arrival == costs.arrives_on(day, lead, closed)
        assert ordered == costs.order_by(day, lead, closed)
        # In time, and a day later it would not be.
        assert costs.arrives_on(ordered, lead, closed) <= day < costs.arrives_on(ordered + timedelta(1), lead, closed)
        assert costs.open_days(day, arrival, closed) == ceil(lead)
    whole = timedelta(days=ceil(lead))
    assert rows[2] == (day + whole, day - whole)  # of whom nothing is known


def test_a_cost_never_falls_when_freight_or_duty_rises():
    for lower, higher in pairwise((None, Decimal(0), Decimal("0.5"), Decimal(3))):
        quantities = [
            costs.landed(
                Price(1, Decimal(10), "EUR"),
                Terms(freight_per_kg=each, freight_per_order=each),
                Terms(),
                Product(Decimal("0.2"), None, each and each / 10),
                RATES,
                7,
            ).cost
            for each in (lower, higher)
        ]
        assert quantities[0] <= quantities[1]
