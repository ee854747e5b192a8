-- When the first account was first read; null: none was.
SELECT min(app.sound_time(first_synced_at)) AS first_synced_at
FROM app.emag_accounts;
