"""A row of order/read becomes the rows to store: values in many shapes, and nothing of the customer."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from magflow_pipeline.emag.orders import Line, Order, read_time
from magflow_pipeline.emag.wire import parse_json
from magflow_pipeline.orders.records import Rejection, Sold, identity_of, make_order
from magflow_pipeline_tests.orders.marketplace import customer, line, order

SEEN = datetime(2026, 11, 25, 12, tzinfo=UTC)


def made(row, asked_type=3):
    return make_order(parse_json(json.dumps(row).encode()), "main", 1, asked_type, SEEN)


def sold(row, asked_type=3) -> Sold:
    result = made(row, asked_type)
    assert isinstance(result, Sold), result
    return result


def test_an_order_as_it_is_sent():
    record = sold(order(7, modified="2026-01-10 11:00:00", status="4")).order
    assert (record.order_id, record.order_type, record.status, record.is_whole, record.notes) == (7, 3, 4, True, [])
    assert record.ordered_at == datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert record.modified_at == datetime(2026, 1, 10, 9, tzinfo=UTC)
    assert (record.shipping_tax, record.refunded_amount) == (Decimal("19.99"), Decimal(0))


@pytest.mark.parametrize("number", [5_000_000_000, "5000000000", "5000000000.0"])
def test_trap_38_ids_above_2_31_as_numbers_and_strings(number):
    """The old system's integer columns stopped at 2,147,483,647."""
    result = sold(
        order(number, parent_id=number, products=[line(number, number, quantity="2.0000", sale_price=84.0336)])
    )
    [stored] = result.lines
    assert (result.order.order_id, result.order.parent_id) == (5_000_000_000, 5_000_000_000)
    assert (stored.line_id, stored.product_id, stored.quantity) == (5_000_000_000, 5_000_000_000, 2)
    assert stored.sale_price == Decimal("84.0336")


def test_trap_05_strings_and_numbers_have_one_hash():
    numbers = order(7, products=[line(1, 1042, 2, sale_price=50.41, vat=0.21)])
    texts = order("7", status="4", products=[line("1", "1042", "2", sale_price="50.4100", vat="0.2100")])
    assert sold(numbers).order.content_hash == sold(texts).order.content_hash
    assert sold(order(7, products=[line(1), line(2)])).order.content_hash == (
        sold(order(7, products=[line(2), line(1)])).order.content_hash
    )
    assert sold(numbers).order.content_hash != sold({**numbers, "status": 5}).order.content_hash


@pytest.mark.parametrize(
    ("sent", "time"),
    [
        ("2026-07-01 10:00:00", "2026-07-01T07:00:00+00:00"),
        ("2026-01-10T10:00:00", "2026-01-10T08:00:00+00:00"),
        ("2026-01-10T10:00:00+00:00", "2026-01-10T10:00:00+00:00"),
        (1_767_225_600, "2026-01-01T00:00:00+00:00"),
        ("1767225600", "2026-01-01T00:00:00+00:00"),
        ("2026-10-25 03:30:00", "2026-10-25T00:30:00+00:00"),  # twice: the first one
        ("2026-03-29 03:30:00", "2026-03-29T01:30:00+00:00"),  # never
        *(
            (sent, None)
            for sent in (None, "", "0000-00-00 00:00:00", "yesterday", [], {}, True, 12, "1999-12-31 00:00:00")
        ),
    ],
)
def test_trap_40_times_are_of_bucharest(sent, time):
    found = read_time(sent)
    assert (found and found.isoformat()) == time


def test_an_order_without_a_time_takes_that_of_its_lines():
    result = sold(order(7, date=None, products=[line(1, created="2026-01-11 09:00:00"), line(2)]))
    assert result.order.ordered_at == datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert result.order.notes == ["no usable date: the first time of its lines is taken"]
    assert sold(order(7, date=None, products=[])).order.ordered_at is None


@pytest.mark.parametrize(
    ("changed", "whole"),
    [
        ({}, True),
        ({"products": []}, False),
        ({"products": None}, False),
        ({"customer": None}, False),
        ({"customer": []}, False),
        ({"products": [line(1), "no line"]}, False),
    ],
)
def test_trap_26_a_row_without_products_or_customer_is_not_whole(changed, whole):
    assert sold(order(7, **changed)).order.is_whole is whole


