-- The body of a page, once per hash. Parameters: sha256, body_compressed, body_bytes, fetched_at (UTC).
INSERT INTO app.raw_emag_product_bodies (sha256, body_compressed, body_bytes, first_fetched_at)
VALUES (%(sha256)s, %(body_compressed)s, %(body_bytes)s, %(fetched_at)s)
ON CONFLICT (sha256) DO NOTHING;
