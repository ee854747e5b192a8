-- What became of each old table, by reason. No parameters.
SELECT
    table_name,
    is_kept,
    reason,
    count(DISTINCT quarantined.id) AS rows,
    array_agg(DISTINCT named.column_name ORDER BY named.column_name) FILTER (WHERE is_kept) AS columns
FROM before_adoption.quarantined_rows AS quarantined
CROSS JOIN
    LATERAL jsonb_object_keys(CASE WHEN quarantined.is_kept THEN quarantined.old_row ELSE '{"": 0}' END)
        AS named (column_name)
GROUP BY table_name, is_kept, reason
ORDER BY table_name, is_kept, reason;
