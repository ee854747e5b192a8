-- Marks the offers of the page as seen, with the hashes of their rows.
-- Needs the rows of emag_products_v2.sql; runs in the same transaction.

INSERT INTO app.emag_offers_seen (
    account_type,
    emag_id,
    raw_hash,
    last_sync_id,
    last_synced_at,
    last_stored_at
)
SELECT
    account_type,
    emag_id,
    raw_hash,
    sync_log_id,
    seen_at,
    seen_at AS last_stored_at
FROM incoming_offers
WHERE change <> 'created'
ON CONFLICT (account_type, emag_id) DO UPDATE SET
    raw_hash = excluded.raw_hash,
    last_sync_id = excluded.last_sync_id,
    last_synced_at = excluded.last_synced_at,
    last_stored_at = excluded.last_stored_at;
