"""Readers that normalise values sent in many shapes (emag-api.md: Values).

A reader never raises: an unreadable value is None or empty. Money is Decimal and never passes through a float.
"""

import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field

from magflow_pipeline.text import storable

Json = Any
MAX_SMALLINT, MAX_INT, MAX_BIGINT = 2**15 - 1, 2**31 - 1, 2**63 - 1
MAX_PIECES = MAX_BIGINT // 1000  # sums and differences of a few still fit a bigint
MAX_KEY = 255  # characters of an indexed text
MAX_MONEY = Decimal(10) ** 10  # numeric(14, 4)
MAX_TEXT = 32_000  # characters of a text that people read; a spreadsheet's cell holds 32,767
MAX_LONG_TEXT = 2**20  # characters of a description
MAX_DEPTH = 32  # nested lists and objects in one value of an offer
TOO_DEEP = "(nested too deep to be kept)"
MAX_DIGITS, MAX_EXPONENT = 64, 300  # of a number: beyond, arithmetic takes minutes and jsonb refuses


class Unreadable(str):
    """A number that fits no column, as it was sent: NaN, 1e9999999999, an integer of thousands of digits."""

    __slots__ = ()


def read_literal(text: str) -> int | Decimal | Unreadable:
    """A JSON number: int when whole, else Decimal; `Unreadable` when it fits no column."""
    if len(text) > MAX_DIGITS:
        return Unreadable(text)
    try:
        return int(text) if text.removeprefix("-").isdigit() else _within_reason(text)
    except InvalidOperation:  # an exponent of more digits than a Decimal holds
        return Unreadable(text)


def _within_reason(text: str) -> Decimal | Unreadable:
    number = Decimal(text)
    return number if abs(number.adjusted()) <= MAX_EXPONENT else Unreadable(text)


def read_number(value: Json) -> Decimal | None:
    """A finite number from a number or a string."""
    if value is None or isinstance(value, bool | list | dict | Unreadable):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # ValueError: a whole number of more digits than Python writes
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_EXPONENT else None


def read_money(value: Json) -> Decimal | None:
    """A price above zero with at most 4 decimals; None for null, 0, missing and unreadable."""
    number = read_number(value)
    if number is None or not 0 < number < MAX_MONEY:
        return None
    rounded = round(number, 4)
    return rounded if 0 < rounded < MAX_MONEY else None


def read_amount(value: Json) -> Decimal | None:
    """An amount of money that may be zero, with at most 4 decimals; None for null, negative and unreadable."""
    number = read_number(value)
    rounded = None if number is None or not 0 <= number < MAX_MONEY else round(number, 4)
    return rounded if rounded is not None and rounded < MAX_MONEY else None


def integer_reader(largest: int) -> Callable[[Json], int | None]:
    """A reader of integers from -`largest` to `largest`; booleans count as 0 and 1."""

    def read(value: Json) -> int | None:
        if type(value) is int:  # most are, and need no Decimal
            return value if -largest <= value <= largest else None
        number = Decimal(value) if isinstance(value, bool) else read_number(value)
        return int(number) if number is not None and -largest <= number <= largest else None

    return read


def read_text(value: Json) -> str | None:
    """Text that PostgreSQL can store; None when empty."""
    if value is None or isinstance(value, dict | list) or _is_unreadable(value):
        return None
    return storable(str(value)).strip() or None


def text_reader(longest: int) -> Callable[[Json], str | None]:
    """A reader of text, cut to `longest` characters."""

    def read(value: Json) -> str | None:
        text = read_text(value)
        return text and text[:longest]

    return read


def read_key(value: Json) -> str | None:
    """Text short enough for an index; None when longer."""
    text = read_text(value)
    return text if text is not None and len(text) <= MAX_KEY else None


def read_list(value: Json) -> list[Json]:
    """A list of storable values: null is empty, a single value is a list of one."""
    if value is None or value == "":
        return []
    cleaned = value if is_clean(value) else clean(value)
    return cast("list[Json]", cleaned) if isinstance(cleaned, list) else [cleaned]


def read_objects(value: Json) -> list[dict[str, Json]]:
    """The objects of a list."""
    return [cast("dict[str, Json]", each) for each in read_list(value) if isinstance(each, dict)]


def read_texts(value: Json) -> list[str]:
    """The texts of a list, numbers as they were written."""
    texts = (read_text(each) for each in read_list(value))
    return [text for text in texts if text is not None]


def amounts_reader(largest: int) -> Callable[[Json], list[int]]:
    """A reader of whole numbers from a list of {value}, from one {value}, or from bare numbers."""
    read = integer_reader(largest)

    def read_all(value: Json) -> list[int]:
        numbers = (read(value_of(each)) for each in read_list(value))
        return [number for number in numbers if number is not None]

    return read_all


