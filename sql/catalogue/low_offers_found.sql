-- How many of the offers `emag_ids` this sync found with at most `bound` pieces.
-- Parameters: account_type, sync_log_id, bound, emag_ids.
SELECT count(*) AS still_low
FROM app.emag_products_v2
WHERE
    account_type = %(account_type)s
    AND last_sync_id = %(sync_log_id)s
    AND sync_status = 'synced'
    AND emag_id = any(%(emag_ids)s)
    AND coalesce(general_stock, stock_quantity) <= %(bound)s;
