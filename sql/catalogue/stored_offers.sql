-- What is stored of offers: the hash of their content, and whether an equal row would say nothing new of them.
-- Parameters: account_type, emag_ids.
SELECT
    emag_id,
    content_hash,
    sync_status = 'synced' AND removed_at IS NULL AND stock_above IS NULL AS is_settled
FROM app.emag_product_contents
WHERE account_type = %(account_type)s AND emag_id = any(%(emag_ids)s::bigint[]);