def read_id(value: Json) -> int | None:
    """An offer's id: a whole number above zero, as number or string."""
    number = read_number(value)
    if number is None or not 0 < number <= MAX_BIGINT or number != number.to_integral_value():
        return None
    return int(number)


def read_flag(value: Json) -> bool | None:
    """`true` and 1 are yes; 2 is not (ownership, emag-api.md: trap 25)."""
    if isinstance(value, bool):
        return value
    if type(value) is int and 0 <= value <= 1:  # most are, and need no Decimal
        return value == 1
    number = read_number(value)
    return None if number is None else number == 1


def read_object(value: Json) -> dict[str, Json]:
    """The first object: families come as null, an object or a list."""
    objects = read_objects(value)
    return objects[0] if objects else {}


def value_of(entry: Json) -> Json:
    """The value of a list's entry, which is {value} or the bare value."""
    return cast("dict[str, Json]", entry).get("value") if isinstance(entry, dict) else entry


def is_clean(value: Json) -> bool:
    """Whether `clean` would leave the value as it is and tell nothing; False also of some others, as very deep ones."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Json] = []
        for each in level:
            kind = cast("type[object]", type(each))
            if kind is str:
                if not _is_clean_text(each):
                    return False
            elif kind is list:
                below += each
            elif kind is dict:
                below += each
                below += each.values()
            elif each is not None and (isinstance(each, str | list | dict) or _is_unreadable(each)):
                return False
        if not below:
            return True
        level = below
    return False


def _is_clean_text(text: str) -> bool:
    if text.isascii():
        return "\x00" not in text and text != TOO_DEEP
    return "\N{REPLACEMENT CHARACTER}" not in text and storable(text) == text


def clean(value: Json, tell: Callable[[str], None] = lambda _: None, depth: int = 0) -> Json:
    """`value` as `jsonb` can store it; `tell` is called for each thing left out."""
    if isinstance(value, str) and not isinstance(value, Unreadable):
        return _clean_text(value, tell)
    if isinstance(value, list | dict):
        if depth == MAX_DEPTH:
            tell("what is nested too deep was left out")
            return None
        if isinstance(value, list):
            return [clean(each, tell, depth + 1) for each in cast("list[Json]", value)]
        pairs = cast("dict[str, Json]", value).items()
        return {_clean_text(key, tell): clean(each, tell, depth + 1) for key, each in pairs}
    if _is_unreadable(value):
        tell("a number that is none was left out")
        return None
    return value


def _clean_text(text: str, tell: Callable[[str], None]) -> str:
    if text == TOO_DEEP:
        tell("what is nested too deep was left out")
    if "\N{REPLACEMENT CHARACTER}" in text:
        tell("bytes that are no text were replaced")
    kept = storable(text)
    if kept != text:
        tell("characters that cannot be stored were left out")
    return kept


def _is_unreadable(value: Json) -> bool:
    """Whether it is a number that cannot be stored."""
    return (
        isinstance(value, Unreadable)
        or (isinstance(value, float) and not math.isfinite(value))
        or (isinstance(value, Decimal) and not value.is_finite())
        or (isinstance(value, int) and value.bit_length() > 4 * MAX_DIGITS)
    )


Money = Annotated[Decimal | None, BeforeValidator(read_money)]
Amount = Annotated[Decimal | None, BeforeValidator(read_amount)]
SmallInt = Annotated[int | None, BeforeValidator(integer_reader(MAX_SMALLINT))]
Int = Annotated[int | None, BeforeValidator(integer_reader(MAX_INT))]
BigInt = Annotated[int | None, BeforeValidator(integer_reader(MAX_BIGINT))]
Text = Annotated[str | None, BeforeValidator(text_reader(MAX_TEXT))]
LongText = Annotated[str | None, BeforeValidator(text_reader(MAX_LONG_TEXT))]
Texts = Annotated[list[str], BeforeValidator(read_texts)]
Objects = Annotated[list[dict[str, Json]], BeforeValidator(read_objects)]
Object = Annotated[dict[str, Json], BeforeValidator(read_object)]
Codes = Annotated[list[int], BeforeValidator(amounts_reader(MAX_SMALLINT))]
Pieces = Annotated[int | None, BeforeValidator(integer_reader(MAX_PIECES))]
AllPieces = Annotated[list[int], BeforeValidator(amounts_reader(MAX_PIECES))]
Id = Annotated[int, BeforeValidator(read_id)]
OptionalId = Annotated[int | None, BeforeValidator(read_id)]
Key = Annotated[Annotated[str, Field(max_length=MAX_KEY)], BeforeValidator(read_text)]
OptionalKey = Annotated[str | None, BeforeValidator(read_key)]
Flag = Annotated[bool | None, BeforeValidator(read_flag)]
