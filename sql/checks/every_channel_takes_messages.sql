-- Channels for alerts, and webhook and heartbeat, whose newest attempts all failed.
SELECT
    subject AS channel,
    opened_at,
    first_error,
    numbers ->> 'failures' AS failures
FROM app.incidents
WHERE kind = 'channel_unreachable' AND closed_at IS NULL
ORDER BY subject;
