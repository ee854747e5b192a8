SELECT 
    account_type,
    operation,
    status,
    errors,
    started_at
FROM emag_sync_logs
WHERE status = 'failed'
  AND started_at > NOW() - INTERVAL '7 days'
ORDER BY started_at DESC;
