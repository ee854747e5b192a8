"""The one pass over a usual row says what the tolerant reader says, to the byte; any other row it leaves to that."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from magflow_pipeline.catalogue.records import Record, Rejection, make_record, read_record
from magflow_pipeline.emag.answers import rows_of
from magflow_pipeline.emag.offers import Offer
from magflow_pipeline.emag.usual_offers import UsualOffer, read_usual
from magflow_pipeline.emag.values import MAX_BIGINT, MAX_INT, MAX_KEY, MAX_PIECES, MAX_SMALLINT, MAX_TEXT, TOO_DEEP
from magflow_pipeline.emag.wire import SlicedRows
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline_tests.catalogue.test_fuzz import over_the_wire, shapes
from magflow_pipeline_tests.catalogue.test_records import BAD
from magflow_pipeline_tests.emag.json_values import json_values
from magflow_pipeline_tests.offers import offer

SEEN = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def sliced(*rows: str) -> SlicedRows:
    """The rows of an answer that holds these JSON texts."""
    found = rows_of(
        b'{"isError": false, "messages": [], "results": [%s]}' % ", ".join(rows).encode("utf-8", "surrogateescape")
    )
    assert isinstance(found, SlicedRows)
    return found


def shortened(name: str) -> str:
    return name[:40]


def is_strict(literal: str) -> bool:
    """Whether an answer with this value is strictly JSON: any other one goes to the tolerant parser as a whole."""
    return isinstance(
        rows_of(f'{{"isError": false, "results": [{literal}]}}'.encode("utf-8", "surrogateescape")), SlicedRows
    )


def both_read(row: str, raw_hash: bytes | None = b"hash") -> Record | Rejection:
    """What both readers make of a row; compared as text, in which 7 and 7.0000 are two."""
    rows = sliced(row)
    read, tolerant = (
        read_record(rows, 0, "main", 7, SEEN, raw_hash),
        make_record(rows[0], "main", 7, SEEN, raw_hash),
    )
    assert repr(read) == repr(tolerant)
    assert read == tolerant
    return read


def with_literals(literals: dict[str, str]) -> str:
    """A good offer as JSON, some of its values as they are written here."""
    values = {key: json.dumps(value) for key, value in offer(1042).items()} | literals
    return f"{{{', '.join(f'{json.dumps(key)}: {value}' for key, value in values.items())}}}"


def is_usual(row: str) -> bool:
    return read_usual(row.encode()) is not None


def test_the_rows_of_the_simulator_are_usual():
    """Those with eMAG's errors, and new and odd shapes of warehouses, too."""
    rows = [json.dumps(row) for row in make_catalogue(main=600, fbe=200).accounts["main"]]
    for row in rows:
        both_read(row)
    assert sum(map(is_usual, rows)) >= 0.98 * len(rows)


def test_the_readers_know_the_same_keys():
    assert UsualOffer.__struct_fields__ == tuple(Offer.model_fields)


