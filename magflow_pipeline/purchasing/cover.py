"""How long a stock lasts, what waiting with an order costs, and in which order a buyer reads: pure functions.

The report computes it in SQL (`sql/views/demand_cover.sql`). These functions explain the rules and are the oracle of
its test, as `stock.py` is for the status. Not here: what is expected to be sold (room `demand`), and levels.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from magflow_pipeline.purchasing.packs import expected_short
from magflow_pipeline.purchasing.statuses import RUNNING_OUT, Status

LONGEST_COVER = 3650  # days for which a day of stock-out is named
WAITED_DAYS = 7
"""Whoever does not order today orders in a week: what that costs is what the report is ranked by."""


@dataclass(frozen=True)
class Demand:
    """What is planned for: pieces a day with the variance of a day and the error of the estimate, and the lead time.

    The lead time is in open days; an order of today, or of in a week, comes as many closed days later.
    """

    daily: Decimal
    variance: Decimal
    error: Decimal
    lead_time_days: Decimal
    lead_time_spread_days: Decimal
    closed_days_today: int = 0
    closed_days_in_a_week: int = 0


@dataclass(frozen=True)
class Cover:
    """Days until the stock is sold out, that day in Bucharest, and RON that waiting costs; None: not known."""

    days_of_cover: Decimal | None
    stock_out_date: date | None
    ron_lost_by_waiting: Decimal | None
    ron_at_risk_per_day: Decimal | None


def cover(
    available: int | None,
    to_come: int,
    expected: Decimal | None,
    planned: Demand | None,
    margin_ron: Decimal | None,
    today: date,
    *,
    is_sellable: bool = True,
) -> Cover:
    """The cover of one item.

    Args:
        available: Pieces that can be promised; None when the stock is not known.
        to_come: Pieces on order and in transfer. They count as if they came in time: nobody can order them sooner.
        expected: Pieces a day that this account is expected to sell; None when that is not known.
        planned: What all accounts on the warehouse are expected to sell, and by when an order is there.
        margin_ron: What a sold piece earns, in RON; None when it has no price, or no exchange rate.
        today: The day in Bucharest.
        is_sellable: Whether a customer can buy it: if not, stock is not what it lacks, and nothing is at risk.
    """
    daily = planned.daily if planned else None
    days = _rounded(Fraction(max(available, 0)) / Fraction(daily)) if available is not None and daily else None
    out = today + timedelta(days=int(days)) if days is not None and days <= LONGEST_COVER else None
    if available is None or expected is None or planned is None:
        lost = None
    elif expected == 0 or not is_sellable:
        lost = Decimal("0.00")
    elif margin_ron is None:
        lost = None
    else:
        share = float(expected) / float(planned.daily)
        pieces = short_by_waiting(max(available + to_come, 0), planned)
        lost = Decimal(max(float(margin_ron), 0.0) * share * pieces).quantize(Decimal("0.01"))
    return Cover(days, out, lost, None if lost is None else _rounded(Fraction(lost) / WAITED_DAYS))


def short_by_waiting(position: int, planned: Demand) -> float:
    """Pieces that are expected to be short more if an order is placed in a week instead of today.

    That is the demand beyond `position` (what is available and to come) until the order is there, closed days of the
    supplier counted; at most what the days between the two arrivals sell. It never rises when the position rises.
    """
    lead = float(planned.lead_time_days)
    soon, later = lead + planned.closed_days_today, lead + WAITED_DAYS + planned.closed_days_in_a_week
    short = expected_shortage(position, planned, later) - expected_shortage(position, planned, soon)
    return min(short, float(planned.daily) * (later - soon))


def expected_shortage(position: int, planned: Demand, days: float) -> float:
    """Pieces wanted beyond `position` in so many days, on average.

    The variance is that of levels: of the days, of the estimate, and of the lead time.
    """
    daily, spread = float(planned.daily), float(planned.lead_time_spread_days)
    variance = float(planned.variance) * days + (float(planned.error) * days) ** 2 + (daily * spread) ** 2
    return expected_short(position, daily * days, variance)


def buying_order(
    status: Status, demand_method: str | None, ron_at_risk: Decimal | None, available: int
) -> tuple[Decimal, bool, int, int]:
    """Sorted by it, the report begins with what waiting costs most.

    Then what runs out and may cost something that is not known, such as an item with too few days of sales; then the
    rest: what is covered, was never sold, or cannot be sold. Within each the worst status, then the smallest stock.
    """
    is_rest = ron_at_risk is not None or demand_method == "never sold" or status not in RUNNING_OUT
    return -(ron_at_risk or Decimal(0)), is_rest, list(Status).index(status), available


def _rounded(value: Fraction) -> Decimal:
    """To two places, halves up: no value is negative."""
    return Decimal(int(value * 100 + Fraction(1, 2))).scaleb(-2)
