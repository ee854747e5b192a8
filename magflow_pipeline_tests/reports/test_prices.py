"""The price position: where a price stands, what crossed, what could be done, from rows as a sync leaves them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from magflow_pipeline.alerts.incidents import update_incidents
from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.choices import Language, Period
from magflow_pipeline.reports.digest import digest_message
from magflow_pipeline.reports.prices import position_plot, price_rows, price_sheet, price_words
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_offer, emag_product, insert
from magflow_pipeline_tests.purchasing.test_low_stock import open_account

NOW = datetime.now(UTC)
LONG_AGO, THIS_HOUR = timedelta(days=3), timedelta(minutes=30)


class PricedShop:
    """Offers with prices, costs and what eMAG told of competitors."""

    def __init__(self, session: psycopg.Connection) -> None:
        self.session, self.numbers = session, iter(range(1, 10**6))

    def put(
        self,
        sku: str,
        price: str | None = "100.0000",
        account: str = "main",
        cost: str | None = "50.0000",
        minimum: str | None = None,
        maximum: str | None = None,
        currency: str = "RON",
        **columns: Any,
    ) -> int:
        """An offer that has been sold at this price for long; its id."""
        number = next(self.numbers)
        values = {"price": price, "currency": currency, "vat_id": 1} | columns
        insert(
            self.session, "emag_products_v2", **emag_product(account_type=account, emag_id=number, sku=sku, **values)
        )
        terms = {"price": price, "currency": currency, "min_sale_price": minimum, "max_sale_price": maximum}
        hidden = {"visibility": "hidden", "is_available": False} if price is None else {}
        insert(
            self.session,
            "emag_product_offers_v2",
            **emag_offer(account_type=account, emag_offer_id=number, sku=sku, **terms, **hidden),
        )
        self.priced(number, price, LONG_AGO, account, sku, currency)
        if cost is not None:
            self.costs(sku, cost)
        return number

    def priced(
        self, number: int, price: str | None, ago: timedelta, account: str, sku: str, currency: str = "RON"
    ) -> None:
        insert(
            self.session,
            "emag_offer_history",
            account_type=account,
            emag_offer_id=number,
            valid_from=NOW - ago,
            sku=sku,
            price=price,
            currency=currency,
            stock=5,
            status=1,
        )

    def market(
        self,
        number: int,
        rank: int | None,
        best: str | None,
        offers: int | None,
        ago: timedelta = LONG_AGO,
        account: str = "main",
    ) -> None:
        """What eMAG told of the competitors of an offer so long ago."""
        insert(
            self.session,
            "emag_offer_market_history",
            account_type=account,
            emag_offer_id=number,
            observed_at=NOW - ago,
            buy_button_rank=rank,
            best_offer_sale_price=best,
            number_of_offers=offers,
        )

    def costs(self, sku: str, landed: str) -> None:
        insert(
            self.session,
            "supplier_offers",
            sku=sku,
            supplier_id=1,
            shipping="usual",
            supplier_name="TZT",
            is_preferred=False,
            is_verified=False,
            lead_time_days=30,
            lead_time_spread_days=5,
            lead_time_source="terms",
            minimum_order_quantity=1,
            pack_size=1,
            planning_quantity=60,
            landed_unit_cost_ron=landed,
            rank=1,
            rule="only one",
        )

    def sold(self, number: int, vat_rate: str, order_id: int = 1, account: str = "main") -> None:
        """An order line: it alone says which rate a VAT id means."""
        insert(
            self.session,
            "emag_orders",
            account_type=account,
            order_id=order_id,
            order_type=3,
            is_whole=True,
            content_hash=b"x",
            last_sync_id=1,
            created_at=NOW,
            updated_at=NOW,
        )
        insert(
            self.session,
            "emag_order_lines",
            account_type=account,
            order_id=order_id,
            line_id=order_id,
            product_id=number,
            vat_rate=vat_rate,
        )


@pytest.fixture
def shop(session: psycopg.Connection) -> PricedShop:
    """Two accounts; eMAG keeps 20 % everywhere, and 5 RON of each piece that it ships."""
    for name in ("main", "fbe"):
        open_account(session, name)
    insert(session, "marketplace_fees", account_type="", category="", commission_rate="0.2")
    insert(session, "marketplace_fees", account_type="fbe", category="", fulfilment_fee_ron=5)
    return PricedShop(session)


def positions(database: Database) -> dict[str, dict[str, Any]]:
    """The rows of price_position by SKU."""
    rows = read_rows(database, "price_position")
    by_sku = {row["sku"]: row for row in rows}
    assert len(by_sku) == len(rows)
    return by_sku


@both_servers
def test_a_lost_buy_button_can_be_won_at_a_price_that_leaves_enough(database, shop):
    number = shop.put("A", price="100.0000", cost="50.0000", minimum="60.0000", maximum="120.0000")
    shop.market(number, 2, "90.0000", 3)
    shop.sold(number, "0.2100")
    row = positions(database)["A"]
    assert (row["price"], row["price_with_vat"], row["currency"], row["vat_rate"]) == (100, 121, "RON", Decimal("0.21"))
    assert (row["best_price"], row["best_price_with_vat"]) == (90, Decimal("108.90"))
    assert (row["difference"], row["difference_percent"]) == (10, Decimal("11.11"))
    assert (row["market_position"], row["buy_button_rank"], row["number_of_offers"]) == ("lost", 2, 3)
    # A ban less for the customer: 108.89 with VAT.
    assert (row["winning_price"], row["winning_price_with_vat"]) == (Decimal("89.9917"), Decimal("108.89"))
    # 50 ÷ (1 - 20 % commission - 10 % margin)
    assert (row["least_margin"], row["least_price"], row["cost_problem"]) == (
        Decimal("0.1"),
        Decimal("71.4286"),
        None,
    )
    assert (row["margin_ron"], row["margin_rate"], row["winning_margin_ron"]) == (
        30,
        Decimal("0.3"),
        Decimal("21.9934"),
    )
    assert (row["is_above_minimum"], row["leaves_enough"], row["is_below_minimum"]) == (True, True, False)
    assert (row["suggestion"], row["suggested_price"], row["suggested_price_with_vat"]) == (
        "lower_price",
        Decimal("89.9917"),
        Decimal("108.89"),
    )
    assert row["reason"] == (
        f"Others have the buy button since {local(row['since'])}: place 2 of 3. 100.00 RON without VAT against 90.00 of"
        " the best offer, 11.11 % more. At 89.9917 it would be the lowest price, and 21.99 RON a piece would be left."
        " With VAT that is 108.89."
    )
    assert row["reason_ro"].endswith("ar rămâne 21,99 RON pe bucată. Cu TVA înseamnă 108,89.")


def local(moment: datetime) -> str:
    return moment.astimezone(BUCHAREST).strftime("%Y-%m-%d %H:%M")


def test_each_kind_of_offer_gets_its_advice_and_says_why(database, shop):
    """One shop, one row of each kind; the advice is the first that applies."""
    beaten = {"price": "100.0000"}
    shop.market(shop.put("WON", **beaten), 1, "100.0000", 3)
    shop.market(shop.put("ALONE", **beaten), 1, "100.0000", 1)
    shop.market(shop.put("BELOW_MINIMUM", minimum="110.0000", maximum="150.0000"), 1, "100.0000", 3)
    shop.market(shop.put("CHEAP", price="60.0000", cost="50.0000"), 1, "60.0000", 3)
    shop.market(shop.put("NO_LEADER"), 2, None, 3)
    shop.market(shop.put("TIE_LOST"), 2, "100.0000", 3)
    shop.market(shop.put("NOT_BY_PRICE"), 2, "105.0000", 3)
    shop.market(shop.put("TOO_CHEAP", cost="60.0000"), 3, "70.0000", 3)
    shop.market(shop.put("MINIMUM", minimum="95.0000"), 2, "90.0000", 3)
    shop.market(shop.put("NO_COST", cost=None), 2, "90.0000", 3)
    shop.market(shop.put("LOWER"), 2, "90.0000", 3)
    shop.market(shop.put("NO_RANK"), None, "100.0000", 3)
    shop.market(shop.put("NO_RANK_BEATEN"), None, "90.0000", 3)
    shop.market(shop.put("EMPTY", stock_quantity=0), None, "90.0000", 0)
    shop.market(shop.put("REFUSED", validation_status=[8]), 2, "90.0000", 3)
    shop.put("UNKNOWN")
    rows = positions(database)
    assert {sku: (row["market_position"], row["suggestion"], row["suggested_price"]) for sku, row in rows.items()} == {
        "WON": ("won", "keep_price", None),
        "ALONE": ("alone", "keep_price", None),
        "BELOW_MINIMUM": ("won", "below_minimum", 110),
        "CHEAP": ("won", "below_least_price", Decimal("71.4298")),
        "NO_LEADER": ("lost", "no_winning_price", None),
        "TIE_LOST": ("lost", "lower_price", Decimal("99.9917")),
        "NOT_BY_PRICE": ("lost", "not_by_price", None),
        "TOO_CHEAP": ("lost", "do_not_follow", None),
        "MINIMUM": ("lost", "minimum_in_the_way", None),
        "NO_COST": ("lost", "cost_not_known", None),
        "LOWER": ("lost", "lower_price", Decimal("89.9917")),
        "NO_RANK": ("no_rank", "no_rank", None),
        "NO_RANK_BEATEN": ("no_rank", "lower_price", Decimal("89.9917")),
        "EMPTY": ("no_rank", "out_of_stock", None),
        "REFUSED": ("lost", "not_sellable", None),
        "UNKNOWN": (None, "no_market_data", None),
    }
    for row in rows.values():
        for reason in (row["reason"], row["reason_ro"]):
            assert "{" not in reason
            assert "%s" not in reason
            assert reason.endswith(".")
    assert rows["NO_COST"]["reason"].endswith("is not known: no landed cost is known.")
    assert rows["TOO_CHEAP"]["reason_ro"].endswith("rămân 10 % după cost și taxe: nu merită urmat.")


def test_what_emag_did_not_tell_is_null_and_never_0(database, shop):
    """A missing best price read as 0 would make every offer the dearest."""
    number = shop.put("A", cost=None)
    shop.market(number, None, None, None)
    row = positions(database)["A"]
    unknown = ("best_price", "best_price_with_vat", "difference", "difference_percent", "winning_price")
    assert {row[name] for name in unknown} == {None}
    assert (row["vat_rate"], row["vat_source"]) == (Decimal("0.21"), "country")
    costs = ("landed_unit_cost_ron", "margin_ron", "least_price", "leaves_enough", "suggested_price", "crossed")
    assert {row[name] for name in costs} == {None}
    assert row["cost_problem"] == "no_landed_cost"


@pytest.mark.parametrize(
    ("before", "now", "crossed"),
    [
        ((1, 2), (2, 2), "lost"),
        ((1, 1), (2, 2), "lost"),
        ((2, 2), (1, 2), "won"),
        ((2, 2), (1, 1), "won"),
        ((1, 1), (1, 2), "new_competitor"),
        ((2, 3), (3, 4), "new_competitor"),
        ((2, 3), (3, 3), None),
        ((None, 1), (2, 2), None),  # it had no stock: nobody took the buy button from it
        ((1, 2), (None, 1), None),
    ],
)
def test_what_crossed_since_yesterday(database, shop, before, now, crossed):
    number = shop.put("A")
    (rank, offers), (rank_now, offers_now) = before, now
    shop.market(number, rank, "90.0000", offers, ago=LONG_AGO)
    shop.market(number, rank_now, "90.0000", offers_now, ago=THIS_HOUR)
    row = positions(database)["A"]
    assert (row["crossed"], row["rank_before"], row["offers_before"]) == (crossed, rank, offers)


def test_what_was_first_seen_today_crossed_nothing_and_since_is_where_the_stretch_began(database, shop):
    new, old = shop.put("NEW"), shop.put("OLD")
    shop.market(new, 2, "90.0000", 3, ago=THIS_HOUR)
    for rank, best, days in ((2, "90", 9), (1, "100", 8), (2, "90", 5), (3, "85", 4), (2, "88", 2)):
        shop.market(old, rank, f"{best}.0000", 3, ago=timedelta(days=days))
    rows = positions(database)
    assert (rows["NEW"]["crossed"], rows["NEW"]["position_before"]) == (None, None)
    assert rows["OLD"]["since"] == NOW - timedelta(days=5)


def test_prices_of_two_currencies_are_not_compared(database, shop):
    """Bulgaria's prices were in BGN yesterday and are in EUR today: half is no fall of price."""
    number = shop.put("A", price="51.1300", currency="EUR", cost=None)
    shop.session.execute("UPDATE emag_offer_history SET price = 100, currency = 'BGN'")
    shop.market(number, 1, "100.0000", 2, ago=LONG_AGO)
    shop.market(number, 1, "51.1300", 2, ago=THIS_HOUR)
    row = positions(database)["A"]
    assert (row["price"], row["best_price"], row["currency"]) == (Decimal("51.13"), Decimal("51.13"), "EUR")
    assert (row["price_before"], row["best_price_before"]) == (None, None)


