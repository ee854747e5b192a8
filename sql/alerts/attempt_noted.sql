-- Notes an attempt to send a message.
INSERT INTO app.alert_deliveries (
    message_id, channel, what, incident_ids, incident_states, sync_id, attempted_at, delivered, error
)
VALUES (
    %(message_id)s,
    %(channel)s,
    %(what)s,
    %(incident_ids)s,
    %(incident_states)s::timestamptz[],
    %(sync_id)s,
    clock_timestamp(),
    %(delivered)s,
    %(error)s
);
