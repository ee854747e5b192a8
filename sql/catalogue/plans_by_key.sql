-- For the transaction of a page: a prepared plan looks rows up by their key or place. It is made while the tables are
-- small in a first reading, and kept while they grow; to plan known_rows.sql for each page took more than to run it.
SET LOCAL enable_seqscan = off;
