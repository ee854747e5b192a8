-- What an account lacks, why it is not bought, and how a purchase is shared. purchasing/needs.py and shares.py are the
-- same rules in Python and explain them; tests compare the two. Single SELECTs, so that PostgreSQL inlines them.

CREATE OR REPLACE FUNCTION app.raw_need(
    stock bigint, available bigint, reorder_point bigint, maximum bigint, source text, problem text,
    quantity_set bigint, is_unread boolean, is_ordered_elsewhere boolean
) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN is_ordered_elsewhere THEN 0
    WHEN quantity_set IS NOT NULL THEN CASE WHEN available <= reorder_point THEN quantity_set ELSE 0 END
    WHEN is_unread THEN NULL
    WHEN source <> 'manual' AND problem IN ('never_sold', 'not_worth_keeping', 'no_price') THEN 0
    WHEN source IN ('manual', 'demand') AND stock > reorder_point THEN 0
    WHEN source IN ('manual', 'demand') THEN greatest(0, maximum - stock)
    WHEN available > reorder_point THEN 0
END;
COMMENT ON FUNCTION app.raw_need(bigint, bigint, bigint, bigint, text, text, bigint, boolean, boolean) IS
'Pieces that an account lacks, before transfers and rounding; null: a person has to decide. stock: available, on'
' order and in transfer; problem: why demand gives no levels; quantity_set: what a person said to order';

CREATE OR REPLACE FUNCTION app.need_is_blocked(
    raw bigint, available bigint, reorder_point bigint, source text, problem text, quantity_set bigint,
    is_unread boolean, is_ordered_elsewhere boolean, against text, order_anyway boolean
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(
    concat_ws(
        '; ',
        CASE
            WHEN is_ordered_elsewhere THEN 'ordered_elsewhere'
            WHEN raw IS NULL AND is_unread THEN 'stock_unread'
            WHEN raw IS NULL THEN 'not_enough_data'
            -- Not as the code of a supplier who told no price.
            WHEN source <> 'manual' AND quantity_set IS NULL AND available <= reorder_point AND raw = 0
                THEN CASE problem WHEN 'no_price' THEN 'no_price_in_ron' ELSE problem END
        END,
        CASE WHEN NOT is_ordered_elsewhere AND NOT order_anyway AND coalesce(raw, 1) > 0 THEN against END
    ),
    ''
);
COMMENT ON FUNCTION app.need_is_blocked(
    bigint, bigint, bigint, text, text, bigint, boolean, boolean, text, boolean
) IS
'Why a need is not bought, as codes joined by "; "; null: it is, or there is none. against: what speaks against buying'
' it, unless a person wants it all the same';

-- The mean excess of a logistic distribution: close to that of a normal one, and in closed form.
CREATE OR REPLACE FUNCTION app.expected_short(
    stock double precision, mean double precision, variance double precision
) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    scale double precision := greatest(sqrt(variance) * sqrt(3::double precision) / pi(), 1e-9);
    z double precision := (mean - greatest(stock, 0)) / scale;
BEGIN
    RETURN scale * (greatest(z, 0) + ln(1 + exp(-least(abs(z), 700))));
END $$;
COMMENT ON FUNCTION app.expected_short(double precision, double precision, double precision) IS
'Pieces that are expected to be wanted beyond a stock, of a demand with that mean and variance (logistic distribution)';

CREATE OR REPLACE FUNCTION app.capped_quantity(quantity bigint, most bigint, moq bigint, pack bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN quantity <= coalesce(most, quantity) THEN quantity
    WHEN most / pack * pack >= moq THEN most / pack * pack
    ELSE 0
END;
COMMENT ON FUNCTION app.capped_quantity(bigint, bigint, bigint, bigint) IS
'A purchase in whole packs, of no more than most pieces; 0 where even the supplier''s least quantity is more. most'
' null: no cap';
