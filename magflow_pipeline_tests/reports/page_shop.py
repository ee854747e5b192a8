"""A report, purchases and moves for tests of the page, as the builds leave them; and names that do harm elsewhere."""

from datetime import datetime

import psycopg

from magflow_pipeline_tests.database.rows import insert

HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    '"><svg onload="window.hacked = 3">\'',
    '=HYPERLINK("http://evil.example","a")',
    "line\u2028separator\u2029\u202eright to left\x1b[2Jescape",
    "{{ 7 * 7 }} ${7 * 7} &lt;b&gt; <!-- <![CDATA[",
    "-->\r\n;=1+1\t@SUM(1)",
    "Șurub pentru „lemn” 木螺丝 🔩",
    "x" * 3000,
    "javascript:window.hacked = 4",
)
BRANDS = ("Nordwell", "Ștefan & fiii", "=cmd()")
# Of each SKU, main has the status by its number; fbe has every second SKU. The SKU n waits at a cost of n / 10 a day.
ITEMS = """
INSERT INTO low_stock_report (
    account_type, sku, emag_id, product_id, name, brand, category_id, warehouse, status, reason, reason_ro, quantity,
    reserved_quantity, available_quantity, on_order_quantity, minimum_stock, reorder_point, maximum_stock,
    has_manual_levels, reorder_quantity, price, currency, supplier_name, supplier_id, is_verified, supplier_count,
    scan_status, scan_offers, scan_total, scanned_at, marketplace, reason_code, days_of_cover, ron_at_risk_per_day,
    demand_method, level_source, level_problem, lead_time_days, lead_time_spread_days, lead_time_source, review_days,
    reorder_quantity_raw, flags
)
SELECT
    account, 'SKU' || n, n, n, 'Lampă de birou, seria ' || n, (%(brands)s::text[])[mod(n, 3) + 1], 100 + mod(n, 4), 'W',
    (ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock'])[mod(n, 5) + 1],
    'The reason of ' || account || n, 'Motivul lui ' || account || n, mod(n, 90), 0, mod(n, 90), 0, 10, 20, 100, FALSE,
    CASE WHEN mod(n, 5) = 2 AND mod(n, 7) = 0 THEN NULL WHEN mod(n, 5) < 3 THEN 30 ELSE 0 END, 10 + n / 100.0, 'RON',
    'Supplier ' || mod(n, 6), mod(n, 6) + 1, TRUE, 1, 'completed', 100, 100, %(now)s, %(marketplace)s, 'to_order',
    mod(n, 90) / 2.0, n / 10.0, 'not enough data', 'default', 'not_enough_data', 45, 10, 'default', 1, 30, 'emag_only'
FROM generate_series(1, %(skus)s) AS n
CROSS JOIN unnest(ARRAY['main', 'fbe']) AS account
WHERE account = 'main' OR mod(n, 2) = 0
"""
PURCHASES = """
INSERT INTO reorder_proposals (
    sku, supplier_id, supplier_name, shipping, supplier_rule, raw_quantity, after_moq, after_pack, quantity,
    minimum_order_quantity, pack_size, unit_price, currency, rate, landed_unit_cost_ron, total_ron, stock,
    ron_at_risk_per_day, order_by_date
)
SELECT
    sku, min(supplier_id), min(supplier_name), 'sea', 'only one', sum(reorder_quantity), sum(reorder_quantity),
    sum(reorder_quantity), sum(reorder_quantity), 1, 1, 12.5, 'CNY', 0.6, 8, 8 * sum(reorder_quantity), 0,
    sum(ron_at_risk_per_day), date '2026-11-20' + min(product_id)::integer
FROM low_stock_report
GROUP BY sku HAVING sum(reorder_quantity) > 0
"""
# Some suppliers have gone since the purchases were made.
OFFERS = """
INSERT INTO supplier_offers (
    sku, supplier_id, shipping, supplier_name, is_preferred, is_verified, lead_time_days, lead_time_spread_days,
    lead_time_source, minimum_order_quantity, pack_size, planning_quantity, rank, freight_per_piece_ron,
    freight_per_order_ron, duty_rate, notes, rule
)
SELECT
    sku, supplier_id, shipping, supplier_name, FALSE, TRUE, 45, 10, 'default', 1, 1, 1, 1, 0.5, 20, 0.047,
    'duty_default', 'only one'
FROM reorder_proposals WHERE supplier_id <> 3
"""


def fill(session: psycopg.Connection, skus: int, read_at: datetime, marketplace: str = "ro") -> None:
    """Two accounts whose offers were read at `read_at`, with so many SKUs in main."""
    for place, account in enumerate(("main", "fbe"), start=1):
        values = {"marketplace": marketplace, "username": account, "warehouse": account, "place": place}
        insert(session, "emag_accounts", account_type=account, is_configured=True, **values)
        insert(session, "builds", name="low_stock_report", account_type=account, built_at=read_at)
    session.execute(ITEMS, {"skus": skus, "now": read_at, "marketplace": marketplace, "brands": list(BRANDS)})
    session.execute(PURCHASES)
    session.execute(OFFERS)
    for sku, quantity in (("SKU2", 7), ("SKU4", 5)):
        insert(
            session,
            "transfer_proposals",
            sku=sku,
            from_account="main",
            to_account="fbe",
            quantity=quantity,
            raw_quantity=quantity,
            carton_size=1,
            arrives_on="2026-12-01",
        )


def rename(session: psycopg.Connection) -> None:
    """Give hostile names to the first SKUs, and use some as suppliers' names and addresses."""
    for number, name in enumerate(HOSTILE, start=1):
        session.execute(
            "UPDATE low_stock_report SET name = %s, supplier_url = %s, reason = reason || %s WHERE product_id = %s",
            [name, "javascript:window.hacked = 5", name, number],
        )
        session.execute("UPDATE reorder_proposals SET supplier_name = %s WHERE sku = %s", [name, f"SKU{number}"])
