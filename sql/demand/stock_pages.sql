-- How many pages the table of stock has.
SELECT pg_relation_size('app.stock_snapshots') / current_setting('block_size')::bigint AS pages
