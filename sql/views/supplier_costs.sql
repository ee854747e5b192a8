-- What a supplier's article costs, and when an order of it arrives. suppliers/costs.py has the same rules in Python and
-- explains them; tests compare the two.

CREATE OR REPLACE FUNCTION app.lead_time_spread_days() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 10;
COMMENT ON FUNCTION app.lead_time_spread_days() IS
'Standard deviation of app.lead_time_days(), of every supplier of whom nothing else is known';

CREATE OR REPLACE FUNCTION app.rounded_quantity(raw bigint, moq bigint, pack bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN raw > 0 THEN (greatest(raw, moq) + coalesce(pack, 1) - 1) / coalesce(pack, 1) * coalesce(pack, 1)
    WHEN raw <= 0 THEN 0
END;
COMMENT ON FUNCTION app.rounded_quantity(bigint, bigint, bigint) IS
'Pieces to order for a need of raw: raised to the supplier''s least quantity, then up to whole packs; 0 for none, null'
' for a need that is not known';

-- Rounded once: the product is exact in 20 places.
CREATE OR REPLACE FUNCTION app.landed_cost(
    unit_price numeric, rate numeric, freight_per_piece numeric, freight_per_order numeric, duty_rate numeric,
    quantity bigint
) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN app.sound_cost(
    round(
        (
            ((unit_price * rate + freight_per_piece) * quantity + freight_per_order) * (1 + coalesce(duty_rate, 0))
        )::numeric(90, 20) / quantity,
        4
    )
);
COMMENT ON FUNCTION app.landed_cost(numeric, numeric, numeric, numeric, numeric, bigint) IS
'RON of a piece when it is in the warehouse: (price + freight) x (1 + duty). unit_price in a currency of which one'
' unit costs rate RON, freight in RON, duty_rate null: nobody told. Null where a part is, or from 10000000000 on';

CREATE OR REPLACE FUNCTION app.cost_problem(
    unit_price numeric, currency text, rate numeric, landed numeric, freight_problem text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN landed IS NULL
        THEN concat_ws(
            '; ',
            CASE
                WHEN unit_price IS NULL THEN 'no_price'
                WHEN rate IS NULL THEN 'no_rate ' || currency
                WHEN freight_problem IS NULL THEN 'cost_too_large'
            END,
            freight_problem
        )
END;
COMMENT ON FUNCTION app.cost_problem(numeric, text, numeric, numeric, text) IS
'Why there is no landed cost, as codes of cost_texts joined by "; "; null where there is one';

-- A single SELECT of index look-ups, so that PostgreSQL inlines it.
CREATE OR REPLACE FUNCTION app.landed_unit_cost(sku text, supplier_id bigint, shipping text, quantity bigint)
RETURNS TABLE (
    landed_unit_cost_ron numeric, unit_price numeric, currency text, rate numeric, rate_date date, problem text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        landed.cost,
        price.unit_price,
        price.currency,
        price.rate,
        price.rate_date,
        app.cost_problem(price.unit_price, price.currency, price.rate, landed.cost, offer.freight_problem)
    FROM app.supplier_offers AS offer
    LEFT JOIN LATERAL (
        SELECT
            told.unit_price,
            told.currency,
            told.rate,
            told.rate_date
        FROM app.supplier_unit_prices AS told
        WHERE
            told.sku = offer.sku
            AND told.supplier_id = offer.supplier_id
            AND told.minimum_quantity <= landed_unit_cost.quantity
        ORDER BY told.minimum_quantity DESC
        LIMIT 1
    ) AS price ON TRUE
    CROSS JOIN
        LATERAL app.landed_cost(
            price.unit_price,
            price.rate,
            offer.freight_per_piece_ron,
            offer.freight_per_order_ron,
            offer.duty_rate,
            landed_unit_cost.quantity
        ) AS landed (cost)
    WHERE
        offer.sku = landed_unit_cost.sku
        AND offer.supplier_id = landed_unit_cost.supplier_id
        AND offer.shipping = landed_unit_cost.shipping
$$;
COMMENT ON FUNCTION app.landed_unit_cost(text, bigint, text, bigint) IS
'Landed cost in RON of a piece of an offer at a quantity above 0, its price there with currency and rate, and what is'
' missing for it (cost_problem). No row: there is no such offer';
