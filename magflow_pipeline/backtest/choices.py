"""Options of the back-test. Imports nothing heavy: the command's help loads this module."""

from enum import StrEnum


class Generated(StrEnum):
    """Kinds of generated histories."""

    EVEN = "even"
    UNEVEN = "uneven"


class PolicyName(StrEnum):
    """The policies that are compared."""

    DEMAND = "demand"
    PLAIN = "plain"
    FIXED = "fixed"
    STOCK_DERIVED = "stock_derived"


class BacktestFormat(StrEnum):
    """Output formats of the back-test."""

    TABLE = "table"
    JSON = "json"
