SELECT 
    account_type,
    COUNT(*) as total_products,
    COUNT(*) FILTER (WHERE is_active = true) as active_products,
    MAX(last_synced_at) as last_sync
FROM emag_products_v2
GROUP BY account_type;
