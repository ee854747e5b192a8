"""Three countries side by side: every amount in its own currency, every value in RON right to the bani."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.sync import sync_orders
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.simulator.countries import COUNTRIES, make_accounts
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.suppliers.rates import set_rate
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offer
from magflow_pipeline_tests.orders.conftest import fast

assert fast  # a fixture

NOW = datetime.now(UTC)
PRICES = {"main": "123.4500", "bg": "19.9900", "hu": "8712.3456"}
RATES = {"EUR": ("5.0912", 1), "HUF": ("1.3127", 100)}


@pytest.fixture
def three(database, make_simulator, make_seller):
    """A seller with an account in each country, one offer in each, of which 7 pieces are there."""
    sold = {
        name: [offer(1, part_number="A1", sale_price=price, min_sale_price=None, max_sale_price=None, stock_value=7)]
        for name, price in PRICES.items()
    }
    for name, code in (("bg", "BG"), ("hu", "HU")):
        sold[name][0] |= {"currency": COUNTRIES[code].currency, "vat_id": COUNTRIES[code].vat_id}
        sold[name][0] |= {"best_offer_sale_price": float(PRICES[name])}
    simulator = make_simulator(**sold)
    variables = {"EMAG_ACCOUNTS": "main,bg,hu", "EMAG_BG_COUNTRY": "bg", "EMAG_HU_COUNTRY": "HU"}
    for name in ("BG", "HU"):
        variables |= {
            f"EMAG_{name}_USERNAME": name.lower(),
            f"EMAG_{name}_PASSWORD": "demo",
            f"EMAG_{name}_BASE_URL": simulator.url,
        }
    make_seller(simulator, **variables)
    for name in ("bg", "hu"):
        simulator.switch(name, enforce_rate_limit=False)
    for currency, (ron, units) in RATES.items():
        set_rate(database, currency, ron, "test", units=units)
    return simulator


@pytest.fixture
def build(database, sync):
    """Read the offers of all three, and build the report."""

    def run() -> None:
        for name in PRICES:
            sync(name)
            refresh_inventory(database, name)
        build_demand_levels(database)
        build_low_stock_report(database)

    return run


@both_servers
def test_every_price_is_in_its_own_money_and_every_value_in_ron_to_the_bani(three, build, rows):
    build()
    assert {row["account_type"]: row["country"] for row in rows("SELECT * FROM configured_accounts")} == {
        "main": "RO",
        "bg": "BG",
        "hu": "HU",
    }
    found = {row["account_type"]: row for row in rows("SELECT * FROM price_position")}
    assert {name: (row["currency"], row["price"]) for name, row in found.items()} == {
        "main": ("RON", Decimal("123.45")),
        "bg": ("EUR", Decimal("19.99")),
        "hu": ("HUF", Decimal("8712.3456")),
    }
    # 19.99 x 5.0912 = 101.773088; 8712.3456 x 0.013127 = 114.3669606912
    ron = {"main": Decimal("123.45"), "bg": Decimal("101.7731"), "hu": Decimal("114.3670")}
    assert {name: row["price_ron"] for name, row in found.items()} == ron
    # With the VAT of the country, in its smallest coin: 123.45 x 1.21, 19.99 x 1.20, 8712.3456 x 1.27
    assert {name: (row["vat_source"], row["price_with_vat"]) for name, row in found.items()} == {
        "main": ("country", Decimal("149.37")),
        "bg": ("country", Decimal("23.99")),
        "hu": ("country", Decimal(11065)),
    }
    stock = {row["account_type"]: row["value_at_price_ron"] for row in rows("SELECT * FROM stock_value")}
    assert stock == {"main": Decimal("864.15"), "bg": Decimal("712.41"), "hu": Decimal("800.57")}
    report = {row["account_type"]: row for row in rows("SELECT * FROM low_stock_report")}
    assert {name: (row["currency"], row["margin_ron"]) for name, row in report.items()} == {
        "main": ("RON", Decimal("123.4500")),
        "bg": ("EUR", ron["bg"]),
        "hu": ("HUF", ron["hu"]),
    }


def test_a_value_in_ron_without_a_rate_is_none_and_says_so(three, build, rows, session):
    session.execute("DELETE FROM exchange_rates WHERE currency = 'HUF'")
    build()
    [row] = rows("SELECT * FROM price_position WHERE account_type = 'hu'")
    assert (row["price"], row["rate"], row["price_ron"]) == (Decimal("8712.3456"), None, None)
    [row] = rows("SELECT * FROM low_stock_report WHERE account_type = 'hu'")
    assert "no_price_in_ron" in row["flags"]
    assert {row["account_type"] for row in rows("SELECT * FROM stock_value WHERE value_at_price_ron IS NULL")} == {"hu"}


@both_servers
def test_sales_are_valued_by_the_rate_of_their_own_day(session, rows):
    """Leva until the end of 2025, euros since: never added up, and each in RON by the rate of its day."""
    insert(
        session, "emag_accounts", account_type="bg", kind="main", marketplace="m", username="u", warehouse="W",
        country="BG",
    )  # fmt: skip
    for day, currency, ron in (
        ("2025-12-30", "BGN", "2.6012"), ("2025-12-31", "BGN", "2.6044"), ("2026-01-05", "EUR", "5.0912"),
        ("2026-01-06", "EUR", "5.1000"),
    ):  # fmt: skip
        insert(session, "exchange_rates", currency=currency, rate_date=day, units=1, ron=ron, source="manual")
    sold = (
        (1, "2025-12-29", "BGN", "39.10", 2),  # before there was a rate
        (2, "2026-01-02", "BGN", "39.10", 2),  # by the newest rate before it
        (3, "2026-01-05", "EUR", "19.99", 3),
        (4, "2026-01-05", "EUR", "10.00", 1),
        (5, "2026-01-07", "EUR", "19.99", 1),
    )
    for number, day, currency, price, pieces in sold:
        insert(
            session, "emag_orders", account_type="bg", order_id=number, order_type=3, status=4, is_whole=True,
            ordered_at=f"{day} 12:00+02", content_hash=b"x", created_at=NOW, updated_at=NOW, last_sync_id=1,
        )  # fmt: skip
        insert(
            session, "emag_order_lines", account_type="bg", order_id=number, line_id=1, status=1, quantity=pieces,
            initial_qty=pieces, sale_price=price, currency=currency,
        )  # fmt: skip
    found = rows(
        "SELECT day, currency, orders, units, value, value_ron, units_not_valued FROM sales_by_country ORDER BY day"
    )
    assert [tuple(row.values()) for row in found] == [
        (date(2025, 12, 29), "BGN", 1, 2, Decimal("78.20"), None, 2),
        (date(2026, 1, 2), "BGN", 1, 2, Decimal("78.20"), Decimal("203.66"), 0),  # 2 x 39.10 x 2.6044
        (date(2026, 1, 5), "EUR", 2, 4, Decimal("69.97"), Decimal("356.23"), 0),  # (3 x 19.99 + 10.00) x 5.0912
        (date(2026, 1, 7), "EUR", 1, 1, Decimal("19.99"), Decimal("101.95"), 0),
    ]


@both_servers
def test_many_pieces_of_a_small_price_are_worth_in_ron_what_they_are_to_the_bani(session, rows):
    """The price of a piece, rounded to four decimals of a leu, was multiplied by the pieces."""
    insert(
        session, "emag_accounts", account_type="hu", kind="main", marketplace="m", username="u", warehouse="W",
        country="HU",
    )  # fmt: skip
    insert(session, "exchange_rates", currency="HUF", rate_date="2026-01-05", units=100, ron="1.3127", source="manual")
    pieces = {1: (500, "123.45"), 2: (7919, "0.35"), 3: (3, None)}
    for number, (quantity, price) in pieces.items():
        insert(
            session, "emag_orders", account_type="hu", order_id=number, order_type=3, status=4, is_whole=True,
            ordered_at="2026-01-06 12:00+02", content_hash=b"x", created_at=NOW, updated_at=NOW, last_sync_id=1,
        )  # fmt: skip
        insert(
            session, "emag_order_lines", account_type="hu", order_id=number, line_id=1, status=1, quantity=quantity,
            initial_qty=quantity, sale_price=price, currency="HUF",
        )  # fmt: skip
    [row] = rows("SELECT orders, units, value, value_ron, units_not_valued FROM sales_by_country")
    value = 500 * Decimal("123.45") + 7919 * Decimal("0.35")
    worth = (value * Decimal("1.3127") / 100).quantize(Decimal("0.01"))
    assert tuple(row.values()) == (3, 8422, value, worth, 3)


@pytest.mark.slow
def test_the_simulator_sells_in_all_three(database, make_seller, rows, accounts, sync, fast):
    """Orders tell the VAT of the country, and it counts from then on."""
    countries = {"bg": "BG", "hu": "HU"}
    switches = {name: Switches(enforce_rate_limit=False) for name in ("main", *countries)}
    with running(make_accounts(countries), switches, days=8) as simulator:
        variables = {"EMAG_ACCOUNTS": "main,bg,hu"}
        for name, code in countries.items():
            prefix = f"EMAG_{name.upper()}"
            variables |= {f"{prefix}_USERNAME": name, f"{prefix}_PASSWORD": "demo", f"{prefix}_COUNTRY": code}
            variables |= {f"{prefix}_BASE_URL": simulator.url}
        settings = make_seller(simulator, **variables)
        for name, account in accounts().items():
            sync(name)
            asyncio.run(sync_orders(database, settings, account, OrderOptions(days=8), tell=print))
    assert [
        tuple(row.values())
        for row in rows(
            "SELECT DISTINCT country, currency, units_not_valued FROM sales_by_country WHERE currency = 'RON'"
        )
    ] == [("RO", "RON", 0)]
    sold = rows("SELECT DISTINCT country, currency FROM sales_by_country ORDER BY country")
    assert [tuple(row.values()) for row in sold] == [("BG", "EUR"), ("HU", "HUF"), ("RO", "RON")]
    told = rows("SELECT DISTINCT account_type, vat_rate, vat_source FROM price_position ORDER BY account_type")
    assert [tuple(row.values()) for row in told] == [
        ("bg", Decimal("0.2000"), "order"),
        ("hu", Decimal("0.2700"), "order"),
        ("main", Decimal("0.2100"), "order"),
    ]
