-- The supplier that each of these names means: his canonical id and whether the seller buys there, null where nobody
-- has the name. Parameter: names.
SELECT
    written.name,
    app.normalized_name(written.name) AS identity,
    known.canonical_id,
    known.supplier_name,
    known.is_active
FROM unnest(%(names)s::text[]) AS written (name)
LEFT JOIN app.supplier_names AS known ON app.supplier_named(written.name) = known.supplier_id
