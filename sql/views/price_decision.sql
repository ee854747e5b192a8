-- What is concluded from the price of an offer and what eMAG tells of the others'. All prices are without VAT, as eMAG
-- has them; customers compare prices with VAT, in whole bani. purchasing/prices.py has the same rules in Python and
-- explains them; a test compares the two. Each function is a single SELECT, so that PostgreSQL inlines it.

CREATE OR REPLACE FUNCTION app.least_margin() RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    nullif(current_setting('magflow.least_margin', TRUE), '')::numeric,
    (SELECT noted.value FROM app.observations AS noted WHERE noted.name = 'least_margin' AND noted.subject = ''),
    0.1
);
COMMENT ON FUNCTION app.least_margin() IS
'MAGFLOW_LEAST_MARGIN: of this session (SET magflow.least_margin), else as the newest build knew it, else its default';

CREATE OR REPLACE FUNCTION app.market_position(buy_button_rank integer, number_of_offers integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN buy_button_rank > 1 THEN 'lost'
    WHEN buy_button_rank = 1 THEN CASE WHEN number_of_offers <= 1 THEN 'alone' ELSE 'won' END
    ELSE 'no_rank'
END;
COMMENT ON FUNCTION app.market_position(integer, integer) IS
'won: it has the buy button; alone: it has, and nobody else sells the product; lost: others have it; no_rank: eMAG'
' gives it no place, such as without stock';

CREATE OR REPLACE FUNCTION app.market_of(account text, offer_id bigint, moment timestamptz)
RETURNS TABLE (
    buy_button_rank integer, number_of_offers integer, best_price numeric, market_position text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        market.buy_button_rank,
        market.number_of_offers,
        app.sound_price(market.best_offer_sale_price),
        app.market_position(market.buy_button_rank, market.number_of_offers)
    FROM app.emag_offer_market_history AS market
    WHERE
        market.account_type = market_of.account
        AND market.emag_offer_id = market_of.offer_id
        AND market.observed_at <= market_of.moment
    ORDER BY market.observed_at DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION app.market_of(text, bigint, timestamptz) IS
'What eMAG told of the competitors of an offer, as of a time; no row: nothing until then';

CREATE OR REPLACE FUNCTION app.market_since(of_account text, of_offer bigint, in_position text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT min(market.observed_at)
    FROM app.emag_offer_market_history AS market
    WHERE
        market.account_type = of_account
        AND market.emag_offer_id = of_offer
        AND market.observed_at > coalesce(
            (
                SELECT other.observed_at
                FROM app.emag_offer_market_history AS other
                WHERE
                    other.account_type = of_account
                    AND other.emag_offer_id = of_offer
                    AND app.market_position(other.buy_button_rank, other.number_of_offers)
                    <> in_position
                ORDER BY other.observed_at DESC
                LIMIT 1
            ),
            '-infinity'
        )
);
COMMENT ON FUNCTION app.market_since(text, bigint, text) IS
'Since when an offer has been in the position that it is in (app.market_position)';

CREATE OR REPLACE FUNCTION app.market_crossing(
    position_before text, position_now text, offers_before integer, offers_now integer
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN position_before IN ('won', 'alone') AND position_now = 'lost' THEN 'lost'
    WHEN position_before = 'lost' AND position_now IN ('won', 'alone') THEN 'won'
    WHEN position_before <> 'no_rank' AND position_now <> 'no_rank' AND offers_now > offers_before
        THEN 'new_competitor'
END;
COMMENT ON FUNCTION app.market_crossing(text, text, integer, integer) IS
'What happened to an offer between two times: lost, won (the buy button), new_competitor; null: none of them, or it was'
' not in the race at one of them';

-- Forints have no smaller coin.
CREATE OR REPLACE FUNCTION app.price_places(currency text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE currency WHEN 'HUF' THEN 0 ELSE 2 END;
COMMENT ON FUNCTION app.price_places(text) IS 'Decimal places of the prices that customers see in a currency';

CREATE OR REPLACE FUNCTION app.price_with_vat(price numeric, vat_rate numeric, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(price * (1 + vat_rate), app.price_places(currency));
COMMENT ON FUNCTION app.price_with_vat(numeric, numeric, text) IS
'What a customer pays, in whole bani, cents or forints; null where the price is not known';

CREATE OR REPLACE FUNCTION app.winning_price(
    best_price numeric, vat_rate numeric, currency text, maximum_price numeric
) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN best_price IS NOT NULL
        THEN app.sound_price(
            least(
                round(
                    (app.price_with_vat(best_price, vat_rate, currency) - 10.0 ^ -app.price_places(currency))
                    / (1 + vat_rate),
                    4
                ),
                maximum_price
            )
        )
END;
COMMENT ON FUNCTION app.winning_price(numeric, numeric, text, numeric) IS
'The highest price without VAT that a customer sees below best_price, and that is not above maximum_price: a ban, cent'
' or forint less with VAT. Null where nothing is below';

CREATE OR REPLACE FUNCTION app.raised_price(floor_price numeric, vat_rate numeric, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(
    ceil(floor_price * (1 + vat_rate) * 10.0 ^ app.price_places(currency))
    / 10.0 ^ app.price_places(currency) / (1 + vat_rate),
    4
);
COMMENT ON FUNCTION app.raised_price(numeric, numeric, text) IS
'The lowest price without VAT, not below floor_price, of which a customer pays whole bani, cents or forints';

CREATE OR REPLACE FUNCTION app.price_suggestion(
    is_sellable boolean, is_in_stock boolean, market_position text, price numeric, best_price numeric,
    winning_price numeric, minimum_price numeric, maximum_price numeric, least_price numeric, raised_price numeric
) RETURNS TABLE (code text, price numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        decided.code,
        CASE
            WHEN decided.code = 'lower_price' THEN winning_price
            WHEN
                decided.code IN ('below_minimum', 'below_least_price')
                AND (raised_price > maximum_price) IS NOT TRUE
                THEN raised_price
        END
    FROM (
        SELECT CASE
            WHEN NOT is_sellable OR price_suggestion.price IS NULL THEN 'not_sellable'
            WHEN NOT is_in_stock THEN 'out_of_stock'
            WHEN price_suggestion.price < minimum_price THEN 'below_minimum'
            WHEN price_suggestion.price < least_price THEN 'below_least_price'
            WHEN market_position IS NULL THEN 'no_market_data'
            WHEN market_position IN ('won', 'alone') THEN 'keep_price'
            WHEN market_position = 'no_rank' AND (best_price < price_suggestion.price) IS NOT TRUE THEN 'no_rank'
            WHEN winning_price IS NULL THEN 'no_winning_price'
            WHEN price_suggestion.price <= winning_price THEN 'not_by_price'
            WHEN winning_price < least_price THEN 'do_not_follow'
            WHEN winning_price < minimum_price THEN 'minimum_in_the_way'
            WHEN least_price IS NULL THEN 'cost_not_known'
            ELSE 'lower_price'
        END AS code
    ) AS decided
$$;
COMMENT ON FUNCTION app.price_suggestion(
    boolean, boolean, text, numeric, numeric, numeric, numeric, numeric, numeric, numeric
) IS
'What a person could do with a price, as a code of price_texts, and the price to enter (null: leave it). Nothing is'
' written to eMAG';

-- A template names its parts, and format() only knows positions: names become positions once per statement.
CREATE OR REPLACE FUNCTION app.price_templates(wanted text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    part text;
    place integer := 1;
    texts text;
BEGIN
    -- Of two templates with one code the last one stays.
    SELECT jsonb_object_agg(code, replace(words, '%', '%%') ORDER BY language = wanted) INTO texts
    FROM app.price_texts
    WHERE language IN ('en', wanted);
    FOREACH part IN ARRAY ARRAY[
        'currency', 'price', 'best', 'percent', 'place', 'since', 'winning', 'minimum', 'maximum', 'least', 'margin',
        'suggested', 'with_vat', 'left', 'problem'
    ] LOOP
        texts := replace(texts, '{' || part || '}', '%' || place || '$s');
        place := place + 1;
    END LOOP;
    RETURN texts;
END $$;
COMMENT ON FUNCTION app.price_templates(text) IS 'The words of price_texts by code, as app.price_sentence takes them';

CREATE OR REPLACE FUNCTION app.price_amount(amount numeric, mark text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(round(amount, greatest(2, scale(trim_scale(amount))))::text, '.', mark);
COMMENT ON FUNCTION app.price_amount(numeric, text) IS
'A price with all of its decimals, at least two, after the mark of a language';

CREATE OR REPLACE FUNCTION app.price_sentence(
    texts jsonb, code text, market_position text, crossed text, currency text, price numeric, best_price numeric,
    difference_percent numeric, buy_button_rank integer, number_of_offers integer, since timestamptz,
    winning_price numeric, minimum_price numeric, maximum_price numeric, least_price numeric, least_margin numeric,
    suggested_price numeric, suggested_with_vat numeric, margin_ron numeric, problem text
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT format(
        concat_ws(
            ' ',
            texts ->> CASE WHEN since IS NOT NULL THEN 'say_' || market_position END,
            texts ->> ('say_crossed_' || crossed),
            texts ->> CASE
                WHEN price IS NULL THEN 'say_no_price'
                WHEN best_price IS NULL THEN 'say_no_best_price'
                WHEN price = best_price THEN 'say_same'
                WHEN price > best_price THEN 'say_dearer'
                ELSE 'say_cheaper'
            END,
            texts ->> ('say_' || code),
            texts ->> CASE
                WHEN code = 'lower_price' THEN 'say_with_vat'
                WHEN code NOT IN ('below_minimum', 'below_least_price') THEN NULL
                WHEN suggested_price IS NULL THEN 'say_maximum_in_the_way'
                ELSE 'say_raise'
            END
        ),
        currency,
        app.price_amount(price, shown.mark),
        app.price_amount(best_price, shown.mark),
        replace(abs(difference_percent)::text, '.', shown.mark),
        concat_ws(texts ->> 'of', buy_button_rank, number_of_offers),
        to_char(since AT TIME ZONE 'Europe/Bucharest', texts ->> 'time_format'),
        app.price_amount(winning_price, shown.mark),
        app.price_amount(minimum_price, shown.mark),
        app.price_amount(maximum_price, shown.mark),
        app.price_amount(least_price, shown.mark),
        replace(trim_scale(least_margin * 100)::text, '.', shown.mark),
        app.price_amount(suggested_price, shown.mark),
        app.price_amount(suggested_with_vat, shown.mark),
        replace(round(margin_ron, 2)::text, '.', shown.mark),
        (
            SELECT string_agg(coalesce(replace(texts ->> ('problem_' || each.code), '%%', '%'), each.code), '; ')
            FROM regexp_split_to_table(problem, '; ') AS each (code)
        )
    )
    FROM (SELECT texts ->> 'decimal_mark' AS mark) AS shown
$$;
COMMENT ON FUNCTION app.price_sentence IS
'Why a row of price_position says what it says, in the language of texts, from the numbers and codes of the row';
