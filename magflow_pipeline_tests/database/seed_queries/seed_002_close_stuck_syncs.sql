UPDATE emag_sync_logs 
SET status = 'failed', 
    completed_at = NOW(),
    errors = jsonb_build_array(
        jsonb_build_object(
            'error', 'Manually cleaned up',
            'timestamp', NOW()
        )
    )
WHERE status = 'running' 
  AND started_at < NOW() - INTERVAL '15 minutes';
