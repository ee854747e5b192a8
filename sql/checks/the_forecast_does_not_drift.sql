-- Accounts and classes whose forecast has become worse, or leans to one side, in comparison with the eight weeks before:
-- what sells has changed, or how it is read. A difference counts that is more than chance: of a sum of pieces with three
-- times Poisson's variance, three deviations. Only where at least 100 pieces and 10 items were compared, on 14 days.
WITH newest AS (
    SELECT DISTINCT ON (account_type, demand_class)
        account_type,
        demand_class,
        day,
        items,
        sold,
        wape,
        bias
    FROM app.forecast_accuracy
    WHERE account_type = any(%(accounts)s)
    ORDER BY account_type, demand_class, day DESC
),

before AS (
    SELECT
        newest.account_type,
        newest.demand_class,
        count(*) AS days,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier.wape) AS wape,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier.bias) AS bias
    FROM newest
    INNER JOIN app.forecast_accuracy AS earlier
        ON newest.account_type = earlier.account_type AND newest.demand_class = earlier.demand_class
    WHERE earlier.day BETWEEN newest.day - 63 AND newest.day - 7 AND earlier.sold >= 100
    GROUP BY newest.account_type, newest.demand_class
)

SELECT
    newest.account_type,
    newest.demand_class,
    newest.day,
    newest.items,
    newest.sold,
    newest.wape,
    round(before.wape::numeric, 4) AS usual_wape,
    newest.bias,
    round(before.bias::numeric, 4) AS usual_bias
FROM newest
INNER JOIN before ON newest.account_type = before.account_type AND newest.demand_class = before.demand_class
WHERE
    newest.sold >= 100
    AND newest.items >= 10
    AND before.days >= 14
    AND (
        newest.wape > before.wape * (1.2 + 3 / sqrt(newest.items))
        OR abs(newest.bias - before.bias) > 0.1 + 3 * sqrt(3 / newest.sold)
    )
ORDER BY newest.account_type, newest.demand_class;
