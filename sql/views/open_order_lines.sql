-- Lines of open orders, with the warehouse from whose need they are deducted, or the reason why there is none.
CREATE OR REPLACE VIEW app.open_order_lines AS
WITH line AS (
    SELECT
        line.id,
        line.purchase_order_id,
        line.product_id,
        product.sku,
        line.warehouse_id,
        -- An impossible number counts as 0, and left_out names it.
        greatest(
            coalesce(app.sound_pieces(line.quantity), 0) - coalesce(app.sound_pieces(line.received_quantity), 0), 0
        ) AS quantity,
        nullif(
            concat_ws(
                ', ',
                app.unsound_pieces('purchase_order_items.quantity', line.quantity),
                app.unsound_pieces('purchase_order_items.received_quantity', line.received_quantity)
            ),
            ''
        ) AS left_out,
        coalesce(app.sound_day(line.expected_on), app.sound_day(purchase.expected_on)) AS expected_on
    FROM app.purchase_order_items AS line
    INNER JOIN app.purchase_orders AS purchase ON line.purchase_order_id = purchase.id
    LEFT JOIN app.products AS product ON line.product_id = product.id -- foreign keys can be switched off
    WHERE purchase.status IN ('sent', 'confirmed', 'partially_received')
),

pool AS (
    SELECT
        account.account_type,
        account.ordering_rank,
        account.warehouse AS code,
        warehouse.id
    FROM app.configured_accounts AS account
    LEFT JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code -- created with the first inventory
),

-- Of the accounts that have the product, in the line's warehouse if it names one: first one that sells it now, then the
-- one that orders. Deducted from an account that may not sell it now, and so orders nothing, the pieces would be
-- ordered again by the account that may.
home AS (
    SELECT DISTINCT ON (line.id)
        line.id AS line_id,
        pool.id AS warehouse_id,
        pool.code AS warehouse
    FROM line
    INNER JOIN app.emag_products_v2 AS offer ON line.sku = offer.sku
    INNER JOIN pool ON offer.account_type = pool.account_type
    LEFT JOIN app.emag_product_offers_v2 AS terms
        ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
    WHERE line.warehouse_id IS NULL OR line.warehouse_id = pool.id
    ORDER BY
        line.id,
        offer.is_active DESC,
        terms.visibility IS DISTINCT FROM 'visible',
        pool.ordering_rank,
        offer.emag_id
),

-- A line that several accounts lacked is deducted from the need of each: the pieces still to come in the parts in which
-- they were proposed, in whole pieces.
part AS (
    SELECT
        line.id AS line_id,
        pool.id AS warehouse_id,
        min(pool.code) AS warehouse,
        sum(share.quantity) AS quantity,
        sum(sum(share.quantity)) OVER (PARTITION BY line.id ORDER BY pool.id) AS until,
        sum(sum(share.quantity)) OVER (PARTITION BY line.id) AS whole
    FROM line
    INNER JOIN app.purchase_order_shares AS share
        ON line.purchase_order_id = share.purchase_order_id AND line.product_id = share.product_id
    INNER JOIN pool ON share.account_type = pool.account_type
    WHERE
        line.warehouse_id IS NULL
        AND pool.id IS NOT NULL
        AND EXISTS (
            SELECT FROM app.emag_products_v2 AS offer
            WHERE offer.account_type = pool.account_type AND offer.sku = line.sku
        )
    GROUP BY line.id, pool.id
),

placed AS (
    SELECT
        line.*, -- noqa: AM04, all that is known of the line
        coalesce(part.warehouse_id, home.warehouse_id) AS home_id,
        coalesce(part.warehouse, home.warehouse) AS home,
        coalesce(
            div(line.quantity * part.until, part.whole)
            - div(line.quantity * (part.until - part.quantity), part.whole),
            line.quantity
        )::bigint AS part
    FROM line
    LEFT JOIN part ON line.id = part.line_id
    LEFT JOIN home ON line.id = home.line_id
)

SELECT
    line.id AS line_id,
    line.purchase_order_id,
    line.product_id,
    line.sku,
    line.part AS quantity,
    line.home_id AS warehouse_id,
    line.home AS warehouse,
    CASE
        WHEN line.home IS NOT NULL THEN NULL
        WHEN line.sku IS NULL THEN 'no product has the number ' || line.product_id
        WHEN line.warehouse_id IS NOT NULL AND named.id IS NULL
            THEN 'no warehouse has the number ' || line.warehouse_id
        WHEN named.id IS NOT NULL AND NOT EXISTS (SELECT FROM pool WHERE pool.id = named.id)
            THEN 'no configured account uses the warehouse ' || named.code
        WHEN named.id IS NOT NULL
            THEN 'no configured account on the warehouse ' || named.code || ' has this SKU'
        ELSE 'no configured account has this SKU'
    END AS problem,
    line.left_out,
    line.expected_on
FROM placed AS line
LEFT JOIN app.warehouses AS named ON line.warehouse_id = named.id
WHERE line.part > 0 OR line.left_out IS NOT NULL;
COMMENT ON VIEW app.open_order_lines IS
'Lines of orders that are sent, confirmed or partially received, with the pieces still to come. One without a'
' warehouse of its own belongs to those of the accounts that lacked it (purchase_order_shares), a row each; else to'
' that of the account that sells the product: kind main first, then as EMAG_ACCOUNTS names them';
COMMENT ON COLUMN app.open_order_lines.line_id IS 'The line (purchase_order_items.id)';
COMMENT ON COLUMN app.open_order_lines.purchase_order_id IS 'The order (purchase_orders.id)';
COMMENT ON COLUMN app.open_order_lines.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.open_order_lines.sku IS 'Its SKU';
COMMENT ON COLUMN app.open_order_lines.quantity IS 'Pieces still to come';
COMMENT ON COLUMN app.open_order_lines.warehouse_id IS
'The warehouse whose need they are taken off (warehouses.id); null: none, see problem';
COMMENT ON COLUMN app.open_order_lines.warehouse IS 'Its code';
COMMENT ON COLUMN app.open_order_lines.problem IS
'Why the pieces are not deducted from the need, so that they may be ordered again; null: they are deducted';
COMMENT ON COLUMN app.open_order_lines.expected_on IS
'Day in Bucharest on which they are expected: that of the line, else of the order; null: nobody told';
COMMENT ON COLUMN app.open_order_lines.left_out IS
'Numbers of the line that cannot be, and are left out; null: none. every_value_is_sound names them too';
