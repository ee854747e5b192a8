-- Transfers of an item between two accounts that are on their way.
SELECT
    quantity,
    sent_on
FROM app.stock_transfers
WHERE
    sku = %(sku)s
    AND from_account = %(from_account)s
    AND to_account = %(to_account)s
    AND received_on IS NULL
ORDER BY id;
