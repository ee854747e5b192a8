CREATE TEMPORARY TABLE incoming_sales (
    account_type text, channel text, sku text, day date, quantity integer
) ON COMMIT DROP
