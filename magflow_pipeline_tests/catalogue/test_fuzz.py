"""Rows of any shape, pages of any order: all is stored or told, and the tables are the same."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from magflow_pipeline.catalogue.records import Record, Rejection, make_record
from magflow_pipeline.emag.answers import judge
from magflow_pipeline.emag.errors import MarketplaceError
from magflow_pipeline.emag.offers import Offer
from magflow_pipeline.emag.receiving import Answer
from magflow_pipeline.emag.wire import Envelope, parse_envelope, parse_json
from magflow_pipeline_tests.emag.json_values import json_values
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import content
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

SEEN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def over_the_wire(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()


# Each key of an offer with the types that were seen (emag-api.md: Values), and a few that were not.
amounts = st.integers(-9, 10**6)
prices = st.none() | amounts | st.decimals(0, 10**6, places=4).map(str) | st.floats(0, 10**6) | st.just("la cerere")
codes = st.integers(0, 17) | st.none() | st.sampled_from(["9", "x", True])
words = (
    st.text(max_size=12) | st.none() | st.integers() | st.sampled_from(["=1+1", "'; DROP TABLE offers; --", "\x00", ""])
)
stocks = st.lists(st.fixed_dictionaries({"value": amounts | st.text(max_size=3)}, optional={"warehouse_id": amounts}))
flags = st.booleans() | st.integers(0, 2) | st.sampled_from(["1", "2"]) | st.none()
errors = (
    st.none() | st.lists(st.just({"code": "-33321"}), max_size=2) | st.just({"errors": [], "info": [{"errors": [1]}]})
)
statuses = st.lists(st.fixed_dictionaries({"value": codes}, optional={"errors": errors}), max_size=2)
pairs = st.lists(st.fixed_dictionaries({"id": amounts | words, "value": words}), max_size=3)
families = st.fixed_dictionaries({"id": amounts, "name": words}, optional={"family_type_id": amounts})
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("part_number_key", "brand_name", "brand", "name", "description", "url", "currency"), words),
    **dict.fromkeys(("sale_price", "min_sale_price", "max_sale_price", "recommended_price"), prices),
    **dict.fromkeys(("best_offer_sale_price", "best_offer_recommended_price"), prices),
    **dict.fromkeys(("general_stock", "estimated_stock", "buy_button_rank", "number_of_offers"), amounts | words),
    **dict.fromkeys(("category_id", "vat_id", "warranty", "status", "genius_computed"), amounts | words),
    **dict.fromkeys(("stock", "handling_time"), stocks | amounts | st.none()),
    **dict.fromkeys(("validation_status", "translation_validation_status"), statuses),
    **dict.fromkeys(("ownership", "auto_translated"), flags),
    **dict.fromkeys(("images", "characteristics"), pairs | st.none() | st.just({"url": "a"})),
    "offer_validation_status": statuses | st.fixed_dictionaries({"value": codes}),
    "ean": st.lists(words, max_size=2) | words,
    "family": st.none() | st.just([]) | families | st.lists(families, max_size=2),
    "manufacturer": st.booleans() | st.lists(st.just({"name": "x"}), max_size=1),
    "unknownKey": json_values.map(lambda value: json.loads(over_the_wire(value))),
}
shapes = st.fixed_dictionaries({}, optional=SHAPES)
any_keys = st.dictionaries(st.sampled_from(sorted(Offer.model_fields)) | st.text(max_size=5), json_values, max_size=8)


# Pure


@pytest.mark.slow
@given(fields=shapes | any_keys)
def test_any_row_becomes_a_record_or_a_reason(fields):
    row = parse_json(over_the_wire({"id": 7, "part_number": "SKU7"} | fields))
    made = make_record(row, "main", 7, SEEN)
    assert isinstance(made, Record | Rejection)
    assert make_record(row, "main", 7, SEEN) == made, "the same row, the same record"
    if isinstance(made, Rejection):
        assert made.reason


@given(fields=shapes)
def test_a_shape_that_was_seen_is_never_rejected(fields):
    """Only what identifies an offer is needed: all else is stored, or noted and left out."""
    made = make_record(parse_json(over_the_wire({"id": 7, "part_number": "SKU7"} | fields)), "main", 7, SEEN)
    assert isinstance(made, Record), made
    assert (made.emag_id, made.sku) == (7, "SKU7")


@given(status=st.integers(200, 599), body=st.binary(max_size=60) | json_values.map(over_the_wire))
def test_any_answer_is_an_envelope_or_a_typed_error(status, body):
    """A bug of ours is not to be told from trouble of theirs where both raise a ValueError."""
    try:
        assert not judge(Answer(status, body), "main", str).is_error
    except MarketplaceError as error:
        assert str(error)


@given(
    keys=st.fixed_dictionaries(
        {"isError": st.booleans()}, optional={"messages": json_values, "results": json_values, "errors": json_values}
    )
)
def test_a_frame_of_any_content_is_read(keys):
    envelope = parse_envelope(over_the_wire(keys))
    assert isinstance(envelope, Envelope)
    assert envelope.is_error is keys["isError"]
    assert isinstance(envelope.text(), str)


# Through the database

rows_to_sell = st.lists(shapes, min_size=4, max_size=9).map(
    lambda rows: [{"id": 3 * number, "part_number": f"SKU{number}"} | row for number, row in enumerate(rows, start=1)]
)
broken = st.lists(st.sampled_from([None, "text", 7, [], {}, {"id": 0}, {"id": 99}]), max_size=2, unique_by=repr)


def tables_of(shop) -> tuple[Any, ...]:
    """Business columns of all that a scan writes about an account."""
    gone = {"created_at", "updated_at", "account_type"}
    products = [{key: row[key] for key in row if key not in gone} for row in content([*shop.stored().values()])]
    market = shop.rows("SELECT * FROM emag_offer_market_history WHERE account_type = %s ORDER BY emag_offer_id")
    rejected = shop.rows("SELECT reason, payload FROM emag_rejected_offers WHERE account_type = %s")
    series = [{key: row[key] for key in row if key not in {*gone, "observed_at"}} for row in market]
    return products, series, Counter((row["reason"], bytes(row["payload"])) for row in rejected)


@pytest.mark.slow
# Without shrinking: every example costs four syncs.
@settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(sold=rows_to_sell, others=rows_to_sell, odd=broken, size=st.integers(1, 7), is_shuffled=st.booleans())
def test_order_and_size_of_pages_and_order_of_accounts_change_no_table(open_shop, sold, others, odd, size, is_shuffled):
    """One database has two accounts that are read in one order on pages of 100, and two in the other on small ones."""
    pair, again = (open_shop(), open_shop()), (open_shop(), open_shop())
    for first, second in (pair, again):
        first.sell(*sold, *odd)
        second.sell(*others)
    for each in again:
        each.switch(order_of_rows="shuffled" if is_shuffled else "id")
    results = [each.sync() for each in pair] + [each.sync(items_per_page=size) for each in reversed(again)]
    assert [result.outcome for result in results] == ["completed"] * 4
    for one, other in zip(pair, again, strict=True):
        assert tables_of(one) == tables_of(other)
    counted = results[0].counts
    assert (counted.fetched, counted.duplicate) == (len(sold) + len(odd), 0)
    assert counted.stored + counted.rejected == counted.fetched


def without(offer_id: int, *keys: str) -> dict[str, Any]:
    """A good offer without `keys`."""
    return {key: value for key, value in offer(offer_id).items() if key not in keys}


HOSTILE = {
    1: offer(1, name="Lamp\x00ă \ud800", part_number="SKU\x001"),
    2: without(2, "sale_price"),
    3: offer(3, sale_price=None),
    4: without(4, "stock", "general_stock", "estimated_stock"),
    5: offer(5, stock=None, general_stock=None, estimated_stock=None),
    6: without(6, "part_number_key"),
    7: offer(7, part_number_key=None),
    8: without(8, "name"),
    9: offer(9, name=None),
    10: offer(10, name="ș" * 3000),
    11: {**offer(11), "id": "11"},
    12: {**offer(12), "id": f"{2**31 + 12}"},
    13: offer(13, part_number="EMG469"),
    14: offer(14, part_number="EMG469"),
    15: offer(15, stock_value=-4),
    16: offer(16, stock=[{"value": 10**12}], general_stock=10**12),
    17: offer(17, stock=[{"value": 10**30}], general_stock=10**30),
    18: offer(18, images={"url": "a"}, stock={"value": 7}, characteristics={"id": 1, "value": "Alb"}, ean="0749"),
    19: offer(19, unknownKey={"deep": [1, None]}, **{"": 0}),
    20: offer(20, name="'; DROP TABLE app.emag_products_v2; --", brand="%s %(sku)s {0}"),
    21: offer(21, name='=HYPERLINK("http://x";"y")', part_number="+cmd|' /C calc'!A0"),
    22: offer(22, sale_price="1e400", warranty="two years", status="active"),
    23: without(23, "part_number"),
    24: offer(24, part_number="x" * 300),
}
NOT_STORED = {23, 24}


@pytest.fixture(scope="module")
def hostile(open_shop):
    """The shop after one scan of the hostile rows among good ones, on pages of ten."""
    shop = open_shop()
    shop.sell(*HOSTILE.values(), *offers(6, start=101))
    result = shop.sync(items_per_page=10)
    return shop, result


def test_hostile_rows_are_stored_or_told_and_harm_no_other(hostile):
    shop, result = hostile
    counted = result.counts
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert (counted.fetched, counted.created, counted.rejected, counted.duplicate) == (30, 28, 2, 0)
    stored = shop.stored()
    assert {*stored} == {*(HOSTILE.keys() - NOT_STORED - {12}), 2**31 + 12, *range(101, 107)}
    assert {row["sync_status"] for row in stored.values()} == {"synced"}
    told = shop.rows("SELECT * FROM emag_rejected_offers WHERE account_type = %s ORDER BY emag_offer_id")
    assert [(row["emag_offer_id"], row["reason"].partition(":")[0]) for row in told] == [
        (23, "part_number"),
        (24, "part_number"),
    ]
    assert [json.loads(row["payload"])["name"] for row in told] == [HOSTILE[23]["name"], HOSTILE[24]["name"]]


def test_a_rejected_row_is_kept_as_it_was_sent(hostile):
    """Who looks for the reason must see whether a price was a number or a text."""
    shop, _ = hostile
    told = shop.rows("SELECT * FROM emag_rejected_offers WHERE account_type = %s ORDER BY emag_offer_id")
    assert [json.loads(row["payload"]) for row in told] == [HOSTILE[23], HOSTILE[24]]


@pytest.mark.parametrize(
    ("offer_id", "columns"),
    [
        (1, {"name": "Lampă", "sku": "SKU1"}),
        *((number, {"price": None, "is_available": False, "notes": []}) for number in (2, 3)),
        *((number, {"stock": 0, "is_available": False, "notes": []}) for number in (4, 5)),
        *((number, {"part_number_key": None}) for number in (6, 7)),
        *((number, {"name": None}) for number in (8, 9)),
        (10, {"name": "ș" * 3000}),
        (11, {"sku": "SKU11"}),
        (2**31 + 12, {"sku": "SKU12"}),
        *((number, {"sku": "EMG469", "is_available": True}) for number in (13, 14)),
        (15, {"stock": 0, "notes": ["stock -4 is negative: stored as 0"]}),
        (16, {"stock": 10**12, "notes": ["999999999950 reserved pieces cannot be: stored as 0"]}),
        (18, {"images": [{"url": "a"}], "stock": 7, "characteristics": [{"id": 1, "value": "Alb"}], "ean": ["0749"]}),
        (19, {"name": "Produs numărul 19"}),
        (20, {"name": "'; DROP TABLE app.emag_products_v2; --", "brand": "%s %(sku)s {0}"}),
        (21, {"name": '=HYPERLINK("http://x";"y")', "sku": "+cmd|' /C calc'!A0"}),
        (22, {"price": None, "warranty": None, "status": 0, "is_active": False}),
    ],
)
def test_a_hostile_row_is_normalised(hostile, offer_id, columns):
    shop, _ = hostile
    row = shop.stored()[offer_id]
    assert {key: row[key] for key in columns} == columns


@pytest.mark.parametrize(
    ("offer_id", "keys"), [(17, ("stock", "general_stock")), (22, ("sale_price", "warranty", "status"))]
)
def test_what_cannot_be_used_is_told_on_its_row(hostile, offer_id, keys):
    """It became null or 0 without a word, and looked as if the marketplace had said so."""
    shop, _ = hostile
    notes = " ".join(shop.stored()[offer_id]["notes"])
    assert [key for key in keys if key not in notes] == []
