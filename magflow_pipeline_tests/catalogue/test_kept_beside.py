"""What a scan keeps beside the offers: the market, the stock of each day, the bodies as they came."""

import hashlib
from datetime import date
from decimal import Decimal

import httpx

from magflow_pipeline.catalogue.bodies import body_of
from magflow_pipeline.database.statements import statement
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


FOR_SALE = [
    ({}, 1),
    ({"stock_value": 0}, 0),
    ({"status": 0}, 0),
    ({"status": 2}, 0),
    ({"sale_price": None}, 0),
    ({"validation_status": [{"value": 8}]}, 0),
    ({"validation_status": [{"value": 9}, {"value": 3}]}, 1),
    ({"offer_validation_status": {"value": 2}}, 0),
    ({"auto_translated": 1, "translation_validation_status": [{"value": 14}]}, 0),
]


@both_servers
def test_a_sample_tells_whether_customers_could_buy_it(rows, sync, make_simulator, make_seller):
    """Demand divides by these days; a day on which the offer was refused counted as in stock, and cannot be rebuilt."""
    make_seller(make_simulator(main=[offer(number, **fields) for number, (fields, _) in enumerate(FOR_SALE, 1)]))
    sync()
    sync()
    samples = rows("SELECT * FROM stock_snapshots ORDER BY sku")
    assert [row["samples"] for row in samples] == [2] * len(FOR_SALE)
    assert [row["samples_sellable"] for row in samples] == [2 * sold for _, sold in FOR_SALE]


def test_a_row_that_could_not_be_read_is_no_sample(rows, sync, make_simulator, make_seller):
    """Its stock of yesterday would count as that of today."""
    simulator = make_simulator(main=offers(2))
    make_seller(simulator)
    sync()
    simulator.patch_offers("main", [offer(1, part_number=None)])
    sync()
    samples = rows("SELECT sku, samples, samples_sellable FROM stock_snapshots ORDER BY sku")
    assert samples == [
        {"sku": "SKU1", "samples": 1, "samples_sellable": 1},
        {"sku": "SKU2", "samples": 2, "samples_sellable": 2},
    ]


def test_a_day_that_began_before_sellable_samples_were_kept_is_not_known(
    rows, session, sync, make_simulator, make_seller
):
    make_seller(make_simulator(main=offers(1)))
    sync()
    session.execute("UPDATE stock_snapshots SET samples_sellable = NULL")
    sync()
    [row] = rows("SELECT samples, samples_in_stock, samples_sellable FROM stock_snapshots")
    assert row == {"samples": 2, "samples_in_stock": 2, "samples_sellable": None}


def test_an_incremental_sync_samples_what_it_reads_and_nothing_else(rows, sync, make_simulator, make_seller):
    """An offer that it does not read is not said to be for sale."""
    simulator = make_simulator(main=[offer(1, stock_value=5), offer(2, stock_value=5), *offers(6, start=3)])
    make_seller(simulator)
    sync()
    simulator.patch_offers("main", [offer(1, stock_value=500), offer(2, stock_value=5, status=0)])
    sync(mode="incremental")
    samples = {row["sku"]: row for row in rows("SELECT * FROM stock_snapshots")}
    assert rows("SELECT sku FROM emag_products_v2 WHERE stock_above IS NOT NULL") in ([], [{"sku": "SKU1"}])
    assert (samples["SKU2"]["samples"], samples["SKU2"]["samples_in_stock"]) == (2, 2)
    assert samples["SKU2"]["samples_sellable"] == 1
    assert samples["SKU3"]["samples_sellable"] == samples["SKU3"]["samples"] == 1


def test_a_day_of_stock_is_a_day_in_bucharest(rows, session, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(2)))
    sync_log_id = sync().sync_log_id
    session.execute("TRUNCATE stock_snapshots")
    for seen, sku in (("2026-03-28 21:59:59+00", "SKU1"), ("2026-03-28 22:00:00+00", "SKU2")):
        session.execute("UPDATE emag_products_v2 SET last_synced_at = %s WHERE sku = %s", [seen, sku])
    session.execute(statement("catalogue/stock_snapshots"), {"account_type": "main", "sync_log_id": sync_log_id})
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
        assert body_of(body["body_compressed"]) == sent
        assert (body["body_bytes"], page["body_sha256"]) == (len(sent), hashlib.sha256(sent).digest())