def test_an_account_in_hungary_has_forints_and_its_own_vat(database, shop):
    """A deal in forints has no decimals, and its cost is in RON."""
    open_account(shop.session, "hu")
    number = shop.put("A", account="hu", price="10000.0000", cost="60.0000", currency="HUF", vat_id=7)
    shop.market(number, 2, "9000.0000", 3, account="hu")
    shop.sold(number, "0.2700", account="hu")
    other = shop.put("B", vat_id=7)  # ids of VAT are the platform's own
    shop.market(other, 2, "90.0000", 2)
    without_rate = positions(database)
    assert without_rate["A"]["suggestion"] == "cost_not_known"
    assert without_rate["A"]["cost_problem"] == "no_exchange_rate"
    assert (without_rate["B"]["vat_rate"], without_rate["B"]["vat_source"]) == (Decimal("0.21"), "country")
    insert(shop.session, "exchange_rates", currency="HUF", rate_date="2026-01-31", ron="1.3", units=100)
    row = positions(database)["A"]
    assert (row["best_price_with_vat"], row["winning_price_with_vat"]) == (11430, 11429)
    assert row["winning_price"] == Decimal("8999.2126")
    # 60 RON ÷ (1 - 20 % - 10 %) ÷ 0.013 RON
    assert (row["rate"], row["least_price"]) == (Decimal("0.013"), Decimal("6593.4066"))
    assert (row["suggestion"], row["suggested_price_with_vat"]) == ("lower_price", 11429)


