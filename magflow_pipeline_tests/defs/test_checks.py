"""Each check of `sql/checks` finds what it is there for, and names the account; a sound shop passes all."""

import pytest

from magflow_pipeline.database.statements import check
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import SQL_FOLDER
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.offers import offers

ORDER = (
    "INSERT INTO emag_orders (account_type, order_id, order_type, is_whole, content_hash, last_sync_id, created_at,"
    " updated_at, status, ordered_at) VALUES ('main', 5, 3, true, '', 1, now(), now(), {}, now() + '{}')"
)
ORDERS_READ = "INSERT INTO emag_sync_logs (account_type, sync_type) VALUES ('main', 'orders')"
WINDOW = (
    "INSERT INTO emag_order_windows (account_type, order_type, axis, starts_at, ends_at, processed_items)"
    " VALUES ('main', 3, 'created', now() - interval '26 days', now(), 1)"
)
DAMAGE = {
    "every_order_status_is_known": ORDER.format(9, "0 s"),
    "no_order_is_of_the_future": ORDER.format(4, "16 min"),
    "every_order_has_its_lines": ORDER.format(4, "0 s"),
    "every_order_line_has_its_offer": f"{ORDER.format(4, '-89 days')}; INSERT INTO emag_order_lines (account_type,"
    " order_id, line_id, product_id, part_number, status) VALUES ('main', 5, 1, 999, 'SKU999', 1),"
    " ('main', 5, 2, 7, 'X', 1), ('main', 5, 3, NULL, 'SKU8', 1)",
    "demand_days_are_conserved": "INSERT INTO demand_days (account_type, sku, day, ordered_units, returned_units,"
    " elsewhere_units, orders, largest_order) VALUES ('main', 'SKU7', '2026-03-10', 1, 0, 0, 1, 1)",
    "every_sold_line_is_counted": f"{ORDER.format(4, '-89 days')}; INSERT INTO emag_order_lines (account_type,"
    " order_id, line_id, product_id, status, quantity) VALUES ('main', 5, 1, 7, 1, 1), ('main', 5, 2, 7, 1, NULL)",
    "the_forecast_does_not_drift": "INSERT INTO forecast_accuracy (account_type, day, demand_class, made_on, items, sold,"
    " expected, absolute_error) SELECT 'main', day, 'all', day::date - 28, 100, 10000, CASE n WHEN 0 THEN 15000 ELSE"
    " 10100 END, 2500 FROM generate_series(0, 40) AS n, (VALUES (current_date)) AS today (day0), LATERAL (SELECT day0 -"
    " n) AS before (day)",
    "demand_is_of_today": f"{ORDER.format(4, '0 s')}; UPDATE builds SET built_at = now() - interval '25 hours'",
    "no_order_is_rejected": f"{ORDERS_READ}; INSERT INTO emag_rejected_orders (account_type, sync_log_id, order_type,"
    " page, reason, payload) SELECT 'main', max(id), 3, 1, 'no id', '{}' FROM emag_sync_logs",
    "orders_are_conserved": f"{ORDERS_READ}; {WINDOW}",
    "every_order_window_is_read": WINDOW,
    "every_product_has_its_offer": "DELETE FROM emag_product_offers_v2 WHERE emag_offer_id = 7",
    "rows_are_conserved": "UPDATE raw_emag_product_pages SET item_count = item_count + 1 WHERE page = 1",
    "the_scan_is_whole": "UPDATE emag_sync_logs SET status = 'partial', is_complete = false",
    "no_row_is_rejected": "INSERT INTO emag_rejected_offers (account_type, sync_log_id, page, reason, payload)"
    " SELECT 'main', max(id), 1, 'no SKU', '' FROM emag_sync_logs",
    "no_two_offers_share_a_sku": "UPDATE emag_products_v2 SET sku = 'SKU8' WHERE emag_id = 7",
    "every_active_product_has_inventory": "UPDATE inventory_items SET is_active = false"
    " WHERE product_id = (SELECT id FROM products WHERE sku = 'SKU7')",
    "one_row_per_account_and_sku": "DELETE FROM low_stock_report WHERE sku = 'SKU7'",
    "every_mark_follows_its_match": "INSERT INTO product_supplier_sheets (sku, supplier_name, is_verified)"
    " VALUES ('SKU7', 'WANKE', true)",
    "no_suppliers_conflict": "INSERT INTO suppliers (name) VALUES ('WANKE'), ('  wanke')",
    "every_open_order_line_is_deducted": "WITH product AS (INSERT INTO products (sku) VALUES ('sku7') RETURNING id),"
    " purchase AS (INSERT INTO purchase_orders (status) VALUES ('sent') RETURNING id) INSERT INTO purchase_order_items"
    " (purchase_order_id, product_id, quantity) SELECT purchase.id, product.id, 60 FROM purchase, product",
    "every_known_account_is_configured": "SET CONSTRAINTS ALL DEFERRED; UPDATE emag_accounts SET account_type = 'old';"
    " UPDATE emag_products_v2 SET account_type = 'old'; UPDATE emag_product_offers_v2 SET account_type = 'old'",
    "every_value_is_sound": "INSERT INTO purchase_orders (ordered_at) VALUES ('infinity')",
    "no_levels_contradict": "UPDATE low_stock_report SET levels_note = 'The usual maximum 100 contradicts'"
    " WHERE sku = 'SKU7'",
    "every_price_has_its_product": "INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('sku7', 'WANKE')",
    "every_channel_takes_messages": "INSERT INTO incidents (kind, subject, severity)"
    " VALUES ('channel_unreachable', 'chat', 'warning')",
    "every_account_is_fresh": "UPDATE emag_sync_logs SET started_at = now() - interval '3 hours',"
    " completed_at = now() - interval '91 minutes'",
}
# A match, an order, a price and a value have no account; the account that is not configured is another one.
OF_ALL_ACCOUNTS = {
    *("every_mark_follows_its_match", "no_suppliers_conflict", "every_open_order_line_is_deducted"),
    *("every_known_account_is_configured", "every_value_is_sound", "every_price_has_its_product"),
    "every_channel_takes_messages",
}


