SELECT id, account_type, operation, started_at, 
       EXTRACT(EPOCH FROM (NOW() - started_at))/60 as minutes_running
FROM emag_sync_logs 
WHERE status = 'running' 
  AND sync_type = 'products'
ORDER BY started_at DESC;
