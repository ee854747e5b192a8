"""The scan: every page in, committed rows and a closed log out, against the simulator on real PostgreSQL."""

import asyncio
import hashlib
import json
import time
import zlib
from datetime import date
from decimal import Decimal

import httpx
import pytest

from magflow_pipeline.database import locks
from magflow_pipeline.database.statements import check, transform
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync.scan import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.conftest import until

PRODUCTS = "SELECT * FROM emag_products_v2 ORDER BY account_type, emag_id"
OFFERS = "SELECT * FROM emag_product_offers_v2 ORDER BY account_type, emag_offer_id"
LOGS = "SELECT * FROM emag_sync_logs ORDER BY id"
SEEN_AGAIN = {"last_sync_id", "last_synced_at"}


def content(rows: list[dict]) -> list[dict]:
    """Rows without what says when they were seen."""
    return [{key: value for key, value in row.items() if key not in SEEN_AGAIN} for row in rows]


def counts(result) -> tuple[int, ...]:
    """Fetched, created, updated, unchanged, rejected, duplicate."""
    tally = result.tally
    return (tally.fetched, tally.created, tally.updated, tally.unchanged, tally.rejected, tally.duplicate)


def errors(log: dict) -> str:
    return "\n".join(error["error"] for error in log["errors"])


# What is stored


@both_servers
def test_every_page_is_stored_and_the_log_is_closed(rows, sync, newest_log, make_simulator, make_seller):
    """Offers stayed empty without an error, and logs uncommitted (domain.md 10, failures 2 and 5)."""
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
    """PNK, EAN and price stayed what they were at first sight (domain.md 10, failure 15)."""
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
        *("stock_above", "stock_above_since", "stock_asked_at"),
    }
    same = {key for key in offers_after[0] if offers_after[0][key] == stored_offers[0][key]}
    assert same == {"account_type", "emag_offer_id", "created_at", "sync_attempts"}
    assert (after[0]["part_number_key"], after[0]["ean"]) == ("D000001BM", ["0594123456788"])
    assert after[0]["updated_at"] > after[0]["created_at"]
    assert content(after)[1] == content(products)[1]
    assert content(offers_after)[1] == content(stored_offers)[1]


@both_servers
def test_hostile_rows_are_stored_or_kept_aside_and_harm_no_other(rows, sync, newest_log, make_simulator, make_seller):
    """One bad row failed hundreds of good ones (domain.md 10, failure 4)."""
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


