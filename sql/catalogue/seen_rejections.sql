-- Rows that a sync could not store. Parameter: sync_log_id.
SELECT
    emag_offer_id,
    payload
FROM app.emag_rejected_offers
WHERE sync_log_id = %(sync_log_id)s;
