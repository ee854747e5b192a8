"""Selective: chosen offers and nothing else; and which mode is the usual one (rules.md: Modes)."""

from collections.abc import Callable
from typing import Any

import pytest

from magflow_pipeline.catalogue import scan
from magflow_pipeline.catalogue.choices import Mode
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import asked, errors


@pytest.fixture
def open_shop(make_simulator, make_seller, sync) -> Callable[[list[dict[str, Any]]], Simulator]:
    """A marketplace that was read whole once; its requests are forgotten."""

    def run(main: list[dict[str, Any]]) -> Simulator:
        simulator = make_simulator(main=main)
        make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
        assert sync().is_complete
        simulator.clear()
        return simulator

    return run


@pytest.fixture
def shop(open_shop) -> Simulator:
    """Offers that differ in brand, category and price; 4 and 5 carry one SKU."""
    return open_shop(
        [
            offer(1, brand="Electrică", category_id=7, sale_price="10.0000"),
            offer(2, brand="ELECTRICĂ", category_id=7, sale_price="20.0000"),
            offer(3, brand="Electrica", category_id=8, sale_price="30.0000"),
            offer(4, brand="Altul", category_id=9, sale_price="40.0000", part_number="DOUBLE"),
            offer(5, brand="Altul", category_id=9, sale_price=None, part_number="DOUBLE", status=0),
        ]
    )


CHOICES = [
    ({"skus": ["SKU2"]}, [2]),
    ({"skus": ["SKU3", "SKU1", "SKU3"]}, [1, 3]),
    ({"skus": ["DOUBLE"]}, [4, 5]),
    ({"brand": "electrică"}, [1, 2]),
    ({"category": 7}, [1, 2]),
    ({"min_price": "20", "max_price": 30}, [2, 3]),
    ({"max_price": 10}, [1]),
    ({"min_price": 30.0001}, [4]),
    ({"brand": "ALTUL", "max_price": 40}, [4]),
]


@pytest.mark.slow
@both_servers
def test_selective_reads_the_chosen_offers_and_leaves_the_others(rows, sync, newest_log, shop):
    for stock, (wishes, chosen) in enumerate(CHOICES, start=100):
        shop.put_offers("main", [{**each, "stock": [{"value": stock}]} for each in shop.offers("main")])
        shop.clear()
        result = sync(**wishes)
        assert (result.mode, result.outcome, result.is_complete) == (Mode.SELECTIVE, "completed", False)
        assert (newest_log()["operation"], newest_log()["total_items"]) == ("selective", len(chosen))
        assert (sorted(asked(shop, "id")), len(shop.requests())) == (chosen, len(chosen))
        read = rows("SELECT emag_id FROM emag_products_v2 WHERE stock_quantity = %s ORDER BY 1", stock)
        assert [row["emag_id"] for row in read] == chosen


def test_a_sku_that_is_not_stored_is_asked_for_by_its_name(rows, sync, newest_log, shop):
    shop.patch_offers("main", [offer(8, part_number="NEW"), offer(9, part_number="NEW")])
    result = sync(skus=["NEW", "SKU1"])
    assert (result.outcome, result.counts.created, result.counts.unchanged) == ("completed", 2, 1)
    assert (asked(shop, "part_number"), asked(shop, "id")) == (["NEW"], [1])
    assert rows("SELECT emag_id FROM emag_products_v2 WHERE sku = 'NEW' ORDER BY 1") == [{"emag_id": 8}, {"emag_id": 9}]
    result = sync(skus=["NOWHERE", "SKU1"])
    assert (result.outcome, result.counts.unchanged) == ("partial", 1)
    assert errors(newest_log()) == "the marketplace has no offer with part_number NOWHERE"


def test_a_choice_of_nothing_reads_nothing_and_says_so(sync, newest_log, shop):
    assert sync(brand="Nimeni").outcome == "completed"
    assert "no stored offer is of that choice" in errors(newest_log())
    assert shop.requests() == []


