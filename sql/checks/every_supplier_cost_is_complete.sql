-- What is missing for the landed costs of suppliers, with how many offers lack it and what to do. Such an offer is
-- chosen only where no other is complete.
SELECT
    offer.problem,
    count(*) AS offers,
    count(DISTINCT offer.sku) FILTER (WHERE offer.rank = 1) AS skus_without_cost,
    min(offer.supplier_name) AS supplier_name,
    min(offer.sku) AS sku,
    concat_ws(
        '; ',
        CASE WHEN offer.problem LIKE '%%no_price%%' THEN 'enter a price: price list or price breaks' END,
        CASE WHEN offer.problem ~ 'rate' THEN 'magflow rates read, or magflow rates set CURRENCY RATE' END,
        CASE WHEN offer.problem ~ 'no_weight|no_volume' THEN 'enter weight and volume in product_costs' END,
        CASE WHEN offer.problem LIKE '%%too_large%%' THEN 'correct price, freight, weight, volume or rate' END
    ) AS what_to_do
FROM app.supplier_offers AS offer
WHERE offer.problem IS NOT NULL
GROUP BY offer.problem
ORDER BY offers DESC, offer.problem
