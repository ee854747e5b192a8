"""The rules of prices in SQL against the same rules in Python, and what must hold of every suggestion."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from magflow_pipeline.purchasing.prices import (
    Position,
    PricedOffer,
    Suggestion,
    cost_problem,
    crossing,
    least_price,
    margin,
    position,
    raised,
    suggest,
    winning_price,
    with_vat,
)
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database, both_servers

# One statement for a list of rows: each test case is a round trip.
DECIDED = """
SELECT
    app.least_price(landed, commission, app.fee_paid(kind, fee), least_margin, rate) AS least,
    app.least_price_gap(
        app.least_price(landed, commission, app.fee_paid(kind, fee), least_margin, rate),
        landed, commission, app.fee_paid(kind, fee), rate
    ) AS problem,
    app.margin_left(row.price, commission, app.fee_paid(kind, fee), landed) AS margin,
    app.market_position(rank, offers) AS position,
    app.market_crossing(
        app.market_position(rank_before, offers_before), app.market_position(rank, offers), offers_before, offers
    ) AS crossed,
    app.price_with_vat(row.price, vat_rate, currency) AS with_vat,
    app.winning_price(best, vat_rate, currency, maximum) AS winning,
    app.raised_price(minimum, vat_rate, currency) AS raised,
    suggested.code,
    suggested.price AS suggested
