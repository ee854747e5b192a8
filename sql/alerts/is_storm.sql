-- Whether a channel got so many messages about incidents of late. Parameters: channel, most, within (an interval).
SELECT count(*) >= %(most)s AS is_storm
FROM app.alert_deliveries
WHERE
    channel = %(channel)s
    AND delivered
    AND cardinality(incident_ids) > 0
    AND attempted_at > now() - %(within)s;
