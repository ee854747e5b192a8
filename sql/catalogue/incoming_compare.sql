-- Classifies each offer of the page: created, updated or unchanged.

UPDATE incoming_offers AS incoming
SET
    changed_at = incoming.seen_at,
    change = CASE
        WHEN known.emag_id IS NULL THEN 'created'
        WHEN
            known.content_hash = incoming.content_hash
            AND known.sync_status = 'synced'
            AND known.removed_at IS NULL
            AND known.stock_above IS NULL
            THEN 'unchanged'
        ELSE 'updated'
    END
FROM incoming_offers AS page
LEFT JOIN app.emag_product_contents AS known
    ON page.account_type = known.account_type AND page.emag_id = known.emag_id
WHERE incoming.account_type = page.account_type AND incoming.emag_id = page.emag_id;
