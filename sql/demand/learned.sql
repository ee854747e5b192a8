-- Makes the rows of items, or of a whole account, those of demand_learned: by difference. Parameters: account_type,
-- skus (null: all). Answers how many rows changed.

WITH gone AS (
    DELETE FROM app.demand AS stored
    WHERE
        stored.account_type = %(account_type)s
        AND (%(skus)s::text[] IS NULL OR stored.sku = any(%(skus)s))
        AND NOT EXISTS (SELECT FROM demand_learned AS learned WHERE learned.sku = stored.sku)
    RETURNING stored.sku
),

-- Compared before ON CONFLICT, which would lock, and so write, unchanged rows too.
changed AS MATERIALIZED (
    SELECT learned.*
    FROM demand_learned AS learned
    LEFT JOIN app.demand AS stored ON learned.account_type = stored.account_type AND learned.sku = stored.sku
    WHERE
        (
            learned.known_from,
            learned.known_to,
            learned.first_sale,
            learned.last_sale,
            learned.sellable_days,
            learned.days_are_calendar,
            learned.units,
            learned.mean_30,
            learned.mean_90,
            learned.mean_180,
            learned.raw_mean_90,
            learned.average_daily_demand,
            learned.expected_daily_demand,
            learned.demand_error,
            learned.daily_variance,
            learned.demand_method,
            learned.demand_class,
            learned.mean_interval,
            learned.squared_variation,
            learned.monthly_variation,
            learned.demand_seen,
            learned.largest_day,
            learned.spike_cap,
            learned.capped_units,
            learned.campaign_uplift,
            learned.flags
        ) IS DISTINCT FROM (
            stored.known_from,
            stored.known_to,
            stored.first_sale,
            stored.last_sale,
            stored.sellable_days,
            stored.days_are_calendar,
            stored.units,
            stored.mean_30,
            stored.mean_90,
            stored.mean_180,
            stored.raw_mean_90,
            stored.average_daily_demand,
            stored.expected_daily_demand,
            stored.demand_error,
            stored.daily_variance,
            stored.demand_method,
            stored.demand_class,
            stored.mean_interval,
            stored.squared_variation,
            stored.monthly_variation,
            stored.demand_seen,
            stored.largest_day,
            stored.spike_cap,
            stored.capped_units,
            stored.campaign_uplift,
            stored.flags
        )
),

written AS (
    INSERT INTO app.demand (
        account_type,
        sku,
        known_from,
        known_to,
        first_sale,
        last_sale,
        sellable_days,
        days_are_calendar,
        units,
        mean_30,
        mean_90,
        mean_180,
        raw_mean_90,
        average_daily_demand,
        expected_daily_demand,
        demand_error,
        daily_variance,
        demand_method,
        demand_class,
        mean_interval,
        squared_variation,
        monthly_variation,
        demand_seen,
        largest_day,
        spike_cap,
        capped_units,
        campaign_uplift,
        flags
    )
    SELECT
        account_type,
        sku,
        known_from,
        known_to,
        first_sale,
        last_sale,
        sellable_days,
        days_are_calendar,
        units,
        mean_30,
        mean_90,
        mean_180,
        raw_mean_90,
        average_daily_demand,
        expected_daily_demand,
        demand_error,
        daily_variance,
        demand_method,
        demand_class,
        mean_interval,
        squared_variation,
        monthly_variation,
        demand_seen,
        largest_day,
        spike_cap,
        capped_units,
        campaign_uplift,
        flags
    FROM changed
    ORDER BY sku
    ON CONFLICT (account_type, sku) DO UPDATE
        SET
            known_from = excluded.known_from,
            known_to = excluded.known_to,
            first_sale = excluded.first_sale,
            last_sale = excluded.last_sale,
            sellable_days = excluded.sellable_days,
            days_are_calendar = excluded.days_are_calendar,
            units = excluded.units,
            mean_30 = excluded.mean_30,
            mean_90 = excluded.mean_90,
            mean_180 = excluded.mean_180,
            raw_mean_90 = excluded.raw_mean_90,
            average_daily_demand = excluded.average_daily_demand,
            expected_daily_demand = excluded.expected_daily_demand,
            demand_error = excluded.demand_error,
            daily_variance = excluded.daily_variance,
            demand_method = excluded.demand_method,
            demand_class = excluded.demand_class,
            mean_interval = excluded.mean_interval,
            squared_variation = excluded.squared_variation,
            monthly_variation = excluded.monthly_variation,
            demand_seen = excluded.demand_seen,
            largest_day = excluded.largest_day,
            spike_cap = excluded.spike_cap,
            capped_units = excluded.capped_units,
            campaign_uplift = excluded.campaign_uplift,
            flags = excluded.flags,
            updated_at = now()
    RETURNING sku
)

SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) AS changed
