-- How many orders of the page are new, changed and unchanged.
SELECT
    change,
    count(*) AS orders
FROM incoming_orders
GROUP BY change;
