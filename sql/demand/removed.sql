-- Days on which items were removed from the marketplace, as arrays of many items: from the day on which the last of an
-- item's offers was marked removed to the day of the return. Parameters: account_type, skus (null: all), first_day,
-- end_day.
WITH removal AS (
    SELECT
        gone.emag_offer_id,
        daterange(
            (gone.valid_from AT TIME ZONE 'Europe/Bucharest')::date,
            (min(after.valid_from) AT TIME ZONE 'Europe/Bucharest')::date,
            '[]'
        ) AS days
    FROM app.emag_offer_history AS gone
    LEFT JOIN app.emag_offer_history AS after
        ON
            gone.account_type = after.account_type
            AND gone.emag_offer_id = after.emag_offer_id
            AND gone.valid_from < after.valid_from
    WHERE gone.account_type = %(account_type)s AND gone.is_removed
    GROUP BY gone.emag_offer_id, gone.valid_from
),

-- Of each offer of such items: days on which it was removed, or was not there yet.
absent AS (
    SELECT
        item.number,
        (offer.created_at AT TIME ZONE 'Europe/Bucharest')::date AS created_on,
        datemultirange(daterange(NULL, (offer.created_at AT TIME ZONE 'Europe/Bucharest')::date))
        + coalesce(
            (SELECT range_agg(removal.days) FROM removal WHERE offer.emag_id = removal.emag_offer_id), '{}'
        ) AS days
    FROM app.emag_products_v2 AS offer
    INNER JOIN demand_items AS item ON offer.sku = item.sku
    WHERE
        offer.account_type = %(account_type)s
        AND (%(skus)s::text[] IS NULL OR offer.sku = any(%(skus)s))
        AND offer.sku IN (
            SELECT removed.sku
            FROM app.emag_products_v2 AS removed
            INNER JOIN removal ON removed.emag_id = removal.emag_offer_id
            WHERE removed.account_type = %(account_type)s
        )
),

item AS (
    SELECT
        number,
        range_intersect_agg(days)
        * datemultirange(daterange(greatest(min(created_on), %(first_day)s::date), %(end_day)s::date)) AS days
    FROM absent
    GROUP BY number
)

SELECT
    array_agg(item.number) AS items,
    array_agg(calendar.day::date - %(first_day)s::date) AS days
FROM item
CROSS JOIN unnest(item.days) AS stretch (days)
CROSS JOIN generate_series(lower(stretch.days), upper(stretch.days) - 1, interval '1 day') AS calendar (day)
GROUP BY item.number / 512