@both_servers
@pytest.mark.parametrize(
    "refused", [{"images": [{"url": "a", "width": float("nan")}]}, {"stock": [{"value": 2**63 // 1000}] * 2000}]
)
def test_a_row_that_the_database_refuses_harms_no_other(rows, sync, make_simulator, make_seller, refused):
    make_seller(make_simulator(main=[*offers(6), offer(7, **refused), *offers(6, start=8), offer(14, **refused)]))
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
    simulator.patch_offers("main", [offer(2, images=[{"width": float("nan")}])])
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
    tally = result.tally
    total = tally.created + tally.updated + tally.unchanged + tally.rejected + tally.duplicate
    assert tally.fetched == total == 26  # an offer came twice: all was read once more
    assert session.execute(check("rows_are_conserved"), {"account": None}).fetchall() == []
    pages = rows("SELECT * FROM raw_emag_product_pages WHERE sync_log_id = %s ORDER BY sequence", result.sync_log_id)
    parts = ("created_items", "updated_items", "unchanged_items", "failed_items", "duplicate_items")
    assert [page["item_count"] for page in pages] == [sum(page[part] for part in parts) for page in pages]
    assert sum(page["item_count"] for page in pages) == 26


def test_two_offers_with_one_sku_are_both_kept(rows, session, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, part_number="EMG469"), offer(2, part_number="EMG469")]))
    assert counts(sync()) == (2, 2, 0, 0, 0, 0)
    assert [row["sku"] for row in rows(PRODUCTS)] == ["EMG469", "EMG469"]
    found = session.execute(check("no_two_offers_share_a_sku"), {"account": "main"}).fetchall()
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
    """Products without a price were lost with their offers (domain.md 10, failure 16)."""
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


@both_servers
def test_the_market_has_a_row_only_when_it_changes(rows, sync, make_simulator, make_seller):
    simulator = make_simulator(main=[offer(1), offer(2)])
    make_seller(simulator)
    history = "SELECT * FROM emag_offer_market_history ORDER BY emag_offer_id, observed_at"
    sync()
    assert len(rows(history)) == 2
    sync()
    assert len(rows(history)) == 2
    simulator.patch_offers("main", [offer(1, buy_button_rank=None, best_offer_sale_price="70.5")])
    assert counts(sync()) == (2, 0, 0, 2, 0, 0)
    changed = rows(history)
    assert [(row["emag_offer_id"], row["buy_button_rank"], row["best_offer_sale_price"]) for row in changed] == [
        (1, 1, Decimal("79.9")),
        (1, None, Decimal("70.5")),
        (2, 1, Decimal("79.9")),
    ]
    simulator.patch_offers("main", [offer(1, name="Alt nume", buy_button_rank=None, best_offer_sale_price=70.5)])
    assert counts(sync()) == (2, 0, 1, 1, 0, 0)
    assert rows(history) == changed


@both_servers
def test_stock_is_sampled_once_per_sync_and_day(rows, sync, make_simulator, make_seller):
    """In-stock days cannot be rebuilt afterwards."""
    simulator = make_simulator(main=[offer(1, stock_value=5), offer(2, part_number="SKU1", stock_value=99)])
    make_seller(simulator)
    for stock in (5, 0, 9):
        simulator.patch_offers("main", [offer(1, stock_value=stock)])
        sync()
    samples = rows("SELECT * FROM stock_snapshots")
    assert len(samples) == 1, "one row per SKU: the active offer with the lowest id counts"
    row = samples[0]
    assert (row["sku"], row["first_stock"], row["min_stock"], row["max_stock"], row["last_stock"]) == (
        "SKU1",
        5,
        0,
        9,
        9,
    )
    assert (row["samples"], row["samples_in_stock"]) == (3, 2)


def test_a_day_of_stock_is_a_day_in_bucharest(rows, session, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(2)))
    sync_log_id = sync().sync_log_id
    session.execute("TRUNCATE stock_snapshots")
    for seen, sku in (("2026-03-28 21:59:59+00", "SKU1"), ("2026-03-28 22:00:00+00", "SKU2")):
        session.execute("UPDATE emag_products_v2 SET last_synced_at = %s WHERE sku = %s", [seen, sku])
    session.execute(transform("stock_snapshots"), {"sync_log_id": sync_log_id})
    assert rows("SELECT sku, day FROM stock_snapshots ORDER BY sku") == [
        {"sku": "SKU1", "day": date(2026, 3, 28)},
        {"sku": "SKU2", "day": date(2026, 3, 29)},
    ]


@both_servers
def test_bodies_are_kept_once_exactly_as_received(rows, sync, make_simulator, make_seller):
    simulator = make_simulator(main=[*offers(4), offer(5, name="a\x00\ud800")])
    make_seller(simulator)
    sync(items_per_page=3)
    sync(items_per_page=3)
    pages = rows("SELECT * FROM raw_emag_product_pages ORDER BY sync_log_id, page")
    assert [(page["page"], page["item_count"], page["http_status"]) for page in pages] == [(1, 3, 200), (2, 2, 200)] * 2
    bodies = {row["sha256"]: row for row in rows("SELECT * FROM raw_emag_product_bodies")}
    assert len(bodies) == 2
    for page in pages:
        keys = {"currentPage": page["page"], "itemsPerPage": 3}
        sent = httpx.post(
            f"{simulator.url}/product_offer/read", json=keys, auth=("main", "demo"), trust_env=False
        ).content
        body = bodies[page["body_sha256"]]
        assert zlib.decompress(body["body_zlib"]) == sent
        assert (body["body_bytes"], page["body_sha256"]) == (len(sent), hashlib.sha256(sent).digest())


