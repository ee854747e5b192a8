"""Traps in the values of a row: each comes in many shapes, and the tables hold one."""

import json
from decimal import Decimal

import pytest

from magflow_pipeline.catalogue.bodies import body_of
from magflow_pipeline_tests.offers import offer
from magflow_pipeline_tests.sync.looks import counts

UNCHANGED = (1, 0, 0, 1, 0, 0)


def without(*keys: str, **fields) -> dict:
    """A good offer without `keys`."""
    return {key: value for key, value in offer(1, **fields).items() if key not in keys}


def bodies(shop) -> list[dict]:
    """The pages as they were received."""
    found = shop.rows(
        "SELECT body.body_compressed FROM raw_emag_product_pages AS page"
        " INNER JOIN raw_emag_product_bodies AS body ON page.body_sha256 = body.sha256"
        " WHERE page.account_type = %s ORDER BY page.sync_log_id"
    )
    return [json.loads(body_of(row["body_compressed"])) for row in found]


def test_trap_05_prices_as_strings_and_as_numbers(shop):
    """Another style of writing is no change, and no price goes through a float."""
    prices = {
        "sale_price": "1234567.8901",
        "min_sale_price": "50.4100",
        "max_sale_price": 50,
        "recommended_price": "0.1",
    }
    shop.sell(offer(1, **prices))
    shop.sync()
    for style in ("string4", "number", "mixed"):
        shop.switch(price_style=style)
        assert counts(shop.sync()) == UNCHANGED, style
        row = shop.stored()[1]
        assert [str(row[key]) for key in prices] == ["1234567.8901", "50.4100", "50.0000", "0.1000"]


def test_trap_06_no_recommended_price_has_four_shapes(shop):
    shapes = [offer(1, recommended_price=None), offer(2, recommended_price=0), offer(3, recommended_price="0.0000")]
    stored = shop.scanned(*shapes, {**without("recommended_price"), "id": 4})
    assert {row["recommended_price"] for row in stored.values()} == {None}
    assert {row["original_price"] for row in stored.values()} == {Decimal("84.0336")}


def test_trap_23_two_validation_entries_and_two_shapes(shop):
    """Sellable is what every entry allows."""
    both, one_bad = [{"value": 9}, {"value": 3}], [{"value": 9}, {"value": 8}]
    stored = shop.scanned(
        offer(1, validation_status=both, offer_validation_status={"value": 1}),
        offer(2, validation_status=both, offer_validation_status=[{"value": 1}]),
        offer(3, validation_status=one_bad),
        offer(4, validation_status=both, offer_validation_status=[{"value": 2}]),
    )
    assert [stored[number]["validation_status"] for number in (1, 2, 3)] == [[9, 3], [9, 3], [9, 8]]
    assert [stored[number]["offer_validation_status"] for number in (1, 2, 4)] == [1, 1, 2]
    assert [stored[number]["is_available"] for number in (1, 2, 3, 4)] == [True, True, False, False]


def test_trap_24_errors_are_null_a_list_or_an_object(shop):
    nested = {"errors": [], "info": [{"errors": [{"code": "brand:incorrect-brand"}]}]}
    shapes = [None, [{"code": "-33321"}], nested]
    entries = [[{"value": 9, "errors": shape}] for shape in shapes]
    stored = shop.scanned(*(offer(number, validation_status=entry) for number, entry in enumerate(entries, start=1)))
    assert stored[1]["validation_errors"] is None
    assert [stored[number]["validation_errors"][0]["errors"] for number in (2, 3)] == shapes[1:]


def test_trap_25_ownership_2_is_not_ours(shop):
    sent = [True, False, 1, 2, "1", "2"]
    stored = shop.scanned(*(offer(number, ownership=value) for number, value in enumerate(sent, start=1)))
    assert [stored[number]["ownership"] for number in range(1, 7)] == [True, False, True, False, True, False]


def test_trap_26_a_family_is_null_an_object_or_a_list(shop):
    family = {"id": 900417, "name": "Lampa Nordwell 3T", "family_type_id": 95}
    sent = [None, {}, [], {"id": 0, "name": None}, family, [family]]
    stored = shop.scanned(*(offer(number, family=value) for number, value in enumerate(sent, start=1)))
    assert [stored[number]["family_id"] for number in range(1, 7)] == [None] * 4 + [900417] * 2
    assert (stored[6]["family_name"], stored[6]["family_type_id"]) == ("Lampa Nordwell 3T", 95)


def test_trap_27_manufacturer_is_a_flag_or_a_list(shop):
    """A read of one offer brings a list where the list of offers brings a flag: neither changes the offer."""
    shop.switch(key_vintage="2026")
    before = shop.scanned(offer(1))[1]
    result = shop.sync(skus=("SKU1",))
    assert counts(result) == UNCHANGED
    assert shop.stored()[1]["content_hash"] == before["content_hash"]
    sent = [body["results"][0]["manufacturer"] for body in bodies(shop)]
    assert [type(value) for value in sent] == [bool, list]


