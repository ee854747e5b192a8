-- Attempts on a channel since it last took a message, oldest first. Parameter: channel.
SELECT
    attempt.message_id,
    attempt.attempted_at
FROM app.alert_deliveries AS attempt
WHERE
    attempt.channel = %(channel)s
    AND attempt.id > coalesce(
        (
            SELECT taken.id
            FROM app.alert_deliveries AS taken
            WHERE taken.channel = %(channel)s AND taken.delivered
            ORDER BY taken.id DESC
            LIMIT 1
        ),
        0
    )
ORDER BY attempt.id;
