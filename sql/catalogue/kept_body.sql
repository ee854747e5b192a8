-- A body as it was received, compressed with zlib. Parameter: sha256.
SELECT body_zlib
FROM app.raw_emag_product_bodies
WHERE sha256 = %(sha256)s;
