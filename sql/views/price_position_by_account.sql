-- How the prices of each account stand: counts over price_position.
CREATE OR REPLACE VIEW app.price_position_by_account AS
SELECT
    account_type,
    count(*) AS offers,
    count(*) FILTER (WHERE market_position = 'won') AS won,
    count(*) FILTER (WHERE market_position = 'alone') AS alone,
    count(*) FILTER (WHERE market_position = 'lost') AS lost,
    count(*) FILTER (WHERE market_position = 'no_rank') AS no_rank,
    count(*) FILTER (WHERE market_position IS NULL) AS not_told,
    count(*) FILTER (WHERE crossed = 'won') AS crossed_won,
    count(*) FILTER (WHERE crossed = 'lost') AS crossed_lost,
    count(*) FILTER (WHERE crossed = 'new_competitor') AS new_competitors,
    sum(sales_ron_per_day) FILTER (WHERE crossed = 'lost') AS lost_ron_per_day,
    max(sales_ron_per_day) FILTER (WHERE crossed = 'lost') AS most_lost_ron_per_day,
    count(*) FILTER (WHERE suggestion = 'lower_price') AS to_lower,
    count(*) FILTER (WHERE suggestion IN ('below_minimum', 'below_least_price')) AS to_raise,
    count(*) FILTER (WHERE suggestion IN ('do_not_follow', 'minimum_in_the_way')) AS not_worth_following,
    count(*) FILTER (WHERE suggestion = 'cost_not_known') AS cost_not_known
FROM app.price_position
GROUP BY account_type;
COMMENT ON VIEW app.price_position_by_account IS
'How the prices of each configured account stand among the others'': counts of price_position';
COMMENT ON COLUMN app.price_position_by_account.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.price_position_by_account.offers IS 'Active offers, one per SKU';
COMMENT ON COLUMN app.price_position_by_account.won IS 'Have the buy button';
COMMENT ON COLUMN app.price_position_by_account.alone IS 'Have the buy button, and no competitor';
COMMENT ON COLUMN app.price_position_by_account.lost IS 'Others have the buy button';
COMMENT ON COLUMN app.price_position_by_account.no_rank IS 'Have no place in the race, such as without stock';
COMMENT ON COLUMN app.price_position_by_account.not_told IS 'eMAG never told anything of competitors';
COMMENT ON COLUMN app.price_position_by_account.crossed_won IS 'Won the buy button since this time yesterday';
COMMENT ON COLUMN app.price_position_by_account.crossed_lost IS 'Lost the buy button since this time yesterday';
COMMENT ON COLUMN app.price_position_by_account.new_competitors IS 'Have more sellers than at this time yesterday';
COMMENT ON COLUMN app.price_position_by_account.lost_ron_per_day IS
'What those that lost it since yesterday are expected to sell a day, RON, as far as it is known; null: nothing is';
COMMENT ON COLUMN app.price_position_by_account.most_lost_ron_per_day IS
'The same of the one of them that sells most';
COMMENT ON COLUMN app.price_position_by_account.to_lower IS 'A lower price would win and leave enough';
COMMENT ON COLUMN app.price_position_by_account.to_raise IS
'Below their own minimum, or leave less than the least margin';
COMMENT ON COLUMN app.price_position_by_account.not_worth_following IS
'The winning price is below the own minimum or leaves too little';
COMMENT ON COLUMN app.price_position_by_account.cost_not_known IS
'A lower price would win, and whether it leaves enough is not known';
