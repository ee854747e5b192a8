-- The oldest transfer of so many pieces that is on its way has come.
UPDATE app.stock_transfers SET received_on = %(received_on)s
WHERE
    id = (
        SELECT min(open.id) FROM app.stock_transfers AS open
        WHERE
            open.sku = %(sku)s
            AND open.from_account = %(from_account)s
            AND open.to_account = %(to_account)s
            AND open.quantity = %(quantity)s
            AND open.received_on IS NULL
    );
