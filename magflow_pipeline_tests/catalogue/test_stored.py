"""What a scan stores: products, offers, rejected rows, and a closed log beside them."""

import json
from decimal import Decimal

from magflow_pipeline.database.statements import check
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import content, counts, errors

PRODUCTS = "SELECT * FROM emag_products_v2 ORDER BY account_type, emag_id"
OFFERS = "SELECT * FROM emag_product_offers_v2 ORDER BY account_type, emag_offer_id"


@both_servers
def test_every_page_is_stored_and_the_log_is_closed(rows, sync, newest_log, make_simulator, make_seller):
    """Offers stayed empty without an error, and logs uncommitted (rules.md: failures 2 and 5)."""
    make_seller(make_simulator(main=offers(203)))
    result = sync()
    assert (result.outcome, result.is_complete, counts(result)) == ("completed", True, (203, 203, 0, 0, 0, 0))
    products, stored_offers = rows(PRODUCTS), rows(OFFERS)
    assert [row["emag_id"] for row in products] == [row["emag_offer_id"] for row in stored_offers] == [*range(1, 204)]
    assert products[0]["price"] == stored_offers[0]["sale_price"] == Decimal("84.0336")
    assert products[0]["name"] == "Produs numărul 1"
    assert products[0]["is_active"] and stored_offers[0]["is_available"]
    log = newest_log()
    assert (log["status"], log["is_complete"], log["errors"]) == ("completed", True, [])
    assert (log["total_items"], log["processed_items"], log["created_items"]) == (203, 203, 203)
    assert (log["pages_processed"], log["pages_failed"], log["api_requests_made"]) == (3, 0, 5)
    assert log["sync_type"] == "products"
    assert log["completed_at"] > log["started_at"]


@both_servers
def test_a_second_sync_of_the_same_offers_changes_nothing(rows, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(120)))
    sync()
    before = content(rows(PRODUCTS)), content(rows(OFFERS))
    result = sync()
    assert counts(result) == (120, 0, 0, 120, 0, 0)
    assert (content(rows(PRODUCTS)), content(rows(OFFERS))) == before
    assert {row["last_sync_id"] for row in rows(PRODUCTS)} == {result.sync_log_id}
    assert rows(OFFERS)[0]["last_synced_at"] > rows(OFFERS)[0]["created_at"]


@both_servers
def test_every_field_is_refreshed_and_none_is_frozen(rows, sync, make_simulator, make_seller):
    """PNK, EAN and price stayed what they were at first sight (rules.md: failure 15)."""
    draft = {"part_number_key": None, "ean": [], "name": "", "brand": None, "description": "", "category_id": None}
    simulator = make_simulator(main=[offer(1, **draft), offer(2)])
    make_seller(simulator)
    sync()
    products, stored_offers = rows(PRODUCTS), rows(OFFERS)
    changed = offer(
        1,
        part_number="SKU-NOU",
        url="https://shop.example.com/1",
        sale_price=99.5,
        min_sale_price=70,
        max_sale_price=130,
        recommended_price=150,
        currency="EUR",
        vat_id=2,
        warranty=36,
        stock_value=7,
        estimated_stock=4,
        handling_time=[{"value": 3}],
        status=0,
        images=[{"url": "https://img.example.com/1.jpg", "display_type": 1}],
        characteristics=[{"id": 5401, "tag": None, "value": "Negru"}],
        family={"id": 900417, "name": "Familie", "family_type_id": 95},
        ownership=False,
        validation_status=[{"value": 12, "errors": {"errors": [{"code": "x"}]}}],
        translation_validation_status=[{"value": 3}],
        offer_validation_status={"value": 2},
        genius_eligibility=1,
        genius_eligibility_type=2,
        genius_computed=3,
    )
    simulator.patch_offers("main", [changed])
    assert counts(sync()) == (2, 0, 1, 1, 0, 0)
    after, offers_after = rows(PRODUCTS), rows(OFFERS)
    same = {key for key in after[0] if after[0][key] == products[0][key]}
    assert same == {
        *("account_type", "emag_id", "created_at", "sync_status", "sync_error", "removed_at", "notes"),
        *("stock_above", "stock_above_since", "stock_asked_at", "received_sync_id"),
    }
    same = {key for key in offers_after[0] if offers_after[0][key] == stored_offers[0][key]}
    assert same == {"account_type", "emag_offer_id", "created_at", "sync_attempts"}
    assert (after[0]["part_number_key"], after[0]["ean"]) == ("D000001BM", ["0594123456788"])
    assert after[0]["updated_at"] > after[0]["created_at"]
    assert content(after)[1] == content(products)[1]
    assert content(offers_after)[1] == content(stored_offers)[1]


