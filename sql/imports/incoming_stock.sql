CREATE TEMPORARY TABLE incoming_stock (
    account_type text, sku text, day date, quantity integer
) ON COMMIT DROP
