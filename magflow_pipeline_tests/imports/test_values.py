"""What a cell may hold. A wrong day or number that is guessed at makes a wrong order months later."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from magflow_pipeline.imports import values
from magflow_pipeline.imports.values import UnusableError, read_day, read_pieces, read_text

TODAY = datetime.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("3.0", 3),
        ("3,00", 3),
        (3.0, 3),
        (3, 3),
        ("0", 0),
        ("999999999", 999999999),
        ("1.000,00", 1000),
        ("3 buc", 3),
    ],
)
def test_a_whole_number_is_read_however_it_is_written(cell: Any, pieces: int):
    assert read_pieces(cell) == pieces


@pytest.mark.parametrize(
    "cell",
    ["", None, "two", "1.234", "1,5", "-1", "NaN", "inf", "1e400", "1000000000", "1.000", "3 kg", True, "٣٫٥"],
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


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12,5", "12.5"),
        ("12.50", "12.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234", "1234"),
        ("1'234.5", "1234.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("12,3456", "12.3456"),
        (".5", "0.5"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("１２．５", "12.5"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "1e-7"),
    ],
)
def test_a_number_is_read_by_its_separators(cell: Any, number: str):
    assert values.read_number(cell, "price") == (Decimal(number), "")


@pytest.mark.parametrize("cell", ["1.234", "1,234", "12.345", "999,000", "-1.234"])
def test_a_number_that_may_be_two_is_refused(cell: str):
    """1.234 is a thousand and more in Bucharest, and one and a bit in Shenzhen."""
    with pytest.raises(UnusableError, match="may be"):
        values.read_number(cell, "price")


@pytest.mark.parametrize(
    "cell",
    [
        "1.23.456",
        "1,23,456.7",
        "1.2,3.4",
        "1,234,56",
        "12 5",
        "1e5",
        "0x10",
        "=1+1",
        "1-2",
        "30-45",
        "--1",
        "1,",
        "½",
        True,
    ],
)
def test_what_is_no_number_is_refused(cell: Any):
    with pytest.raises(UnusableError, match="is not a number"):
        values.read_number(cell, "price")


@pytest.mark.parametrize(
    ("cell", "unit", "money"),
    [
        ("¥12.50", "", ("12.50", "CNY")),
        ("12,50 元", "", ("12.50", "CNY")),
        ("USD 3", "", ("3", "USD")),
        ("3 lei", "lei", ("3", "RON")),
        ("3", "€", ("3", "EUR")),
        (3.5, "", ("3.5", None)),
    ],
)
def test_money_may_name_its_currency(cell: Any, unit: str, money: tuple[str, str | None]):
    assert values.read_money(cell, "price", unit) == (Decimal(money[0]), money[1])


@pytest.mark.parametrize(("cell", "unit"), [("3 lei", "€"), ("$3€", ""), ("3 bani", ""), ("-3", "")])
def test_money_that_cannot_be_is_refused(cell: Any, unit: str):
    with pytest.raises(UnusableError, match="the price"):
        values.read_money(cell, "price", unit)


@pytest.mark.parametrize(
    ("cell", "unit", "part"),
    [
        ("12%", "", "0.12"),
        ("12,5 %", "%", "0.125"),
        ("12", "%", "0.12"),
        ("0.12", "", "0.12"),
        (0.12, "", "0.12"),
        (0, "%", "0"),
    ],
)
def test_a_part_is_a_percentage_where_it_says_so(cell: Any, unit: str, part: str):
    assert values.read_part(cell, "duty", unit, 10) == Decimal(part)


@pytest.mark.parametrize(("cell", "unit"), [("12", ""), (0.12, "%"), ("1", ""), ("1200%", "")])
def test_a_part_that_may_be_two_is_refused(cell: Any, unit: str):
    """A duty of 12 instead of 0.12 made every landed cost thirteen times the price."""
    with pytest.raises(UnusableError, match="the duty"):
        values.read_part(cell, "duty", unit, 10)


def test_a_weight_says_its_unit():
    """350 g as 350 kg makes a freight that nobody pays."""
    grams = values.read_measure("350 g", "weight", "", values.KILOGRAMS)
    assert grams == values.read_measure(350.0, "weight", "g", values.KILOGRAMS) == Decimal("0.35")
    assert values.read_measure("0,35", "weight", "kg", values.KILOGRAMS) == grams
    with pytest.raises(UnusableError, match=r"the weight '350' may be in kg or in g: .* as in 'weight \(kg\)'"):
        values.read_measure("350", "weight", "", values.KILOGRAMS)


@pytest.mark.parametrize("cell", ["1.2E+11", "1,23457E+11", 1234567890123456.0, "", "\u200b"])
def test_a_sku_that_a_spreadsheet_destroyed_is_refused(cell: Any):
    with pytest.raises(UnusableError, match="the SKU"):
        values.read_sku(cell)


def test_days_of_a_chinese_list():
    assert read_day("2026年11月5日", TODAY) == read_day("2026/11/5", TODAY) == datetime.date(2026, 11, 5)


@pytest.mark.parametrize(
    ("cell", "yes"), [("DA", True), ("✓", True), ("是", True), (1.0, True), (True, True), ("Nu", False), (0.0, False)]
)
def test_yes_and_no(cell: Any, yes: bool):
    assert values.read_yes(cell, "active") is yes


def test_what_is_neither_yes_nor_no_is_refused():
    with pytest.raises(UnusableError, match="active 'poate' is neither yes nor no"):
        values.read_yes("poate", "active")