FROM json_to_recordset(%s) AS row (
    price numeric, best numeric, vat_rate numeric, currency text, minimum numeric, maximum numeric, landed numeric,
    commission numeric, fee numeric, kind text, least_margin numeric, rate numeric, rank integer, offers integer,
    rank_before integer, offers_before integer, is_told boolean, is_sellable boolean, is_in_stock boolean
)
CROSS JOIN LATERAL app.least_price(landed, commission, app.fee_paid(kind, fee), least_margin, rate) AS floor (price)
CROSS JOIN LATERAL app.price_suggestion(
    is_sellable, is_in_stock, CASE WHEN is_told THEN app.market_position(rank, offers) END, row.price, best,
    app.winning_price(best, vat_rate, currency, maximum), minimum, maximum, floor.price,
    app.raised_price(greatest(minimum, floor.price), vat_rate, currency)
) AS suggested
"""


@dataclass(frozen=True)
class Fact:
    """What is known of an offer, by the names of DECIDED."""

    price: Decimal | None = Decimal("100.0000")
    best: Decimal | None = Decimal("90.0000")
    vat_rate: Decimal = Decimal("0.21")
    currency: str = "RON"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    landed: Decimal | None = Decimal("50.0000")
    commission: Decimal | None = Decimal("0.200000")
    fee: Decimal | None = None
    kind: str = "main"
    least_margin: Decimal = Decimal("0.1")
    rate: Decimal | None = Decimal(1)
    rank: int | None = 2
    offers: int | None = 3
    rank_before: int | None = 1
    offers_before: int | None = 2
    is_told: bool = True
    is_sellable: bool = True
    is_in_stock: bool = True

    @property
    def fee_paid(self) -> Decimal | None:
        return Decimal(0) if self.fee is None and self.kind == "main" else self.fee

    @property
    def least(self) -> Decimal | None:
        return least_price(self.landed, self.commission, self.fee_paid, self.least_margin, self.rate)

    @property
    def offer(self) -> PricedOffer:
        return PricedOffer(
            price=self.price,
            best_price=self.best,
            position=position(self.rank, self.offers) if self.is_told else None,
            is_sellable=self.is_sellable,
            is_in_stock=self.is_in_stock,
            vat_rate=self.vat_rate,
            currency=self.currency,
            minimum=self.minimum,
            maximum=self.maximum,
            least=self.least,
        )


def by_the_rules(fact: Fact) -> dict[str, Any]:
    code, suggested = suggest(fact.offer)
    fees = (fact.landed, fact.commission, fact.fee_paid)
    return {
        "least": fact.least,
        "problem": cost_problem(fact.least, *fees, fact.rate),
        "margin": None
        if None in (fact.price, *fees)
        else margin(fact.price, fact.commission, fact.fee_paid, fact.landed),
        "position": position(fact.rank, fact.offers).value,
        "crossed": crossing(
            position(fact.rank_before, fact.offers_before),
            position(fact.rank, fact.offers),
            fact.offers_before,
            fact.offers,
        ),
        "with_vat": None if fact.price is None else with_vat(fact.price, fact.vat_rate, fact.currency),
        "winning": winning_price(fact.best, fact.vat_rate, fact.currency, fact.maximum),
        "raised": raised(fact.minimum, fact.vat_rate, fact.currency),
        "code": code.value,
        "suggested": suggested,
    }


def by_sql(session: psycopg.Connection, facts: list[Fact]) -> list[dict[str, Any]]:
    rows = [{name: str(v) if isinstance(v, Decimal) else v for name, v in vars(fact).items()} for fact in facts]
    with session.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(DECIDED, [json.dumps(rows)]).fetchall()


@pytest.fixture
def readers(server):
    """A session on a migrated database, for functions that read nothing."""
    for url in _new_database(server, TEMPLATE):
        with psycopg.connect(url, autocommit=True) as session:
            yield session


def money(most: int) -> st.SearchStrategy[Decimal]:
    """Prices with 2 or 4 places; often alike, so that there are ties."""
    return st.one_of(
        st.integers(1, 40).map(Decimal),
        st.integers(1, most).map(lambda cents: Decimal(cents).scaleb(-2)),
        st.integers(1, most * 100).map(lambda parts: Decimal(parts).scaleb(-4)),
    )


PRICES = money(30_000)
FACTS = st.builds(
    Fact,
    price=st.none() | PRICES,
    best=st.none() | PRICES,
    vat_rate=st.sampled_from([*map(Decimal, ("0", "0.05", "0.0900", "0.19", "0.21", "0.27"))]),
    currency=st.sampled_from(["RON", "EUR", "HUF", "BGN"]),
    minimum=st.none() | PRICES,
    maximum=st.none() | PRICES,
    landed=st.none() | PRICES,
    commission=st.none() | st.integers(0, 100).map(lambda part: Decimal(part).scaleb(-2)),
    fee=st.none() | st.just(Decimal(0)) | PRICES,
    kind=st.sampled_from(["main", "fbe"]),
    least_margin=st.integers(0, 9999).map(lambda part: Decimal(part).scaleb(-4)),
    rate=st.none() | st.sampled_from([*map(Decimal, ("1", "4.9771", "5.0967", "0.0127645000"))]),
    rank=st.none() | st.integers(0, 4),
    offers=st.none() | st.integers(0, 5),
    rank_before=st.none() | st.integers(0, 4),
    offers_before=st.none() | st.integers(0, 5),
    is_told=st.sampled_from([True] * 9 + [False]),
    is_sellable=st.sampled_from([True] * 9 + [False]),
    is_in_stock=st.sampled_from([True] * 9 + [False]),
)


@both_servers
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(FACTS, min_size=1, max_size=60))
@example(facts=[Fact()])
@example(facts=[Fact(best=Decimal("0.01")), Fact(best=Decimal("0.0083"))])  # nothing is below
def test_the_rules_in_sql_are_those_in_python(readers, facts):
    """Winning price, least price, margin, crossing and suggestion have one meaning, to the last place."""
    assert by_sql(readers, facts) == [by_the_rules(fact) for fact in facts]


@settings(max_examples=400, deadline=None)
@given(fact=FACTS)
def test_what_is_suggested_wins_and_leaves_enough(fact):
    """A suggestion must never be a loss, break the own minimum or maximum, or change nothing."""
    code, price = suggest(fact.offer)
    if price is None:
        return
    assert fact.offer.maximum is None or price <= fact.offer.maximum
    assert fact.offer.minimum is None or price >= fact.offer.minimum
    assert fact.least is None or price >= fact.least
    assert price != fact.price
    if code is Suggestion.LOWER_PRICE:
        assert fact.least is not None
        assert price < fact.best
        vat = (fact.vat_rate, fact.currency)
        assert with_vat(price, *vat) < with_vat(fact.best, *vat)
        assert fact.maximum is not None or with_vat(price, *vat) == with_vat(fact.best, *vat) - Decimal(1).scaleb(
            0 if fact.currency == "HUF" else -2
        )
    else:
        assert price > fact.price


@settings(max_examples=300, deadline=None)
@given(fact=FACTS)
def test_a_suggestion_that_is_followed_is_the_last_one(fact):
    """A price that goes up and down with each suggestion costs more trust than it wins."""
    code, price = suggest(fact.offer)
    if price is None:
        return
    followed = replace(fact.offer, price=price)
    if code is Suggestion.LOWER_PRICE:
        followed = replace(followed, best_price=price, position=Position.WON)
        assert suggest(followed)[0] is Suggestion.KEEP_PRICE
    else:
        assert suggest(followed)[0] not in (Suggestion.BELOW_MINIMUM, Suggestion.BELOW_LEAST_PRICE)
