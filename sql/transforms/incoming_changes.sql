-- How many rows of the page are new, changed and as they were.
SELECT
    change,
    count(*)
FROM incoming_offers
GROUP BY change;
