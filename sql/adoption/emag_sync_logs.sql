-- The history of syncs. What the old program called completed is not proven complete. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.account(old.old_row ->> 'account_type') AS account_type,
        lower(pg_temp.said(old.old_row ->> 'status')) AS status,
        regexp_replace(lower(pg_temp.said(old.old_row ->> 'operation')), '_sync$', '') AS operation,
        pg_temp.moment(old.old_row ->> 'started_at', %(zone)s) AS started_at,
        CASE jsonb_typeof(old.old_row -> 'errors')
            WHEN 'array' THEN old.old_row -> 'errors'
            WHEN 'object' THEN jsonb_build_array(old.old_row -> 'errors')
            WHEN 'string' THEN jsonb_build_array(jsonb_build_object('error', old.old_row -> 'errors'))
            ELSE '[]'
        END AS errors
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    NULL::text AS key,
    -extract(EPOCH FROM named.started_at) AS rank,
    CASE
        WHEN named.account_type IS NULL THEN 'it has no account_type'
        WHEN named.account_type = 'both' THEN 'it is of two accounts, and a log is of one'
        WHEN named.status NOT IN ('running', 'completed', 'partial', 'failed') OR named.status IS NULL
            THEN 'its status is not known'
        WHEN named.operation NOT IN ('full', 'incremental', 'selective') OR named.operation IS NULL
            THEN 'its operation is not known'
        WHEN named.started_at IS NULL THEN 'it does not say when it started'
    END AS reason,
    NULL::text AS same,
    jsonb_build_object(
        'sync_type', lower(pg_temp.said(named.old_row ->> 'sync_type')),
        'account_type', named.account_type,
        'operation', named.operation,
        'status', CASE WHEN named.status = 'running' THEN 'failed' ELSE named.status END,
        'started_at', named.started_at,
        'completed_at', greatest(pg_temp.moment(named.old_row ->> 'completed_at', %(zone)s), named.started_at),
        'total_items', pg_temp.small(named.old_row ->> 'total_items'),
        'processed_items', pg_temp.small(named.old_row ->> 'processed_items'),
        'created_items', pg_temp.small(named.old_row ->> 'created_items'),
        'updated_items', pg_temp.small(named.old_row ->> 'updated_items'),
        'failed_items', pg_temp.small(named.old_row ->> 'failed_items'),
        'pages_processed', pg_temp.small(named.old_row ->> 'pages_processed'),
        'api_requests_made', pg_temp.small(named.old_row ->> 'api_requests_made'),
        'rate_limit_hits', pg_temp.small(named.old_row ->> 'rate_limit_hits'),
        'errors', named.errors || CASE
            WHEN named.status = 'running'
                THEN jsonb_build_array(jsonb_build_object('error', 'running when it was adopted', 'timestamp', now()))
            ELSE '[]'
        END,
        'triggered_by', pg_temp.said(named.old_row ->> 'triggered_by')
    ) AS new_values,
    jsonb_build_object(
        'sync_type', 'products',
        'completed_at', greatest(pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s), named.started_at),
        'processed_items', 0,
        'created_items', 0,
        'updated_items', 0,
        'failed_items', 0,
        'pages_processed', 0,
        'api_requests_made', 0,
        'rate_limit_hits', 0,
        'triggered_by', 'unknown'
    ) AS defaults
FROM named;
