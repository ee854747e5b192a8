-- Offers that won or lost the buy button in a period, or got more sellers: what sells most first. What it was in
-- between does not count. Parameters: starts_on, ends_on, accounts.
WITH crossing AS (
    SELECT
        offer.account_type,
        offer.sku,
        offer.emag_id,
        after.buy_button_rank,
        after.number_of_offers,
        after.best_price,
        app.market_crossing(
            before.market_position, after.market_position, before.number_of_offers, after.number_of_offers
        ) AS crossed
    FROM (
        SELECT
            product.account_type,
            product.sku,
            min(product.emag_id) AS emag_id
        FROM app.emag_products_v2 AS product
        WHERE product.is_active AND product.account_type = any(%(accounts)s::text[])
        GROUP BY product.account_type, product.sku
    ) AS offer
    CROSS JOIN
        LATERAL app.market_of(
            offer.account_type,
            offer.emag_id,
            %(starts_on)s::date::timestamp AT TIME ZONE 'Europe/Bucharest'
        ) AS before
    CROSS JOIN
        LATERAL app.market_of(
            offer.account_type,
            offer.emag_id,
            (%(ends_on)s::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
        ) AS after
)

SELECT
    crossing.account_type,
    crossing.sku,
    crossing.crossed,
    crossing.buy_button_rank,
    crossing.number_of_offers,
    crossing.best_price,
    now_is.price,
    now_is.currency,
    now_is.suggested_price,
    now_is.name
FROM crossing
INNER JOIN app.price_position AS now_is
    ON crossing.account_type = now_is.account_type AND crossing.sku = now_is.sku
WHERE crossing.crossed IS NOT NULL
ORDER BY
    now_is.sales_ron_per_day DESC NULLS LAST,
    array_position(%(accounts)s::text[], crossing.account_type),
    crossing.sku;