def test_the_newest_order_line_says_the_vat_rate(database, shop):
    """The rate of Romania went from 19 to 21 %, under the same id."""
    sold, never_sold = shop.put("SOLD"), shop.put("NEVER")
    shop.sold(sold, "0.1900", order_id=1)
    shop.sold(sold, "0.2100", order_id=2)
    shop.market(never_sold, 2, "90.0000", 2)
    assert positions(database)["NEVER"]["price_with_vat"] == 121


def test_what_emag_ships_needs_its_fee_and_the_margin_is_that_of_the_levels(database, shop):
    number = shop.put("A", account="fbe", cost="50.0000")
    shop.market(number, 2, "90.0000", 3, account="fbe")
    row = positions(database)["A"]
    assert (row["fulfilment_fee_ron"], row["margin_ron"]) == (5, 25)  # 100 - 20 - 5 - 50
    assert row["least_price"] == Decimal("78.5715")  # 55 ÷ 0.7, rounded up
    build_demand_levels(database)
    [level] = read_rows(database, "demand_levels", only={"sku": ["A"]})
    assert (level["margin_ron"], level["price_ron"]) == (row["margin_ron"], row["price_ron"])
    shop.session.execute("UPDATE marketplace_fees SET fulfilment_fee_ron = NULL")
    row = positions(database)["A"]
    assert (row["suggestion"], row["cost_problem"]) == ("cost_not_known", "no_fulfilment_fee")


