"""What the tables say: the columns that count for the seller, and whether anything in them is half-written."""

from typing import Any

import psycopg

# Columns that differ from run to run by right: times and numbers of syncs. What a time tells (written by the scan at
# hand, or before it) is compared; SINCE is when the first sync of the database, the one before the scan, ended.
SINCE = "(SELECT completed_at FROM emag_sync_logs WHERE completed_at IS NOT NULL ORDER BY id LIMIT 1)"
NEWEST = "(SELECT max(id) FROM emag_sync_logs)"

BUSINESS = {
    "products": f"""
        SELECT to_jsonb(product)
            - '{{last_sync_id,created_at,updated_at,last_synced_at,removed_at,stock_above_since}}'::text[] AS content,
            created_at > {SINCE} AS is_new,
            updated_at > {SINCE} AS is_changed,
            last_synced_at > {SINCE} AS is_seen,
            removed_at IS NOT NULL AS is_removed,
            last_sync_id = {NEWEST} AS is_of_newest_sync
        FROM emag_products_v2 AS product ORDER BY account_type, emag_id""",
    "offers": f"""
        SELECT to_jsonb(offer) - '{{sync_attempts,created_at,updated_at,last_synced_at}}'::text[] AS content,
            created_at > {SINCE} AS is_new, updated_at > {SINCE} AS is_changed, last_synced_at > {SINCE} AS is_seen
        FROM emag_product_offers_v2 AS offer ORDER BY account_type, emag_offer_id""",
    "market history": f"""
        SELECT to_jsonb(history) - 'observed_at' AS content, observed_at > {SINCE} AS is_new
        FROM emag_offer_market_history AS history ORDER BY account_type, emag_offer_id, observed_at""",
    "offer history": f"""
        SELECT to_jsonb(history) - 'valid_from' AS content, valid_from > {SINCE} AS is_new
        FROM emag_offer_history AS history ORDER BY account_type, emag_offer_id, valid_from""",
    "stock": """
        SELECT to_jsonb(snapshot) - '{day,samples,samples_in_stock,samples_sellable}'::text[] AS content
        FROM stock_snapshots AS snapshot ORDER BY account_type, sku, day""",
    "rejected": f"""
        SELECT page, emag_offer_id, reason, payload FROM emag_rejected_offers
        WHERE sync_log_id = {NEWEST} ORDER BY page, payload""",
    # The last page is not full, so it is read again after a kill: distinct.
    "pages": f"""
        SELECT DISTINCT page, items_per_page, filters::text, http_status, item_count, encode(body_sha256, 'hex')
        FROM raw_emag_product_pages WHERE sync_log_id = {NEWEST} ORDER BY 1, 2, 3""",
    "bodies": "SELECT encode(sha256, 'hex'), body_compressed FROM raw_emag_product_bodies ORDER BY sha256",
    "accounts": "SELECT to_jsonb(account) - 'first_synced_at' FROM emag_accounts AS account ORDER BY account_type",
}

HALF_WRITTEN = {
    "a product without its offer": """
        SELECT product.emag_id FROM emag_products_v2 AS product
        LEFT JOIN emag_product_offers_v2 AS offer
            ON (offer.account_type, offer.emag_offer_id) = (product.account_type, product.emag_id)
        WHERE offer.emag_offer_id IS NULL""",
    "an offer without its product": """
        SELECT offer.emag_offer_id FROM emag_product_offers_v2 AS offer
        LEFT JOIN emag_products_v2 AS product
            ON (offer.account_type, offer.emag_offer_id) = (product.account_type, product.emag_id)
        WHERE product.emag_id IS NULL""",
    "a product that says other things than its offer": """
        SELECT product.emag_id FROM emag_products_v2 AS product
        JOIN emag_product_offers_v2 AS offer
            ON (offer.account_type, offer.emag_offer_id) = (product.account_type, product.emag_id)
        WHERE product.sync_status = 'synced'
            AND (product.sku, product.price, product.currency, product.stock_quantity, product.status,
                product.created_at, product.updated_at, product.last_synced_at)
            IS DISTINCT FROM (offer.sku, offer.price, offer.currency, offer.stock, offer.status,
                offer.created_at, offer.updated_at, offer.last_synced_at)""",
    "an offer whose newest history is not what it is": """
        SELECT offer.emag_offer_id FROM emag_product_offers_v2 AS offer
        LEFT JOIN LATERAL (
            SELECT * FROM emag_offer_history AS history
            WHERE (history.account_type, history.emag_offer_id) = (offer.account_type, offer.emag_offer_id)
            ORDER BY valid_from DESC LIMIT 1
        ) AS newest ON TRUE
        WHERE (offer.price, offer.stock, offer.status) IS DISTINCT FROM (newest.price, newest.stock, newest.status)""",
    # The page is the checkpoint: its rows are of the sync that has the page, no more and no less.
    "rows without their page, or a page without its rows": """
        WITH pages AS (
            SELECT sync_log_id, sum(created_items + updated_items + unchanged_items) AS stored,
                sum(failed_items) AS rejected
            FROM raw_emag_product_pages WHERE sync_log_id = (SELECT max(id) FROM emag_sync_logs)
            GROUP BY sync_log_id
        ),
        rows AS (
            SELECT (SELECT max(id) FROM emag_sync_logs) AS sync_log_id,
                (SELECT count(*) FROM emag_products_v2
                    WHERE last_sync_id = (SELECT max(id) FROM emag_sync_logs) AND sync_status = 'synced') AS stored,
                (SELECT count(*) FROM emag_rejected_offers
                    WHERE sync_log_id = (SELECT max(id) FROM emag_sync_logs)) AS rejected
        )
        SELECT rows.stored, pages.stored, rows.rejected, pages.rejected FROM rows LEFT JOIN pages USING (sync_log_id)
        WHERE (rows.stored, rows.rejected)
            IS DISTINCT FROM (coalesce(pages.stored, 0), coalesce(pages.rejected, 0))""",
    # Of right, not the same as after one clean run: a sync that read the row and died is one of the syncs in a row.
    "an offer that was refused more or fewer times than it says": """
        SELECT emag_offer_id, sync_attempts FROM emag_product_offers_v2 AS offer
        WHERE sync_attempts <> (
            SELECT count(DISTINCT rejected.sync_log_id) FROM emag_rejected_offers AS rejected
            WHERE (rejected.account_type, rejected.emag_offer_id) = (offer.account_type, offer.emag_offer_id)
        )""",
    "a page without its body": """
        SELECT page.page FROM raw_emag_product_pages AS page
        LEFT JOIN raw_emag_product_bodies AS body ON page.body_sha256 = body.sha256 WHERE body.sha256 IS NULL""",
}

Tables = dict[str, list[tuple[Any, ...]]]


def business(session: psycopg.Connection) -> Tables:
    """The rows of all tables without what differs from run to run by right."""
    return {name: session.execute(query).fetchall() for name, query in BUSINESS.items()}


def differences(found: Tables, expected: Tables) -> list[str]:
    """What is in one and not in the other, short enough to be read."""
    return [
        f"{name}: {sign} {row!r}"[:2000]
        for name in expected
        for sign, left, right in (("only found", found, expected), ("missing", expected, found))
        for row in left[name]
        if left[name].count(row) != right[name].count(row)
    ]


def half_written(session: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What no moment may show, as everybody else would see it at this one."""
    with session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = {name: session.execute(query).fetchall() for name, query in HALF_WRITTEN.items()}
    return {name: rows for name, rows in found.items() if rows}
