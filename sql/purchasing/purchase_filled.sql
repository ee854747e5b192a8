-- Puts more of a SKU into the order of a supplier; of one that nothing is lacking of, for the first time.
INSERT INTO planned_purchases (
    sku, raw_quantity, most, stock, mean, variance, margin, order_by_date, ron_at_risk_per_day, is_overdue,
    is_closed, is_never_sold, objections, supplier_id, supplier_name, shipping, supplier_rule, minimum_order_quantity,
    pack_size,
    minimum_order_value_ron, lead_time_source, notes, after_moq, after_pack, quantity, is_filled, is_below_minimum
)
SELECT
    need.sku,
    need.raw_quantity,
    need.most,
    need.stock,
    need.mean,
    need.variance,
    need.margin,
    need.order_by_date,
    need.ron_at_risk_per_day,
    need.is_overdue,
    need.is_closed,
    need.is_never_sold,
    need.objections,
    offer.supplier_id,
    offer.supplier_name,
    offer.shipping,
    offer.rule,
    offer.minimum_order_quantity,
    offer.pack_size,
    offer.minimum_order_value_ron,
    offer.lead_time_source,
    offer.notes,
    0 AS after_moq,
    0 AS after_pack,
    %(quantity)s AS quantity,
    TRUE AS is_filled,
    FALSE AS is_below_minimum
FROM planned_skus AS need
INNER JOIN app.supplier_offers AS offer
    ON need.sku = offer.sku AND offer.supplier_id = %(supplier_id)s AND offer.shipping = %(shipping)s
WHERE need.sku = %(sku)s
ON CONFLICT (sku) DO UPDATE SET quantity = excluded.quantity, is_filled = TRUE;