def test_the_least_margin_is_the_items_own_else_the_noted_setting(database, shop, monkeypatch):
    for sku in "AB":
        shop.market(shop.put(sku), 2, "90.0000", 3)
    decided = {"account_type": "main", "set_by": "ana", "least_margin": "0.3"}
    insert(shop.session, "item_policies", sku="B", **decided)
    insert(shop.session, "item_policies", sku="C", valid_until=date(2020, 1, 1), **decided)
    found = {sku: (row["least_margin"], row["suggestion"]) for sku, row in positions(database).items()}
    assert found == {"A": (Decimal("0.1"), "lower_price"), "B": (Decimal("0.3"), "do_not_follow")}
    settings = load_settings().model_copy(update={"least_margin": 0.25})
    build_low_stock_report(database, settings)
    assert positions(database)["A"]["least_margin"] == Decimal("0.25")
    [row] = price_rows(database, settings.model_copy(update={"least_margin": 0.5}), ["main"], ["A"])
    assert (row["least_margin"], row["suggestion"]) == (Decimal("0.5"), "below_least_price")


def test_one_row_per_account_and_sku_of_active_offers_of_configured_accounts(database, shop):
    first = shop.put("A")
    shop.market(first, 1, "100.0000", 2)
    shop.market(shop.put("A", price="90.0000", cost=None), 2, "80.0000", 3)
    shop.put("A", account="fbe", cost=None)
    shop.put("OFF", status=0)
    open_account(shop.session, "old")
    shop.put("A", account="old", cost=None)
    shop.session.execute("UPDATE emag_accounts SET is_configured = false WHERE account_type = 'old'")
    rows = read_rows(database, "price_position", order_by=["account_type"])
    assert [(row["account_type"], row["sku"], row["price"]) for row in rows] == [("fbe", "A", 100), ("main", "A", 100)]
    assert rows[1]["emag_id"] == first


