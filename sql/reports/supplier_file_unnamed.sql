-- Lines of drafts by which a supplier cannot tell what is meant: without name, variant and picture. Parameters: orders.
-- Not read with what he gets: the SKU is the seller's own.
SELECT
    draft_number,
    supplier_name,
    sku
FROM app.draft_order_lines
WHERE
    purchase_order_id = any(%(orders)s)
    AND quantity > 0
    AND coalesce(app.spaced(article_name), '') = ''
    AND coalesce(app.spaced(name), '') = ''
    AND coalesce(app.spaced(specification), '') = ''
    AND coalesce(app.spaced(image_url), '') = ''
ORDER BY supplier_name, length(draft_number), draft_number, sku;
