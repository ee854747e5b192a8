"""Where a price stands among the others', and what a person could do with it: pure functions of one offer.

The view `price_position` computes all of it in SQL (`sql/views/margins.sql`, `price_decision.sql`). These are the same
rules in Python: they explain them, and are the oracle of its tests (rules.md: Prices, and Price position). All prices
are without VAT, as eMAG has them; what customers compare is with VAT, in whole bani, cents or forints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

MOST = 10**10
"""No price or cost is so high (app.sound_price)."""


class Position(StrEnum):
    """Where an offer stands in the race for the buy button."""

    WON = "won"
    ALONE = "alone"
    LOST = "lost"
    NO_RANK = "no_rank"


class Crossing(StrEnum):
    """What happened to an offer between two times."""

    WON = "won"
    LOST = "lost"
    NEW_COMPETITOR = "new_competitor"


class Suggestion(StrEnum):
    """What a person could do with a price; the first that applies, in this order."""

    NOT_SELLABLE = "not_sellable"
    OUT_OF_STOCK = "out_of_stock"
    BELOW_MINIMUM = "below_minimum"
    BELOW_LEAST_PRICE = "below_least_price"
    NO_MARKET_DATA = "no_market_data"
    KEEP_PRICE = "keep_price"
    NO_RANK = "no_rank"
    NO_WINNING_PRICE = "no_winning_price"
    NOT_BY_PRICE = "not_by_price"
    DO_NOT_FOLLOW = "do_not_follow"
    MINIMUM_IN_THE_WAY = "minimum_in_the_way"
    COST_NOT_KNOWN = "cost_not_known"
    LOWER_PRICE = "lower_price"


RAISES = frozenset({Suggestion.BELOW_MINIMUM, Suggestion.BELOW_LEAST_PRICE})


@dataclass(frozen=True)
class PricedOffer:
    """What is known of an offer; None is not known, and never 0. Money is without VAT, in the offer's currency."""

    price: Decimal | None
    best_price: Decimal | None
    """Of any seller, the own one included."""
    position: Position | None
    vat_rate: Decimal
    is_sellable: bool = True
    is_in_stock: bool = True
    currency: str = "RON"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    least: Decimal | None = None
    """As of `least_price`."""


def position(buy_button_rank: int | None, number_of_offers: int | None) -> Position:
    """Where an offer stands. Without stock eMAG gives it no rank, and does not count it among the offers."""
    if buy_button_rank is None or buy_button_rank < 1:
        return Position.NO_RANK
    if buy_button_rank > 1:
        return Position.LOST
    return Position.ALONE if number_of_offers is not None and number_of_offers <= 1 else Position.WON


def crossing(
    before: Position | None, now: Position | None, offers_before: int | None, offers_now: int | None
) -> Crossing | None:
    """What happened between two times; None: nothing, or the offer was not in the race at one of them.

    One that comes back into stock wins or loses nothing by that: nobody took the buy button from it.
    """
    has = {Position.WON, Position.ALONE}
    if before in has and now is Position.LOST:
        return Crossing.LOST
    if before is Position.LOST and now in has:
        return Crossing.WON
    ranked = {None, Position.NO_RANK}.isdisjoint({before, now})
    if ranked and offers_before is not None and offers_now is not None and offers_now > offers_before:
        return Crossing.NEW_COMPETITOR
    return None


def places(currency: str) -> int:
    """Decimal places of the prices that customers see: forints have no smaller coin."""
    return 0 if currency == "HUF" else 2


def with_vat(price: Decimal, vat_rate: Decimal, currency: str) -> Decimal:
    """What a customer pays."""
    return _rounded(Fraction(price) * (1 + Fraction(vat_rate)), places(currency), ROUND_HALF_UP)


def winning_price(
    best_price: Decimal | None, vat_rate: Decimal, currency: str, maximum: Decimal | None = None
) -> Decimal | None:
    """The highest price that a customer sees below the best one; None: there is none.

    A ban, cent or forint less with VAT. Never above the own maximum, which eMAG refuses.
    """
    if best_price is None:
        return None
    coin = Decimal(1).scaleb(-places(currency))
    found = _without_vat(with_vat(best_price, vat_rate, currency) - coin, vat_rate)
    return _sound(found if maximum is None else min(found, maximum))


def raised(floor_price: Decimal | None, vat_rate: Decimal, currency: str) -> Decimal | None:
    """The lowest price, not below `floor_price`, of which a customer pays whole bani, cents or forints."""
    if floor_price is None:
        return None
    paid = _rounded(Fraction(floor_price) * (1 + Fraction(vat_rate)), places(currency), ROUND_CEILING)
    return _without_vat(paid, vat_rate)


