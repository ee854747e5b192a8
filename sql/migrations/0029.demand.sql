-- depends: 0028.demand-days
-- What is expected to be sold a day, how sure that is, and what it was learned from.

CREATE TABLE app.demand (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    sku text NOT NULL CHECK (sku <> ''),
    known_from date,
    known_to date,
    first_sale date,
    last_sale date,
    sellable_days numeric(10, 2) NOT NULL,
    days_are_calendar boolean NOT NULL,
    units bigint NOT NULL,
    mean_30 numeric(14, 4),
    mean_90 numeric(14, 4),
    mean_180 numeric(14, 4),
    average_daily_demand numeric(14, 4),
    expected_daily_demand numeric(14, 4),
    demand_error numeric(14, 4),
    daily_variance numeric(18, 6),
    demand_method text NOT NULL CHECK (
        demand_method IN ('several memories', 'fall of stock', 'not enough data', 'never sold')
    ),
    demand_class text CHECK (demand_class IN ('smooth', 'erratic', 'intermittent', 'lumpy')),
    mean_interval numeric(10, 4),
    squared_variation numeric(14, 4),
    demand_seen numeric(10, 4),
    largest_day bigint,
    spike_cap numeric(14, 4),
    capped_units bigint NOT NULL DEFAULT 0,
    campaign_uplift numeric(10, 4),
    flags text[] NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku),
    CHECK ((expected_daily_demand IS NULL) = (demand_method IN ('not enough data', 'never sold')))
);
COMMENT ON TABLE app.demand IS
'What each item is expected to sell a day, learned from whole days up to yesterday (magflow demand SKU tells the story)';
COMMENT ON COLUMN app.demand.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.demand.known_from IS 'First day in Bucharest from which sales are read without a gap';
COMMENT ON COLUMN app.demand.known_to IS 'Last whole day that is read: what was learned goes up to it';
COMMENT ON COLUMN app.demand.first_sale IS 'Day of the first sale that is known';
COMMENT ON COLUMN app.demand.last_sale IS 'Day of the last sale that is known';
COMMENT ON COLUMN app.demand.sellable_days IS
'Days since the first sale on which it could sell, in parts of a day where it could for a part';
COMMENT ON COLUMN app.demand.days_are_calendar IS
'Whether some of these are calendar days: stock was not looked at yet, so days without stock may be among them';
COMMENT ON COLUMN app.demand.units IS 'Pieces sold since the first sale, as they were, spikes and campaigns included';
COMMENT ON COLUMN app.demand.mean_30 IS 'Pieces a day over the sellable days of the last 30; null: none of them was one';
COMMENT ON COLUMN app.demand.mean_90 IS 'Pieces a day over the sellable days of the last 90; null: none of them was one';
COMMENT ON COLUMN app.demand.mean_180 IS 'Pieces a day over the sellable days of the last 180; null: none of them was one';
COMMENT ON COLUMN app.demand.average_daily_demand IS 'What was sold: the mean of the last 90 days; null: not enough data';
COMMENT ON COLUMN app.demand.expected_daily_demand IS
'What is expected a day from now on; null, never 0, where it is not known';
COMMENT ON COLUMN app.demand.demand_error IS 'Standard error of expected_daily_demand, pieces a day';
COMMENT ON COLUMN app.demand.daily_variance IS 'Variance of a day''s pieces around what is expected';
COMMENT ON COLUMN app.demand.demand_method IS
'several memories: learned from its sales; fall of stock: from its stock, as its sales are not seen here; not enough'
' data: too few days yet; never sold: no sale is known';
COMMENT ON COLUMN app.demand.demand_class IS
'For people, no switch of methods: smooth, erratic, intermittent or lumpy by mean_interval 1.32 and squared_variation'
' 0.49';
COMMENT ON COLUMN app.demand.mean_interval IS 'Sellable days per day with a sale (ADI)';
COMMENT ON COLUMN app.demand.squared_variation IS 'Squared coefficient of variation of the pieces of days with a sale (CV²)';
COMMENT ON COLUMN app.demand.demand_seen IS
'Pieces ordered per piece that stock fell, over the same days; under 0.8, sales are not seen here. Null: stock says nothing';
COMMENT ON COLUMN app.demand.largest_day IS 'Most pieces of one day, as they were';
COMMENT ON COLUMN app.demand.spike_cap IS 'Pieces above which a day counted as a spike, at its last spike; null: there was none';
COMMENT ON COLUMN app.demand.capped_units IS 'Pieces of spikes above their caps, which nothing was learned from';
COMMENT ON COLUMN app.demand.campaign_uplift IS
'Its demand on campaign days as a multiple of other days'', shrunk to the catalogue''s; null: no campaign was seen';
COMMENT ON COLUMN app.demand.flags IS 'What a buyer should know, as codes; demand_texts has the words';
COMMENT ON COLUMN app.demand.updated_at IS 'When the row last changed, UTC';