@both_servers
def test_hostile_rows_are_stored_or_kept_aside_and_harm_no_other(rows, sync, newest_log, make_simulator, make_seller):
    """One bad row failed hundreds of good ones (rules.md: failure 4)."""
    without_sku = offer(50, note="\x00\ud800")
    del without_sku["part_number"]
    hostile = [
        offer(51, name="Lamp\x00ă \ud800'; DROP TABLE app.emag_products_v2; --", part_number="A'\\\"%s"),
        offer(52, name="n" * 3000, description="<p>\r\n&nbsp;</p>"),
        offer(53, id="2147527665", stock={"value": "7"}, family=[{"id": 5}], ean="0749001122334"),
        offer(2**62, sale_price=None, stock_value=-3),
    ]
    make_seller(make_simulator(main=[*offers(9), without_sku, *hostile, offer(0), "a text", None]))
    result = sync()
    assert counts(result) == (17, 13, 0, 0, 4, 0)
    assert (result.outcome, newest_log()["failed_items"]) == ("completed", 4)
    stored = {row["emag_id"]: row for row in rows(PRODUCTS)}
    assert set(stored) == {*range(1, 10), 51, 52, 2147527665, 2**62}
    assert stored[51]["name"] == "Lampă '; DROP TABLE app.emag_products_v2; --"
    assert stored[51]["sku"] == "A'\\\"%s"
    assert (len(stored[52]["name"]), stored[52]["description"]) == (3000, "<p>\r\n&nbsp;</p>")
    assert (stored[2147527665]["stock_quantity"], stored[2147527665]["family_id"]) == (7, 5)
    assert stored[2**62]["notes"] == ["stock -3 is negative: stored as 0"]
    rejected = rows("SELECT * FROM emag_rejected_offers ORDER BY emag_offer_id NULLS LAST, reason")
    assert [row["emag_offer_id"] for row in rejected] == [50, None, None, None]
    assert [row["reason"].partition(":")[0] for row in rejected] == [
        "part_number",
        "id",
        "the row is not an object but a NoneType",
        "the row is not an object but a str",
    ]
    assert [json.loads(row["payload"])["id"] for row in rejected[:2]] == [50, 0]
    assert json.loads(rejected[0]["payload"])["note"] == "\x00\ud800"
    assert [json.loads(row["payload"]) for row in rejected[2:]] == [None, "a text"]
    assert {(row["account_type"], row["sync_log_id"], row["page"]) for row in rejected} == {
        ("main", result.sync_log_id, 1)
    }


TOO_MUCH = [{"value": 2**63 // 1000}] * 2000  # each fits, their sum does not


@both_servers
def test_a_row_that_the_database_refuses_harms_no_other(rows, sync, make_simulator, make_seller):
    refused = [offer(emag_id, stock=TOO_MUCH) for emag_id in (7, 14)]
    make_seller(make_simulator(main=[*offers(6), refused[0], *offers(6, start=8), refused[1]]))
    result = sync()
    assert counts(result) == (14, 12, 0, 0, 2, 0)
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [*range(1, 7), *range(8, 14)]
    assert [row["reason"].partition(":")[0] for row in rows("SELECT reason FROM emag_rejected_offers")] == [
        "the database refused it"
    ] * 2
    assert len(rows("SELECT FROM raw_emag_product_pages")) == 1


def test_a_row_that_the_database_refuses_later_is_kept_as_sent_and_told_on_its_offer(
    rows, sync, make_simulator, make_seller
):
    simulator = make_simulator(main=offers(3))
    make_seller(simulator)
    sync()
    simulator.patch_offers("main", [offer(2, stock=TOO_MUCH)])
    result = sync()
    assert counts(result) == (3, 0, 0, 2, 1, 0)
    (rejected,) = rows("SELECT emag_offer_id, payload FROM emag_rejected_offers")
    assert rejected["emag_offer_id"] == 2
    assert json.loads(rejected["payload"])["part_number"] == "SKU2"
    (known,) = rows("SELECT sync_status, last_sync_id FROM emag_products_v2 WHERE emag_id = 2")
    assert known == {"sync_status": "error", "last_sync_id": result.sync_log_id}


def test_a_catalogue_that_moves_is_read_once_more(rows, sync, newest_log, make_simulator, make_seller):
    """Pages move up and one live offer is skipped; the second count then agrees with what was received (trap 12)."""
    simulator = make_simulator(main=offers(5))
    simulator.switch("main", faults=[{"kind": "502-html", "page": 2, "times": 1}])
    make_seller(simulator)

    def remove_on_retry(line: str) -> None:
        if "attempt 1" in line:
            simulator.remove_offer("main", 1)

    result = sync(items_per_page=2, tell=remove_on_retry)
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [1, 2, 3, 4, 5]


def test_an_offer_that_is_rejected_later_keeps_its_row_and_is_marked(rows, sync, make_simulator, make_seller):
    """It was seen: it must not count as gone."""
    simulator = make_simulator(main=offers(3))
    make_seller(simulator)
    sync()
    before = rows(PRODUCTS)[1]
    simulator.patch_offers("main", [offer(2, part_number=None)])
    result = sync()
    after = rows(PRODUCTS)[1]
    assert (after["sync_status"], after["sync_error"].partition(":")[0]) == ("error", "part_number")
    assert (after["sku"], after["updated_at"], after["last_sync_id"]) == (
        before["sku"],
        before["updated_at"],
        result.sync_log_id,
    )
    assert rows(OFFERS)[1]["sync_attempts"] == 1
    simulator.patch_offers("main", [offer(2)])
    assert counts(sync()) == (3, 0, 1, 2, 0, 0)
    after = rows(PRODUCTS)[1]
    assert (after["sync_status"], after["sync_error"], rows(OFFERS)[1]["sync_attempts"]) == ("synced", None, 0)


def test_an_id_that_comes_twice_is_stored_once(rows, sync, newest_log, make_simulator, make_seller):
    """An insert during the scan moves the last row of a page onto the next one (trap 11)."""
    make_seller(make_simulator(main=[*offers(5), offer(2), offer(3)]))
    result = sync(items_per_page=3)
    assert counts(result) == (14, 5, 0, 0, 0, 9)
    assert len(rows(PRODUCTS)) == 5
    assert result.outcome == "partial"
    assert "5 distinct offers were received, and the marketplace says 7" in errors(newest_log())


def test_rows_are_conserved_per_page_and_per_run(rows, session, sync, make_simulator, make_seller):
    simulator = make_simulator(main=[*offers(10), offer(4), "a text"])
    make_seller(simulator)
    sync(items_per_page=3)
    simulator.patch_offers("main", [offer(1, stock_value=1), offer(99)])
    result = sync(items_per_page=3)
    counted = result.counts
    total = counted.created + counted.updated + counted.unchanged + counted.rejected + counted.duplicate
    assert counted.fetched == total == 26  # an offer came twice: all was read once more
    assert session.execute(check("rows_are_conserved"), {"accounts": ["main"]}).fetchall() == []
    pages = rows("SELECT * FROM raw_emag_product_pages WHERE sync_log_id = %s ORDER BY sequence", result.sync_log_id)
    parts = ("created_items", "updated_items", "unchanged_items", "failed_items", "duplicate_items")
    assert [page["item_count"] for page in pages] == [sum(page[part] for part in parts) for page in pages]
    assert sum(page["item_count"] for page in pages) == 26


def test_two_offers_with_one_sku_are_both_kept(rows, session, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, part_number="EMG469"), offer(2, part_number="EMG469")]))
    assert counts(sync()) == (2, 2, 0, 0, 0, 0)
    assert [row["sku"] for row in rows(PRODUCTS)] == ["EMG469", "EMG469"]
    found = session.execute(check("no_two_offers_share_a_sku"), {"accounts": ["main"]}).fetchall()
    assert found == [("main", "EMG469", [1, 2])]


