SELECT 
    account_type,
    COUNT(*) as total,
    COUNT(*) FILTER (WHERE is_active = true) as active,
    COUNT(*) FILTER (WHERE sync_status = 'synced') as synced,
    COUNT(*) FILTER (WHERE sync_status = 'error') as errors,
    MIN(created_at) as first_product,
    MAX(last_synced_at) as last_sync
FROM emag_products_v2
GROUP BY account_type
ORDER BY account_type;
