"""How long a stock lasts, what it costs when it does not, and in which order a buyer reads: pure functions.

The report computes it in SQL (`sql/views/demand_cover.sql`). These functions explain the rules and are the oracle of
its test, as `stock.py` is for the status. Not here: what is expected to be sold (room `demand`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from magflow_pipeline.purchasing.stock import RUNNING_OUT, Status

LEAD_TIME_DAYS = 45  # from an order until its pieces can be sold, until lead times are learned; app.lead_time_days
LONGEST_COVER = 3650  # days for which a day of stock-out is named


@dataclass(frozen=True)
class Cover:
    """Days until the stock is sold out, that day in Bucharest, and RON a day at risk; None: not known."""

    days_of_cover: Decimal | None
    stock_out_date: date | None
    ron_at_risk_per_day: Decimal | None


def cover(
    available: int | None,
    on_order: int,
    expected: Decimal | None,
    drawn: Decimal | None,
    price_ron: Decimal | None,
    today: date,
    *,
    is_sellable: bool = True,
) -> Cover:
    """The cover of one item.

    What is at risk is what cannot be sold within the next lead time if nothing more is ordered: an order of today
    arrives after it. What is on order counts as if it came in time: nobody can order it sooner, and `supplier_orders`
    says what is late.

    Args:
        available: Pieces that can be promised; None when eMAG sent no number.
        on_order: Pieces ordered from suppliers and not yet received.
        expected: Pieces that this account is expected to sell a day; None when that is not known.
        drawn: Pieces a day that all accounts on the warehouse are expected to sell; `expected` where it is alone.
        price_ron: Price of a piece in RON; None when it has none, or no exchange rate.
        today: The day in Bucharest.
        is_sellable: Whether a customer can buy it: if not, stock is not what it lacks, and nothing is at risk.
    """
    days = _rounded(Fraction(max(available, 0)) / Fraction(drawn)) if available is not None and drawn else None
    out = today + timedelta(days=int(days)) if days is not None and days <= LONGEST_COVER else None
    if available is None or expected is None or drawn is None:
        at_risk = None
    elif expected == 0 or not is_sellable:
        at_risk = Decimal("0.00")
    elif price_ron is None:
        at_risk = None
    else:
        covered = min(Fraction(1), Fraction(max(available + on_order, 0)) / (Fraction(drawn) * LEAD_TIME_DAYS))
        at_risk = _rounded(Fraction(expected) * Fraction(price_ron) * (1 - covered))
    return Cover(days, out, at_risk)


def buying_order(
    status: Status, demand_method: str | None, ron_at_risk: Decimal | None, available: int
) -> tuple[Decimal, bool, int, int]:
    """Sorted by it, the report begins with what costs most a day.

    Then what runs out and may cost something that is not known, such as an item with too few days of sales; then the
    rest: what is covered, was never sold, or cannot be sold. Within each the worst status, then the smallest stock.
    """
    is_rest = ron_at_risk is not None or demand_method == "never sold" or status not in RUNNING_OUT
    return -(ron_at_risk or Decimal(0)), is_rest, list(Status).index(status), available


def _rounded(value: Fraction) -> Decimal:
    """To two places, halves up: no value is negative."""
    return Decimal(int(value * 100 + Fraction(1, 2))).scaleb(-2)