# When not everything goes well


@both_servers
def test_a_page_that_keeps_failing_is_skipped_and_told(rows, sync, newest_log, make_simulator, make_seller):
    """One 504 aborted everything, or was skipped and called completed (domain.md 10, failure 13)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "504-html", "page": 2}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="3")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, counts(result)) == ("partial", False, (15, 15, 0, 0, 0, 0))
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [*range(1, 11), *range(21, 26)]
    log = newest_log()
    assert (log["status"], log["pages_processed"], log["pages_failed"]) == ("partial", 2, 1)
    assert "page 2 was given up: HTTP 504" in errors(log)
    assert log["errors"][0]["timestamp"]
    # Three attempts at page 2, and a second count for the rows that are missing.
    assert log["api_requests_made"] == len(simulator.requests()) == 7


def test_trouble_that_passes_is_not_even_partial(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    faults = [{"kind": kind, "times": 1} for kind in ("429", "502-html", "truncated", "reset", "null")]
    simulator.switch("main", faults=[*faults, {"kind": "500", "route": "count", "times": 2}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="8")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert (newest_log()["rate_limit_hits"], newest_log()["errors"]) == (1, [])


def test_the_last_page_failing_does_not_end_the_scan(sync, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "500", "page": 3}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.tally.stored) == ("partial", False, 20)


@pytest.mark.parametrize("style", [200, 401, 403])
def test_refused_credentials_fail_the_sync_and_store_nothing(
    rows, sync, newest_log, make_simulator, make_seller, style
):
    """Missing credentials were reported as success (domain.md 10, failure 24)."""
    simulator = make_simulator(main=offers(250))
    simulator.switch("main", auth_style=style)
    make_seller(simulator, EMAG_MAIN_PASSWORD="c0rrect-horse")
    with pytest.raises(SyncFailedError, match=r"EMAG_MAIN_PASSWORD|API rights") as caught:
        sync()
    log = newest_log()
    assert (log["status"], errors(log)) == ("failed", str(caught.value))
    assert "c0rrect-horse" not in errors(log)
    assert rows(PRODUCTS) == []
    assert rows("SELECT FROM stock_snapshots") == []
    assert len(simulator.requests()) <= 2


def test_a_sync_that_cannot_read_a_page_fails(rows, sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "502-html"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    with pytest.raises(SyncFailedError, match=r"No page of account 'main' could be read.*magflow check"):
        sync(items_per_page=10, max_pages=3)
    assert (newest_log()["status"], rows(PRODUCTS)) == ("failed", [])


def test_one_account_down_does_not_stop_the_other(sync, make_simulator, make_seller):
    """One account was down for hours and the other waited with it (domain.md 10, failure 14)."""
    simulator = make_simulator(main=offers(3), fbe=offers(3))
    simulator.switch("main", refuse_ip=True)
    make_seller(simulator)
    with pytest.raises(SyncFailedError, match="IP list"):
        sync("main")
    assert sync("fbe").outcome == "completed"


@pytest.mark.parametrize("kind", ["500", "empty-page"])
def test_without_a_count_everything_is_stored_all_the_same(sync, newest_log, make_simulator, make_seller, kind):
    simulator = make_simulator(main=offers(145))
    simulator.switch("main", faults=[{"kind": kind, "route": "count"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.tally.stored) == ("partial", False, 145)
    log = newest_log()
    assert (log["status"], log["total_items"], log["processed_items"]) == ("partial", None, 145)
    assert "the count could not be read" in errors(log)


@pytest.mark.parametrize("offset", [-5, 35])
def test_a_wrong_count_makes_a_partial_sync(sync, newest_log, make_simulator, make_seller, offset):
    """A row that slipped between two pages shows only here (trap 12)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", count_offset=offset)
    make_seller(simulator)
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.tally.stored) == ("partial", False, 25)
    assert f"25 distinct offers were received, and the marketplace says {max(0, 25 + offset)}" in errors(newest_log())


