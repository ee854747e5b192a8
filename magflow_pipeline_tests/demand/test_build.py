"""The table `demand` from rows in PostgreSQL (rules.md: Demand)."""

from decimal import Decimal

import pytest


def test_an_item_that_sells_one_piece_a_day_has_an_average_of_one(shop):
    shop.offers("A", "NEVER")
    shop.reads(180)
    shop.sells("A", dict.fromkeys(range(1, 181), 1))
    assert shop.build() == 2
    found = shop.demand()
    item = found["A"]
    assert item["average_daily_demand"] == Decimal(1)
    assert float(item["expected_daily_demand"]) == pytest.approx(1, abs=0.01)
    assert found["NEVER"]["demand_method"] == "never sold"
    assert shop.build() == 0
