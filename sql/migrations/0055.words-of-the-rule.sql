-- depends: 0048.bodies

COMMENT ON COLUMN app.demand_levels.reorder_point IS
'Largest stock, on order included, at which one orders: the chance that one piece more would be sold before the next'
' lot exceeds chance_allowed; null: problem';
COMMENT ON COLUMN app.low_stock_report.chance_allowed IS
'Chance that one piece more would be sold before the next lot, above which one orders: capital_cost / 365 x'
' unit_cost_ron x lot / (margin_ron x planned_daily_demand), at most 0.15';
COMMENT ON COLUMN app.demand_levels.chance_allowed IS
'capital_cost / 365 x unit_cost_ron x lot / (margin_ron x expected_daily_demand), at most 0.15; where that is 2 or more'
' it is not worth keeping, and 99 stands for it';
COMMENT ON COLUMN app.demand.expected_daily_demand IS
'What is expected a day from now on, campaign days as often as they were (campaign_uplift); null, never 0, where it is'
' not known';
COMMENT ON COLUMN app.demand_forecasts.expected_daily_demand IS
'Pieces a day without campaigns (demand.expected_daily_demand without the part of campaign_uplift)';
