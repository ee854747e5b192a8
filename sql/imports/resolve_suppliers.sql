-- A supplier may have several rows, all of one name: what the file says of him holds for each of them.
CREATE TEMPORARY TABLE incoming_suppliers ON COMMIT DROP AS
SELECT
    coalesce(known.id, NULL::bigint) AS id,
    coalesce(known.name, app.spaced(incoming.supplier_name)) AS name,
    incoming.is_preferred,
    incoming.is_active,
    'false' AS is_from_list,
    incoming.taken_away
FROM incoming
LEFT JOIN app.supplier_names AS named ON incoming.supplier_id::bigint = named.canonical_id
LEFT JOIN app.suppliers AS known ON named.supplier_id = known.id;