def test_trap_28_codes_keep_their_zeros(shop):
    stored = shop.scanned(offer(1, ean=[]), offer(2, ean=["0749001122334", "00000012"]), offer(3, ean=None))
    assert [stored[number]["ean"] for number in (1, 2, 3)] == [[], ["0749001122334", "00000012"], []]


@pytest.mark.parametrize("warehouse_id", ["on", "off", "missing"])
def test_trap_29_stock_with_and_without_warehouses(shop, warehouse_id):
    """A row without `stock` has its general stock: it is not sold out."""
    shop.switch(warehouse_id=warehouse_id)
    stored = shop.scanned(
        offer(1, stock_value=17, handling_time=[{"value": 2}]),
        offer(2, stock=[{"warehouse_id": 1, "value": 3}, {"warehouse_id": 7, "value": 4}], general_stock=7),
    )
    assert [(row["stock_quantity"], row["stock"]) for row in stored.values()] == [(17, 17), (7, 7)]
    assert stored[1]["handling_time"] == 2


def test_trap_30_no_rank_and_a_null_rank_are_equal(shop):
    for row in (offer(1, buy_button_rank=None), without("buy_button_rank"), offer(1), offer(1, buy_button_rank="1")):
        shop.scanned(row)
    series = shop.rows("SELECT * FROM emag_offer_market_history WHERE account_type = %s ORDER BY observed_at")
    assert [row["buy_button_rank"] for row in series] == [None, 1]


def test_trap_31_a_pnk_is_no_key(shop, open_shop):
    """Drafts have none, and both accounts of a seller have the same."""
    other = open_shop()
    rows = [offer(1, part_number_key=None), offer(2, part_number_key=None), offer(3), without("part_number_key")]
    rows[3]["id"] = 4
    mine, theirs = shop.scanned(*rows), other.scanned(offer(3, stock_value=9))
    assert [row["part_number_key"] for row in mine.values()] == [None, None, "D000003BM", None]
    assert (theirs[3]["part_number_key"], theirs[3]["stock"], mine[3]["stock"]) == ("D000003BM", 9, 50)


def test_trap_35_unknown_keys_stay_in_the_raw_page(shop):
    shop.scanned(offer(1))
    shop.sell(offer(1, brandNewKey={"deep": [1, None]}, green_tax="1.20"))
    assert counts(shop.sync()) == UNCHANGED
    for vintage in ("2024", "2026"):
        shop.switch(key_vintage=vintage)
        assert shop.sync().counts.rejected == 0
    assert shop.stored()[1]["genius_computed"] == 0  # a key that the column knows and the older API did not send
    assert [body["results"][0].get("brandNewKey") for body in bodies(shop)][1] == {"deep": [1, None]}


def test_trap_36_the_order_of_characteristics_is_no_change(shop):
    entries = [{"id": 6372, "value": "ABS"}, {"id": 6372, "value": "Metal"}, {"id": 5401, "value": "Alb"}]
    assert len(shop.scanned(offer(1, characteristics=entries))[1]["characteristics"]) == 3
    shop.sell(offer(1, characteristics=[entries[2], entries[1], entries[0]]))
    assert counts(shop.sync()) == UNCHANGED
    shop.sell(offer(1, characteristics=entries[1:]))
    assert counts(shop.sync()) == (1, 0, 1, 0, 0, 0)


def test_trap_37_html_is_kept_as_it_was_sent(shop):
    html = '<p>Bec&nbsp;LED &amp; soclu</p>\r\n<img src="http://alt-host.example/1.jpg">\r\n<p>&nbsp;</p>'
    assert shop.scanned(offer(1, description=html))[1]["description"] == html


def test_trap_46_a_price_may_change_without_the_seller(shop):
    """Prices in another currency are recalculated every month: that is data, not an error."""
    shop.scanned(offer(1, sale_price="100.0000", currency_type="EUR"))
    shop.sell(offer(1, sale_price="101.3721", currency_type="EUR"))
    assert counts(shop.sync()) == (1, 0, 1, 0, 0, 0)
    row = shop.stored()[1]
    assert (row["price"], row["sync_status"], row["notes"]) == (Decimal("101.3721"), "synced", [])


def test_trap_48_the_currency_is_the_one_of_the_row(shop):
    """Bulgaria went from BGN to EUR: the same number in another currency is another price."""
    bulgarian = shop.scanned(offer(1, sale_price=100, currency="BGN"), offer(2, sale_price=100, currency="EUR"))
    assert [row["currency"] for row in bulgarian.values()] == ["BGN", "EUR"]
    shop.sell(offer(1, sale_price=100, currency="EUR"), offer(2, sale_price=100, currency="EUR"))
    assert counts(shop.sync()) == (2, 0, 1, 1, 0, 0)
    history = shop.rows("SELECT * FROM emag_offer_history WHERE account_type = %s ORDER BY emag_offer_id, valid_from")
    assert [(row["price"], row["currency"]) for row in history] == [(100, "BGN"), (100, "EUR"), (100, "EUR")]
