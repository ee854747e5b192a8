"""What a stock is called and how much to order: pure functions (domain.md 8).

Quantities are pieces. The levels do not depend on the stock they judge.
"""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True)
class Levels:
    """The levels a stock is judged by; the defaults are the policy of domain.md 7."""

    minimum: int = 10
    reorder_point: int = 20
    maximum: int = 100


@dataclass(frozen=True)
class Decision:
    """The status, what to order, and the numbers behind both as a sentence in two languages."""

    status: Status
    reorder_quantity: int
    reason: str
    reason_ro: str


def stock_status(available: int, levels: Levels) -> Status:
    """The first that holds, from the top."""
    if available <= 0:
        return Status.OUT_OF_STOCK
    if available <= levels.minimum:
        return Status.CRITICAL
    if available <= levels.reorder_point:
        return Status.LOW_STOCK
    if available >= levels.maximum:
        return Status.OVERSTOCK
    return Status.IN_STOCK


def decide(
    available: int,
    on_order: int = 0,
    levels: Levels | None = None,
    manual_quantity: int | None = None,
    ordered_by: str | None = None,
    *,
    is_at_least: bool = False,
) -> Decision:
    """Judge one item.

    Args:
        available: Pieces that can be promised; negative when oversold.
        on_order: Pieces ordered from suppliers and not yet received.
        levels: The levels to judge by; the default policy when none are given.
        manual_quantity: What a person decided to order when it is low: nothing is deducted, 0 means do not order.
        ordered_by: The account that orders for this stock, where two accounts publish the same pieces.
        is_at_least: The stock was not counted: eMAG only says that there are more pieces than what is low.
    """
    levels = levels or Levels()
    status = stock_status(available, levels)
    quantity, why, why_ro = _quantity(status, available, on_order, levels, manual_quantity, ordered_by)
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
) -> tuple[int, str, str]:
    if status not in RUNNING_OUT:
        return 0, "Nothing to order.", "Nimic de comandat."
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
    return quantity, f"Order {quantity} = {sum_en}.", f"De comandat {quantity} = {sum_ro}."


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
