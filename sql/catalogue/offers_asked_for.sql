-- Marks offers that were read singly and not found, so that others are due before them.
-- Parameters: account_type, emag_ids, at (UTC).
UPDATE app.emag_product_contents
SET stock_asked_at = %(at)s
WHERE account_type = %(account_type)s AND emag_id = any(%(emag_ids)s);
