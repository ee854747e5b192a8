-- Where the price of each item stands.
SELECT
    account_type,
    sku,
    market_position,
    best_price
FROM app.price_position;
