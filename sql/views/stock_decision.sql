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

CREATE OR REPLACE FUNCTION app.stock_decision(
    available bigint, on_order bigint, minimum bigint, reorder_point bigint, maximum bigint, quantity_set bigint,
    is_sellable boolean, is_unread boolean, is_ordered_elsewhere boolean
) RETURNS TABLE (status text, reason_code text, reorder_quantity bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        stock.status,
        chosen.reason_code,
        CASE chosen.reason_code
            WHEN 'up_to_maximum' THEN greatest(0, maximum - available - on_order)
            WHEN 'set_by_hand' THEN quantity_set
            ELSE 0
        END
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
            WHEN NOT is_sellable AND stock.status IN ('out_of_stock', 'critical', 'low_stock') THEN 'not_sellable'
            WHEN is_unread AND quantity_set IS NULL THEN 'stock_unread'
            WHEN stock.status IN ('in_stock', 'overstock') THEN 'nothing_to_order'
            WHEN is_ordered_elsewhere THEN 'ordered_elsewhere'
            WHEN quantity_set IS NOT NULL THEN 'set_by_hand'
            ELSE 'up_to_maximum'
        END
    ) AS chosen (reason_code)
$$;
COMMENT ON FUNCTION app.stock_decision(bigint, bigint, bigint, bigint, bigint, bigint, boolean, boolean, boolean) IS
'Status of a stock, how many pieces to order, and what decided that';
