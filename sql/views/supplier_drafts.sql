-- Drafts of orders to suppliers, as documents show them: `magflow order` writes them, a person edits and sends them.

CREATE OR REPLACE VIEW app.draft_order_lines AS
WITH shop AS ( -- both accounts of a SKU joined
    SELECT
        report.sku,
        min(
            array_position(ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock'], report.status)
        ) AS urgency,
        sum(report.available_quantity)::bigint AS available_quantity,
        sum(report.on_order_quantity)::bigint AS on_order_quantity,
        string_agg(report.account_type || ' ' || report.available_quantity, ', ' ORDER BY report.account_type)
            AS available_by_account,
        sum(report.expected_daily_demand) AS expected_daily_demand,
        min(report.days_of_cover) AS days_of_cover,
        sum(report.ron_at_risk_per_day) AS ron_at_risk_per_day,
        min(report.order_by_date) AS order_by_date,
        string_agg(report.account_type || ': ' || report.reason, chr(10) ORDER BY report.account_type) AS reason,
        string_agg(report.account_type || ': ' || report.reason_ro, chr(10) ORDER BY report.account_type) AS reason_ro
    FROM app.low_stock_report AS report
    WHERE report.account_type IN (SELECT account.account_type FROM app.configured_accounts AS account)
    GROUP BY report.sku
),

page AS ( -- of several offers with one SKU the active one of the first account
    SELECT DISTINCT ON (offer.sku)
        offer.sku,
        offer.name,
        offer.brand,
        offer.category_id,
        offer.url,
        offer.images
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
    ORDER BY offer.sku, offer.is_active DESC, account.ordering_rank, offer.emag_id
),

part AS (
    SELECT
        share.purchase_order_id,
        share.product_id,
        string_agg(share.account_type || ' ' || share.quantity, ', ' ORDER BY share.account_type) AS for_accounts
    FROM app.purchase_order_shares AS share
    GROUP BY share.purchase_order_id, share.product_id
)

SELECT
    purchase.id AS purchase_order_id,
    line.id AS line_id,
    purchase.draft_key AS draft_number,
    supplier.canonical_id AS supplier_id,
    supplier.supplier_name,
    purchase.shipping,
    purchase.currency,
    product.sku,
    coalesce(app.spaced(product.name), page.name) AS name,
    coalesce(app.spaced(product.brand), page.brand) AS brand,
    page.category_id,
    listed.article_name,
    listed.specification,
    app.sound_pieces(line.quantity) AS quantity,
    line.proposed_quantity,
    proposal.raw_quantity,
    offer.minimum_order_quantity,
    offer.pack_size,
    app.sound_cost(line.unit_price) AS unit_price,
    app.sound_pieces(line.quantity) * app.sound_cost(line.unit_price) AS total,
    round(app.sound_pieces(line.quantity) * app.sound_cost(line.unit_price) * rate.ron, 2) AS value_ron,
    cost.landed_unit_cost_ron,
    round(app.sound_pieces(line.quantity) * cost.landed_unit_cost_ron, 2) AS total_ron,
    cost.problem AS cost_problem,
    offer.asked_on,
    listed.supplier_url,
    page.url AS product_url,
    (
        SELECT image.picture ->> 'url'
        FROM jsonb_array_elements(page.images) WITH ORDINALITY AS image (picture, place)
        WHERE image.picture ->> 'url' ~ '^https?://'
        ORDER BY image.picture ->> 'display_type' IS DISTINCT FROM '1', image.place
        LIMIT 1
    ) AS image_url,
    part.for_accounts,
    (ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock'])[shop.urgency] AS status,
    shop.available_quantity,
    shop.available_by_account,
    shop.on_order_quantity,
    shop.expected_daily_demand,
    shop.days_of_cover,
    shop.ron_at_risk_per_day,
    coalesce(proposal.order_by_date, shop.order_by_date) AS order_by_date,
    shop.reason,
    shop.reason_ro,
    proposal.flags,
    proposal.supplier_rule,
    proposal.cheapest_supplier_name,
    proposal.cheapest_landed_unit_cost_ron,
    app.sound_day(line.expected_on) AS expected_on,
    line.note,
    line.edited_at IS NOT NULL AS is_edited,
    line.edited_by
FROM app.purchase_orders AS purchase
INNER JOIN app.purchase_order_items AS line ON purchase.id = line.purchase_order_id
INNER JOIN app.products AS product ON line.product_id = product.id
LEFT JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
LEFT JOIN shop ON product.sku = shop.sku
LEFT JOIN page ON product.sku = page.sku
LEFT JOIN part ON purchase.id = part.purchase_order_id AND product.id = part.product_id
LEFT JOIN app.supplier_offers AS offer
    ON
        product.sku = offer.sku
        AND supplier.canonical_id = offer.supplier_id
        AND purchase.shipping = offer.shipping
LEFT JOIN app.supplier_prices AS listed
    ON product.sku = listed.sku AND supplier.canonical_id = listed.supplier_id
LEFT JOIN app.reorder_proposals AS proposal ON product.sku = proposal.sku
LEFT JOIN app.current_rates AS rate ON purchase.currency = rate.currency
LEFT JOIN LATERAL app.landed_unit_cost(product.sku, supplier.canonical_id, purchase.shipping, line.quantity) AS cost
    ON TRUE
WHERE purchase.draft_key IS NOT NULL AND purchase.status = 'draft';
COMMENT ON VIEW app.draft_order_lines IS
'Lines of the open drafts of orders to suppliers, one row per draft and product, with why it is ordered. Both accounts'
' of a SKU are one line';
COMMENT ON COLUMN app.draft_order_lines.purchase_order_id IS 'The order (purchase_orders.id)';
COMMENT ON COLUMN app.draft_order_lines.line_id IS 'The line (purchase_order_items.id)';
COMMENT ON COLUMN app.draft_order_lines.draft_number IS 'Number of the draft (purchase_orders.draft_key)';
COMMENT ON COLUMN app.draft_order_lines.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.draft_order_lines.supplier_name IS 'His name';
COMMENT ON COLUMN app.draft_order_lines.shipping IS 'Way of shipping';
COMMENT ON COLUMN app.draft_order_lines.currency IS 'ISO 4217 code of the prices; null: no line has a price';
COMMENT ON COLUMN app.draft_order_lines.sku IS 'Our SKU';
COMMENT ON COLUMN app.draft_order_lines.name IS 'Name of the product';
COMMENT ON COLUMN app.draft_order_lines.brand IS 'Brand';
COMMENT ON COLUMN app.draft_order_lines.category_id IS 'Number of its category on eMAG';
COMMENT ON COLUMN app.draft_order_lines.article_name IS
'The supplier''s own name of the article (product_supplier_sheets); null: nobody told';
COMMENT ON COLUMN app.draft_order_lines.specification IS 'His name of the variant; null: nobody told';
COMMENT ON COLUMN app.draft_order_lines.quantity IS 'Pieces to order';
COMMENT ON COLUMN app.draft_order_lines.proposed_quantity IS
'Pieces that were proposed when the draft was last brought up to date; 0: a person added the line';
COMMENT ON COLUMN app.draft_order_lines.raw_quantity IS
'Pieces that all accounts lack now, less transfers (reorder_proposals); null: it is no longer proposed';
COMMENT ON COLUMN app.draft_order_lines.minimum_order_quantity IS 'His least quantity (MOQ)';
COMMENT ON COLUMN app.draft_order_lines.pack_size IS 'Pieces are sold in multiples of this';
COMMENT ON COLUMN app.draft_order_lines.unit_price IS
'His price of a piece at that quantity, in currency; null: not known';
COMMENT ON COLUMN app.draft_order_lines.total IS 'quantity x unit_price';
COMMENT ON COLUMN app.draft_order_lines.value_ron IS 'total in RON by the newest rate, without freight and duty';
COMMENT ON COLUMN app.draft_order_lines.landed_unit_cost_ron IS
'Landed cost of a piece at that quantity, RON; null: cost_problem';
COMMENT ON COLUMN app.draft_order_lines.total_ron IS 'quantity x landed_unit_cost_ron';
COMMENT ON COLUMN app.draft_order_lines.cost_problem IS
'What is missing for the landed cost, as codes joined by "; "; null: nothing';
COMMENT ON COLUMN app.draft_order_lines.asked_on IS 'Day in Bucharest of his price; null: nobody told';
COMMENT ON COLUMN app.draft_order_lines.supplier_url IS 'The article on the supplier''s site';
COMMENT ON COLUMN app.draft_order_lines.product_url IS 'The product on the seller''s own site';
COMMENT ON COLUMN app.draft_order_lines.image_url IS 'Picture of the product on eMAG';
COMMENT ON COLUMN app.draft_order_lines.for_accounts IS
'Which account gets how many of the proposed pieces, such as fbe 40, main 60; null: a person added the line';
COMMENT ON COLUMN app.draft_order_lines.status IS 'The worst status of the accounts (low_stock_report.status)';
COMMENT ON COLUMN app.draft_order_lines.available_quantity IS 'Pieces that all accounts can promise';
COMMENT ON COLUMN app.draft_order_lines.available_by_account IS 'The same by account, such as fbe 0, main 5';
COMMENT ON COLUMN app.draft_order_lines.on_order_quantity IS 'Pieces that are already on order, of all accounts';
COMMENT ON COLUMN app.draft_order_lines.expected_daily_demand IS 'Pieces a day that all accounts are expected to sell';
COMMENT ON COLUMN app.draft_order_lines.days_of_cover IS 'Days until the first account is sold out';
COMMENT ON COLUMN app.draft_order_lines.ron_at_risk_per_day IS 'What each day of waiting costs, RON, of all accounts';
COMMENT ON COLUMN app.draft_order_lines.order_by_date IS 'Last day in Bucharest on which the order is in time';
COMMENT ON COLUMN app.draft_order_lines.reason IS 'Why, of each account a line';
COMMENT ON COLUMN app.draft_order_lines.reason_ro IS 'The same in Romanian';
COMMENT ON COLUMN app.draft_order_lines.flags IS
'What a buyer should know, as codes of plan_texts joined by "; " (reorder_proposals.flags); null: nothing';
COMMENT ON COLUMN app.draft_order_lines.supplier_rule IS 'Which rule chose the supplier (reorder_proposals)';
COMMENT ON COLUMN app.draft_order_lines.cheapest_supplier_name IS 'Who is cheapest by landed cost at the same need';
COMMENT ON COLUMN app.draft_order_lines.cheapest_landed_unit_cost_ron IS 'His landed cost of a piece, RON';
COMMENT ON COLUMN app.draft_order_lines.expected_on IS
'Day in Bucharest on which the line is expected; null: that of the order';
COMMENT ON COLUMN app.draft_order_lines.note IS 'What a person noted of the line';
COMMENT ON COLUMN app.draft_order_lines.is_edited IS
'Whether a person changed it, so that new proposals leave it as it is';
COMMENT ON COLUMN app.draft_order_lines.edited_by IS 'Who';

CREATE OR REPLACE VIEW app.draft_orders AS
WITH total AS (
    SELECT
        purchase_order_id,
        count(*) AS lines,
        sum(quantity)::bigint AS pieces,
        sum(total) AS value,
        sum(value_ron) AS value_ron,
        sum(total_ron) AS total_ron,
        count(*) FILTER (WHERE total IS NULL) AS lines_not_valued,
        count(*) FILTER (WHERE is_edited) AS edited_lines,
        sum(ron_at_risk_per_day) AS ron_at_risk_per_day,
        min(order_by_date) AS order_by_date,
        min(asked_on) AS oldest_price_on
    FROM app.draft_order_lines
    GROUP BY purchase_order_id
),

terms AS (
    SELECT
        supplier_id,
        shipping,
        max(minimum_order_value_ron) AS minimum_order_value_ron
    FROM app.supplier_offers
    GROUP BY supplier_id, shipping
)

SELECT
    purchase.id AS purchase_order_id,
    purchase.draft_key AS draft_number,
    supplier.canonical_id AS supplier_id,
    supplier.supplier_name,
    purchase.shipping,
    purchase.currency,
    total.lines,
    total.pieces,
    total.value,
    total.value_ron,
    total.total_ron,
    total.lines_not_valued,
    total.edited_lines,
    terms.minimum_order_value_ron,
    -- His least value is of all that is ordered at once, whatever the currency.
    coalesce(
        sum(total.value_ron) OVER (PARTITION BY supplier.canonical_id, purchase.shipping), 0
    ) >= coalesce(terms.minimum_order_value_ron, 0) AS is_minimum_reached,
    total.oldest_price_on,
    total.ron_at_risk_per_day,
    total.order_by_date,
    app.sound_day(purchase.expected_on) AS expected_on,
    purchase.note,
    app.sound_time(purchase.created_at) AS created_at
FROM app.purchase_orders AS purchase
INNER JOIN total ON purchase.id = total.purchase_order_id
LEFT JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
LEFT JOIN terms ON supplier.canonical_id = terms.supplier_id AND purchase.shipping = terms.shipping;
COMMENT ON VIEW app.draft_orders IS
'Open drafts of orders to suppliers, one row each; a draft whose lines are all gone is left out';
COMMENT ON COLUMN app.draft_orders.purchase_order_id IS 'The order (purchase_orders.id)';
COMMENT ON COLUMN app.draft_orders.draft_number IS 'Number of the draft (purchase_orders.draft_key)';
COMMENT ON COLUMN app.draft_orders.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.draft_orders.supplier_name IS 'His name';
COMMENT ON COLUMN app.draft_orders.shipping IS 'Way of shipping';
COMMENT ON COLUMN app.draft_orders.currency IS 'ISO 4217 code of the prices; null: no line has a price';
COMMENT ON COLUMN app.draft_orders.lines IS 'Its lines';
COMMENT ON COLUMN app.draft_orders.pieces IS 'Pieces';
COMMENT ON COLUMN app.draft_orders.value IS 'Pieces at his prices, in currency, without lines_not_valued';
COMMENT ON COLUMN app.draft_orders.value_ron IS 'The same in RON by the newest rate; null: there is none';
COMMENT ON COLUMN app.draft_orders.total_ron IS 'Landed cost, RON; without lines whose cost is not known';
COMMENT ON COLUMN app.draft_orders.lines_not_valued IS 'Lines without a price';
COMMENT ON COLUMN app.draft_orders.edited_lines IS 'Lines that a person changed';
COMMENT ON COLUMN app.draft_orders.minimum_order_value_ron IS
'What his orders have to be worth at least, RON, without freight and duty; null: he asks for nothing';
COMMENT ON COLUMN app.draft_orders.is_minimum_reached IS
'Whether his drafts by this way of shipping are worth that much together';
COMMENT ON COLUMN app.draft_orders.oldest_price_on IS 'Day in Bucharest of the oldest of its prices';
COMMENT ON COLUMN app.draft_orders.ron_at_risk_per_day IS 'What each day of waiting costs, RON';
COMMENT ON COLUMN app.draft_orders.order_by_date IS 'The earliest order_by_date of its lines';
COMMENT ON COLUMN app.draft_orders.expected_on IS 'Day in Bucharest on which the goods are expected';
COMMENT ON COLUMN app.draft_orders.note IS 'What a person noted of the order';
COMMENT ON COLUMN app.draft_orders.created_at IS 'When the draft was made, UTC';

CREATE OR REPLACE VIEW app.purchase_holds AS
WITH newest AS (
    SELECT DISTINCT ON (sku) *
    FROM app.purchase_decisions
    ORDER BY sku, decided_at DESC, purchase_order_id DESC
)

SELECT
    newest.sku,
    CASE WHEN newest.refused_because IS NULL THEN 'snoozed' ELSE 'refused' END AS decision,
    newest.held_until,
    newest.refused_because,
    purchase.draft_key AS draft_number,
    newest.quantity,
    newest.decided_at,
    newest.decided_by,
    CASE WHEN newest.refused_because IS NULL THEN 'snoozed ' ELSE 'refused ' END || newest.held_until AS code
FROM newest
INNER JOIN app.purchase_orders AS purchase ON newest.purchase_order_id = purchase.id
WHERE newest.held_until > (now() AT TIME ZONE 'Europe/Bucharest')::date;
COMMENT ON VIEW app.purchase_holds IS
'SKUs that a person snoozed or refused, and that are therefore not proposed before a day, one row each';
COMMENT ON COLUMN app.purchase_holds.sku IS 'Our SKU';
COMMENT ON COLUMN app.purchase_holds.decision IS 'snoozed: put off until a day; refused: for a reason';
COMMENT ON COLUMN app.purchase_holds.held_until IS 'Day in Bucharest on which it is proposed again';
COMMENT ON COLUMN app.purchase_holds.refused_because IS 'Why; null: it is only put off';
COMMENT ON COLUMN app.purchase_holds.draft_number IS 'The draft that had the line';
COMMENT ON COLUMN app.purchase_holds.quantity IS 'Pieces that the line had';
COMMENT ON COLUMN app.purchase_holds.decided_at IS 'When, UTC';
COMMENT ON COLUMN app.purchase_holds.decided_by IS 'Who';
COMMENT ON COLUMN app.purchase_holds.code IS 'The code of replenishment_needs.blocked, such as snoozed 2027-01-10';