def test_the_counts_of_an_account_are_those_of_its_rows(database, shop):
    lost, won = shop.put("LOST"), shop.put("WON")
    for rank, ago in ((1, LONG_AGO), (2, THIS_HOUR)):
        shop.market(lost, rank, "90.0000", 3, ago=ago)
        shop.market(won, 3 - rank, "90.0000", 3, ago=ago)
    shop.put("UNKNOWN")
    [row] = read_rows(database, "price_position_by_account")
    counted = {name: row[name] for name in ("offers", "won", "lost", "not_told", "crossed_won", "crossed_lost")}
    assert counted == {"offers": 3, "won": 1, "lost": 1, "not_told": 1, "crossed_won": 1, "crossed_lost": 1}
    assert (row["to_lower"], row["lost_ron_per_day"]) == (1, None)
    assert position_plot([row], price_words(database, Language.RO)).startswith("![Poziția prețurilor](data:image/svg")


def test_the_sheet_has_words_and_headings_of_its_language(database, shop):
    shop.market(shop.put("=CMD()", name="Șurub <b>"), 2, "90.0000", 3)
    sheet = price_sheet(database, load_settings(), Language.RO)
    [row] = sheet.rows
    assert (sheet.title, sheet.headings[:2]) == ("Poziția prețurilor", ["Cont", "SKU"])
    assert len(sheet.columns) == len(sheet.headings) == len(row)
    assert (row["sku"], row["market_position"]) == ("=CMD()", "alții au butonul de cumpărare")
    assert row["suggestion"] == "de micșorat"
    assert "fără TVA" in row["reason"]


