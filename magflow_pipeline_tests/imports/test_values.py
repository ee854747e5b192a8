"""What a cell may hold. A wrong day or number that is guessed at makes a wrong order months later."""

import datetime
from typing import Any

import pytest

from magflow_pipeline.imports.values import UnusableError, read_day, read_pieces, read_text

TODAY = datetime.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [("3", 3), (" 3 ", 3), ("3.0", 3), ("3,00", 3), (3.0, 3), (3, 3), ("0", 0), ("999999999", 999999999)],
)
def test_a_whole_number_is_read_however_it_is_written(cell: Any, pieces: int):
    assert read_pieces(cell) == pieces


@pytest.mark.parametrize(
    "cell",
    ["", None, "two", "1.234", "1,5", "-1", "NaN", "inf", "1e400", "1000000000", "1.000,00", "3 buc", True, "٣٫٥"],
)
def test_what_is_no_whole_number_is_refused(cell: Any):
    with pytest.raises(UnusableError, match="the quantity"):
        read_pieces(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-05",
        "5.11.2026",
        "05/11/2026",
        "5-11-2026",
        "2026-11-05 10:20",
        "2026-11-05T10:20:00+02:00",
        "05.11.2026 23:59",
        datetime.date(2026, 11, 5),
        datetime.datetime(2026, 11, 5, 23, 59),  # noqa: DTZ001, a workbook knows no zone
    ],
)
def test_a_day_is_read_however_it_is_written(cell: Any):
    assert read_day(cell, TODAY) == datetime.date(2026, 11, 5)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "empty"),
        (None, "empty"),
        ("11/25/2026", "not a day of the calendar"),
        ("31.11.2026", "not a day of the calendar"),
        ("25.11.26", "not a day such as"),
        ("yesterday", "not a day such as"),
        (46000.0, "not a day such as"),
        ("2026-11-26", "in the future"),
        ("1999-12-31", "before 2000-01-01"),
    ],
)
def test_what_is_no_day_is_refused(cell: Any, said: str):
    with pytest.raises(UnusableError, match=said):
        read_day(cell, TODAY)


@pytest.mark.parametrize(
    ("cell", "text"), [(" AUR516 ", "AUR516"), (469.0, "469"), (469, "469"), ("A\0\u00a0B", "A B"), ("007", "007")]
)
def test_a_text_is_trimmed_and_can_be_stored(cell: Any, text: str):
    """A SKU of digits is a number in a workbook, and 469.0 is no SKU."""
    assert read_text(cell, "SKU") == text


@pytest.mark.parametrize("cell", ["", None, " \u00a0 ", "x" * 201])
def test_an_empty_or_endless_text_is_refused(cell: Any):
    with pytest.raises(UnusableError, match="the SKU"):
        read_text(cell, "SKU")
