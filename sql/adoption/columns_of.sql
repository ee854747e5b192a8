-- The columns of a table, with their types. Parameters: schema_name, table_name.
SELECT
    attribute.attname AS column_name,
    attribute.atttypid::regtype::text AS type_name,
    attribute.attgenerated <> '' AS is_generated
FROM pg_attribute AS attribute
WHERE
    attribute.attrelid = format('%%I.%%I', %(schema_name)s::text, %(table_name)s::text)::regclass
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
ORDER BY attribute.attnum;
