"""The seller's own tables as a history."""

import numpy as np
import pytest

from magflow_pipeline.backtest.history import LEARNING_DAYS
from magflow_pipeline.backtest.own import own_history
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.demand.conftest import shared, shop

__all__ = ["shared", "shop"]


def report(shop, sku: str, price: float | None, currency: str = "RON", available: int = 7) -> None:
    """A row of the report."""
    shop.session.execute(
        "INSERT INTO low_stock_report (account_type, sku, emag_id, product_id, warehouse, status, reason, reason_ro,"
        " quantity, reserved_quantity, available_quantity, on_order_quantity, minimum_stock, reorder_point,"
        " maximum_stock, has_manual_levels, reorder_quantity, is_verified, supplier_count, price, currency)"
        " VALUES (%s, %s, 1, 1, 'W', 'critical', '', '', 7, 0, %s, 0, 10, 20, 100, FALSE, 0, FALSE, 0, %s, %s)",
        [shop.account, sku, available, price, currency],
    )


def test_the_sellers_own_days_are_a_history(shop):
    shop.reads(200, order_type=2)
    shop.reads(200)
    for sku, price, currency in (("A", 20, "RON"), ("B", 30, "RON"), ("HU", 30, "HUF"), ("NONE", None, "RON")):
        report(shop, sku, price, currency)
    shop.sells("A", {200: 3, 5: 2})
    shop.sells("HU", {5: 2})
    shop.stock("B", {30: (4, 4), 21: (9, 9)}, sellable=12)
    found = own_history(shop.session, shop.account).history
    assert (found.first_day, found.units.shape) == (shop.ago(200), (200, 2))
    assert found.items.skus == ["A", "B"]
    assert found.items.price.tolist() == [20, 30]
    # That of the evening before the first day after the learning days, else of now.
    assert found.items.opening_stock.tolist() == [7, 9]
    assert np.argwhere(found.units > 0).tolist() == [[0, 0], [195, 0]]
    assert np.argwhere(~np.isnan(found.share)).tolist() == [[170, 1], [179, 1]]
    assert found.share[170, 1] == 0.25


def test_costs_and_lead_times_are_those_of_the_chosen_supplier(shop):
    shop.reads(200, order_type=2)
    shop.reads(200)
    for sku in ("OWN-ALL", "OWN-LEAD", "OWN-COST", "OWN-NOTHING"):
        report(shop, sku, 20)
    offer = (
        "INSERT INTO supplier_offers (sku, supplier_id, shipping, supplier_name, is_preferred, is_verified,"
        " minimum_order_quantity, pack_size, planning_quantity, lead_time_days, lead_time_spread_days,"
        " lead_time_source, landed_unit_cost_ron, rank, rule) VALUES (%s, 1, %s, 'S', FALSE, FALSE, %s, %s, 1, %s, %s,"
        " %s, %s, %s, 'cheapest')"
    )
    for values in (
        ("OWN-ALL", "sea", 50, 10, 60, 15, "terms", 8, 1),
        ("OWN-ALL", "air", 5, 1, 7, 2, "terms", 12, 2),
        ("OWN-LEAD", "sea", 1, 1, 30, 0, "receipts", None, 1),
        ("OWN-COST", "sea", 6, 6, 45, 10, "default", 9, 1),
    ):
        shop.session.execute(offer, values)
    found = own_history(shop.session, shop.account)
    items = found.history.items
    assert items.skus == ["OWN-ALL", "OWN-COST", "OWN-LEAD", "OWN-NOTHING"]
    assert items.unit_cost.tolist() == [8, 9, 10, 10]
    assert items.lead_days.tolist() == [60, 45, 30, 45]
    assert items.lead_spread.tolist() == [15, 10, 0, 10]
    assert (items.moq.tolist(), items.pack_size.tolist()) == ([50, 6, 1, 1], [10, 6, 1, 1])
    assert (found.without_cost, found.without_lead_time) == (2, 2)
    assert "2 of 4 items have no complete cost: 50% of the price is assumed." in found.assumed
    assert "2 of 4 items have no lead time of their own: 45 ± 10 days are assumed." in found.assumed
    assert "assumed" not in found._replace(without_cost=0, without_lead_time=0).assumed


def test_too_few_days_and_no_price_are_said(shop):
    shop.reads(LEARNING_DAYS, order_type=2)
    shop.reads(LEARNING_DAYS)
    with pytest.raises(ConfigurationError, match=f"{shop.account} are known of 180 days"):
        own_history(shop.session, shop.account)
    shop.reads(LEARNING_DAYS + 20, LEARNING_DAYS, order_type=2)
    shop.reads(LEARNING_DAYS + 20, LEARNING_DAYS)
    with pytest.raises(ConfigurationError, match="has a price in RON"):
        own_history(shop.session, shop.account)
