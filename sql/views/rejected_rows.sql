-- What eMAG sent and could not be stored, of offers and of orders.
CREATE OR REPLACE VIEW app.rejected_rows AS
SELECT
    'offer' AS kind,
    rejected.account_type,
    rejected.emag_offer_id AS emag_number,
    product.sku,
    NULL::integer AS line_number,
    rejected.rejected_at,
    (rejected.rejected_at AT TIME ZONE 'Europe/Bucharest')::date AS day,
    rejected.reason,
    rejected.sync_log_id AS sync_id,
    rejected.page,
    -- A row that was seen again by a later sync, and stored, is settled.
    coalesce(product.sync_status <> 'synced' OR product.last_synced_at <= rejected.rejected_at, TRUE) AS is_open
FROM app.emag_rejected_offers AS rejected
LEFT JOIN app.emag_products_v2 AS product
    ON rejected.account_type = product.account_type AND rejected.emag_offer_id = product.emag_id
UNION ALL
SELECT
    'order' AS kind,
    rejected.account_type,
    rejected.order_id AS emag_number,
    NULL::text AS sku,
    rejected.line_number,
    rejected.rejected_at,
    (rejected.rejected_at AT TIME ZONE 'Europe/Bucharest')::date AS day,
    rejected.reason,
    rejected.sync_log_id AS sync_id,
    rejected.page,
    coalesce(known.updated_at <= rejected.rejected_at, TRUE) AS is_open
FROM app.emag_rejected_orders AS rejected
LEFT JOIN app.emag_orders AS known
    ON rejected.account_type = known.account_type AND rejected.order_id = known.order_id;
COMMENT ON VIEW app.rejected_rows IS
'Rows of eMAG that could not be stored, offers and orders, one row each time: which, why, when, and whether it is so'
' still';
COMMENT ON COLUMN app.rejected_rows.kind IS 'offer or order';
COMMENT ON COLUMN app.rejected_rows.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.rejected_rows.emag_number IS
'Seller''s offer id, or number of the order; null: the row had no usable one';
COMMENT ON COLUMN app.rejected_rows.sku IS 'SKU of an offer that an earlier reading could store; null: there is none';
COMMENT ON COLUMN app.rejected_rows.line_number IS
'Which line of the order, from 1, where the order itself was stored; null: the whole row';
COMMENT ON COLUMN app.rejected_rows.rejected_at IS 'When, UTC';
COMMENT ON COLUMN app.rejected_rows.day IS 'The day of that in Europe/Bucharest';
COMMENT ON COLUMN app.rejected_rows.reason IS 'What is wrong with it';
COMMENT ON COLUMN app.rejected_rows.sync_id IS 'The sync that received it (emag_sync_logs.id, while its log is kept)';
COMMENT ON COLUMN app.rejected_rows.page IS 'The page it was on';
COMMENT ON COLUMN app.rejected_rows.is_open IS
'false: the same offer or order was stored later; true: what is stored is older, or nothing';
