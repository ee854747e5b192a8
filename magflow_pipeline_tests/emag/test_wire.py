"""What the marketplace sends, in every shape it has been seen in (emag-api.md: Values and Traps)."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from magflow_pipeline.emag.errors import MalformedError
from magflow_pipeline.emag.offers import Offer
from magflow_pipeline.emag.values import TOO_DEEP, Unreadable, read_id
from magflow_pipeline.emag.wire import Count, parse_envelope, parse_json, slice_envelope, start_of
from magflow_pipeline_tests.offers import offer

EXAMPLE = Path(__file__).parent / "product_offer_read.json"


def parse(**fields: Any) -> Offer:
    """An offer with `fields`, after its way over the wire."""
    return Offer.model_validate(parse_json(json.dumps(offer(1042, **fields)).encode()))


@pytest.fixture(scope="module")
def example() -> list[Offer]:
    envelope = parse_envelope(EXAMPLE.read_bytes())
    assert not envelope.is_error
    return [Offer.model_validate(row) for row in envelope.results]


def test_the_row_of_2024_is_read(example):
    own = example[0]
    assert (own.id, own.part_number, own.part_number_key) == (1042, "NW-LB-03", "DX4K7TMBM")
    assert (own.sale_price, own.min_sale_price, own.recommended_price) == (Decimal("84.0336"), Decimal(60), None)
    assert (own.stock, own.general_stock, own.estimated_stock, own.handling_time) == ([17], 17, 15, [1])
    assert (own.family["id"], own.ean, own.ownership) == (900417, ["0594123456788"], True)
    assert [entry["value"] for entry in own.validation_status] == [9, 3]
    assert (own.best_offer_sale_price, own.genius_computed) == (Decimal("79.9"), None)


def test_the_row_of_2026_is_read(example):
    attached = example[1]
    assert (attached.id, attached.status, attached.name, attached.brand) == (20311877, 0, None, None)
    assert (attached.sale_price, attached.recommended_price) == (Decimal("18.5"), None)
    assert (attached.stock, attached.family, attached.ownership) == ([0], {}, False)
    assert attached.validation_status[0]["errors"]["errors"][0]["code"] == "brand:incorrect-brand"
    assert (attached.genius_eligibility, attached.genius_eligibility_type, attached.genius_computed) == (0, 2, 0)


@pytest.mark.parametrize("price", ["50.4100", 50.41])
def test_trap_5_prices_are_strings_and_numbers(price):
    assert parse(sale_price=price).sale_price == Decimal("50.4100")


@pytest.mark.parametrize("fields", [{"recommended_price": none} for none in (None, 0, "0.0000", "")] + [{}])
def test_trap_6_no_recommended_price_has_many_shapes(fields):
    assert parse(**fields).recommended_price is None


@pytest.mark.parametrize("offer_validation", [{"value": 1}, [{"value": 1}], 1])
def test_trap_23_validation_is_an_object_or_a_list(offer_validation):
    row = parse(validation_status=[{"value": 9}, {"value": 3}], offer_validation_status=offer_validation)
    assert [entry["value"] for entry in row.validation_status] == [9, 3]
    assert row.offer_validation_status == [1]


@pytest.mark.parametrize("errors", [None, [{"code": "-33321"}], {"errors": [], "info": [{"errors": [{"code": "x"}]}]}])
def test_trap_24_errors_are_null_a_list_or_an_object(errors):
    assert parse(validation_status=[{"value": 12, "errors": errors}]).validation_status[0]["errors"] == errors


@pytest.mark.parametrize(("sent", "ours"), [(True, True), (False, False), (1, True), (2, False), ("1", True)])
def test_trap_25_ownership_two_is_somebody_else(sent, ours):
    assert parse(ownership=sent).ownership is ours


@pytest.mark.parametrize(("sent", "family"), [(None, {}), ([], {}), ({"id": 0}, {"id": 0}), ([{"id": 7}], {"id": 7})])
def test_trap_26_a_family_is_null_an_object_or_a_list(sent, family):
    assert parse(family=sent).family == family


@pytest.mark.parametrize("manufacturer", [True, [{"name": "Shenzhen Demo Co."}]])
def test_trap_27_manufacturer_has_two_types(manufacturer):
    assert parse(manufacturer=manufacturer).id == 1042


@pytest.mark.parametrize(("sent", "ean"), [([], []), (["0749001122334"], ["0749001122334"]), (None, [])])
def test_trap_28_codes_are_texts(sent, ean):
    assert parse(ean=sent).ean == ean


def test_trap_29_stock_may_name_no_warehouse_or_be_missing():
    row = offer(1042)
    del row["stock"], row["handling_time"]
    bare = Offer.model_validate(row)
    assert (bare.stock, bare.handling_time, bare.general_stock) == ([], [], 50)
    assert parse(stock=[{"warehouse_id": 1, "value": 3}, {"value": 4}]).stock == [3, 4]


def test_trap_30_no_rank_and_a_null_rank_are_equal():
    row = offer(1042)
    del row["buy_button_rank"]
    assert Offer.model_validate(row) == parse(buy_button_rank=None)
    assert parse(buy_button_rank=1).buy_button_rank == 1


def test_trap_31_a_draft_has_no_pnk():
    assert parse(part_number_key=None).part_number_key is None
    assert parse(part_number_key="").part_number_key is None


def test_trap_35_unknown_keys_do_not_fail():
    assert parse(green_tax="1.20", brandNewKey={"deep": [1]}).id == 1042


def test_trap_36_the_same_characteristic_twice_is_two_values():
    values = [{"id": 6372, "tag": None, "value": "ABS"}, {"id": 6372, "tag": None, "value": "Metal"}]
    assert parse(characteristics=values).characteristics == values


@pytest.mark.parametrize("missing", ["id", "part_number"])
def test_an_offer_needs_an_id_and_a_sku(missing):
    row = offer(1042)
    del row[missing]
    with pytest.raises(ValidationError, match=missing):
        Offer.model_validate(row)


def test_an_offer_needs_nothing_else():
    assert Offer.model_validate({"id": "7", "part_number": "A"}).id == 7


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "API rate limit exceeded"}',
        b'{"results": []}',
        b'{"isError": null, "results": []}',
        b'{"isError": "false", "results": []}',
        b'{"isError": 0, "results": []}',
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'""',
    ],
)
def test_without_a_boolean_is_error_nothing_is_a_success(body):
    """An answer of the gateway was taken for an empty page, and the catalogue for gone (trap 2)."""
    with pytest.raises(MalformedError, match="isError"):
        parse_envelope(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><title>502 Bad Gateway</title></head></html>",
        EXAMPLE.read_bytes()[:2000],
        b'{"isError": false, "results": [',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a": "' + b'\\"[' * 100_000,
    ],
    ids=["empty", "html", "cut", "cut list", "not text", "deep", "no end"],
)
def test_what_is_not_json_is_malformed(body):
    with pytest.raises(MalformedError, match="not JSON"):
        parse_json(body)


def test_the_start_of_an_answer_is_short_and_shows_no_credentials():
    start = start_of(b"<html>\x1b[2J\n" + b"Basic dTpw " * 9, lambda text: text.replace("dTpw", "***"))
    assert start.startswith(r"'<html>\\x1b[2J Basic *** Basic ***")
    assert len(start) < 90


@pytest.mark.parametrize(
    "literal",
    ["1e9999999999999999999", "-1E+400", "1e-9999999999999999999", "9" * 6000, "NaN", "Infinity", "-Infinity"],
)
def test_a_number_that_no_column_holds_costs_itself(literal):
    """One of them failed the sync, another one lost 100 offers in every sync."""
    value = parse_json(f'{{"a": {literal}, "b": 1.5}}'.encode())
    assert value == {"a": literal, "b": Decimal("1.5")}
    assert isinstance(value["a"], Unreadable)


def test_bytes_that_are_no_text_cost_themselves():
    assert (
        parse_json(b'{"a": "Lamp\xc4", "b": "\xed\xa0\x80", "c": "\xc8\x99"}')["a"] == "Lamp\N{REPLACEMENT CHARACTER}"
    )


def test_control_characters_inside_texts_are_read():
    assert parse_json(b'{"a": "x\n\t\x00y"}') == {"a": "x\n\t\x00y"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_no_trouble(encoding):
    assert parse_json('{"a": "ș"}'.encode(encoding)) == {"a": "ș"}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]": "[["}, ', "]")])
def test_what_is_nested_without_end_costs_itself(opening, closing):
    body = f'{{"a": {opening * 10_000}1{closing * 10_000}, "b": "x]"}}'.encode()
    value = parse_json(body)
    assert value["b"] == "x]"
    assert TOO_DEEP in json.dumps(value["a"])


def test_numbers_with_a_point_never_become_floats():
    assert parse_json(b'{"a": 0.1, "b": [1e2]}') == {"a": Decimal("0.1"), "b": [Decimal("1e2")]}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([], ""),
        (["one", "two"], "one; two"),
        ([{"message": "m"}, {"text": "t"}], "m; t"),
        ([{"code": 5}], "{'code': 5}"),
    ],
)
def test_messages_are_texts_or_objects(messages, text):
    body = json.dumps({"isError": True, "messages": messages, "results": []}).encode()
    assert parse_envelope(body).text() == text


@pytest.mark.parametrize(("items", "count"), [("203", 203), (203, 203), ("0", 0)])
def test_trap_7_counts_are_strings_and_numbers(items, count):
    assert Count.model_validate({"noOfItems": items, "noOfPages": "3"}).items == count


@pytest.mark.parametrize("results", [[], None, {}, {"noOfItems": "many"}, {"noOfItems": -1}, {"noOfItems": None}])
def test_what_is_no_count(results):
    with pytest.raises(ValidationError):
        Count.model_validate(results)


ODD = [
    b"\x00",
    b"\n",
    b'"',
    b"\\",
    b"\\u",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"-",
    b"0",
    b"1e",
    b".",
    b"\xff",
]
ODD += [
    b"\xe2\x82",
    b"NaN",
    b"null",
    b"true",
    b'"id": 7, ',
    b'"id": "8", ',
    b'"id": 9.0, ',
    b'"isError": false, ',
    b" ",
    b"9" * 70,
]


def damaged(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(len(body))
        body = body[:place] + chance.choice(ODD) + body[place + chance.choice([0, 0, 1, 20]) :]
    return body


@pytest.mark.parametrize("seed", range(4))
def test_rows_cut_from_an_answer_are_those_of_parsing_it_whole(seed):
    """Whatever its bytes: what is no JSON is never cut, and what is cut has the rows and ids of the tolerant parser."""
    chance, sliced = random.Random(seed), 0
    rows: list[Any] = [offer(1, a=1.50, b=[{"id": 3}]), offer(2, id="2"), 5, "x", None, [], offer(10**18), {"x": 1}]
    bodies = [EXAMPLE.read_bytes(), json.dumps({"isError": False, "results": rows}).encode()]
    for _ in range(300):
        body = damaged(chance.choice(bodies), chance)
        envelope = slice_envelope(body)
        if envelope is None:
            continue
        sliced += 1
        whole = parse_envelope(body)
        assert not whole.is_error
        assert [*envelope.results] == whole.results
        assert envelope.results.ids == [
            read_id(row.get("id")) if isinstance(row, dict) else None for row in whole.results
        ]
    assert sliced > 100


@pytest.mark.parametrize(
    "body",
    [
        b'{"isError": true, "messages": ["no"], "results": [{"id": 1}]}',
        b'{"isError": 0, "results": []}',
        b'{"results": []}',
        b'{"isError": false, "results": {"noOfItems": 3}}',
        b'{"isError": false, "results": [NaN]}',
        b'{"isError": false, "results": [{"id": 1}]',
        b'\xef\xbb\xbf{"isError": false, "results": []}',
    ],
)
def test_what_is_not_plainly_a_list_of_rows_is_left_to_the_tolerant_parser(body):
    assert slice_envelope(body) is None


def test_a_row_cut_from_an_answer_is_as_deep_as_it_lay_there():
    deep = "[" * 900 + "]" * 900
    envelope = slice_envelope(f'{{"isError": false, "results": [{{"id": 1, "a": {deep}}}]}}'.encode())
    assert envelope is None or envelope.results[0]["id"] == 1
