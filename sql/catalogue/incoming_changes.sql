-- How many rows of the page are new, changed and unchanged.
SELECT
    change,
    count(*) AS offers
FROM incoming_offers
GROUP BY change;