@pytest.mark.parametrize(("count", "pages"), [(200, 3), (203, 3), (0, 1)])
def test_a_page_that_is_not_full_is_the_last(sync, make_simulator, make_seller, count, pages):
    """Full pages say nothing about the end (trap 8)."""
    simulator = make_simulator(main=offers(count))
    make_seller(simulator)
    result = sync()
    assert (result.outcome, result.is_complete, result.tally.stored) == ("completed", True, count)
    read = [request["body"]["currentPage"] for request in simulator.requests() if request["route"] == "read"]
    assert sorted(read) == [*range(1, pages + 1)]


def test_a_marketplace_that_never_ends_is_left(sync, newest_log, make_simulator, make_seller):
    """The same pages were fetched again and again (domain.md 10, failure 8)."""
    simulator = make_simulator(main=offers(4))
    simulator.switch("main", faults=[{"kind": "repeat-page"}])
    make_seller(simulator)
    result = sync(items_per_page=2)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert result.tally.pages <= 10
    assert result.tally.duplicate == result.tally.fetched - 2
    assert "the marketplace sends the same offers for ever: stopped at page 4" in errors(newest_log())


def test_a_cap_on_pages_is_kept_and_makes_the_scan_partial(rows, sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    make_seller(simulator)
    result = sync(items_per_page=5, max_pages=2)
    assert (result.outcome, result.is_complete, result.tally.stored) == ("partial", False, 10)
    assert len([request for request in simulator.requests() if request["route"] == "read"]) == 2
    assert "stopped after 2 pages" in errors(newest_log())
    assert newest_log()["parameters"]["max_pages"] == 2


def test_a_cap_is_never_a_complete_scan(sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(25)))
    result = sync(items_per_page=10, max_pages=50)
    assert (result.tally.stored, result.is_complete) == (25, False)


def test_without_inactive_offers_the_scan_proves_no_removal(rows, sync, make_simulator, make_seller):
    simulator = make_simulator(main=[offer(1), offer(2, status=0), offer(3, status=2), offer(4)])
    make_seller(simulator)
    result = sync(include_inactive=False)
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [1, 4]
    assert (result.outcome, result.is_complete, result.tally.announced) == ("completed", False, 2)
    assert {request["body"]["status"] for request in simulator.requests()} == {1}


# The end of a sync, whatever ends it


