-- Known offers that are not removed, the most recently seen first. Parameter: account_type.
SELECT emag_id
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND removed_at IS NULL
ORDER BY last_synced_at DESC, emag_id;
