-- The applied migrations of a database: Alembic's table, and that of yoyo, the tool before it.
-- No parameters; idempotent.

CREATE SCHEMA IF NOT EXISTS migrations;

CREATE TABLE IF NOT EXISTS migrations.alembic_version (version_num varchar(32) PRIMARY KEY);
COMMENT ON TABLE migrations.alembic_version IS 'Number of the newest migration of sql/migrations that is applied';
CREATE TABLE IF NOT EXISTS migrations.view_files (name text PRIMARY KEY, sha256 bytea NOT NULL);
COMMENT ON TABLE migrations.view_files IS 'The text of sql/views as it was applied';
-- Verbs that only read compare them, under any role. The names are no secret.
GRANT SELECT ON migrations.alembic_version, migrations.view_files TO public;

-- Stays: migration 0015 grants a right on it, and versions of MagFlow from before Alembic read it.
CREATE TABLE IF NOT EXISTS migrations._yoyo_migration (
    migration_hash varchar(64) PRIMARY KEY,
    migration_id varchar(255),
    applied_at_utc timestamp
);
COMMENT ON TABLE migrations._yoyo_migration IS
'What yoyo applied before Alembic took over; a version of MagFlow that still uses yoyo finds a name that it does not'
' know, and leaves the database alone';
DROP TABLE IF EXISTS migrations._yoyo_log, migrations._yoyo_version, migrations.yoyo_lock;

-- yoyo marked a migration after its transaction. Where it was killed in between, the migration's objects exist without
-- the mark. 0015 is idempotent.
WITH marked AS (
    SELECT coalesce(max(left(migration_id, 4)), '0000') AS number
    FROM migrations._yoyo_migration
    WHERE migration_id ~ '^\d{4}\.'
),

made (number, table_name, column_name) AS (
    VALUES
    ('0002', 'app.emag_sync_logs', 'id'),
    ('0003', 'app.emag_products_v2', 'emag_id'),
    ('0004', 'app.inventory_items', 'id'),
    ('0005', 'app.suppliers', 'id'),
    ('0006', 'app.purchase_orders', 'id'),
    ('0007', 'app.low_stock_report', 'sku'),
    ('0008', 'app.emag_offer_history', 'emag_offer_id'),
    ('0009', 'app.low_stock_report_changes', 'id'),
    ('0010', 'app.emag_sync_progress', 'backend_pid'),
    ('0011', 'app.emag_accounts', 'is_configured'),
    ('0012', 'app.products', 'emag_name'),
    ('0014', 'app.emag_sync_logs', 'is_proven'),
    ('0016', 'app.low_stock_report', 'marketplace')
),

made_functions (number, signature) AS (
    VALUES
    ('0001', 'app.normalized_name(text)'),
    ('0013', 'app.visible(text)')
),

found AS (
    SELECT made.number
    FROM made
    INNER JOIN pg_attribute AS attribute
        ON to_regclass(made.table_name) = attribute.attrelid AND made.column_name = attribute.attname
    UNION ALL
    SELECT made_functions.number
    FROM made_functions
    WHERE to_regprocedure(made_functions.signature) IS NOT NULL
),

applied AS (
    SELECT marked.number FROM marked
    UNION ALL
    SELECT found.number
    FROM found
    INNER JOIN marked ON found.number::integer - 1 = marked.number::integer
)

INSERT INTO migrations.alembic_version (version_num)
SELECT max(number)
FROM applied
WHERE NOT EXISTS (SELECT FROM migrations.alembic_version)
HAVING max(number) > '0000';

INSERT INTO migrations._yoyo_migration (migration_hash, migration_id)
VALUES ('alembic', 'alembic')
ON CONFLICT (migration_hash) DO NOTHING;
