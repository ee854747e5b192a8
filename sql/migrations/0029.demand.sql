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
    raw_mean_90 numeric(14, 4),
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
'What each item is expected to sell a day, learned from whole days up to yesterday (magflow demand SKU tells the'
' story)';
COMMENT ON COLUMN app.demand.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.demand.known_from IS
'First day in Bucharest whose orders are read whole; days in gaps since then count as unknown, not as days without'
' sales';
COMMENT ON COLUMN app.demand.known_to IS 'Last whole day that is read: what was learned goes up to it';
COMMENT ON COLUMN app.demand.first_sale IS 'Day of the first sale that is known';
COMMENT ON COLUMN app.demand.last_sale IS 'Day of the last sale that is known';
COMMENT ON COLUMN app.demand.sellable_days IS
'Days since the first sale on which it could sell, in parts of a day where it could for a part';
COMMENT ON COLUMN app.demand.days_are_calendar IS
'Whether some days of average_daily_demand are calendar days: stock was not looked at, so days without stock may be'
' among them';
COMMENT ON COLUMN app.demand.units IS
'Pieces that it was learned from, as they were, spikes and campaigns included; of fall of stock: pieces that stock'
' fell';
COMMENT ON COLUMN app.demand.mean_30 IS
'Pieces a day over the last 30 sellable days, spikes capped, without campaign days; null: it had none';
COMMENT ON COLUMN app.demand.mean_90 IS 'The same over the last 90 sellable days';
COMMENT ON COLUMN app.demand.mean_180 IS 'The same over the last 180 sellable days';
COMMENT ON COLUMN app.demand.raw_mean_90 IS 'mean_90 with spikes as they were';
COMMENT ON COLUMN app.demand.average_daily_demand IS 'What was sold: mean_90; null: not enough data';
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
COMMENT ON COLUMN app.demand.squared_variation IS
'Squared coefficient of variation of the pieces of days with a sale (CV²)';
COMMENT ON COLUMN app.demand.demand_seen IS
'Pieces ordered per piece that stock fell, over the same days; under 0.8, sales are not seen here. Null: stock says'
' nothing';
COMMENT ON COLUMN app.demand.largest_day IS 'Most pieces of one day, as they were';
COMMENT ON COLUMN app.demand.spike_cap IS 'Pieces that the day of its last spike counted for; null: there was none';
COMMENT ON COLUMN app.demand.capped_units IS
'Pieces of spikes above what their days counted for: nothing was learned from them';
COMMENT ON COLUMN app.demand.campaign_uplift IS
'Its demand on campaign days as a multiple of other days'', shrunk to the catalogue''s; null: it saw no campaign';
COMMENT ON COLUMN app.demand.flags IS 'What a buyer should know, as codes; demand_texts has the words';
COMMENT ON COLUMN app.demand.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.demand_basis (
    account_type text PRIMARY KEY CHECK (account_type = lower(account_type) AND account_type <> ''),
    first_day date NOT NULL,
    today date NOT NULL,
    known datemultirange NOT NULL,
    campaigns datemultirange NOT NULL,
    typical_rate numeric NOT NULL,
    campaign_uplift numeric NOT NULL,
    is_emag_only boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.demand_basis IS
'What all items of an account had in common when their demand was last learned: where it changed, all are learned'
' again';
COMMENT ON COLUMN app.demand_basis.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand_basis.first_day IS 'First day that was looked at, in Bucharest';
COMMENT ON COLUMN app.demand_basis.today IS 'The day on which it was learned; days before it were looked at';
COMMENT ON COLUMN app.demand_basis.known IS 'Of these: days whose orders of all types are read whole';
COMMENT ON COLUMN app.demand_basis.campaigns IS 'Days of campaigns (campaign_days)';
COMMENT ON COLUMN app.demand_basis.typical_rate IS
'Pieces a day of a typical item that sells, to two digits: what is expected of an item of which little is known';
COMMENT ON COLUMN app.demand_basis.campaign_uplift IS
'Pieces on campaign days as a multiple of the days around them, to two digits';
COMMENT ON COLUMN app.demand_basis.is_emag_only IS 'Whether no sales of other channels are known (sales_elsewhere)';
COMMENT ON COLUMN app.demand_basis.updated_at IS 'When it last changed, UTC';
