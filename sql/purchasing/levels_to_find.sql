-- The items whose levels are computed, as numbers of levels.Items.
SELECT
    number::float8,
    expected_daily_demand::float8,
    demand_error::float8,
    daily_variance::float8,
    (lead_time_days + closed_days_next_review)::float8,
    lead_time_spread_days::float8,
    unit_cost_ron::float8,
    margin_ron::float8,
    least_lot::float8,
    pack_part::float8,
    most_cover_days::float8
FROM levels_known
WHERE problem IS NULL
ORDER BY number
