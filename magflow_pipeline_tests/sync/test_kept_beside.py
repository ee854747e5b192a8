"""What a scan keeps beside the offers: the market, the stock of each day, the bodies as they came."""

import hashlib
import zlib
from datetime import date
from decimal import Decimal

import httpx

from magflow_pipeline.database.statements import transform
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import counts


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