def test_lines_may_come_as_an_object():
    """PHP writes a list with a gap so."""
    assert [each.line_id for each in sold(order(7, products={"0": line(1), "2": line(3)})).lines] == [1, 3]
    assert [each.line_id for each in sold(order(7, products=line(5))).lines] == [5]


def test_a_line_that_cannot_be_stored_costs_that_line():
    result = sold(order(7, products=[line(1), line(None), "Ioana Popescu", line(4)]))
    assert [each.line_id for each in result.lines] == [1, 4]
    assert [(each.order_id, each.line_number, each.reason) for each in result.rejections] == [
        (7, 2, "id is missing or not usable"),
        (7, 3, "the row is missing or not usable"),
    ]


def test_a_bad_value_costs_that_value_and_is_noted_without_being_quoted():
    result = sold(order(7, status="Ioana", shipping_tax=-1, products=[line(1, initial_qty="two", currency="lei noi")]))
    assert result.order.status is None
    assert result.lines[0].initial_qty is None
    assert result.order.notes == [
        "currency of line 1 is not usable: left as it was",
        "initial_qty of line 1 is not usable: left as it was",
        "shipping_tax is not usable: left as it was",
        "status is not usable: left as it was",
    ]
    twice = sold(order(7, products=[line(1, quantity=1), line(1, quantity=3)]))
    assert [each.quantity for each in twice.lines] == [3]
    assert twice.order.notes == ["line 1 came twice: the last one counts"]


def test_trap_35_an_unknown_status_and_unknown_keys_do_no_harm():
    assert sold(order(7, status=17, brand_new={"a": [1]})).order.status == 17


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason_cancellation": 32}, 32),
        ({"reason_cancellation": {"id": "31", "name": "fără stoc"}}, 31),
        ({"cancellation_reason": "5"}, 5),  # before 4.4.7
        ({}, None),
    ],
)
def test_the_reason_of_a_cancellation_has_many_shapes(changed, code):
    assert sold(order(7, **changed)).order.reason_cancellation == code


@pytest.mark.parametrize(
    ("sent", "rate"), [("0.2100", "0.21"), (21, "0.21"), (0, "0"), ("1", "1"), (None, None), (-1, None)]
)
def test_a_vat_rate_is_a_fraction(sent, rate):
    assert Line.model_validate(line(1, vat=sent)).vat == (None if rate is None else Decimal(rate))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Ioana Popescu", "the row is not an object but a str"),
        (None, "the row is not an object but a NoneType"),
        (order(0), "id is missing or not usable"),
        ({"customer": customer()}, "id is missing or not usable"),
    ],
)
def test_a_row_that_cannot_be_stored_says_why_and_shows_no_text(row, reason):
    rejection = made(row)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert "Ioana" not in rejection.payload


def test_of_a_rejected_row_only_numbers_and_times_are_shown():
    rejection = made(order(None, status="+40722000111 Ioana", modified="Strada Florilor 12", type=[1]))
    assert isinstance(rejection, Rejection)
    shown = json.loads(rejection.payload)
    assert shown == {
        "id": None,
        "status": "(18 characters)",
        "type": "(a list or an object)",
        "date": "2026-01-10 10:00:00",
        "modified": "(18 characters)",
        "payment_mode_id": "1",
        "is_storno": "false",
        "parent_id": None,
    }


def test_the_models_hold_nothing_of_the_customer():
    """What is not in them can be stored nowhere."""
    validated = Order.model_validate(order(7))
    assert validated.customer is True
    kept = {**validated.model_dump(exclude={"products"}), **Line.model_validate(line(1)).model_dump()}
    assert not any(word in str(kept) for word in ("Ioana", "example.com", "Florilor", "0722", "Lampa"))


def test_a_row_has_one_identity():
    assert identity_of(order("5000000000")) == 5_000_000_000
    assert identity_of({"a": 1}) == identity_of({"a": 1}) != identity_of({"a": 2})
