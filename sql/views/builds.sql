-- Which derived tables are stale: a state, not an event, so that no change is missed. The query costs by what is stale,
-- not by what is stored: a loose index scan jumps from one pair of name and account to the next, however large the
-- backlog of changes behind a build that fails.
CREATE OR REPLACE VIEW app.stale_tables AS
WITH RECURSIVE changed AS (
    (
        SELECT
            first.name,
            first.account_type
        FROM app.input_changes AS first
        ORDER BY first.name, first.account_type
        LIMIT 1
    )
    UNION ALL
    SELECT
        following.name,
        following.account_type
    FROM changed
    CROSS JOIN LATERAL (
        SELECT
            other.name,
            other.account_type
        FROM app.input_changes AS other
        WHERE (other.name, other.account_type) > (changed.name, changed.account_type)
        ORDER BY other.name, other.account_type
        LIMIT 1
    ) AS following
)

SELECT
    name,
    account_type
FROM changed
UNION
SELECT
    name,
    account_type
FROM app.builds
WHERE stale_at <= now();
COMMENT ON VIEW app.stale_tables IS
'Derived tables that have to be built again: an input has changed since, see input_changes, or their time is over';
COMMENT ON COLUMN app.stale_tables.name IS 'The derived table, such as low_stock_report';
COMMENT ON COLUMN app.stale_tables.account_type IS 'Account that it is stale of, lower case; empty: of all';

-- Notes a build that takes its changes away itself, because it builds only what they name.
CREATE OR REPLACE FUNCTION app.note_build(
    derived text, account text DEFAULT NULL, until timestamptz DEFAULT NULL
) RETURNS void
LANGUAGE sql
AS $$
INSERT INTO app.builds (name, account_type, built_from, built_at, stale_at)
SELECT derived, known.account_type, (
    SELECT max(log.id) FROM app.emag_sync_logs AS log
    WHERE log.account_type = known.account_type AND log.sync_type = 'products' AND log.status <> 'running'
), now(), until
FROM app.emag_accounts AS known
WHERE account IS NULL OR known.account_type = account
ON CONFLICT (name, account_type) DO UPDATE
SET built_from = excluded.built_from, built_at = excluded.built_at, stale_at = excluded.stale_at
$$;
COMMENT ON FUNCTION app.note_build(text, text, timestamptz) IS
'Notes that a derived table is being built, of one account or, where that is null, of all. It is stale again at the'
' given time at the latest';

-- The first statement of a build, before it reads its inputs: changes from here on count as newer than the build.
CREATE OR REPLACE FUNCTION app.begin_build(
    derived text, account text DEFAULT NULL, until timestamptz DEFAULT NULL
) RETURNS void
LANGUAGE sql
AS $$
DELETE FROM app.input_changes AS change
WHERE change.name = derived AND (account IS NULL OR change.account_type = account);
SELECT app.note_build(derived, account, until)
$$;
COMMENT ON FUNCTION app.begin_build(text, text, timestamptz) IS
'Notes that a derived table is being built, of one account or, where that is null, of all, and takes away the changes'
' that the build will see. It is stale again at the given time at the latest';
