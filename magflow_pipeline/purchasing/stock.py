"""Stock status and reorder quantity: pure functions (rules.md: Status).

The report computes it in SQL (`stock_levels.sql`, `stock_decision.sql`, `stock_sentences.sql` in `sql/views/`). These
functions explain the rules and are the oracle of its test; whatever shows the report uses the statuses and their names.
Quantities are pieces. The levels do not depend on the stock that is compared with them, and never contradict each
other.
"""

from dataclasses import dataclass
from enum import StrEnum

from magflow_pipeline.catalogue.sellable import Note


class Status(StrEnum):
    """Stock statuses, most urgent first."""

    OUT_OF_STOCK = "out_of_stock"
    CRITICAL = "critical"
    LOW_STOCK = "low_stock"
    IN_STOCK = "in_stock"
    OVERSTOCK = "overstock"


RUNNING_OUT = frozenset({Status.OUT_OF_STOCK, Status.CRITICAL, Status.LOW_STOCK})

ROMANIAN = {
    Status.OUT_OF_STOCK: "stoc epuizat",
    Status.CRITICAL: "stoc critic",
    Status.LOW_STOCK: "stoc scăzut",
    Status.IN_STOCK: "în stoc",
    Status.OVERSTOCK: "suprastoc",
}

WITHOUT_DEMAND = Note(
    " Levels are defaults; demand is not in them yet.",
    " Nivelurile sunt cele implicite; cererea nu intră încă în ele.",
)


@dataclass(frozen=True)
class Levels:
    """The levels that a stock is compared with; the defaults are the policy of rules.md: Levels.

    0, 0, 0 keeps nothing in stock.
    """

    minimum: int = 10
    reorder_point: int = 20
    maximum: int = 100


@dataclass(frozen=True)
class ManualLevels:
    """Levels set by hand; None: the usual one applies."""

    minimum: int | None = None
    reorder_point: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Decision:
    """The status, the pieces to order, and the numbers behind both as a sentence in two languages."""

    status: Status
    reorder_quantity: int
    reason: str
    reason_ro: str


def stock_status(available: int, levels: Levels) -> Status:
    """The first status whose condition holds."""
    if available <= 0:
        return Status.OUT_OF_STOCK
    if available <= levels.minimum:
        return Status.CRITICAL
    if available <= levels.reorder_point:
        return Status.LOW_STOCK
    if available >= levels.maximum:
        return Status.OVERSTOCK
    return Status.IN_STOCK


