-- The last attempt on each channel. Parameter: channels.
WITH named AS (SELECT unnest(%(channels)s::text[]) AS channel)

SELECT
    newest.channel,
    newest.attempted_at,
    newest.delivered,
    newest.error
FROM named
CROSS JOIN
    LATERAL (
        SELECT attempt.*
        FROM app.alert_deliveries AS attempt
        WHERE attempt.channel = named.channel
        ORDER BY attempt.id DESC
        LIMIT 1
    ) AS newest;
