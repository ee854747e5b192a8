SELECT 
    COUNT(*) FILTER (WHERE DATE(last_synced_at) = CURRENT_DATE) as synced_today,
    COUNT(*) FILTER (WHERE sync_status = 'error') as errors,
    COUNT(*) FILTER (WHERE is_active = true) as active_products
FROM emag_products_v2;
