-- Which channels took which digests. Parameters: message_ids.
SELECT DISTINCT
    message_id,
    channel
FROM app.alert_deliveries
WHERE what = 'digest' AND delivered AND message_id = any(%(message_ids)s);
