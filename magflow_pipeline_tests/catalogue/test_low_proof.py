"""What an incremental reading proves: an offer that did not come back has more pieces only where a look agrees."""

import pytest

from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

ABOVE = "SELECT emag_id FROM emag_products_v2 WHERE account_type = %s AND stock_above IS NOT NULL ORDER BY emag_id"


def low(count: int) -> list[dict[str, object]]:
    return [offer(number, stock_value=0) for number in range(1, count + 1)]


def test_a_page_of_another_account_makes_no_sold_out_offer_well_stocked(shop):
    """The numbers agree: 60 offers that are sold out became "more than 20", and left the buying list."""
    shop.scanned(*low(100), *offers(150, start=101))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 1, "times": 1}])
    assert shop.sync(mode="incremental").outcome == "partial"
    assert "low offers came only when they were asked for one by one" in shop.errors()
    assert shop.rows(ABOVE) == []
    assert {row["stock_quantity"] for number, row in shop.stored().items() if number <= 100} == {0}


def test_without_a_budget_the_look_before_marking_is_had_all_the_same(shop):
    """EMAG_REREAD_BUDGET=0 saves readings; it does not make sold-out offers well stocked."""
    shop.set(reread_budget=0)
    shop.scanned(*low(100), *offers(150, start=101))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 1, "times": 1}])
    assert shop.sync(mode="incremental").outcome == "partial"
    assert shop.rows(ABOVE) == []


@pytest.mark.slow
def test_offers_that_have_more_are_marked_as_ever(shop):
    shop.scanned(*low(70), *offers(90, start=71))
    shop.sell(*low(5), *offers(155, start=6))
    assert shop.sync(mode="incremental").outcome == "completed"
    assert len(shop.rows(ABOVE)) == 65 - shop.settings.reread_budget, "the others were read singly"
