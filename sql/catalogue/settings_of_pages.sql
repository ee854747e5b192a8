-- For a transaction of pages. Its prepared plan looks rows up by their key or place: it is made while the tables are
-- small in a first reading, and kept while they grow; to plan known_rows.sql for each page took more than to run it.
-- Its commit does not wait for the disk, that of the progress which follows does, for both. A server that crashes in
-- between loses the last pages whole, and the sync with them: the next one reads them again.
SELECT
    set_config('enable_nestloop', 'on', TRUE) AS joins_by_key,
    set_config('enable_seqscan', 'off', TRUE) AS plans_by_key,
    set_config('synchronous_commit', 'off', TRUE) AS waits_for_the_disk;
