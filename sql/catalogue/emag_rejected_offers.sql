-- A row that could not be stored: kept as it was sent.
-- Parameters: account_type, sync_log_id, page, emag_offer_id, reason, payload, seen_at.
INSERT INTO app.emag_rejected_offers (account_type, sync_log_id, page, emag_offer_id, reason, payload, rejected_at)
VALUES (
    %(account_type)s, %(sync_log_id)s, %(page)s, %(emag_offer_id)s, %(reason)s, %(payload)s, %(seen_at)s
);
