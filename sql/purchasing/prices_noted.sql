-- Counts of the buy buttons for incidents_now and metrics, and the least margin for app.least_margin. Called by the
-- build of the report, which follows each sync. Parameter: least_margin.
DELETE FROM app.observations
WHERE name IN (
    'least_margin', 'buy_buttons_won', 'buy_buttons_lost', 'buy_buttons_lost_today', 'buy_button_sales_lost'
);

INSERT INTO app.observations (name, subject, value)
VALUES ('least_margin', '', %(least_margin)s::numeric);

INSERT INTO app.observations (name, subject, value)
SELECT
    counted.name,
    position.account_type AS subject,
    counted.value
FROM app.price_position_by_account AS position
CROSS JOIN
    LATERAL (
        VALUES
        ('buy_buttons_won', position.won + position.alone),
        ('buy_buttons_lost', position.lost),
        ('buy_buttons_lost_today', position.crossed_lost),
        ('buy_button_sales_lost', position.most_lost_ron_per_day)
    ) AS counted (name, value)
WHERE counted.value IS NOT NULL;
