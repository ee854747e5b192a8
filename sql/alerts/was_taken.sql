-- A row if a channel took a message. Parameters: channel, message_id.
SELECT id
FROM app.alert_deliveries
WHERE channel = %(channel)s AND message_id = %(message_id)s AND delivered;
