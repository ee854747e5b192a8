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
    found = own_history(shop.session, shop.account)
    assert (found.first_day, found.units.shape) == (shop.ago(200), (200, 2))
    assert found.items.skus == ["A", "B"]
    assert found.items.price.tolist() == [20, 30]
    # That of the evening before the first day after the learning days, else of now.
    assert found.items.opening_stock.tolist() == [7, 9]
    assert np.argwhere(found.units > 0).tolist() == [[0, 0], [195, 0]]
    assert np.argwhere(~np.isnan(found.share)).tolist() == [[170, 1], [179, 1]]
    assert found.share[170, 1] == 0.25


def test_too_few_days_and_no_price_are_said(shop):
    shop.reads(LEARNING_DAYS, order_type=2)
    shop.reads(LEARNING_DAYS)
    with pytest.raises(ConfigurationError, match=f"{shop.account} are known of 180 days"):
        own_history(shop.session, shop.account)
    shop.reads(LEARNING_DAYS + 20, LEARNING_DAYS, order_type=2)
    shop.reads(LEARNING_DAYS + 20, LEARNING_DAYS)
    with pytest.raises(ConfigurationError, match="has a price in RON"):
        own_history(shop.session, shop.account)
