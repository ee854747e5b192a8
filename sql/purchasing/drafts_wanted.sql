-- What is proposed from suppliers, by the draft that it belongs to: one of each supplier, way of shipping and currency.
-- What has no price goes with the rest of his. Parameters: supplier_ids and shipping, null: all of them.
CREATE TEMP TABLE drafts_wanted ON COMMIT DROP AS
WITH usual AS (
    SELECT
        supplier_id,
        shipping,
        mode() WITHIN GROUP (ORDER BY currency) AS currency
    FROM app.reorder_proposals
    WHERE quantity > 0
    GROUP BY supplier_id, shipping
)

SELECT
    NULL::bigint AS purchase_order_id,
    proposal.sku,
    product.id AS product_id,
    proposal.supplier_id,
    proposal.supplier_name,
    proposal.shipping,
    coalesce(proposal.currency, usual.currency) AS currency,
    proposal.quantity,
    proposal.unit_price
FROM app.reorder_proposals AS proposal
INNER JOIN app.products AS product ON proposal.sku = product.sku
INNER JOIN usual ON proposal.supplier_id = usual.supplier_id AND proposal.shipping = usual.shipping
WHERE
    proposal.quantity > 0
    AND (%(supplier_ids)s::bigint[] IS NULL OR proposal.supplier_id = any(%(supplier_ids)s::bigint[]))
    AND (%(shipping)s::text IS NULL OR proposal.shipping = %(shipping)s::text)
    AND NOT EXISTS (SELECT FROM app.purchase_holds AS hold WHERE hold.sku = proposal.sku);

-- The open drafts by whom they are to, however many rows he has in suppliers.
CREATE TEMP TABLE drafts_open ON COMMIT DROP AS
SELECT
    purchase.id,
    supplier.canonical_id AS supplier_id,
    purchase.shipping,
    purchase.currency,
    coalesce(
        (%(supplier_ids)s::bigint[] IS NULL OR supplier.canonical_id = any(%(supplier_ids)s::bigint[]))
        AND (%(shipping)s::text IS NULL OR purchase.shipping = %(shipping)s::text),
        FALSE
    ) AS is_asked_for
FROM app.purchase_orders AS purchase
LEFT JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
WHERE purchase.status = 'draft' AND purchase.draft_key IS NOT NULL
FOR UPDATE OF purchase;

WITH made AS (
    INSERT INTO app.purchase_orders (supplier_id, shipping, currency, draft_key)
    SELECT
        missing.supplier_id,
        missing.shipping,
        missing.currency,
        'D' || nextval('app.draft_numbers') AS draft_key
    FROM (
        SELECT DISTINCT
            wanted.supplier_name,
            wanted.supplier_id,
            wanted.shipping,
            wanted.currency
        FROM drafts_wanted AS wanted
        WHERE
            NOT EXISTS (
                SELECT FROM drafts_open AS known
                WHERE
                    known.supplier_id = wanted.supplier_id
                    AND known.shipping = wanted.shipping
                    AND known.currency IS NOT DISTINCT FROM wanted.currency
            )
        ORDER BY wanted.supplier_name, wanted.shipping, wanted.currency
    ) AS missing
    RETURNING
        id,
        supplier_id,
        shipping,
        currency
)

INSERT INTO drafts_open
SELECT
    made.*, -- noqa: AM04, its columns
    TRUE AS is_asked_for
FROM made;

UPDATE drafts_wanted AS wanted SET purchase_order_id = known.id
FROM drafts_open AS known
WHERE
    known.supplier_id = wanted.supplier_id
    AND known.shipping = wanted.shipping
    AND known.currency IS NOT DISTINCT FROM wanted.currency;
ANALYZE drafts_wanted;
ANALYZE drafts_open
