-- depends: 0027.sales
-- What was sold on which day, and the days on which a campaign made it another number.

CREATE TABLE app.demand_days (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    sku text NOT NULL CHECK (sku <> ''),
    day date NOT NULL,
    ordered_units bigint NOT NULL CHECK (ordered_units >= 0),
    returned_units bigint NOT NULL CHECK (returned_units BETWEEN 0 AND ordered_units),
    elsewhere_units bigint NOT NULL CHECK (elsewhere_units >= 0),
    units bigint GENERATED ALWAYS AS (ordered_units - returned_units + elsewhere_units) STORED,
    orders integer NOT NULL CHECK (orders >= 0),
    largest_order bigint NOT NULL CHECK (largest_order >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku, day)
);
COMMENT ON TABLE app.demand_days IS
'Pieces sold, by account, SKU and day in Bucharest: from orders that count, and from sales_elsewhere. A day without a'
' row sold nothing that was read';
COMMENT ON COLUMN app.demand_days.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand_days.sku IS 'Seller''s SKU of the offer that the lines name';
COMMENT ON COLUMN app.demand_days.day IS 'The day of the order in Bucharest';
COMMENT ON COLUMN app.demand_days.ordered_units IS 'Pieces ordered on eMAG, in lines that count of orders not cancelled';
COMMENT ON COLUMN app.demand_days.returned_units IS 'Of these: pieces that came back since, whenever that was';
COMMENT ON COLUMN app.demand_days.elsewhere_units IS 'Pieces sold in other channels (sales_elsewhere)';
COMMENT ON COLUMN app.demand_days.units IS 'Pieces sold and kept = ordered - returned + elsewhere';
COMMENT ON COLUMN app.demand_days.orders IS 'Orders on eMAG that these pieces are of';
COMMENT ON COLUMN app.demand_days.largest_order IS 'Pieces of the largest of these orders, without what came back';
COMMENT ON COLUMN app.demand_days.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.campaign_days (
    name text PRIMARY KEY CHECK (name = app.spaced(name) AND name <> ''),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_on >= starts_on)
);
COMMENT ON TABLE app.campaign_days IS
'Campaigns, such as Black Friday: their days are no base of the demand, and each item''s uplift on them is learned';
COMMENT ON COLUMN app.campaign_days.name IS 'Name of the campaign, with its year';
COMMENT ON COLUMN app.campaign_days.starts_on IS 'First day, in Bucharest';
COMMENT ON COLUMN app.campaign_days.ends_on IS 'Last day, in Bucharest';
COMMENT ON COLUMN app.campaign_days.created_by IS 'Who entered it';
COMMENT ON COLUMN app.campaign_days.created_at IS 'When, UTC';
