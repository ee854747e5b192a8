-- What the report may say of where its sales come from: without imports, eMAG only.
CREATE OR REPLACE VIEW app.sales_sources AS
WITH channel AS (
    SELECT
        account_type,
        channel,
        min(day) AS first_day,
        max(day) AS last_day,
        sum(quantity) AS pieces
    FROM app.sales_elsewhere
    WHERE quantity > 0
    GROUP BY account_type, channel
)

SELECT
    account.account_type,
    coalesce(array_agg(channel.channel ORDER BY channel.channel) FILTER (WHERE channel.channel IS NOT NULL), '{}')
        AS channels,
    min(channel.first_day) AS first_day,
    max(channel.last_day) AS last_day,
    coalesce(sum(channel.pieces), 0)::bigint AS pieces,
    'eMAG' || coalesce(', ' || string_agg(channel.channel, ', ' ORDER BY channel.channel), ' only') AS sources
FROM app.configured_accounts AS account
LEFT JOIN channel ON account.account_type = channel.account_type
GROUP BY account.account_type;
COMMENT ON VIEW app.sales_sources IS 'Where the sales of each configured account are known from';
COMMENT ON COLUMN app.sales_sources.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.sales_sources.channels IS 'Other channels with sales; none: eMAG only';
COMMENT ON COLUMN app.sales_sources.first_day IS 'First day with sales of another channel';
COMMENT ON COLUMN app.sales_sources.last_day IS 'Last day with sales of another channel';
COMMENT ON COLUMN app.sales_sources.pieces IS 'Pieces sold in the other channels';
COMMENT ON COLUMN app.sales_sources.sources IS 'The same in words, such as eMAG only';