def find(session, name: str, account: str = "main") -> list[tuple[object, ...]]:
    parameters = {"accounts": [account], "interval": 30}
    return session.execute(check(name), parameters).fetchall()


@pytest.fixture
def sound_shop(database, session, make_simulator, make_seller, run_job):
    make_seller(make_simulator(main=offers(120)))
    assert run_job("main").success
    return session


def test_every_check_has_its_damage():
    assert {file.stem for file in (SQL_FOLDER / "checks").glob("*.sql")} == set(DAMAGE)


@pytest.mark.slow
def test_each_check_finds_its_damage_and_a_sound_shop_passes_all(sound_shop):
    for name, damage in DAMAGE.items():
        assert find(sound_shop, name) == [], name
        with sound_shop.transaction(force_rollback=True):
            # Rows that are older than the rule that refuses them.
            sound_shop.execute(
                f"SET LOCAL session_replication_role = {'replica' if 'infinity' in damage else 'origin'}"
            )
            sound_shop.execute(damage)
            found = find(sound_shop, name)
            assert found, name
            if name not in OF_ALL_ACCOUNTS:
                assert {row[0] for row in found} == {"main"}, name


@pytest.mark.slow
def test_a_stale_mark_is_repaired_and_the_report_rebuilt(sound_shop, database):
    sound_shop.execute(DAMAGE["every_mark_follows_its_match"])
    build_low_stock_report(database)
    assert sound_shop.execute("SELECT is_verified FROM low_stock_report WHERE sku = 'SKU7'").fetchone() == (True,)
    verify(database)
    build_low_stock_report(database)
    assert sound_shop.execute("SELECT is_verified FROM low_stock_report WHERE sku = 'SKU7'").fetchone() == (False,)
    assert find(sound_shop, "every_mark_follows_its_match") == []


@pytest.mark.slow
def test_no_rows_after_some_rows_is_told(sound_shop):
    """A sync that passes without any data after an update."""
    sound_shop.execute(
        "INSERT INTO emag_sync_logs (account_type, status, started_at, completed_at, is_complete, total_items)"
        " VALUES ('main', 'completed', now() + interval '1 minute', now() + interval '1 minute', true, 0)"
    )
    assert find(sound_shop, "the_scan_is_whole")