def test_the_accounts_have_rows_of_their_own(rows, sync, make_simulator, make_seller):
    """One PNK on two accounts is two rows (trap 31)."""
    make_seller(make_simulator(main=[offer(1)], fbe=[offer(1, stock_value=3)]))
    sync("main")
    sync("fbe")
    assert [(row["account_type"], row["part_number_key"], row["stock_quantity"]) for row in rows(PRODUCTS)] == [
        ("fbe", "D000001BM", 3),
        ("main", "D000001BM", 50),
    ]


def test_inactive_offers_and_those_at_the_end_of_life_are_stored(rows, sync, make_simulator, make_seller):
    """Most of a catalogue can be of status 2 (trap 32)."""
    make_seller(make_simulator(main=[offer(1), offer(2, status=0), offer(3, status=2)]))
    assert sync().is_complete
    assert [(row["status"], row["is_active"]) for row in rows(PRODUCTS)] == [(1, True), (0, False), (2, False)]
    assert [row["is_available"] for row in rows(OFFERS)] == [True, False, False]


def test_an_offer_without_a_price_is_stored_and_not_available(rows, sync, make_simulator, make_seller):
    """Products without a price were lost with their offers (rules.md: failure 16)."""
    make_seller(
        make_simulator(main=[offer(1, sale_price=None), offer(2, sale_price="0.0000"), offer(3, stock_value=0)])
    )
    sync()
    assert [(row["price"], row["is_active"]) for row in rows(PRODUCTS)][:2] == [(None, True)] * 2
    assert [(row["visibility"], row["is_available"]) for row in rows(OFFERS)] == [
        ("hidden", False),
        ("hidden", False),
        ("visible", False),
    ]


def test_the_price_before_the_discount_is_the_higher_one(rows, sync, make_simulator, make_seller):
    prices = [(100, 150), (100, 80), (100, 0)]
    sold = [offer(number, sale_price=sale, recommended_price=rec) for number, (sale, rec) in enumerate(prices, 1)]
    make_seller(make_simulator(main=sold))
    sync()
    assert [row["original_price"] for row in rows(OFFERS)] == [150, 100, 100]


def test_reserved_pieces_are_not_available(rows, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, stock_value=17, estimated_stock=15)]))
    sync()
    stored = rows(OFFERS)[0]
    assert (stored["stock"], stored["reserved_stock"], stored["available_stock"]) == (17, 2, 15)
