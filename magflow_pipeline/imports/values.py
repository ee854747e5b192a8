"""Reads the values of cells: a SKU, a day, a number with its unit. What could mean two things is refused.

Each reader raises `UnusableError` with a sentence that says which value, and what is wrong with it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from magflow_pipeline.text import noted, storable

MOST_PIECES = 999_999_999
MOST_MONEY = 1_000_000_000
OLDEST = date(2000, 1, 1)
ANY_DAY = date(2199, 12, 31)
"""As `today` of `read_day`: the day may lie ahead."""
LONGEST = 200
LONGEST_NOTE = 1000
LONGEST_URL = 2000
EXACT_DIGITS = 15
"""A workbook keeps so many digits of a number, and shows no more."""

_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d\d?)[-/.月](\d\d?)日?(?:[T ].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d?)[./-](\d\d?)[./-](\d{4})(?: .*)?", re.ASCII)
_WITH_UNITS = re.compile(r"([^\d.,+-]*)([+-]?[.,]?\d(?:[\d.,' ]*\d)?)(.*)", re.ASCII)
_GROUPED_BY_BLANKS = re.compile(r"[+-]?\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?", re.ASCII)
_ROUNDED_SKU = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
_YES = frozenset({"yes", "y", "true", "1", "x", "da", "d", "adevarat", "✓", "✔", "√", "是", "对", "已确认", "确认"})
_NO = frozenset({"no", "n", "false", "0", "nu", "fals", "否", "不", "未确认"})
_SHIPPINGS = {
    **dict.fromkeys(("sea", "mare", "maritim", "vapor", "海运", "海"), "sea"),
    **dict.fromkeys(("air", "aer", "aerian", "avion", "空运", "空"), "air"),
    **dict.fromkeys(("rail", "train", "tren", "feroviar", "铁路", "火车"), "rail"),
    **dict.fromkeys(("road", "truck", "rutier", "camion", "卡车", "卡航"), "road"),
}

PIECES: Mapping[str, int] = dict.fromkeys(
    ("", "buc", "bucata", "bucati", "pc", "pcs", "piece", "pieces", "unit", "units", "个", "件", "只"), 1
)
DAYS: Mapping[str, int] = {
    **dict.fromkeys(("", "day", "days", "zi", "zile", "天", "日"), 1),
    **dict.fromkeys(("week", "weeks", "saptamana", "saptamani", "周"), 7),
}
KILOGRAMS: Mapping[str, Decimal] = {
    **dict.fromkeys(("kg", "kgs", "kilograme", "kilograms", "公斤", "千克"), Decimal(1)),
    **dict.fromkeys(("g", "gr", "gram", "grame", "grams", "克"), Decimal("0.001")),
}
CUBIC_METRES: Mapping[str, Decimal] = {
    **dict.fromkeys(("m3", "mc", "cbm", "立方米", "立方"), Decimal(1)),
    **dict.fromkeys(("l", "litri", "dm3", "升"), Decimal("0.001")),
    **dict.fromkeys(("cm3", "立方厘米"), Decimal("0.000001")),
}
CURRENCIES: Mapping[str, str] = {
    **dict.fromkeys(("cny", "rmb", "yuan", "¥", "元", "人民币"), "CNY"),
    **dict.fromkeys(("usd", "$", "us$", "dolari", "美元", "美金"), "USD"),
    **dict.fromkeys(("eur", "euro", "€", "欧元"), "EUR"),
    **dict.fromkeys(("ron", "lei", "leu"), "RON"),
    **{code.casefold(): code for code in ("BGN", "CHF", "CZK", "GBP", "HKD", "HUF", "JPY", "PLN", "TRY")},
}


@dataclass(frozen=True)
class Formula:
    """A cell of a workbook that a formula fills, with the result that was saved with it, if any."""

    result: Any

    def __str__(self) -> str:
        return str(self.result)


class UnusableError(ValueError):
    """A value that cannot be used; the text says which, and what is wrong with it."""


def plain(text: str) -> str:
    """A heading or a word without case, accents, blanks and punctuation; signs of money and % stay.

    >>> plain("Preț unitar (€)"), plain("单价（元）")
    ('pretunitar€', '单价元')
    """
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum() or letter in "%¥$€✓✔√")


def is_empty(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\0 \t\r\n\u00a0\u3000\ufeff\u200b"))


def read_text(cell: Any, what: str, longest: int = LONGEST) -> str:
    """A text without white space around it, and runs of it as one space."""
    if isinstance(cell, float) and cell.is_integer():
        if abs(cell) >= 10**EXACT_DIGITS:
            raise UnusableError(
                f"the {what} {cell:.0f} is a number with more digits than a workbook keeps: format it as text, and "
                "write it again"
            )
        cell = int(cell)  # a workbook keeps the SKU 469 as 469.0
    text = seen("" if cell is None else str(cell))
    if not text:
        raise UnusableError(f"the {what} is empty")
    if len(text) > longest:
        raise UnusableError(f"the {what} has {len(text)} characters, and may have {longest}")
    return text


def seen(text: str) -> str:
    """The text as people see it: without characters that nobody sees, as a page may hold, and with single spaces."""
    text = " ".join(storable(text).split())
    if text.isprintable():
        return text
    return " ".join("".join(each for each in text if each.isspace() or each.isprintable()).split())


def read_sku(cell: Any) -> str:
    """A SKU as it is written: leading zeros stay."""
    text = read_text(cell, "SKU")
    if _ROUNDED_SKU.fullmatch(text):
        raise UnusableError(f"the SKU {noted(text, 40)} was rounded by a spreadsheet: write its digits, as text")
    return text


def read_url(cell: Any) -> str:
    """An address of the web."""
    text = read_text(cell, "URL", LONGEST_URL)
    if not re.match(r"(?i)https?://\S+$", text):
        raise UnusableError(f"'{noted(text, 60)}' is not an address that begins with http:// or https://")
    return text


def read_shipping(cell: Any) -> str:
    """A way of shipping in lower case; sea, air, rail and road also in Romanian and Chinese."""
    text = read_text(cell, "way of shipping").lower()
    if not re.fullmatch(r"[\w .,/+&-]+", text):
        raise UnusableError(
            f"the way of shipping '{noted(text, 40)}' has signs that are no letters, digits, . , / + & or -"
        )
    return _SHIPPINGS.get(plain(text), text)


def read_yes(cell: Any, what: str) -> bool:
    """Yes or no, in English, Romanian or Chinese, or as 1, x, 0."""
    word = plain(f"{cell:g}" if isinstance(cell, float) else str(cell))
    if word in _YES or word in _NO:
        return word in _YES
    raise UnusableError(f"{what} '{_told(cell)}' is neither yes nor no")


def read_currency(cell: Any) -> str:
    """The ISO 4217 code of a currency: its own, or that of a name or sign."""
    word = plain(read_text(cell, "currency"))
    if code := CURRENCIES.get(word):
        return code
    if re.fullmatch(r"[a-z]{3}", word):
        return word.upper()
    raise UnusableError(f"the currency '{_told(cell)}' is no code such as CNY, USD, EUR or RON")


def read_number(cell: Any, what: str, units: Mapping[str, Any] | None = None) -> tuple[Decimal, str]:
    """A number, and the unit that is written before or behind it: a key of `units`, or empty.

    A comma is read as in 12,5 and in 1,234.5 and a point as in 12.5 and in 1.234,5; 1.234 and 1,234 could be either.
    """
    written = _told(cell)
    refused = UnusableError(f"the {what} '{written}' is not a number")
    if isinstance(cell, bool):
        raise refused
    if isinstance(cell, int | float):
        number = Decimal(f"{cell:.{EXACT_DIGITS}g}")
        if not number.is_finite():
            raise refused
        return number, ""
    text = unicodedata.normalize("NFKC", storable("" if cell is None else str(cell)))
    text = " ".join(text.replace("−", "-").replace("’", "'").split())
    if not text:
        raise UnusableError(f"the {what} is empty")
    found = _WITH_UNITS.fullmatch(text)
    if found is None:
        raise refused
    before, digits, behind = (each.strip() for each in found.groups())
    unit = plain(before + behind)
    if (before and behind) or ((before or behind) and (not unit or unit not in (units or {}))):
        raise refused
    return _decimal(digits, what, refused), unit


def _decimal(digits: str, what: str, refused: UnusableError) -> Decimal:
    if _GROUPED_BY_BLANKS.fullmatch(digits):
        digits = re.sub("[ ']", "", digits)
    elif " " in digits or "'" in digits:
        raise refused
    sign, digits = ("-", digits[1:]) if digits[0] == "-" else ("", digits.removeprefix("+"))
    parts, signs = re.split("[.,]", digits), re.sub("[^.,]", "", digits)
    if len(signs) == 1 and len(parts[1]) == 3 and 1 <= len(parts[0]) <= 3 and int(parts[0]):
        whole, part = "".join(parts), ".".join(parts)
        raise UnusableError(f"the {what} '{sign}{digits}' may be {whole} or {part}: write {whole} or {part}0")
    if len(signs) < 2:
        return Decimal(f"{sign}{parts[0] or '0'}" + "".join(f".{part}" for part in parts[1:]))
    # The last of several signs is the decimal one where it differs from those before it, which group thousands.
    groups = parts if signs[-1] == signs[0] else parts[:-1]
    grouped = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if not grouped or len(set(signs[: len(groups) - 1])) != 1:
        raise refused
    return Decimal(f"{sign}{''.join(groups)}" + ("" if groups is parts else f".{parts[-1]}"))


def read_pieces(cell: Any, what: str = "quantity", least: int = 0, most: int = MOST_PIECES) -> int:
    """A whole number of pieces; 3, 3.0, 3,00 and 3 buc are three, and 1.234 is none."""
    number, _ = read_number(cell, what, PIECES)
    if number != number.to_integral_value():
        raise UnusableError(f"the {what} '{_told(cell)}' is not a whole number")
    return int(_within(number, cell, what, least, most))


def read_days(cell: Any, what: str, unit: str, most: int = 1000) -> Decimal:
    """A number of days; weeks where the cell or the heading says so."""
    number, own = read_number(cell, what, DAYS)
    return _within(number * DAYS[own or unit], cell, what, 0, most)


def read_measure(cell: Any, what: str, unit: str, units: Mapping[str, Decimal], most: int = 1_000_000) -> Decimal:
    """A number in the first of `units`; the unit is in the cell or in the heading."""
    number, own = read_number(cell, what, units)
    if not (own or unit):
        usual, other = [next(name for name, one in units.items() if one == factor) for factor in _first(units, 2)]
        raise UnusableError(
            f"the {what} '{_told(cell)}' may be in {usual} or in {other}: name the unit in the heading, as in "
            f"'{what} ({usual})', or behind the number"
        )
    return _within(number * units[own or unit], cell, what, 0, most)


def read_part(cell: Any, what: str, unit: str, most: int) -> Decimal:
    """A part of one: 12%, 12 below a heading with %, and 0.12 below a heading without it are the same."""
    number, own = read_number(cell, what, {"%": 1})
    is_percent = bool(own) or unit == "%"
    if not own and (0 < number < 1 if is_percent else number >= 1):
        meant = number * 100 if is_percent else number
        raise UnusableError(
            f"the {what} '{_told(cell)}' may be {_short(meant)} % or {_short(meant / 100)} %: write it with its %, "
            "such as 12%"
        )
    return _within(number / 100 if is_percent else number, cell, what, 0, most)


def read_money(cell: Any, what: str, unit: str, *, least: Decimal = Decimal(0)) -> tuple[Decimal, str | None]:
    """An amount, and the ISO 4217 code of its currency if the cell or the heading says one."""
    number, own = read_number(cell, what, CURRENCIES)
    money = _within(number, cell, what, 0, MOST_MONEY)
    if money < least or (money and not round(money, 4)):
        raise UnusableError(f"the {what} {_told(cell)} is nothing: leave the cell empty where it is not known")
    if own and unit and CURRENCIES[own] != CURRENCIES[unit]:
        raise UnusableError(f"the {what} {_told(cell)} is in {CURRENCIES[own]}, and its heading says {unit}")
    return money, CURRENCIES.get(own or unit)


def read_day(cell: Any, today: date) -> date:
    """A day, written 2026-11-25, 25.11.2026, 25/11/2026 (the day first) or 2026年11月25日, or kept by a workbook.

    It must not lie after `today`, nor before 2000.
    """
    day = _day(cell)
    if day > today:
        raise UnusableError(f"{day} is in the future" if today != ANY_DAY else f"{day} is after {ANY_DAY}")
    if day < OLDEST:
        raise UnusableError(f"{day} is before {OLDEST}")
    return day


def read_day_or_yes(cell: Any, today: date) -> date | None:
    """A day up to `today`; None where the cell only says yes, on whatever day it was."""
    word = plain(f"{cell:g}" if isinstance(cell, float) else str(cell))
    if word in _NO:
        raise UnusableError(f"'{_told(cell)}' is no day: leave the cell empty until it is done")
    return None if word in _YES else read_day(cell, today)


def _day(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = unicodedata.normalize("NFKC", str(cell if cell is not None else "")).strip()
    if not written:
        raise UnusableError("the day is empty")
    if match := _YEAR_FIRST.fullmatch(written):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(written):
        day, month, year = map(int, match.groups())
    else:
        raise UnusableError(f"'{noted(written, 40)}' is not a day such as 2026-11-25 or 25.11.2026")
    try:
        return date(year, month, day)
    except ValueError:
        raise UnusableError(f"'{noted(written, 40)}' is not a day of the calendar") from None


def _told(cell: Any) -> str:
    return f"{cell:.{EXACT_DIGITS}g}" if isinstance(cell, float) else noted("" if cell is None else cell, 40)


def _within(number: Decimal, cell: Any, what: str, least: int, most: int) -> Decimal:
    if not least <= number <= most:
        raise UnusableError(f"the {what} {_told(cell)} is not between {least} and {most}")
    return number


def _first(units: Mapping[str, Decimal], count: int) -> list[Decimal]:
    return list(dict.fromkeys(units.values()))[:count]


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"
