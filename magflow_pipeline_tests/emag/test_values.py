"""Readers of values: many shapes become one, and nothing that a marketplace can send raises."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.emag import values
from magflow_pipeline_tests.emag.json_values import json_values

READERS = [
    values.read_number,
    values.read_money,
    values.read_text,
    values.read_list,
    values.read_objects,
    values.read_texts,
    values.read_id,
    values.read_flag,
    values.read_object,
    values.integer_reader(values.MAX_INT),
    values.amounts_reader(values.MAX_SMALLINT),
]


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__qualname__)
@given(value=json_values)
def test_no_reader_raises_on_any_json(read, value):
    read(value)


@given(value=json_values)
def test_what_is_read_can_be_written_as_utf_8_without_nul(value):
    """One NUL or half a surrogate pair failed a whole page of good rows."""
    read = [values.read_text(value), values.read_texts(value), values.read_list(value), values.read_object(value)]
    text = json.dumps(read, default=str, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()


@given(ten_thousandths=st.integers(min_value=1, max_value=10**14 - 1))
def test_a_price_is_exact_however_it_is_written(ten_thousandths):
    """A float loses bani: 1234567.8901 and its text must be one Decimal (trap 5)."""
    price = Decimal(ten_thousandths).scaleb(-4)
    shortest = f"{price.normalize():f}"
    number = json.loads(shortest, parse_float=Decimal)
    assert values.read_money(f"{price:.4f}") == values.read_money(shortest) == values.read_money(number) == price


@pytest.mark.parametrize("price", ["50.4100", "50.41", " 50.41 ", 50.41, Decimal("50.41")])
def test_strings_and_numbers_are_one_price(price):
    assert str(values.read_money(price)) == "50.4100"


@pytest.mark.parametrize("price", [50, "50", "50.0000", Decimal("5E+1")])
def test_whole_prices_are_one_price(price):
    assert str(values.read_money(price)) == "50.0000"


@pytest.mark.parametrize(
    "price", [None, 0, "0", "0.0000", "", "free", "NaN", float("inf"), -1, "-5.00", True, [], {}, "0.00004", 10**10]
)
def test_no_price_has_many_shapes(price):
    assert values.read_money(price) is None


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), (1, True), ("1", True), (2, False), ("2", False), (False, False), (0, False), (None, None)],
)
def test_two_is_not_yes(value, flag):
    """Ownership 2 means not ours, and Python would call it true (trap 25)."""
    assert values.read_flag(value) is flag


@pytest.mark.parametrize("value", [1042, "1042", 1042.0, " 1042 "])
def test_an_id_is_a_number_or_a_text(value):
    assert values.read_id(value) == 1042


def test_an_id_may_need_more_than_31_bits():
    assert values.read_id(str(2**31 + 44_017)) == 2**31 + 44_017


@pytest.mark.parametrize("value", [None, 0, -1, "", "12a", 1.5, True, [1], {"id": 1}, "NaN"])
def test_what_is_no_id(value):
    assert values.read_id(value) is None


@pytest.mark.parametrize("value", [2**31, -(2**31), "99999999999"])
def test_a_number_that_its_column_cannot_hold_is_none(value):
    assert values.integer_reader(values.MAX_INT)(value) is None


@pytest.mark.parametrize(
    ("value", "amounts"),
    [
        ([{"value": 17}], [17]),
        ([{"warehouse_id": 1, "value": "3"}, {"warehouse_id": 2, "value": 4}], [3, 4]),
        ({"value": 5}, [5]),
        (6, [6]),
        ([], []),
        (None, []),
        ([{"warehouse_id": 1}], []),
    ],
)
def test_amounts_come_with_and_without_warehouses(value, amounts):
    assert values.amounts_reader(values.MAX_INT)(value) == amounts


@pytest.mark.parametrize(
    ("value", "objects"),
    [(None, []), ([], []), ("", []), ({"id": 1}, [{"id": 1}]), ([{"id": 1}, "x", None], [{"id": 1}])],
)
def test_one_object_is_a_list_of_one(value, objects):
    assert values.read_objects(value) == objects


def test_codes_keep_their_leading_zeros():
    """0749… became 749… once it was a number, and matched nothing (trap 28)."""
    assert values.read_texts(["0749001122334", 5949001122333, None, ""]) == ["0749001122334", "5949001122333"]


def test_texts_lose_only_what_the_database_refuses():
    assert values.read_text(" Lamp\x00ă \ud800 'x'; DROP TABLE-- 🔋") == "Lampă  'x'; DROP TABLE-- 🔋"
    assert values.read_list([{"na\x00me": ["\x00a"]}]) == [{"name": ["a"]}]


def test_a_huge_exponent_is_no_id_and_costs_no_time():
    """1e1000000 as a whole number took half a minute of a processor."""
    assert values.read_id(Decimal("1e1000000")) is None


def test_a_whole_number_of_thousands_of_digits_is_no_number():
    assert values.read_number(10**5000) is None


def test_a_price_that_rounds_over_its_column_is_none():
    assert values.read_money("9999999999.99999") is None
