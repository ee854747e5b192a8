"""What an account lacks of an item, and when it runs out: pure functions (docs/rules.md, Needs and purchases).

The build computes it in SQL (`planned_arrivals.sql` and `planned_needs.sql` in `sql/purchasing/`, `purchase_needs.sql`
in `sql/views/`). These functions explain the rules and are the oracle of its test. Quantities are pieces, days those
of Bucharest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from magflow_pipeline.suppliers.costs import arrives_on

LONGEST_OUTLOOK = 3650  # days for which the day of a stock-out is named
WITHOUT_LEVELS = ("never_sold", "not_worth_keeping", "no_price")


@dataclass(frozen=True)
class Coming:
    """Pieces on their way from a supplier or, `is_transfer`, another account; `due` None: nobody knows when."""

    due: date | None
    quantity: int
    is_transfer: bool = False


@dataclass(frozen=True)
class OnTheWay:
    """What is on its way, added up."""

    on_order: int
    """Pieces from suppliers that count."""
    overdue: int
    """Pieces from suppliers that are past their day."""
    overdue_since: date | None
    given_up: int
    """Of these the ones that are late for so long that they count no more."""
    in_transfer: int
    """Pieces from other accounts that count."""
    arrivals: dict[date, int]
    """What counts and has a day, by the day on which it is expected."""


@dataclass(frozen=True)
class Outlook:
    """When the stock ends, by expected demand; None: not known, or no sale is expected."""

    gap_days: Fraction | None
    """Days without stock before the next arrival, or before an order of today is there if that is sooner."""
    runs_out_on: date | None
    """The first day without stock that an order can still prevent."""


def due_on(
    expected: date | None,
    ordered: date,
    lead_days: Decimal | None,
    today: date,
    closed: Collection[tuple[date, date]] = (),
) -> date | None:
    """The day on which an order should be there: as expected, else the lead time, whole days, after it was sent.

    The lead time stands still while its supplier is closed (first and last days).
    """
    if expected is not None or lead_days is None:
        return expected
    return arrives_on(min(ordered, today), lead_days, closed)


def on_the_way(coming: Iterable[Coming], today: date, late_days: int) -> OnTheWay:
    """Add up what is on its way.

    What is late is expected as much later as it is late already. What is later than `late_days` is no longer counted
    on: an order that nobody closed would keep the item out of stock for ever.
    """
    orders: list[Coming] = []
    overdue: list[tuple[date, int]] = []
    given_up = in_transfer = on_order = 0
    arrivals: dict[date, int] = {}
    for each in coming:
        late = 0 if each.due is None else max((today - each.due).days, 0)
        counts = late <= late_days
        if not each.is_transfer:
            orders.append(each)
            on_order += each.quantity if counts else 0
            given_up += 0 if counts else each.quantity
            if late and each.due is not None:
                overdue.append((each.due, each.quantity))
        elif counts:
            in_transfer += each.quantity
        if counts and each.due is not None:
            day = each.due + timedelta(days=2 * late)
            arrivals[day] = arrivals.get(day, 0) + each.quantity
    return OnTheWay(
        on_order=on_order,
        overdue=sum(quantity for _, quantity in overdue),
        overdue_since=min((due for due, _ in overdue), default=None),
        given_up=given_up,
        in_transfer=in_transfer,
        arrivals=arrivals,
    )


def outlook(
    available: int | None,
    arrivals: dict[date, int],
    daily: Fraction | None,
    lead_days: Fraction | None,
    today: date,
) -> Outlook:
    """Follow the stock from arrival to arrival: it falls by `daily` a day, and never below 0.

    Args:
        available: Pieces that can be promised now, less those that have left since the stock was read; below 0 counts
            as 0; None when it is not known.
        arrivals: Pieces by the day on which they arrive, today at the earliest.
        daily: Pieces expected to be sold a day.
        lead_days: From an order of today until its pieces can be sold, closed days of the supplier counted.
        today: Day 0.
    """
    if daily is None or lead_days is None or available is None:
        return Outlook(None, None)
    if daily == 0:
        return Outlook(Fraction(0), None)
    stock, now = Fraction(max(available, 0)), 0
    first_end = min((day - today).days for day in arrivals) if arrivals else lead_days
    gap = max(Fraction(0), min(Fraction(first_end), lead_days) - stock / daily)
    out: Fraction | None = None
    for day in sorted(arrivals):
        then = (day - today).days
        left = stock - daily * (then - now)
        if left < 0 and then > lead_days and out is None:  # a gap that ends before an order of today is there is lost
            out = now + stock / daily
        stock, now = max(left, Fraction(0)) + arrivals[day], then
    if out is None:
        out = now + stock / daily
    return Outlook(gap, today + timedelta(days=int(out)) if out <= LONGEST_OUTLOOK else None)


def raw_need(
    stock: int,
    available: int,
    reorder_point: int,
    maximum: int,
    source: str,
    *,
    problem: str | None = None,
    quantity_set: int | None = None,
    is_unread: bool = False,
    is_ordered_elsewhere: bool = False,
) -> int | None:
    """Pieces that an account lacks, before transfers and rounding; None: a person has to decide.

    Args:
        stock: Pieces available, on order and in transfer.
        available: Pieces that can be promised, less those that have left since the stock was read.
        reorder_point: The largest stock at which one orders.
        maximum: What one orders up to.
        source: Where these levels are from: manual, demand or default.
        problem: Why demand gives no levels (`demand_levels.problem`).
        quantity_set: What a person said to order when the stock is low: nothing is deducted, 0 means none.
        is_unread: eMAG sent no number as stock.
        is_ordered_elsewhere: Another account orders for the same pieces.
    """
    if is_ordered_elsewhere:
        return 0
    if quantity_set is not None:
        return quantity_set if available <= reorder_point else 0
    if is_unread:
        return None
    if source != "manual" and problem in WITHOUT_LEVELS:
        return 0
    if source in ("manual", "demand"):
        return max(0, maximum - stock) if stock <= reorder_point else 0
    return 0 if available > reorder_point else None


def why_blocked(
    raw: int | None,
    available: int,
    reorder_point: int,
    source: str,
    *,
    problem: str | None = None,
    quantity_set: int | None = None,
    is_unread: bool = False,
    is_ordered_elsewhere: bool = False,
    objections: str | None = None,
    order_anyway: bool = False,
) -> str | None:
    """Why a need is not bought, as codes joined by "; ".

    `objections` are what speaks against it (not_sellable, lost_buy_box, competitor_below_cost), unless a person wants
    it all the same.
    """
    if is_ordered_elsewhere:
        return "ordered_elsewhere"
    codes: list[str] = []
    if raw is None:
        codes.append("stock_unread" if is_unread else "not_enough_data")
    elif raw == 0 and source != "manual" and quantity_set is None and available <= reorder_point and problem:
        codes.append("no_price_in_ron" if problem == "no_price" else problem)  # not as that of a supplier without one
    if objections and not order_anyway and raw != 0:
        codes.append(objections)
    return "; ".join(codes) or None
