-- A body as it was received, compressed (catalogue/bodies.py). Parameter: sha256.
SELECT body_compressed
FROM app.raw_emag_product_bodies
WHERE sha256 = %(sha256)s;
