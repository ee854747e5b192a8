-- People and programs that are connected to databases. Parameter: names.

SELECT
    pid,
    usename,
    application_name,
    client_addr::text,
    state,
    xact_start,
    query
FROM pg_stat_activity
WHERE datname = any(%(names)s) AND backend_type = 'client backend' AND pid <> pg_backend_pid()
ORDER BY backend_start;
