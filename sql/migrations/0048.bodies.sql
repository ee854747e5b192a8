-- depends: 0047.known-rows
-- New bodies are compressed with Zstandard, in a tenth of zlib's time; those that are here stay as they are.

ALTER TABLE app.raw_emag_product_bodies RENAME COLUMN body_zlib TO body_compressed;

COMMENT ON COLUMN app.raw_emag_product_bodies.body_compressed IS
'The body, compressed: with Zstandard (it begins with 28b52ffd), those of before with zlib';
