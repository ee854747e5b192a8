-- What suppliers get of the drafts, and nothing else: of each line the article by his own name where he has told one,
-- his price and his page. Parameters: orders, null for all.
SELECT
    purchase_order_id,
    draft_number,
    supplier_id,
    supplier_name,
    shipping,
    currency,
    coalesce(article_name, name) AS article,
    specification,
    quantity,
    unit_price,
    supplier_url,
    image_url
FROM app.draft_order_lines
WHERE (%(orders)s::bigint[] IS NULL OR purchase_order_id = any(%(orders)s)) AND quantity > 0
ORDER BY supplier_name, supplier_id, length(draft_number), draft_number, article, line_id;
