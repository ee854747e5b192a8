"""Reads the values of a cell: a SKU, a day, a number of pieces. What cannot be one is refused with a sentence."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from magflow_pipeline.text import noted, storable

MOST_PIECES = 999_999_999
OLDEST = date(2000, 1, 1)
ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ].*)?", re.ASCII)
ROMANIAN = re.compile(r"(\d\d?)[./-](\d\d?)[./-](\d{4})(?: .*)?", re.ASCII)
LONGEST = 200


class UnusableError(ValueError):
    """A value that cannot be used; the text says which, and what is wrong with it."""


def read_text(cell: Any, what: str) -> str:
    """A text without white space around it.

    Raises:
        UnusableError: it is empty or too long.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a workbook keeps the SKU 469 as 469.0
    text = " ".join(storable("" if cell is None else str(cell)).split())
    if not text:
        raise UnusableError(f"the {what} is empty")
    if len(text) > LONGEST:
        raise UnusableError(f"the {what} has {len(text)} characters, and may have {LONGEST}")
    return text


def read_pieces(cell: Any) -> int:
    """A whole number of pieces, not negative; 3, 3.0 and 3,00 are three, and 1.234 is none.

    Raises:
        UnusableError: it is something else.
    """
    written = str(cell if cell is not None else "").strip()
    if not written:
        raise UnusableError("the quantity is empty")
    try:
        number = Decimal(written.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value():
        raise UnusableError(f"the quantity '{noted(written, 40)}' is not a whole number")
    if not 0 <= number <= MOST_PIECES:
        raise UnusableError(f"the quantity {noted(written, 40)} is not between 0 and {MOST_PIECES}")
    return int(number)


def read_day(cell: Any, today: date) -> date:
    """A day, written 2026-11-25, 25.11.2026 or 25/11/2026 (the day first), or kept by a workbook.

    Raises:
        UnusableError: it is none, lies after `today`, or before 2000.
    """
    day = _day(cell)
    if day > today:
        raise UnusableError(f"{day} is in the future")
    if day < OLDEST:
        raise UnusableError(f"{day} is before {OLDEST}")
    return day


def _day(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = str(cell if cell is not None else "").strip()
    if not written:
        raise UnusableError("the day is empty")
    if match := ISO.fullmatch(written):
        year, month, day = map(int, match.groups())
    elif match := ROMANIAN.fullmatch(written):
        day, month, year = map(int, match.groups())
    else:
        raise UnusableError(f"'{noted(written, 40)}' is not a day such as 2026-11-25 or 25.11.2026")
    try:
        return date(year, month, day)
    except ValueError:
        raise UnusableError(f"'{noted(written, 40)}' is not a day of the calendar") from None
