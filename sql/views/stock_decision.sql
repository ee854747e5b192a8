-- Stock status, whether an offer can be sold, and the pieces to order: purchasing/stock.py and catalogue/sellable.py
-- are the same rules in Python and explain them; a test compares the two over thousands of rows. Each function is a
-- single SELECT, so that PostgreSQL inlines it.

CREATE OR REPLACE FUNCTION app.not_sellable_codes(
    status smallint, price numeric, documentation smallint[], offer_validation smallint, translation smallint[],
    is_hidden boolean
) RETURNS TABLE (codes text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(
        nullif(
            concat_ws(
                '; ',
                CASE WHEN status = 2 THEN 'status 2' WHEN status <> 1 THEN 'status 0' END,
                CASE WHEN price IS NULL THEN 'no price' END,
                CASE
                    WHEN documentation && '{0,1,2,4,5,6,8,10}' THEN (
                        SELECT string_agg('validation ' || code, '; ' ORDER BY code)
                        FROM (SELECT DISTINCT code FROM unnest(documentation) AS code) AS sent
                        WHERE code = any('{0,1,2,4,5,6,8,10}')
                    )
                END,
                CASE WHEN offer_validation = 2 THEN 'offer validation 2' END
            ),
            ''
        ),
        CASE
            WHEN is_hidden AND translation && '{0,1,2,4,5,6,8,10,13,14,15,16}' THEN (
                SELECT string_agg('translation validation ' || code, '; ' ORDER BY code)
                FROM (SELECT DISTINCT code FROM unnest(translation) AS code) AS sent
                WHERE code = any('{0,1,2,4,5,6,8,10,13,14,15,16}')
            )
        END,
        CASE WHEN is_hidden THEN 'hidden' END
    )
$$;
COMMENT ON FUNCTION app.not_sellable_codes(smallint, numeric, smallint[], smallint, smallint[], boolean) IS
'Why no customer can buy an offer, as codes of report_texts joined by "; "; null when one can, stock aside';

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
