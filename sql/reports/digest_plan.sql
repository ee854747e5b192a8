-- What there is to do now: purchases and moves that are proposed, and items of which a person decides. Nobody keeps
-- what was proposed before. Parameter: accounts.
SELECT
    count(*) AS purchases,
    sum(total_ron) AS total_ron,
    count(*) FILTER (WHERE total_ron IS NULL) AS without_cost,
    (SELECT count(*) FROM app.transfer_proposals) AS moves,
    (SELECT count(*) FROM app.decide_yourself WHERE account_type = any(%(accounts)s::text[])) AS to_decide
FROM app.reorder_proposals
WHERE quantity > 0;