def margin(price_ron: Decimal, commission: Decimal, fee: Decimal, landed: Decimal) -> Decimal:
    """RON that a piece leaves at a price without VAT; as in `demand_levels`."""
    return _rounded(
        Fraction(price_ron) * (1 - Fraction(commission)) - Fraction(landed) - Fraction(fee), 4, ROUND_HALF_UP
    )


def least_price(
    landed: Decimal | None, commission: Decimal | None, fee: Decimal | None, least_margin: Decimal, rate: Decimal | None
) -> Decimal | None:
    """The least price of which `least_margin`, a part of it, is left after commission, fulfilment fee and landed cost.

    Args:
        landed: RON a piece.
        commission: Part of the price.
        fee: RON a piece; of an account that ships itself 0 where nobody told one.
        least_margin: Part of the price.
        rate: RON for one unit of the currency.

    Returns:
        In the currency, rounded up to 4 places; None where one is not known, or no price leaves so much.
    """
    if landed is None or commission is None or fee is None or rate is None or commission + least_margin >= 1:
        return None
    needed = (Fraction(landed) + Fraction(fee)) / (1 - Fraction(commission) - Fraction(least_margin)) / Fraction(rate)
    return _sound(_rounded(needed, 4, ROUND_CEILING))


def suggest(offer: PricedOffer) -> tuple[Suggestion, Decimal | None]:
    """What could be done, and the price to enter; None: leave it as it is.

    A price below the own minimum, or of which too little is left, is raised whatever others ask. One that has the buy
    button is kept: eMAG does not tell what the second asks. One that has not is lowered only where that makes it the
    cheapest, is not below the own minimum, and is known to leave enough.
    """
    winning = winning_price(offer.best_price, offer.vat_rate, offer.currency, offer.maximum)
    code = _suggestion(offer, winning)
    if code is Suggestion.LOWER_PRICE:
        return code, winning
    if code in RAISES:
        floors = [each for each in (offer.minimum, offer.least) if each is not None]
        wanted = raised(max(floors), offer.vat_rate, offer.currency)
        is_allowed = wanted is not None and (offer.maximum is None or wanted <= offer.maximum)
        return code, wanted if is_allowed else None
    return code, None


def _suggestion(offer: PricedOffer, winning: Decimal | None) -> Suggestion:
    own, best = offer.price, offer.best_price
    # Nobody is known to be ahead: without a rank, only a lower price would be.
    is_first = offer.position in (Position.WON, Position.ALONE)
    is_unbeaten = offer.position is Position.NO_RANK and not _below(best, own)
    rules = (
        (not offer.is_sellable or own is None, Suggestion.NOT_SELLABLE),
        (not offer.is_in_stock, Suggestion.OUT_OF_STOCK),
        (_below(own, offer.minimum), Suggestion.BELOW_MINIMUM),
        (_below(own, offer.least), Suggestion.BELOW_LEAST_PRICE),
        (offer.position is None, Suggestion.NO_MARKET_DATA),
        (is_first, Suggestion.KEEP_PRICE),
        (is_unbeaten, Suggestion.NO_RANK),
        (winning is None, Suggestion.NO_WINNING_PRICE),
        (not _below(winning, own), Suggestion.NOT_BY_PRICE),
        (_below(winning, offer.least), Suggestion.DO_NOT_FOLLOW),
        (_below(winning, offer.minimum), Suggestion.MINIMUM_IN_THE_WAY),
        (offer.least is None, Suggestion.COST_NOT_KNOWN),
    )
    return next((code for holds, code in rules if holds), Suggestion.LOWER_PRICE)


def _below(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and one < other


def cost_problem(
    least: Decimal | None,
    landed: Decimal | None,
    commission: Decimal | None,
    fee: Decimal | None,
    rate: Decimal | None,
) -> str | None:
    """Why there is no least price, as codes joined by "; "; None where there is one."""
    if least is not None:
        return None
    parts: Sequence[tuple[str, Decimal | None]] = (
        ("no_exchange_rate", rate),
        ("no_landed_cost", landed),
        ("no_commission", commission),
        ("no_fulfilment_fee", fee),
    )
    return "; ".join(code for code, value in parts if value is None) or "no_price_is_enough"


def _without_vat(paid: Decimal, vat_rate: Decimal) -> Decimal:
    return _rounded(Fraction(paid) / (1 + Fraction(vat_rate)), 4, ROUND_HALF_UP)


def _rounded(value: Fraction, decimals: int, rounding: str) -> Decimal:
    """Rounded exactly: a quotient of two decimals need not be one."""
    scaled = value * 10**decimals
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    if rounding == ROUND_CEILING:
        whole += rest > 0
    else:
        whole += rest >= Fraction(1, 2) if value >= 0 else rest > Fraction(1, 2)
    return Decimal(whole).scaleb(-decimals)


def _sound(value: Decimal) -> Decimal | None:
    return value if 0 < value < MOST else None
