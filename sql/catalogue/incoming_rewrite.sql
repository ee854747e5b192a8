-- In a replay every offer is written again, whatever its hash: what is derived from it may be derived otherwise now.
-- When its content last changed stays as it is, unless the content itself is read otherwise now.

UPDATE incoming_offers AS incoming
SET
    change = 'updated',
    is_replay = TRUE,
    -- A newer row of the offer could not be stored: that is counted on.
    keeps_attempts = coalesce(known.last_synced_at > incoming.seen_at, FALSE),
    changed_at = CASE
        WHEN known.content_hash = incoming.content_hash THEN known.updated_at
        ELSE incoming.seen_at
    END
FROM incoming_offers AS page
LEFT JOIN app.emag_products_v2 AS known
    ON page.account_type = known.account_type AND page.emag_id = known.emag_id
WHERE incoming.account_type = page.account_type AND incoming.emag_id = page.emag_id;
