-- Known offers that are not removed, as one array, the most recently seen first: a row for each took ten times its
-- memory in the sync. Parameter: account_type.
SELECT coalesce(array_agg(emag_id ORDER BY last_synced_at DESC, emag_id), '{}')
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND removed_at IS NULL;