def effective_levels(manual: ManualLevels, usual: Levels | None = None) -> tuple[Levels, list[Note]]:
    """The levels that apply, and a note for each one changed so that minimum <= reorder point < maximum.

    Levels set by hand win over the usual ones: those of demand, or the default policy. A usual level that contradicts
    one moves: the maximum to its usual distance above the reorder point, the reorder point to its usual share of a
    maximum set by hand, the minimum to its usual share of the reorder point. Of two levels set by hand the one that
    orders more wins: a minimum raises the reorder point, a reorder point the maximum. A maximum of 0 on its own keeps
    nothing in stock.

    Args:
        manual: What people set.
        usual: What stands where nobody set a level; the default policy when none are given.
    """
    usual = usual or Levels()
    minimum, point, maximum = manual.minimum, manual.reorder_point, manual.maximum
    if point is None:
        point = usual.reorder_point
        if minimum is not None and minimum > point:
            point = minimum + usual.reorder_point - usual.minimum
        if maximum is not None and maximum <= point:
            point = max(minimum or 0, maximum * usual.reorder_point // max(usual.maximum, 1))
    else:
        point = max(minimum or 0, point)
    if minimum is None:
        minimum = usual.minimum if point >= usual.minimum else point * usual.minimum // max(usual.reorder_point, 1)
    if maximum is None:
        gap = max(usual.maximum - usual.reorder_point, 1)
        maximum = usual.maximum if point < usual.maximum or (point, usual.maximum) == (0, 0) else point + gap
    elif maximum <= point and (maximum, point) != (0, 0):
        maximum = point + 1
    levels = Levels(minimum, point, maximum)
    return levels, _moved(manual, usual, levels)


def _moved(manual: ManualLevels, kept: Levels, levels: Levels) -> list[Note]:
    """A note for each level that differs from the one set by hand, or else from the usual one; none without any."""
    if manual == ManualLevels():
        return []
    notes: list[Note] = []
    for name, name_ro, by_hand, usual, used in (
        ("minimum", "minim", manual.minimum, kept.minimum, levels.minimum),
        ("reorder point", "prag de comandă", manual.reorder_point, kept.reorder_point, levels.reorder_point),
        ("maximum", "maxim", manual.maximum, kept.maximum, levels.maximum),
    ):
        if by_hand is None and used != usual:
            notes.append(
                Note(
                    f"The usual {name} {usual} contradicts what was set by hand: {used} is used.",
                    f"Valoarea obișnuită {name_ro} {usual} contrazice ce s-a stabilit manual: se folosește {used}.",
                )
            )
        elif by_hand is not None and used != by_hand:
            notes.append(
                Note(
                    f"The {name} {by_hand} set by hand contradicts another level set by hand: {used} is used.",
                    f"Valoarea {name_ro} {by_hand} stabilită manual contrazice alt nivel stabilit manual: "
                    f"se folosește {used}.",
                )
            )
    return notes


def decide(
    available: int,
    on_order: int = 0,
    levels: Levels | None = None,
    manual_quantity: int | None = None,
    ordered_by: str | None = None,
    *,
    is_at_least: bool = False,
    is_unread: bool = False,
    not_sellable: Note | None = None,
    is_without_demand: bool = False,
) -> Decision:
    """The status and reorder quantity of one item.

    Args:
        available: Pieces that can be promised; negative when oversold.
        on_order: Pieces ordered from suppliers and not yet received.
        levels: The levels to compare with; the default policy when none are given.
        manual_quantity: Pieces a person decided to order when the stock is low: nothing is deducted, 0 means none.
        ordered_by: The account that orders for this stock, where two accounts publish the same pieces.
        is_at_least: `available` is a lower bound: eMAG only reported that the stock is not low.
        is_unread: eMAG sent no number as stock: `available` is 0 in its place, and nothing is ordered because of it.
        not_sellable: Why no customer can buy it now: then nothing is ordered, whatever the other arguments.
        is_without_demand: Some level is a default although the demand is known: said where levels decide the quantity.
    """
    levels = levels or Levels()
    status = stock_status(available, levels)
    if not_sellable is not None and status in RUNNING_OUT:
        quantity = 0
        why = f"Order 0: it cannot be sold: {not_sellable.en}."
        why_ro = f"De comandat 0: nu se poate vinde: {not_sellable.ro}."
    elif is_unread and manual_quantity is None:
        quantity = 0
        why = "Order 0: what eMAG sent for its stock is no number, count it."
        why_ro = "De comandat 0: eMAG nu a trimis un număr ca stoc, numărați-l."
    else:
        told = WITHOUT_DEMAND if is_without_demand else Note("", "")
        quantity, why, why_ro = _quantity(status, available, on_order, levels, manual_quantity, ordered_by, told)
    bound, bound_ro = _bound(status, levels)
    least, least_ro = ("At least ", "Cel puțin ") if is_at_least else ("", "")
    return Decision(
        status=status,
        reorder_quantity=quantity,
        reason=f"{least}{available} available {bound}: {status.value.replace('_', ' ')}. {why}",
        reason_ro=f"{least_ro}{available} disponibile {bound_ro}: {ROMANIAN[status]}. {why_ro}",
    )


def _quantity(
    status: Status,
    available: int,
    on_order: int,
    levels: Levels,
    manual_quantity: int | None,
    ordered_by: str | None,
    told: Note,
) -> tuple[int, str, str]:
    """Pieces and why; `told` is said where levels decide."""
    if status not in RUNNING_OUT:
        return 0, f"Nothing to order.{told.en}", f"Nimic de comandat.{told.ro}"
    if ordered_by is not None:
        return (
            0,
            f"Order 0: the same pieces are ordered with account {ordered_by}.",
            f"De comandat 0: aceleași bucăți se comandă cu contul {ordered_by}.",
        )
    if manual_quantity is not None:
        return (
            manual_quantity,
            f"Order {manual_quantity}, as set by hand.",
            f"De comandat {manual_quantity}, stabilit manual.",
        )
    quantity = max(0, levels.maximum - available - on_order)
    sum_en = f"maximum {levels.maximum} - available {available} - on order {on_order}"
    sum_ro = f"maxim {levels.maximum} - disponibil {available} - în comandă {on_order}"
    return quantity, f"Order {quantity} = {sum_en}.{told.en}", f"De comandat {quantity} = {sum_ro}.{told.ro}"


def _bound(status: Status, levels: Levels) -> tuple[str, str]:
    """The comparison that decided, in English and Romanian."""
    match status:
        case Status.OUT_OF_STOCK:
            return "<= 0", "<= 0"
        case Status.CRITICAL:
            return f"<= minimum {levels.minimum}", f"<= minim {levels.minimum}"
        case Status.LOW_STOCK:
            return f"<= reorder point {levels.reorder_point}", f"<= prag de comandă {levels.reorder_point}"
        case Status.OVERSTOCK:
            return f">= maximum {levels.maximum}", f">= maxim {levels.maximum}"
        case Status.IN_STOCK:
            return f"> reorder point {levels.reorder_point}", f"> prag de comandă {levels.reorder_point}"
