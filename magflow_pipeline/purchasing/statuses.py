"""Stock statuses and their names. Imports nothing heavy: the command's help loads this module. Rules: `stock.py`."""

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