def test_the_conditions_of_a_choice_hold_together(sync, shop):
    """A stored SKU of another brand was read as if it were not stored."""
    sync(skus=["SKU1", "SKU3"], brand="Electrica")
    assert (asked(shop, "part_number"), asked(shop, "id")) == ([], [3])


def test_offers_that_are_gone_are_not_of_a_brand_any_more(sync, shop):
    """Every later sync of the brand was partial."""
    shop.remove_offer("main", 2)
    sync()
    assert sync().counts.removed == 1
    shop.clear()
    assert sync(brand="electrică").outcome == "completed"
    assert asked(shop, "id") == [1]


def test_a_chosen_offer_that_cannot_be_read_makes_it_partial(rows, sync, newest_log, shop):
    shop.switch("main", faults=[{"kind": "500", "offer_id": 1}])
    result = sync(category=7)
    assert (result.outcome, result.counts.unchanged) == ("partial", 1)
    assert "the offer id 1 could not be read: HTTP 500" in errors(newest_log())
    assert rows("SELECT removed_at FROM emag_products_v2 WHERE emag_id = 1") == [{"removed_at": None}]


def test_a_chosen_offer_that_is_not_there_is_told_and_stays(rows, sync, newest_log, shop):
    shop.remove_offer("main", 1)
    assert sync(skus=["SKU1", "SKU3"]).outcome == "partial"
    assert errors(newest_log()) == "the marketplace has no offer with id 1"
    assert rows("SELECT is_active FROM emag_products_v2 WHERE emag_id = 1") == [{"is_active": True}]


@pytest.mark.parametrize("sku", ["SKU1", "NEW"])
def test_a_filter_that_is_ignored_fails_it(rows, sync, newest_log, shop, sku):
    """The answer would be the first page of the catalogue."""
    shop.switch("main", ignore_filters=True)
    with pytest.raises(SyncFailedError, match="ignored the filter"):
        sync(skus=[sku])
    assert newest_log()["status"] == "failed"
    assert len({row["last_sync_id"] for row in rows("SELECT last_sync_id FROM emag_products_v2")}) == 1


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"mode": "selective"}, "name SKUs, a brand, a category or a price range"),
        ({"mode": "full", "skus": ["SKU1"]}, "for mode selective, not full"),
        ({"mode": "incremental", "brand": "Nordwell"}, "for mode selective, not incremental"),
        ({"mode": "incremental", "max_pages": 3}, "for mode full, not incremental"),
        ({"mode": "incremental", "include_inactive": False}, "for mode full, not incremental"),
        ({"mode": "selective", "skus": ["SKU1"], "max_pages": 3}, "for mode full, not selective"),
        ({"skus": ["SKU1"], "max_pages": 3}, "for mode full, not selective"),
        ({"brand": "Nordwell", "include_inactive": False}, "for mode full, not selective"),
        ({"min_price": -1}, "min_price is -1. It must be a number, from 0"),
        ({"max_price": "ten"}, "max_price is 'ten'. It must be a number"),
        ({"category": "lamps"}, "category is 'lamps'. It must be a whole number"),
    ],
)
def test_options_that_do_not_go_together_are_refused(wishes, message):
    """What is ignored in silence is taken for done."""
    with pytest.raises(ConfigurationError, match=message):
        make_options(load_settings(), **wishes)


@pytest.mark.slow
def test_the_usual_mode_is_incremental_for_a_catalogue_too_big_to_be_read_each_time(sync, open_shop, monkeypatch):
    simulator = open_shop([offer(1, stock_value=3), *offers(4, start=2)])
    monkeypatch.setattr(scan, "MOST_READ_FULL", 5)
    assert sync().mode is Mode.FULL
    simulator.patch_offers("main", [offer(6)])
    assert sync().mode is Mode.FULL, "five were known"
    assert sync().mode is Mode.INCREMENTAL
    assert sync(mode="full").mode is Mode.FULL
    assert sync(max_pages=1).mode is Mode.FULL
    assert sync(include_inactive=False).mode is Mode.FULL
    assert sync(brand="Nordwell").mode is Mode.SELECTIVE
