-- Stock status and the pieces to order: purchasing/stock.py is the same rule in Python and explains it; a test compares
-- the two over thousands of rows. A single SELECT, so that PostgreSQL inlines it.

-- The quantity is the account's share of a purchase (reorder_shares), and is not computed a second time: what is
-- decided here is the status, and which sentence says why.
CREATE OR REPLACE FUNCTION app.stock_decision(
    available bigint, inventory_position bigint, minimum bigint, reorder_point bigint, maximum bigint,
    quantity_set bigint, is_sellable boolean, is_unread boolean, is_ordered_elsewhere boolean, problem text, raw bigint,
    transferred bigint, share bigint, purchase bigint, blocked text
) RETURNS TABLE (status text, reason_code text, reorder_quantity bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        stock.status,
        chosen.reason_code,
        CASE WHEN chosen.reason_code <> 'decide_yourself' THEN coalesce(share, 0) END
    FROM (
        SELECT CASE
            WHEN available <= 0 THEN 'out_of_stock'
            WHEN available <= minimum THEN 'critical'
            WHEN available <= reorder_point THEN 'low_stock'
            WHEN available >= maximum THEN 'overstock'
            ELSE 'in_stock'
        END
    ) AS stock (status)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN share > 0 AND quantity_set > 0 THEN 'set_by_hand'
            WHEN share > 0 THEN 'to_order'
            WHEN stock.status IN ('in_stock', 'overstock') THEN 'nothing_to_order'
            WHEN NOT is_sellable THEN 'not_sellable'
            WHEN is_unread AND quantity_set IS NULL THEN 'stock_unread'
            WHEN is_ordered_elsewhere THEN 'ordered_elsewhere'
            WHEN quantity_set = 0 THEN 'set_by_hand'
            WHEN raw IS NULL THEN 'decide_yourself'
            WHEN raw = 0 AND problem = 'no_price' THEN 'price_unknown'
            WHEN raw = 0 AND problem IN ('never_sold', 'not_worth_keeping') THEN problem
            WHEN blocked <> '' THEN 'not_proposed'
            WHEN raw > 0 AND transferred >= raw THEN 'transferred'
            WHEN raw > 0 AND purchase = 0 THEN 'lasts_too_long'
            WHEN raw > 0 THEN 'to_order'
            WHEN inventory_position > reorder_point THEN 'on_its_way'
            ELSE 'nothing_to_order'
        END
    ) AS chosen (reason_code)
$$;
COMMENT ON FUNCTION app.stock_decision IS
'Status of a stock, which reason its quantity has, and that quantity: share, or null where a person has to decide.'
' problem: why demand gives no levels, null where a person set them; inventory_position: available, on order and in'
' transfer';
