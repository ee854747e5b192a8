"""The price position: where a price stands, what crossed, what could be done, from rows as a sync leaves them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.reports.tables import read_rows
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
    from magflow_pipeline.times import BUCHAREST

    return moment.astimezone(BUCHAREST).strftime("%Y-%m-%d %H:%M")