def test_a_sync_that_takes_too_long_ends_by_itself(rows, sync, newest_log, make_simulator, make_seller):
    """Runs stayed `running` for ever (domain.md 10, failure 6)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="1")
    start = time.monotonic()
    with pytest.raises(SyncFailedError, match=r"did not end in time.*EMAG_SYNC_TIMEOUT_SECONDS is 1"):
        sync(items_per_page=10)
    assert time.monotonic() - start < 4
    log = newest_log()
    assert (log["status"], log["pages_processed"]) == ("failed", 2)
    assert "did not end in time" in errors(log)
    assert rows("SELECT FROM emag_sync_progress") == []
    assert len(rows(PRODUCTS)) == 15, "pages that were stored stay"


def test_a_cancelled_sync_closes_its_log_and_leaves_no_lock(
    rows, start_sync, sync, newest_log, make_simulator, make_seller
):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2, "times": 1}])
    make_seller(simulator)

    async def cancel() -> None:
        task = asyncio.create_task(start_sync(items_per_page=10))
        await until(lambda: rows("SELECT FROM emag_sync_progress WHERE pages_done = 2"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    log = newest_log()
    assert (log["status"], errors(log)) == ("failed", "The sync was interrupted before its end.")
    assert rows("SELECT FROM emag_sync_progress") == []
    told: list[str] = []
    result = sync(items_per_page=10, tell=told.append)
    # It goes on with pages 1 and 3; page 3 was not full, and is read again.
    assert (result.outcome, counts(result)) == ("completed", (30, 25, 0, 0, 0, 5))
    assert not any("another sync is running" in line for line in told)


def test_a_sync_cancelled_at_any_moment_closes_its_log(rows, start_sync, sync, make_simulator, make_seller):
    """A COPY cut short left the session unusable and the log `running`."""
    simulator = make_simulator(main=offers(40))
    simulator.switch("main", latency_seconds=0.01)
    make_seller(simulator)

    async def cancel_after(seconds: float) -> None:
        task = asyncio.create_task(start_sync(items_per_page=2))
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait([task])

    for step in range(12):
        asyncio.run(cancel_after(step * 0.02))
        assert rows("SELECT FROM emag_sync_logs WHERE status = 'running'") == []
        stored = rows("SELECT count(*) AS n FROM emag_products_v2")[0]["n"]
        assert stored % 2 == 0, "a page is stored whole"
        assert rows("SELECT count(*) AS n FROM emag_product_offers_v2")[0]["n"] == stored
    assert sync(items_per_page=2).outcome == "completed"
    assert len(rows(PRODUCTS)) == 40


# One sync per account


def test_a_running_sync_is_visible_and_its_progress_goes_with_it(
    rows, start_sync, newest_log, make_simulator, make_seller
):
    """A second run was started because nothing was visible (domain.md 10, failures 5 and 7)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2, "times": 1}])
    make_seller(simulator, EMAG_READ_TIMEOUT_SECONDS="1")

    async def watch():
        task = asyncio.create_task(start_sync(items_per_page=10))
        progress = await until(lambda: rows("SELECT * FROM emag_sync_progress WHERE pages_done = 2"))
        return progress[0], newest_log(), await task

    progress, log, result = asyncio.run(watch())
    assert (progress["sync_log_id"], progress["pages_total"], progress["items_done"]) == (result.sync_log_id, 3, 15)
    assert progress["items_per_second"] > 0
    assert progress["expected_end_at"] > log["started_at"]
    assert (log["status"], log["completed_at"], log["account_type"]) == ("running", None, "main")
    assert result.outcome == newest_log()["status"] == "completed"
    assert rows("SELECT FROM emag_sync_progress") == []


@both_servers
def test_a_second_sync_of_an_account_waits_for_the_first(
    rows, start_sync, make_simulator, make_seller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.05)
    simulator = make_simulator(main=offers(5))
    simulator.switch("main", latency_seconds=0.3)
    make_seller(simulator)
    told: list[str] = []

    async def both():
        first = asyncio.create_task(start_sync())
        await until(lambda: rows("SELECT FROM emag_sync_logs"))
        return await asyncio.gather(first, start_sync(tell=told.append))

    first, second = asyncio.run(both())
    assert (counts(first)[1], counts(second)[3]) == (5, 5)
    logs = rows(LOGS)
    assert [log["status"] for log in logs] == ["completed", "completed"]
    assert logs[1]["started_at"] >= logs[0]["completed_at"]
    assert told[0] == "main: another sync is running; waiting up to 600 s for it to end"


def test_the_other_account_does_not_wait(rows, start_sync, make_simulator, make_seller):
    simulator = make_simulator(main=offers(5), fbe=offers(5))
    simulator.switch("main", faults=[{"kind": "hang", "page": 1, "times": 1}])
    make_seller(simulator, EMAG_READ_TIMEOUT_SECONDS="2")

    async def both() -> list[dict]:
        slow = asyncio.create_task(start_sync("main"))
        await until(lambda: rows("SELECT FROM emag_sync_logs"))
        await start_sync("fbe")
        logs = rows(LOGS)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        return logs

    assert [(log["account_type"], log["status"]) for log in asyncio.run(both())] == [
        ("main", "running"),
        ("fbe", "completed"),
    ]


