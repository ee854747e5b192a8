-- Marks offers as seen whose rows are, byte for byte, those of the last reading. Returns their ids, and whether the
-- body of the page is kept already.
-- Parameters: account_type, sync_log_id, seen_at (UTC), sha256, emag_ids, raw_hashes (two arrays, in one order).
-- An offer that was taken for gone, for more than a bound, or could not be stored has no hash, so that its row is read:
-- a trigger sees to that. The wide rows are not looked at, nor are their hint bits written.

-- Each is looked up by its key and marked at its place, whatever the planner knows of the table: a first reading fills
-- it from page to page (see settings_of_pages.sql).
WITH came AS (
    SELECT *
    FROM unnest(%(emag_ids)s::bigint[], %(raw_hashes)s::bytea[]) AS given (emag_id, raw_hash)
),

known AS MATERIALIZED (
    SELECT found.place
    FROM came
    INNER JOIN LATERAL (
        SELECT stored.ctid AS place
        FROM app.emag_offers_seen AS stored
        WHERE
            stored.account_type = %(account_type)s
            AND stored.emag_id = came.emag_id
            AND stored.raw_hash = came.raw_hash
        ORDER BY stored.emag_id
        LIMIT 1
    ) AS found ON TRUE
),

marked AS (
    UPDATE app.emag_offers_seen AS seen
    SET
        last_sync_id = %(sync_log_id)s,
        last_synced_at = %(seen_at)s,
        last_stored_at = %(seen_at)s
    FROM known
    WHERE seen.ctid = known.place -- written meanwhile, it is at another one, and its row is read
    RETURNING seen.emag_id
),

-- Locked, so that retention does not delete it meanwhile.
body AS (
    SELECT kept.sha256
    FROM app.raw_emag_product_bodies AS kept
    WHERE kept.sha256 = %(sha256)s
    FOR KEY SHARE
)

SELECT
    array(SELECT marked.emag_id FROM marked) AS emag_ids,
    exists(SELECT FROM body) AS has_body;
