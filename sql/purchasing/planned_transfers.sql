-- Pieces to move before anything is bought: what accounts that ship themselves can spare, to those fulfilled by eMAG
-- in the same country; back from eMAG only where the seller allows it. purchasing/transfers.py has the same rules in
-- Python.
CREATE TEMP TABLE planned_transfers ON COMMIT DROP AS
WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

item AS (
    SELECT
        need.account_type,
        need.sku,
        need.kind,
        need.country,
        need.ordering_rank,
        coalesce(product.carton_size, 1) AS carton,
        CASE
            WHEN NOT need.is_unread AND NOT need.is_ordered_elsewhere AND need.raw_quantity IS NOT NULL
                THEN need.available - need.sent_away - need.reorder_point
            ELSE 0
        END AS spare,
        CASE
            WHEN
                need.reorder_quantity_set IS NULL
                AND need.blocked IS NULL
                AND coalesce(%(inbound_days)s <= need.lead_days, TRUE)
                THEN need.raw_quantity
            ELSE 0
        END AS lacking
    FROM planned_wants AS need
    LEFT JOIN app.product_costs AS product ON need.sku = product.sku
),

-- In cartons, always up: a carton less would be bought again in part where a receiver lacks less.
rounded AS (
    SELECT
        *,
        spare / carton AS spared,
        (lacking + carton - 1) / carton AS wanted
    FROM item
),

-- In an order that no stock and no demand changes: with another one, what is left to buy would go up and down with it.
receiver AS (
    SELECT
        *,
        sum(wanted) OVER (PARTITION BY sku, country, kind ORDER BY ordering_rank ROWS UNBOUNDED PRECEDING) AS until
    FROM rounded
    WHERE wanted > 0 AND (kind = 'fbe' OR %(transfers_from_fbe)s)
),

sender AS (
    SELECT
        *,
        sum(spared) OVER (PARTITION BY sku, country, kind ORDER BY ordering_rank ROWS UNBOUNDED PRECEDING) AS until
    FROM rounded
    WHERE spared > 0
)

SELECT
    receiver.sku,
    sender.account_type AS from_account,
    receiver.account_type AS to_account,
    (moved.cartons * receiver.carton)::bigint AS quantity,
    least(
        moved.cartons * receiver.carton,
        receiver.lacking - (moved.starts - receiver.until + receiver.wanted) * receiver.carton
    )::bigint AS raw_quantity,
    receiver.carton AS carton_size,
    today.day + %(inbound_days)s AS arrives_on
FROM receiver
INNER JOIN sender
    ON
        receiver.sku = sender.sku
        AND receiver.country = sender.country
        AND sender.kind = CASE receiver.kind WHEN 'fbe' THEN 'main' ELSE 'fbe' END
CROSS JOIN today
-- Cartons in a row: those that one lacks and those that the other has meet where both parts of the row overlap.
CROSS JOIN
    LATERAL ( -- noqa: ST05, of the row
        SELECT
            greatest(receiver.until - receiver.wanted, sender.until - sender.spared) AS starts,
            least(receiver.until, sender.until)
            - greatest(receiver.until - receiver.wanted, sender.until - sender.spared) AS cartons
    ) AS moved
WHERE moved.cartons > 0;
ANALYZE planned_transfers;