def test_a_sync_that_waits_too_long_says_so_and_opens_no_log(
    rows, session, sync, make_simulator, make_seller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.05)
    simulator = make_simulator(main=offers(5))
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="0.2")
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
    with pytest.raises(SyncFailedError, match=r"Another sync of account 'main' is still running.*magflow status"):
        sync()
    assert (rows(LOGS), simulator.requests()) == ([], [])


def test_another_user_of_the_same_account_is_refused(rows, sync, make_simulator, make_seller):
    """Rows of two sellers in one table cannot be told apart afterwards."""
    simulator = make_simulator(main=offers(5), fbe=offers(9))
    make_seller(simulator)
    sync("main")
    simulator.clear()
    make_seller(simulator, EMAG_MAIN_USERNAME="fbe")
    with pytest.raises(ConfigurationError, match="came from another marketplace or user"):
        sync("main")
    assert (len(rows(LOGS)), len(rows(PRODUCTS)), simulator.requests()) == (1, 5, [])


def test_a_typing_error_in_the_first_user_can_be_mended(rows, sync, make_simulator, make_seller):
    """The wrong user was remembered, and the right one refused for ever."""
    simulator = make_simulator(main=offers(3))
    make_seller(simulator, EMAG_MAIN_USERNAME="mian")
    with pytest.raises(SyncFailedError):
        sync()
    make_seller(simulator)
    assert sync().outcome == "completed"
    assert [row["username"] for row in rows("SELECT username FROM emag_accounts")] == ["main"]


def test_a_sync_that_can_store_no_row_fails(rows, sync, newest_log, make_simulator, make_seller):
    """A renamed key rejected every row, and the sync called itself complete (failures 1 and 2)."""
    make_seller(make_simulator(main=[{**each, "part_number": None} for each in offers(3)]))
    with pytest.raises(SyncFailedError, match="Not one of 3 rows"):
        sync()
    assert newest_log()["status"] == "failed"
    assert len(rows("SELECT FROM emag_rejected_offers")) == 3


def test_an_account_that_is_down_is_not_asked_for_every_page(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(500))
    simulator.switch("main", faults=[{"kind": "502-html"}, {"kind": "502-html", "route": "count"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    with pytest.raises(SyncFailedError, match="No page of account 'main' could be read"):
        sync()
    assert newest_log()["api_requests_made"] == 4


def test_reads_that_fail_while_the_count_answers_end_after_the_announced_pages(
    sync, newest_log, make_simulator, make_seller
):
    simulator = make_simulator(main=offers(50))
    simulator.switch("main", faults=[{"kind": "502-html"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
    with pytest.raises(SyncFailedError, match="No page"):
        sync(items_per_page=10)
    assert newest_log()["api_requests_made"] == 7


def test_one_hanging_page_is_skipped_within_its_share_of_the_time(sync, newest_log, make_simulator, make_seller):
    """A page that hung used up the whole limit, and the sync failed instead of being partial."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="6")
    result = sync(items_per_page=10)
    assert result.outcome == "partial"
    assert "page 2 was given up" in errors(newest_log())


def test_a_wait_that_nobody_can_afford_is_not_waited(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", retry_after="seconds", faults=[{"kind": "429", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="3")
    assert sync(items_per_page=10).outcome == "partial"


class Interrupt(BaseException):
    """As Dagster raises it in the main thread, wherever that is at the moment."""


def test_an_interrupt_from_a_signal_closes_the_log(start_sync, newest_log, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(25)))

    def interrupt(line: str) -> None:
        if "stopped after 1 pages" in line:
            raise Interrupt

    with pytest.raises(Interrupt):
        asyncio.run(start_sync(items_per_page=10, tell=interrupt, max_pages=1))
    log = newest_log()
    assert (log["status"], errors(log).splitlines()[-1]) == ("failed", "The sync was interrupted before its end.")
