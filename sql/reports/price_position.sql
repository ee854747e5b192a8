-- Rows of price_position: what crossed, then what a new price could do, each with what sells most first.
-- Parameters: accounts, skus (empty: all), crossed, suggested, beaten (true: only such; beaten: others have the buy
-- button, it crossed, or a price is suggested), most (null: all).
SELECT * -- noqa: AM04, the columns are those of the view
FROM app.price_position
WHERE
    account_type = any(%(accounts)s::text[])
    AND (%(skus)s::text[] = '{}' OR sku = any(%(skus)s::text[]))
    AND (NOT %(crossed)s OR crossed IS NOT NULL)
    AND (NOT %(suggested)s OR suggested_price IS NOT NULL)
    AND (NOT %(beaten)s OR market_position = 'lost' OR num_nonnulls(crossed, suggested_price) > 0)
ORDER BY
    array_position(ARRAY['lost', 'won', 'new_competitor'], crossed),
    suggested_price IS NULL,
    sales_ron_per_day DESC NULLS LAST,
    account_type,
    sku
LIMIT %(most)s
