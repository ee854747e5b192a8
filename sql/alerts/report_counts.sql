-- The report of an account in numbers. Parameter: account_type.
SELECT
    items,
    out_of_stock,
    critical,
    low_stock,
    in_stock,
    overstock,
    reorder_quantity,
    not_sellable,
    built_at
FROM app.low_stock_by_account
WHERE account_type = %(account_type)s;