USUAL = {
    "sale_price": (
        "null",
        "0",
        '"0.0000"',
        "18.5",
        '"18.50"',
        "7",
        "0.0001",
        '"9999999999.9999"',
        "1e2",
        '" 7 "',
        "-0.0",
    ),
    "best_offer_sale_price": ("16.8", "3.00005", "2.50000000000000000"),
    "name": (
        "null",
        '""',
        '" Ș "',
        '"\\u0219\\ud83d\\ude00"',
        '"a\\u0001\\tb\\u007f"',
        json.dumps("x" * MAX_TEXT),
        '"\\\\u0000"',
    ),
    "part_number": ('" SKU "', json.dumps("x" * MAX_KEY), '"=1+1"'),
    "id": ("1", str(MAX_BIGINT)),
    "stock": ("null", "[]", '[{"value": -4}]', '[{"warehouse_id": 1, "value": 2}, {"value": 3, "warehouse_id": null}]'),
    "general_stock": ("null", "-3", str(MAX_PIECES)),
    "status": ("null", "2", str(MAX_SMALLINT)),
    "warranty": (str(-MAX_INT),),
    "ownership": ("null", "true", "false", "0", "1", "2"),
    "auto_translated": ("true", "1"),
    "images": ("null", '[{"url": "http://a/\\u00e9\\u007f.jpg", "display_type": 1}, {"display_type": 0, "url": ""}]'),
    "characteristics": ("[]", '[{"id": 2, "tag": "t\\n", "value": "Oțel"}, {"value": "\\"", "tag": null, "id": 1}]'),
    "ean": ("null", '["", " 1 ", "0"]'),
    "family": ('{"id": 0, "name": null, "family_type_id": null}', '{"id": 7}', '{"id": 7, "name": "  "}'),
    "validation_status": (
        "null",
        '[{"value": 12, "errors": {"errors": [{"code": "x", "n": [1.50, true]}]}, "description": null}]',
        '[{"value": 9, "errors": [], "description": "Ă"}, {"value": 3, "errors": "text", "description": ""}]',
    ),
    "offer_validation_status": ("null", '{"value": 2, "description": "Ș", "errors": null}'),
    "unknown": ('{"a": [1e999]}', '"\\u0000"', '"(nested"', "[" * 60 + "]" * 60),
}
ODD = {
    "sale_price": (
        "-1",
        "0.00001",
        '"NaN"',
        "1e999",
        '"la cerere"',
        "true",
        "10000000000",
        f"1.{'0' * 70}",
        f"5{'0' * 20}e-20",
    ),
    "min_sale_price": (f"1000000000000000000e-{'0' * 50}18", '"Infinity"', '"sNaN"', '""', "[]"),
    "name": (
        "7",
        '"\\u0000"',
        '"\\ufffd"',
        '"\N{REPLACEMENT CHARACTER}"',
        json.dumps(TOO_DEEP),
        json.dumps("x" * (MAX_TEXT + 1)),
    ),
    "part_number": ('""', '"  "', "null", "7", json.dumps("x" * (MAX_KEY + 1)), '"a\\u0000"'),
    "id": ("0", "-1", '"7"', "7.0", str(MAX_BIGINT + 1), "true"),
    "stock": ('{"value": 5}', "7", '[{"value": "4"}]', '[{"value": 1, "x": 1}]', '[{"value": null}]', "[7]"),
    "status": (str(MAX_SMALLINT + 1), '"1"', "1.0", "true"),
    "images": (
        '[{"url": "a"}]',
        '[{"url": "a", "display_type": 0, "x": {}}]',
        '[{"url": null, "display_type": 0}]',
        '"a"',
    ),
    "characteristics": (
        '[{"id": 1, "tag": null, "value": "\\u0000"}]',
        '[{"id": 1, "tag": null, "value": 1.5}]',
        "[null]",
    ),
    "ean": ("[7]", '"7"', '["\\ufffd"]'),
    "family": ("[]", '[{"id": 7}]', '{"id": 7, "x": 1}', '{"id": "7"}'),
    "validation_status": (
        '[{"value": 9}]',
        '[{"value": 9, "description": null, "errors": ["\\u0000"]}]',
        '[{"value": 9, "description": null, "errors": [1e999]}]',
        '[{"value": 9, "description": "\\ufffd", "errors": null}]',
        f'[{{"value": 9, "description": null, "errors": {"[" * 31}1{"]" * 31}}}]',
    ),
    "offer_validation_status": ("1", "[]", '[{"value": 1, "description": null, "errors": null}]'),
}


@pytest.mark.parametrize(
    ("key", "literal"), [(key, each) for key, literals in USUAL.items() for each in literals], ids=shortened
)
def test_a_usual_value_is_read_in_the_one_pass(key, literal):
    row = with_literals({key: literal})
    assert is_usual(row)
    both_read(row)


@pytest.mark.parametrize(
    ("key", "literal"), [(key, each) for key, literals in ODD.items() for each in literals], ids=shortened
)
def test_an_odd_value_is_left_to_the_tolerant_reader(key, literal):
    row = with_literals({key: literal})
    assert not is_usual(row)
    both_read(row)


@pytest.mark.parametrize("row", ["null", "7", '"text"', "[]", "{}", '{"id": 7}', '{"part_number": "SKU"}'])
def test_what_is_no_offer_is_rejected_as_before(row):
    assert isinstance(both_read(row), Rejection)


@pytest.mark.parametrize("bad", [bad for bad in BAD if is_strict(BAD[bad])])
def test_a_bad_value_under_any_key(bad):
    for key in Offer.model_fields:
        both_read(with_literals({key: BAD[bad]}))


def test_a_key_that_comes_twice_counts_as_it_came_last():
    for pair in (
        '"name": 7, "name": "x"',
        '"name": "x", "name": 7',
        '"name": "x", "name": "y"',
        '"name": "x", "name": null',
    ):
        both_read(f"{with_literals({})[:-1]}, {pair}}}")


literals = st.sampled_from(
    sorted({each for literals in (*USUAL.values(), *ODD.values()) for each in literals if len(each) < 300})
)
# Any health of the machine: a first draw of text takes seconds on a busy one.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def compare(fields: dict[str, Any], changed: dict[str, str]) -> None:
    """Read a good offer with these values, and with these texts of JSON."""
    row = with_literals({key: over_the_wire(value).decode() for key, value in fields.items()} | changed)
    assume(is_strict(row))  # a field may hold Infinity
    both_read(row)


@settings(patient, max_examples=200)
@given(changed=st.dictionaries(st.sampled_from(sorted(Offer.model_fields)), literals, max_size=4))
def test_any_mixture_of_values_is_read_as_the_tolerant_reader_reads_it(changed):
    compare({}, changed)


@pytest.mark.slow
@settings(patient, max_examples=2000)
@given(
    fields=shapes,
    changed=st.dictionaries(
        st.sampled_from(sorted(Offer.model_fields)),
        literals | json_values.map(over_the_wire).map(bytes.decode),
        max_size=3,
    ),
)
def test_thousands_of_rows_are_read_as_the_tolerant_reader_reads_them(fields, changed):
    compare(fields, changed)
