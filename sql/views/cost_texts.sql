-- The words of landed costs. One row per language and code; a code without words is shown as it is. {} stands for what
-- follows the code after a space, such as the currency of no_rate EUR.
CREATE OR REPLACE VIEW app.cost_texts AS
SELECT
    language,
    code,
    words
FROM (
    VALUES
    -- rule
    ('en', 'preferred', 'preferred supplier'),
    ('ro', 'preferred', 'furnizor preferat'),
    ('en', 'verified', 'verified supplier'),
    ('ro', 'verified', 'furnizor verificat'),
    ('en', 'cheapest', 'cheapest landed cost'),
    ('ro', 'cheapest', 'cel mai mic cost la depozit'),
    ('en', 'only one', 'the only complete offer'),
    ('ro', 'only one', 'singura ofertă completă'),
    ('en', 'cost incomplete', 'no cost is complete'),
    ('ro', 'cost incomplete', 'niciun cost nu este complet'),
    ('en', 'no supplier', 'no supplier offers it'),
    ('ro', 'no supplier', 'niciun furnizor nu îl oferă'),

    -- problem
    ('en', 'no_price', 'he has told no price'),
    ('ro', 'no_price', 'nu a spus niciun preț'),
    ('en', 'no_rate', 'no exchange rate of {} is known'),
    ('ro', 'no_rate', 'nu se cunoaște cursul {}'),
    ('en', 'no_freight_rate', 'no exchange rate of his freight is known'),
    ('ro', 'no_freight_rate', 'nu se cunoaște cursul pentru transport'),
    ('en', 'no_weight', 'freight is by weight, and its weight is not known'),
    ('ro', 'no_weight', 'transportul este pe kg, iar greutatea nu se cunoaște'),
    ('en', 'no_volume', 'freight is by volume, and its volume is not known'),
    ('ro', 'no_volume', 'transportul este pe m³, iar volumul nu se cunoaște'),
    ('en', 'cost_too_large', 'the cost is too large to be true'),
    ('ro', 'cost_too_large', 'costul este prea mare ca să fie real'),

    -- notes
    ('en', 'no_terms', 'his terms are not known: without freight, MOQ and pack'),
    ('ro', 'no_terms', 'condițiile lui nu se cunosc: fără transport, MOQ și ambalaj'),
    ('en', 'no_freight', 'without freight, which nobody told'),
    ('ro', 'no_freight', 'fără transport, pe care nu l-a spus nimeni'),
    ('en', 'no_duty', 'without customs duty, which nobody told'),
    ('ro', 'no_duty', 'fără taxe vamale, pe care nu le-a spus nimeni'),
    ('en', 'spread_assumed', 'the spread of his lead time is assumed'),
    ('ro', 'spread_assumed', 'abaterea termenului de livrare este presupusă'),
    ('en', 'minimum_value_without_rate', 'his least value of an order has no exchange rate'),
    ('ro', 'minimum_value_without_rate', 'valoarea minimă a comenzii nu are curs valutar'),
    ('en', 'rate_old', 'by an old exchange rate'),
    ('ro', 'rate_old', 'după un curs valutar vechi'),
    ('en', 'price_old', 'his price is old: ask again'),
    ('ro', 'price_old', 'prețul lui este vechi: întrebați din nou')
) AS told (language, code, words);
COMMENT ON VIEW app.cost_texts IS 'The words of each code of supplier_offers (rule, problem, notes), in each language';
COMMENT ON COLUMN app.cost_texts.language IS 'en or ro';
COMMENT ON COLUMN app.cost_texts.code IS 'The code';
COMMENT ON COLUMN app.cost_texts.words IS 'Its words; {} stands for what follows the code';

CREATE OR REPLACE FUNCTION app.cost_words(spoken text, codes text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT
        string_agg(
            coalesce(replace(told.words, '{}', substring(each.code FROM ' (.*)$')), told.words, each.code),
            '; ' ORDER BY each.place
        )
    FROM regexp_split_to_table(codes, '; ') WITH ORDINALITY AS each (code, place)
    LEFT JOIN app.cost_texts AS told
        ON
            told.language = spoken
            AND told.code = any(ARRAY[each.code, split_part(each.code, ' ', 1)])
);
COMMENT ON FUNCTION app.cost_words(text, text) IS
'The words of codes joined by "; " (supplier_offers.problem, notes, rule), joined by "; " too; null for null';
