-- What eMAG keeps of a sale, what is left of it, and the least price that leaves enough: the one place of this
-- arithmetic, for levels and for prices. purchasing/prices.py has the same rules in Python; a test compares them. Each
-- function is a single SELECT, so that PostgreSQL inlines it.

CREATE OR REPLACE FUNCTION app.fees_of(account text, category text)
RETURNS TABLE (commission_rate numeric, fulfilment_fee_ron numeric)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        (
            SELECT told.commission_rate FROM app.marketplace_fees AS told
            WHERE
                told.account_type IN ('', fees_of.account)
                AND told.category IN ('', fees_of.category)
                AND told.commission_rate IS NOT NULL
            ORDER BY told.category = '', told.account_type = ''
            LIMIT 1
        ),
        (
            SELECT told.fulfilment_fee_ron FROM app.marketplace_fees AS told
            WHERE
                told.account_type IN ('', fees_of.account)
                AND told.category IN ('', fees_of.category)
                AND told.fulfilment_fee_ron IS NOT NULL
            ORDER BY told.category = '', told.account_type = ''
            LIMIT 1
        )
$$;
COMMENT ON FUNCTION app.fees_of(text, text) IS
'What eMAG keeps of a sale of an account in a category, each number from the most exact row of marketplace_fees that'
' has it: account and category, category, account, all. Null: nobody told';

-- The fee for fulfilment is eMAG's: a seller who ships himself has none unless somebody told one.
CREATE OR REPLACE FUNCTION app.fee_paid(kind text, fulfilment_fee_ron numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind WHEN 'fbe' THEN fulfilment_fee_ron ELSE coalesce(fulfilment_fee_ron, 0) END;
COMMENT ON FUNCTION app.fee_paid(text, numeric) IS
'RON that eMAG keeps of each piece for its fulfilment, of an account of this kind (main or fbe); null: nobody told';

CREATE OR REPLACE FUNCTION app.margin_left(
    price_ron numeric, commission_rate numeric, fee_ron numeric, landed_unit_cost_ron numeric
) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (price_ron * (1 - commission_rate) - landed_unit_cost_ron - fee_ron)::numeric(20, 4);
COMMENT ON FUNCTION app.margin_left(numeric, numeric, numeric, numeric) IS
'RON that a piece sold at this price without VAT leaves after commission, fulfilment fee (app.fee_paid) and landed'
' cost; null where one is not known';

CREATE OR REPLACE FUNCTION app.least_price(
    landed_unit_cost_ron numeric, commission_rate numeric, fee_ron numeric, least_margin numeric, rate numeric
) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN commission_rate + least_margin < 1
        THEN app.sound_price(
            -- One division, in 20 places: of two the first would be rounded.
            ceil(
                (landed_unit_cost_ron + fee_ron)::numeric(90, 20)
                / ((1 - commission_rate - least_margin) * rate)
                * 10000
            ) / 10000
        )
END;
COMMENT ON FUNCTION app.least_price(numeric, numeric, numeric, numeric, numeric) IS
'The least price without VAT, in a currency of which one unit is rate RON, of which least_margin is left after'
' commission, fulfilment fee (app.fee_paid) and landed cost. Null where one is not known, or no price leaves so much';

CREATE OR REPLACE FUNCTION app.least_price_gap(
    least_price numeric, landed_unit_cost_ron numeric, commission_rate numeric, fee_ron numeric, rate numeric
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN least_price IS NULL
        THEN coalesce(
            nullif(
                concat_ws(
                    '; ',
                    CASE WHEN rate IS NULL THEN 'no_rate' END,
                    CASE WHEN landed_unit_cost_ron IS NULL THEN 'no_landed_cost' END,
                    CASE WHEN commission_rate IS NULL THEN 'no_commission' END,
                    CASE WHEN fee_ron IS NULL THEN 'no_fulfilment_fee' END
                ),
                ''
            ),
            'no_price_is_enough'
        )
END;
COMMENT ON FUNCTION app.least_price_gap(numeric, numeric, numeric, numeric, numeric) IS
'Why there is no least price, as codes of price_texts (problem_) joined by "; "; null where there is one';
