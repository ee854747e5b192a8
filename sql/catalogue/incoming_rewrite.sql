-- A replay writes every offer again, whatever its hash: derived columns may come out differently now.
-- The time of the last change of its content stays, unless the content itself is read differently now.

UPDATE incoming_offers AS incoming
SET
    change = 'updated',
    is_replay = TRUE,
    -- That of the last reading stays. A deleted offer has none: the next sync reads it, and begins its series.
    raw_hash = seen.raw_hash,
    -- A newer row of the offer could not be stored: its attempts stay counted.
    keeps_attempts = coalesce(seen.last_synced_at > incoming.seen_at, FALSE),
    changed_at = CASE
        WHEN known.content_hash = incoming.content_hash THEN known.updated_at
        ELSE incoming.seen_at
    END
FROM incoming_offers AS page
LEFT JOIN app.emag_product_contents AS known
    ON page.account_type = known.account_type AND page.emag_id = known.emag_id
LEFT JOIN app.emag_offers_seen AS seen
    ON page.account_type = seen.account_type AND page.emag_id = seen.emag_id
WHERE incoming.account_type = page.account_type AND incoming.emag_id = page.emag_id;
