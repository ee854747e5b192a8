-- Where the price of each item stands, in the order of the items' SKUs.
SELECT
    account_type,
    sku,
    market_position,
    best_price
FROM app.price_position
ORDER BY sku COLLATE "C";
