"""From a row as sent to the record that is stored: hostile rows, prices, stock, what counts as a change."""

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from magflow_pipeline.catalogue.records import Record, Rejection, as_hashed, make_record, read_record
from magflow_pipeline.emag.answers import rows_of
from magflow_pipeline.emag.offers import Offer
from magflow_pipeline.emag.wire import parse_json
from magflow_pipeline_tests.emag.json_values import json_values
from magflow_pipeline_tests.offers import offer

SEEN = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def make(row: Any) -> Record | Rejection:
    """What becomes of `row` after its way over the wire."""
    return make_record(parse_json(json.dumps(row).encode()), "main", 7, SEEN)


def record(**fields: Any) -> Record:
    """The record of a good offer with `fields`."""
    made = make(offer(1042, **fields))
    assert isinstance(made, Record), made
    return made


def rejection(row: Any) -> Rejection:
    made = make(row)
    assert isinstance(made, Rejection), made
    return made


def texts_in(value: Any) -> Iterator[str]:
    """Every text in lists and objects."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in [*value, *(value.values() if isinstance(value, dict) else [])]:
            yield from texts_in(each)


def without(*keys: str) -> dict[str, Any]:
    """A good offer without `keys`."""
    return {key: value for key, value in offer(1042).items() if key not in keys}


@given(row=json_values)
def test_no_row_raises(row):
    assert isinstance(make_record(row, "main", 7, SEEN), Record | Rejection)


@pytest.mark.slow
@given(fields=st.dictionaries(st.sampled_from(sorted(Offer.model_fields)), json_values, max_size=6))
def test_no_field_raises_and_every_record_can_be_written(fields):
    """One bad row failed hundreds of good ones (rules.md: failure 4)."""
    made = make_record(offer(1042) | fields, "main", 7, SEEN)
    if isinstance(made, Record):
        documents = [json.loads(text) for text in (made.images, made.characteristics, made.validation_errors or "0")]
        for text in texts_in([list(astuple(made)), documents]):
            assert "\x00" not in text
            text.encode()
        assert made.stock_quantity >= 0
        assert made.reserved_stock >= 0


@pytest.mark.parametrize("price", ["50.4100", 50.41, "50.41"])
def test_prices_are_exact(price):
    made = record(sale_price=price, min_sale_price=price, recommended_price=price)
    assert (made.price, made.min_sale_price, made.recommended_price) == (Decimal("50.41"),) * 3


@pytest.mark.parametrize(
    "row", [offer(1042, sale_price=none) for none in (None, 0, "", "0.0000")] + [without("sale_price")]
)
def test_an_offer_without_a_price_is_kept_and_not_visible(row):
    """Products without a price were lost, and their offers with them (rules.md: failure 16)."""
    made = make(row)
    assert isinstance(made, Record)
    assert (made.price, made.is_visible, made.notes) == (None, False, [])


def test_a_price_that_cannot_be_read_is_told():
    made = record(sale_price="la cerere")
    assert (made.price, made.notes) == (None, ["sale_price 'la cerere' is not usable: stored as none"])


@pytest.mark.parametrize(
    ("fields", "stock"),
    [
        ({"stock": [{"value": 3}, {"value": "4"}], "general_stock": 50}, 7),
        ({"stock": [{"value": 0}], "general_stock": 50}, 0),
        ({"stock": [], "general_stock": 50}, 50),
        ({"stock": None, "general_stock": "12"}, 12),
        ({"stock": {"value": 5}}, 5),
        ({"stock": None, "general_stock": None}, 0),
    ],
)
def test_stock_is_the_sum_else_the_general_stock_else_none(fields, stock):
    assert record(**fields).stock_quantity == stock


def test_a_row_without_any_stock_has_none():
    made = make(without("stock", "general_stock", "estimated_stock"))
    assert isinstance(made, Record)
    assert (made.stock_quantity, made.reserved_stock, made.notes) == (0, 0, [])


def test_negative_stock_is_stored_as_none_and_told():
    made = record(stock_value=-4)
    assert (made.stock_quantity, made.notes) == (0, ["stock -4 is negative: stored as 0"])


def test_a_general_stock_beyond_reason_is_told():
    made = record(stock=[], general_stock=10**30)
    assert (made.stock_quantity, made.general_stock) == (0, None)
    assert made.notes == ["general_stock '1000000000000000000000000000000' is not usable: stored as none"]


@pytest.mark.parametrize(
    ("general", "estimated", "reserved"), [(17, 15, 2), (15, 17, 0), (17, None, 0), (None, 15, 0), ("17", "10", 7)]
)
def test_reserved_is_general_less_estimated_and_never_negative(general, estimated, reserved):
    assert record(general_stock=general, estimated_stock=estimated).reserved_stock == reserved


@pytest.mark.parametrize("missing", ["part_number_key", "name", "ean", "status", "images", "family", "currency"])
def test_a_missing_key_is_a_null(missing):
    absent, null = make(without(missing)), make(offer(1042, **{missing: None}))
    assert isinstance(absent, Record)
    assert absent == null


def test_a_row_without_a_status_is_inactive_and_told():
    made = record(status=None)
    assert (made.status, made.is_visible, made.notes) == (0, False, ["no status: stored as inactive"])


def test_a_long_name_is_kept_whole():
    assert record(name="Ș" * 3000).name == "Ș" * 3000


@pytest.mark.parametrize("text", ["'; DROP TABLE app.products; --", "%s %(sku)s {}", "a\tb\\N\nc", "\\."])
def test_text_that_looks_like_sql_is_text(text):
    made = record(part_number=text, name=text)
    assert (made.sku, made.name) == (text, text)


def test_what_postgresql_refuses_is_left_out_of_texts():
    made = record(
        part_number="SKU\x00 1",
        name="Lamp\x00ă\ud800",
        ean=["594\x00"],
        characteristics=[{"id": 1, "va\x00lue": "\x00"}],
        images=[{"url": "\udfff"}],
        family={"id": 3, "name": "\x00Familie"},
    )
    assert (made.sku, made.name, made.ean, made.family_name) == ("SKU 1", "Lampă", ["594"], "Familie")
    assert json.loads(made.characteristics) == [{"id": 1, "value": ""}]
    assert json.loads(made.images) == [{"url": ""}]


@pytest.mark.parametrize(("sent", "stored"), [("1042", 1042), (2**31 + 44_017, 2**31 + 44_017), (2**63 - 1, 2**63 - 1)])
def test_ids_are_texts_or_large(sent, stored):
    """Ids over 2^31 did not fit (rules.md: failure 20)."""
    assert record(id=sent).emag_id == stored


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"images": {"url": "a"}}, {"images": '[{"url": "a"}]'}),
        ({"ean": "0594123456788"}, {"ean": ["0594123456788"]}),
        ({"validation_status": {"value": 9}}, {"validation_status": [9]}),
        ({"offer_validation_status": [{"value": 2}]}, {"offer_validation_status": 2}),
        ({"family": [{"id": 5, "name": "F"}]}, {"family_id": 5, "family_name": "F"}),
        ({"family": {"id": 0, "name": None}}, {"family_id": None, "family_name": None}),
        ({"handling_time": {"value": 2}}, {"handling_time": 2}),
        ({"images": 7, "characteristics": "x"}, {"images": "[]", "characteristics": "[]"}),
        ({"brand": None, "brand_name": "Nordwell"}, {"brand": "Nordwell"}),
        ({"name": {"ro": "x"}}, {"name": None}),
    ],
)
def test_lists_and_objects_change_places(fields, values):
    made = record(**fields)
    assert {key: getattr(made, key) for key in values} == values


def test_unknown_keys_change_nothing():
    assert record(green_tax="1.20", newKey=[{"a": 1}]) == record()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "the row is not an object but a str"),
        (None, "the row is not an object but a NoneType"),
        ([], "the row is not an object but a list"),
        ({}, "id: "),
        (without("part_number"), "part_number: "),
        (offer(1042, part_number="  "), "part_number: "),
        (offer(1042, part_number={"a": 1}), "part_number: "),
        (offer(1042, part_number="x" * 256), "part_number: .* 255"),
        (offer(1042, part_number=float("nan")), "part_number: "),
        (offer(1042, id=None), "id: "),
        (offer(1042, id=0), "id: "),
        (offer(1042, id=2**63), "id: "),
        (offer(1042, id="12a"), "id: "),
    ],
)
def test_a_row_without_an_identity_is_rejected_with_a_reason(row, reason):
    made = rejection(row)
    assert made.row == parse_json(json.dumps(row).encode())
    assert re.match(reason, made.reason)


@pytest.mark.parametrize("depth", [100, 300, 480])
@pytest.mark.parametrize("key", ["family", "images", "sale_price", "stock", "unknown"])
def test_a_deep_row_is_stored_or_rejected(key, depth):
    deep = json.loads("[" * depth + "]" * depth)
    assert isinstance(make(offer(1042, **{key: deep})), Record | Rejection)


@pytest.mark.parametrize(
    ("row", "offer_id"), [(without("part_number"), 1042), ({"id": "7"}, 7), ({"id": 2**63}, None), ("text", None)]
)
def test_a_rejected_row_names_its_offer_when_it_can(row, offer_id):
    assert rejection(row).emag_offer_id == offer_id


@pytest.mark.parametrize(
    ("fields", "is_visible"),
    [
        ({}, True),
        ({"status": 0}, False),
        ({"status": 2}, False),
        ({"validation_status": [{"value": 9}, {"value": 3}]}, True),
        ({"validation_status": [{"value": 9}, {"value": 8}]}, False),
        ({"validation_status": []}, True),
        ({"validation_status": [{"value": 9}, {"value": 77}]}, True),
        ({"offer_validation_status": {"value": 77}}, True),
        ({"offer_validation_status": {"value": 2}}, False),
        ({"offer_validation_status": [{"value": 2}]}, False),
        ({"auto_translated": 1, "translation_validation_status": [{"value": 17}]}, True),
        ({"auto_translated": 1, "translation_validation_status": [{"value": 14}]}, False),
        ({"auto_translated": 0, "translation_validation_status": [{"value": 14}]}, True),
    ],
)
def test_an_offer_is_visible_when_every_status_allows_it(fields, is_visible):
    assert record(**fields).is_visible is is_visible


def test_errors_of_the_documentation_are_kept():
    problem = {"errors": [{"code": "brand:incorrect-brand"}]}
    made = record(validation_status=[{"value": 9, "errors": None}, {"value": 12, "errors": problem}])
    assert made.validation_errors is not None
    assert json.loads(made.validation_errors) == [{"value": 12, "errors": problem}]


@given(seed=st.randoms(use_true_random=False))
def test_the_order_of_a_list_is_no_change(seed: random.Random):
    """Characteristics come in another order at every read, with ids repeated (trap 36)."""
    entries = [{"id": 6372, "value": value} for value in ("ABS", "Metal", "ABS")] + [{"id": 5401, "value": "Alb"}]
    pictures = [{"url": "a"}, {"url": "b"}]
    shuffled = record(
        characteristics=seed.sample(entries, 4), images=seed.sample(pictures, 2), ean=seed.sample(["1", "2"], 2)
    )
    assert shuffled.content_hash == record(characteristics=entries, images=pictures, ean=["1", "2"]).content_hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"sale_price": "50.4100"}, {"sale_price": 50.41}),
        ({"sale_price": "50.0000"}, {"sale_price": 50}),
        ({"recommended_price": None}, {"recommended_price": "0.0000"}),
        ({"id": 1042}, {"id": "1042"}),
        ({"ownership": True}, {"ownership": 1}),
        ({"offer_validation_status": {"value": 1}}, {"offer_validation_status": [{"value": 1}]}),
        ({"stock": [{"value": 50}]}, {"stock": [{"value": 20}, {"value": "30"}]}),
        ({"family": None}, {"family": {"id": 0, "name": ""}}),
        ({"name": "Lampă"}, {"name": " Lampă "}),
    ],
)
def test_another_way_to_write_it_is_no_change(one, other):
    assert record(**one).content_hash == record(**other).content_hash


@pytest.mark.parametrize(
    "fields",
    [
        {"buy_button_rank": 2},
        {"best_offer_sale_price": 1},
        {"best_offer_recommended_price": 1},
        {"number_of_offers": 9},
    ],
)
def test_what_competitors_do_is_no_change(fields):
    assert record(**fields).content_hash == record().content_hash
    assert record(**fields) != record()


@pytest.mark.parametrize(
    "fields",
    [
        {"sale_price": "84.0337"},
        {"stock_value": 49},
        {"estimated_stock": 49},
        {"status": 0},
        {"name": "Alt nume"},
        {"part_number": "ALT"},
        {"part_number_key": "DX4K7TMBM"},
        {"ean": ["5949001122333"]},
        {"characteristics": []},
        {"characteristics": [{"id": 5401, "tag": None, "value": "Alb"}] * 2},
        {"currency": "EUR"},
        {"validation_status": [{"value": 8}]},
        {"handling_time": [{"value": 5}]},
        {"recommended_price": 99},
    ],
)
def test_what_the_seller_or_emag_changes_is_a_change(fields):
    assert record(**fields).content_hash != record().content_hash


def test_when_it_was_seen_is_no_change():
    later = make_record(offer(1042), "fbe", 8, datetime(2026, 4, 1, tzinfo=UTC))
    assert isinstance(later, Record)
    assert later.content_hash == record().content_hash


RECORDED = json.loads((Path(__file__).parents[1] / "emag" / "product_offer_read.json").read_text())["results"]


@pytest.mark.parametrize(
    ("row", "stored"),
    [
        (RECORDED[0], "e46258b1382a43edde5b19d545a22d172fa2be97773a8be227725f291a956e77"),
        (RECORDED[1], "5fd1a8968b83a0993cb6674a8047466454498a9185c36ecbf259458c0551d097"),
        (
            offer(
                1,
                name='"\\\x01\x7f\tȘ😀',
                images=[{"url": "ă\x7f", "display_type": 1}, {"display_type": 0, "url": 'a"b'}],
                characteristics=[{"id": 2, "tag": "ț", "value": "x\n"}],
                ean=["2", "1"],
            ),
            "9cc47a18d5df9f1d1cafddf1f290075f21dcb1fd9c8ed573e21b6efa75a1d33c",
        ),
        (
            offer(
                2,
                sale_price=-1,
                stock=[{"value": -3}],
                status=None,
                name="\x00x",
                ownership=2,
                family={"id": 7, "name": " F ", "family_type_id": 95},
            ),
            "31ecef68a5f08ce4718f0f899b1bd87f0611be89d189a5f96cc077687771d5da",
        ),
        (
            offer(
                3,
                validation_status=[{"value": 12, "description": "ă", "errors": [{"code": 1.5}]}, {"value": 3}],
                images="a",
                characteristics=[{"id": 1.50, "value": None}],
                sale_price="84.03361",
                recommended_price=1e2,
            ),
            "d47e9aa1be9ac7fc6ba46504f6673507043b52fa7c1cabc4c0a99176e77c5f8b",
        ),
    ],
)
def test_a_hash_is_that_which_an_older_version_stored(row, stored):
    """With another one, the first sync after an upgrade marks every offer as updated."""
    read = read_record(rows_of(json.dumps({"isError": False, "results": [row]}).encode()), 0, "main", 7, SEEN)
    for made in (make(row), read):
        assert isinstance(made, Record), made
        assert made.content_hash.hex() == stored


def test_a_stock_that_cannot_be_used_is_told():
    """A huge value became 0 without a word, and the item looked sold out."""
    made = record(stock=[{"value": 10**17}], general_stock=None)
    assert made.stock_quantity == 0
    assert any("stock" in note for note in made.notes)


COSMETIC = sorted(Offer.model_fields.keys() - {"id", "part_number"})
BAD = {
    "exponent": "1e9999999999999999999",
    "digits": "9" * 6000,
    "NaN": "NaN",
    "NaN inside": '[{"id": 1, "value": NaN}]',
    "Infinity": "-Infinity",
    "bytes": '"\udcff"',
    "surrogate": '"\\ud800"',
    "NUL": '"\\u0000"',
    "NUL as key": '{"\\u0000": {"\\u0000": 1}}',
    "deep": "[" * 10_000 + "]" * 10_000,
    **{f"{depth} deep": "[" * depth + "1" + "]" * depth for depth in (40, 300, 450, 600, 800, 900)},
    "long": json.dumps("x" * 2**20),
    "object": '{"a": {"value": []}}',
    "list of lists": "[[[]], [1], null, {}]",
    "text": '"abc"',
    "negative": "-7",
    "huge": "1e300",
    "tiny": "1e-300",
    "true": "true",
}


def odd_row(number: int, key: str, literal: str) -> str:
    fields = {name: value for name, value in offer(number).items() if name != key}
    return f"{json.dumps(fields)[:-1]}, {json.dumps(key)}: {literal}}}"


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_value_costs_itself_and_not_its_row(bad):
    """An offer ran out while one characteristic held NaN: it was rejected, and its old stock was sold as fresh."""
    for key in COSMETIC:
        row = parse_json(odd_row(7, key, BAD[bad]).encode("utf-8", "surrogateescape"))
        made = make_record(row, "main", 7, SEEN)
        assert isinstance(made, Record), made
        assert (made.emag_id, made.sku) == (7, "SKU7")
        for document in (made.images, made.characteristics, made.validation_errors or "0"):
            assert json.loads(document, parse_constant=pytest.fail) is not None


@pytest.mark.parametrize(
    ("key", "bad", "note"),
    [
        ("characteristics", "NaN inside", "characteristics: a number that is none was left out"),
        ("characteristics", "deep", "characteristics: what is nested too deep was left out"),
        ("characteristics", "800 deep", "characteristics: what is nested too deep was left out"),
        ("name", "bytes", "name: bytes that are no text were replaced"),
        ("name", "long", "name has 1048576 characters: cut to 32000"),
        ("brand", "NUL", "brand: characters that cannot be stored were left out"),
        ("part_number_key", "long", "is not usable: stored as none"),
        ("sale_price", "exponent", "sale_price '1e9999999999999999999' is not usable: stored as none"),
        ("sale_price", "NaN", "sale_price 'NaN' is not usable: stored as none"),
        ("warranty", "digits", "… (240 characters)' is not usable: stored as none"),
        ("family", "text", "family 'abc' is not usable: stored as none"),
        ("images", "text", "images 'abc' is not usable: left out"),
        ("stock", "Infinity", "stock '-Infinity' is not usable: left out"),
        ("ownership", "text", "ownership 'abc' is not usable: stored as none"),
    ],
)
def test_what_was_dropped_is_noted(key, bad, note):
    made = make_record(parse_json(odd_row(7, key, BAD[bad]).encode("utf-8", "surrogateescape")), "main", 7, SEEN)
    assert isinstance(made, Record), made
    assert note in "; ".join(made.notes)


@pytest.mark.parametrize("literal", ["NaN", "9" * 6000, "1e999", '"\\u0000"'])
def test_an_identity_is_never_guessed(literal):
    for key in ("id", "part_number"):
        made = make_record(parse_json(odd_row(7, key, literal).encode()), "main", 7, SEEN)
        assert isinstance(made, Rejection), made


def test_what_is_hashed_is_written_as_the_standard_library_writes_it():
    """Else a hash of an offer with a rare character, or a large number, is another than an older version stored."""
    characters = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    content = {
        "b": characters,
        "a": [1, 2**80, -(2**64), True, None, ""],
        "d": Decimal("1E+5"),
        "c": [],
        "e": '{"f": 1}',
    }
    expected = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False).encode()
    assert as_hashed(content) == expected