def test_many_lost_buy_buttons_or_a_costly_one_are_an_incident_with_one_alert(database, shop):
    """Forty offers lost the buy button over night, and nobody looked before the evening."""
    for number in range(3):
        lost = shop.put(f"S{number}", cost=None)
        shop.market(lost, 1, "100.0000", 3, ago=LONG_AGO)
        shop.market(lost, 2, "90.0000", 3, ago=THIS_HOUR)
    settings = load_settings().model_copy(update={"alert_buy_boxes": 3})
    assert incidents(database, shop, settings) == [("main", 3, None)]
    assert incidents(database, shop, settings) == [("main", 3, None)]  # still the one of before
    assert incidents(database, shop, load_settings()) == [("main", 3, True)]
    sold = {"demand_method": "several memories", "sellable_days": 90, "days_are_calendar": False, "units": 360}
    insert(shop.session, "demand", account_type="main", sku="S1", expected_daily_demand=4, **sold)
    assert incidents(database, shop, load_settings()) == [("main", 3, True), ("main", 3, None)]
    [(told,)] = shop.session.execute(
        "SELECT headline || '. ' || what_to_do FROM incident_messages WHERE language = 'ro' AND closed_at IS NULL"
    ).fetchall()
    assert told.startswith("main: 3 oferte au pierdut butonul de cumpărare într-o zi. ")
    assert "400 RON pe zi" in told


def test_lost_buy_buttons_are_many_as_a_share_of_those_there_were(database, shop):
    """A demo of 2,500 offers, of which some change hands every day, met its user with an alarm."""
    for number in range(30):
        offer = shop.put(f"S{number}", cost=None)
        shop.market(offer, 1, "100.0000", 3, ago=LONG_AGO)
        if number < 3:
            shop.market(offer, 2, "90.0000", 3, ago=THIS_HOUR)
    settings = load_settings().model_copy(update={"alert_buy_boxes": 3})
    few = settings.model_copy(update={"alert_buy_box_percent": 10.1})
    assert incidents(database, shop, few) == []
    assert incidents(database, shop, settings) == [("main", 3, None)], "3 of 30 are 10 %"


@pytest.mark.usefixtures("whole_day")
def test_the_digest_tells_what_crossed_in_its_day_by_account(database, shop):
    yesterday = datetime.now(BUCHAREST).date() - timedelta(days=1)
    noon = datetime.combine(yesterday, time(12), tzinfo=BUCHAREST)
    lost, won = shop.put("LOST", name="Șurub"), shop.put("WON", cost=None)
    for rank, ago in ((1, timedelta(days=9)), (2, NOW - noon)):
        shop.market(lost, rank, "90.0000", 3, ago=ago)
        shop.market(won, 3 - rank, "90.0000", 3, ago=ago)
    said = digest_message(database, load_settings(), yesterday, Period.DAY, Language.RO)
    assert "main: câștigate 1, pierdute 1, cu concurenți noi 0\nfbe: câștigate 0, pierdute 0" in said.text
    line = "LOST (main): preț propriu 100,00 RON, cel mai bun preț 90,00 RON, sugerat 89,99 RON (fără TVA); Șurub"
    assert line in said.text
    assert "câștigate 1, pierdute 1" in said.html
    before = digest_message(database, load_settings(), yesterday - timedelta(days=1), Period.DAY, Language.EN)
    assert "main: won 0, lost 0, with new competitors 0" in before.text


def incidents(database: Database, shop: PricedShop, settings: Settings) -> list[tuple[str, int, bool | None]]:
    """Subject, offers, and whether it is over, of each incident, after a build of the report."""
    build_low_stock_report(database, settings)
    update_incidents(shop.session, settings)
    return shop.session.execute(
        "SELECT subject, (numbers ->> 'items')::int, nullif(closed_at IS NOT NULL, false) FROM incidents"
        " WHERE kind = 'buy_buttons_lost' ORDER BY id"
    ).fetchall()
