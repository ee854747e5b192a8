-- The words of the report. One row per language and code; a code that a language lacks is shown in English. A third
-- language needs rows here only: app.low_stock_sentences takes its code. app.filled replaces the names in braces.
CREATE OR REPLACE VIEW app.report_texts AS
SELECT
    language,
    code,
    template
FROM (
    VALUES
    -- The comparison that decided the status, by status
    ('en', 'out_of_stock', '{pieces} available <= 0: out of stock.'),
    ('ro', 'out_of_stock', '{pieces} disponibile <= 0: stoc epuizat.'),
    ('en', 'critical', '{pieces} available <= minimum {minimum}: critical.'),
    ('ro', 'critical', '{pieces} disponibile <= minim {minimum}: stoc critic.'),
    ('en', 'low_stock', '{pieces} available <= reorder point {reorder_point}: low stock.'),
    ('ro', 'low_stock', '{pieces} disponibile <= prag de comandă {reorder_point}: stoc scăzut.'),
    ('en', 'in_stock', '{pieces} available > reorder point {reorder_point}: in stock.'),
    ('ro', 'in_stock', '{pieces} disponibile > prag de comandă {reorder_point}: în stoc.'),
    ('en', 'overstock', '{pieces} available >= maximum {maximum}: overstock.'),
    ('ro', 'overstock', '{pieces} disponibile >= maxim {maximum}: suprastoc.'),
    ('en', 'at_least', 'At least {available}'),
    ('ro', 'at_least', 'Cel puțin {available}'),

    -- Where the levels are from, by level_source, of defaults by level_problem
    ('en', 'levels_manual', 'Levels set by hand.'),
    ('ro', 'levels_manual', 'Niveluri stabilite manual.'),
    (
        'en', 'levels_demand',
        'Levels from demand: {demand} a day, {lead} ± {spread} days until an order is there ({lead_source}), {chance} %'
        ' chance taken that a piece more would have sold.'
    ),
    (
        'ro', 'levels_demand',
        'Niveluri după cerere: {demand} pe zi, {lead} ± {spread} zile până sosește o comandă ({lead_source}), șansă'
        ' asumată de {chance} % ca o bucată în plus să se fi vândut.'
    ),
    (
        'en', 'closed',
        'An order of the next review comes {closed} days later, because its supplier is closed.'
    ),
    (
        'ro', 'closed',
        'O comandă de la următoarea verificare sosește cu {closed} zile mai târziu, fiindcă furnizorul este închis.'
    ),
    ('en', 'lead_receipts', 'learned from receipts'),
    ('ro', 'lead_receipts', 'din recepțiile de până acum'),
    ('en', 'lead_terms', 'by the supplier''s terms'),
    ('ro', 'lead_terms', 'din condițiile furnizorului'),
    ('en', 'lead_default', 'assumed, nobody entered it'),
    ('ro', 'lead_default', 'presupus, nu l-a introdus nimeni'),
    ('en', 'levels_default', 'Levels are defaults: those from demand are not computed yet.'),
    ('ro', 'levels_default', 'Nivelurile sunt cele implicite: cele după cerere nu sunt calculate încă.'),
    ('en', 'levels_not_enough_data', 'Levels are defaults: there is not enough data of its sales yet.'),
    ('ro', 'levels_not_enough_data', 'Nivelurile sunt cele implicite: încă nu sunt destule date despre vânzări.'),
    ('en', 'levels_never_sold', 'Levels are defaults: it never sold.'),
    ('ro', 'levels_never_sold', 'Nivelurile sunt cele implicite: nu s-a vândut niciodată.'),
    ('en', 'levels_no_price', 'Levels are defaults: its price in RON is not known.'),
    ('ro', 'levels_no_price', 'Nivelurile sunt cele implicite: prețul în RON nu se cunoaște.'),
    ('en', 'levels_not_worth_keeping', 'For what it sells and earns, it is not worth keeping in stock.'),
    ('ro', 'levels_not_worth_keeping', 'La cât se vinde și cât aduce, nu merită ținut pe stoc.'),

    -- The order, by reason_code
    ('en', 'nothing_to_order', 'Nothing to order.'),
    ('ro', 'nothing_to_order', 'Nimic de comandat.'),
    ('en', 'to_order', 'Order {quantity} from {supplier}.'),
    ('ro', 'to_order', 'De comandat {quantity} de la {supplier}.'),
    ('en', 'to_order_nobody', 'Order {quantity}; no supplier is known.'),
    ('ro', 'to_order_nobody', 'De comandat {quantity}; nu se cunoaște niciun furnizor.'),
    ('en', 'set_by_hand', 'Order {quantity}, as set by hand.'),
    ('ro', 'set_by_hand', 'De comandat {quantity}, stabilit manual.'),
    (
        'en', 'on_its_way',
        'Order 0: available {available} + on order {on_order} + in transfer {in_transfer} = {position}, above the'
        ' reorder point {reorder_point}.'
    ),
    (
        'ro', 'on_its_way',
        'De comandat 0: disponibil {available} + în comandă {on_order} + în transfer {in_transfer} = {position}, peste'
        ' pragul de comandă {reorder_point}.'
    ),
    ('en', 'lasts_too_long', 'Order 0: even the least quantity {moq} of {supplier} would last too long.'),
    (
        'ro', 'lasts_too_long',
        'De comandat 0: chiar și cantitatea minimă {moq} de la {supplier} ar ajunge prea mult timp.'
    ),
    ('en', 'transferred', 'Nothing is left to order.'),
    ('ro', 'transferred', 'Nu mai rămâne nimic de comandat.'),
    ('en', 'never_sold', 'Order 0: what never sold is not ordered on its own.'),
    ('ro', 'never_sold', 'De comandat 0: ce nu s-a vândut niciodată nu se comandă de la sine.'),
    ('en', 'not_worth_keeping', 'Order 0: what is not worth keeping is not ordered on its own.'),
    ('ro', 'not_worth_keeping', 'De comandat 0: ce nu merită ținut pe stoc nu se comandă de la sine.'),
    ('en', 'price_unknown', 'Order 0: without a price in RON it is not ordered on its own.'),
    ('ro', 'price_unknown', 'De comandat 0: fără preț în RON nu se comandă de la sine.'),
    ('en', 'decide_yourself', 'Decide yourself how many to order.'),
    ('ro', 'decide_yourself', 'Hotărâți dumneavoastră câte se comandă.'),
    ('en', 'not_proposed', 'Order 0: {why}.'),
    ('ro', 'not_proposed', 'De comandat 0: {why}.'),
    ('en', 'ordered_elsewhere', 'Order 0: the same pieces are ordered with account {account}.'),
    ('ro', 'ordered_elsewhere', 'De comandat 0: aceleași bucăți se comandă cu contul {account}.'),
    ('en', 'stock_unread', 'Order 0: what eMAG sent for its stock is no number, count it.'),
    ('ro', 'stock_unread', 'De comandat 0: eMAG nu a trimis un număr ca stoc, numărați-l.'),
    ('en', 'not_sellable', 'Order 0: it cannot be sold: {why}.'),
    ('ro', 'not_sellable', 'De comandat 0: nu se poate vinde: {why}.'),

    -- What is around the order
    (
        'en', 'missing',
        '{raw} missing = maximum {maximum} - available {available} - on order {on_order} - in transfer {in_transfer}.'
    ),
    (
        'ro', 'missing',
        'Lipsesc {raw} = maxim {maximum} - disponibil {available} - în comandă {on_order} - în transfer {in_transfer}.'
    ),
    ('en', 'sent_away', '{sent_away} of what is in stock have already left for another account.'),
    ('ro', 'sent_away', '{sent_away} din stoc au plecat deja spre alt cont.'),
    ('en', 'transfer', 'First move {transfer} here from {from}.'),
    ('ro', 'transfer', 'Mai întâi mutați aici {transfer} din {from}.'),
    (
        'en', 'purchase',
        'All accounts together lack {lacking}: with the supplier''s least quantity {moq} and packs of {pack},'
        ' {purchase} are bought.'
    ),
    (
        'ro', 'purchase',
        'Tuturor conturilor le lipsesc {lacking}: cu cantitatea minimă {moq} și pachete de {pack} se cumpără'
        ' {purchase}.'
    ),
    ('en', 'purchase_shared', 'They are part of {purchase} for all accounts.'),
    ('ro', 'purchase_shared', 'Fac parte din {purchase} pentru toate conturile.'),
    (
        'en', 'purchase_capped',
        'All accounts together lack {lacking}: packs of {pack} and the supplier''s least quantity {moq} would last too'
        ' long, {purchase} are bought.'
    ),
    (
        'ro', 'purchase_capped',
        'Tuturor conturilor le lipsesc {lacking}: cu pachete de {pack} și cantitatea minimă {moq} ar ajunge prea mult'
        ' timp, se cumpără {purchase}.'
    ),
    (
        'en', 'purchase_filled',
        'All accounts together lack {lacking}: so that the order reaches the supplier''s least value, {purchase} are'
        ' bought.'
    ),
    (
        'ro', 'purchase_filled',
        'Tuturor conturilor le lipsesc {lacking}: ca să se atingă valoarea minimă la furnizor, se cumpără {purchase}.'
    ),
    ('en', 'cost_incomplete', 'Cost incomplete: {cost_problem}.'),
    ('ro', 'cost_incomplete', 'Cost incomplet: {cost_problem}.'),
    (
        'en', 'cheaper',
        '{cheapest} would be cheaper: {cheapest_cost} RON a piece in the warehouse instead of {cost} RON.'
    ),
    (
        'ro', 'cheaper',
        '{cheapest} ar fi mai ieftin: {cheapest_cost} RON bucata ajunsă în depozit, în loc de {cost} RON.'
    ),
    ('en', 'order_by', 'Last day to order in time: {order_by}.'),
    ('ro', 'order_by', 'Ultima zi pentru o comandă la timp: {order_by}.'),
    ('en', 'order_by_late', 'It is late since {order_by}, the last day to order in time: order today.'),
    (
        'ro', 'order_by_late',
        'Este târziu din {order_by}, ultima zi pentru o comandă la timp: comandați astăzi.'
    ),
    ('en', 'overdue', '{overdue} on order are overdue.'),
    ('ro', 'overdue', '{overdue} din cele comandate au întârziat.'),
    ('en', 'decimal_mark', '.'),
    ('ro', 'decimal_mark', ','),
    ('en', 'day_format', 'YYYY-MM-DD'),
    ('ro', 'day_format', 'DD.MM.YYYY'),

    -- Levels that were changed, values left out, stale stock
    ('en', 'default_minimum', 'The usual minimum {level} contradicts what was set by hand: {used} is used.'),
    (
        'ro', 'default_minimum',
        'Valoarea obișnuită minim {level} contrazice ce s-a stabilit manual: se folosește {used}.'
    ),
    (
        'en', 'default_reorder_point',
        'The usual reorder point {level} contradicts what was set by hand: {used} is used.'
    ),
    (
        'ro', 'default_reorder_point',
        'Valoarea obișnuită prag de comandă {level} contrazice ce s-a stabilit manual: se folosește {used}.'
    ),
    ('en', 'default_maximum', 'The usual maximum {level} contradicts what was set by hand: {used} is used.'),
    (
        'ro', 'default_maximum',
        'Valoarea obișnuită maxim {level} contrazice ce s-a stabilit manual: se folosește {used}.'
    ),
    (
        'en', 'set_minimum',
        'The minimum {level} set by hand contradicts another level set by hand: {used} is used.'
    ),
    (
        'ro', 'set_minimum',
        'Valoarea minim {level} stabilită manual contrazice alt nivel stabilit manual: se folosește {used}.'
    ),
    (
        'en', 'set_reorder_point',
        'The reorder point {level} set by hand contradicts another level set by hand: {used} is used.'
    ),
    (
        'ro', 'set_reorder_point',
        'Valoarea prag de comandă {level} stabilită manual contrazice alt nivel stabilit manual: se folosește {used}.'
    ),
    (
        'en', 'set_maximum',
        'The maximum {level} set by hand contradicts another level set by hand: {used} is used.'
    ),
    (
        'ro', 'set_maximum',
        'Valoarea maxim {level} stabilită manual contrazice alt nivel stabilit manual: se folosește {used}.'
    ),
    ('en', 'left_out', '{value} cannot be and is left out.'),
    ('ro', 'left_out', '{value} nu este posibil și este ignorat.'),
    (
        'en', 'stock_stale',
        'Its stock is old, as of {since} Europe/Bucharest: newer rows of the offer could not be stored.'
    ),
    (
        'ro', 'stock_stale',
        'Stocul este vechi, din {since} Europe/Bucharest: rândurile mai noi ale ofertei nu au putut fi salvate.'
    ),

    -- Why it cannot be sold: eMAG's status and validation codes that forbid the sale, and no others
    ('en', 'status 0', 'the offer is inactive'),
    ('ro', 'status 0', 'oferta este inactivă'),
    ('en', 'status 2', 'the offer is at its end of life'),
    ('ro', 'status 2', 'oferta este scoasă definitiv din vânzare'),
    ('en', 'no price', 'it has no price'),
    ('ro', 'no price', 'nu are preț'),
    ('en', 'validation 0', 'its documentation is a draft'),
    ('ro', 'validation 0', 'documentația este o ciornă'),
    ('en', 'validation 1', 'eMAG is validating its documentation'),
    ('ro', 'validation 1', 'documentația este în validare la eMAG'),
    ('en', 'validation 2', 'its brand waits for eMAG''s validation'),
    ('ro', 'validation 2', 'marca așteaptă validarea eMAG'),
    ('en', 'validation 4', 'its new documentation waits for eMAG''s validation'),
    ('ro', 'validation 4', 'documentația nouă așteaptă validarea eMAG'),
    ('en', 'validation 5', 'eMAG rejected its brand'),
    ('ro', 'validation 5', 'eMAG a respins marca'),
    ('en', 'validation 6', 'eMAG rejected its EAN'),
    ('ro', 'validation 6', 'eMAG a respins codul EAN'),
    ('en', 'validation 8', 'eMAG rejected its documentation'),
    ('ro', 'validation 8', 'eMAG a respins documentația'),
    ('en', 'validation 10', 'eMAG blocked it'),
    ('ro', 'validation 10', 'eMAG a blocat produsul'),
    ('en', 'validation 13', 'its translation waits for a saleable offer'),
    ('ro', 'validation 13', 'traducerea așteaptă o ofertă vandabilă'),
    ('en', 'validation 14', 'its translation failed'),
    ('ro', 'validation 14', 'traducerea a eșuat'),
    ('en', 'validation 15', 'its translation is in progress'),
    ('ro', 'validation 15', 'traducerea este în lucru'),
    ('en', 'validation 16', 'its translation waits'),
    ('ro', 'validation 16', 'traducerea este în așteptare'),
    ('en', 'offer validation 2', 'its price is invalid and waits for eMAG''s check'),
    ('ro', 'offer validation 2', 'prețul nu este valid și așteaptă verificarea eMAG'),
    ('en', 'hidden', 'eMAG does not show it'),
    ('ro', 'hidden', 'eMAG nu o afișează')
) AS texts (language, code, template);
COMMENT ON VIEW app.report_texts IS 'The words of the report: one row per language and code';
COMMENT ON COLUMN app.report_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.report_texts.code IS
'What is said: a status, a reason_code, a note, or a code that forbids the sale';
COMMENT ON COLUMN app.report_texts.template IS 'The words, with named parts in braces';

-- Foreign text as a note: noted of text.py in SQL, with Python's sets of white space and invisible characters.
CREATE OR REPLACE FUNCTION app.noted(foreign_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$
    SELECT CASE
        WHEN length(shown.line) <= 300 THEN shown.line
        ELSE left(shown.line, 300) || '… (' || length(shown.line) || ' characters)'
    END
    FROM (
        SELECT coalesce(
            string_agg(
                CASE
                    WHEN letter !~ (
                        '[\u0001-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e'
                        '\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd'
                        '\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001'
                        '\U000e0020-\U000e007f]' COLLATE "C"
                    ) THEN letter
                    WHEN ascii(letter) < 256 THEN '\x' || lpad(to_hex(ascii(letter)), 2, '0')
                    WHEN ascii(letter) < 65536 THEN '\u' || lpad(to_hex(ascii(letter)), 4, '0')
                    ELSE '\U' || lpad(to_hex(ascii(letter)), 8, '0')
                END,
                '' ORDER BY place
            ),
            ''
        ) AS line
        FROM string_to_table(
            btrim(regexp_replace(
                foreign_text,
                '[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+'
                COLLATE "C",
                ' ',
                'g'
            )),
            NULL
        ) WITH ORDINALITY AS letters (letter, place)
    ) AS shown
$$;
COMMENT ON FUNCTION app.noted(text) IS
'Foreign text on one line, escaped where a terminal would obey or hide it, and cut after 300 characters';

-- A template names its parts, and format() only knows positions: names become positions once per statement.
CREATE OR REPLACE FUNCTION app.report_templates(wanted text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    part text;
    place integer := 1;
    texts text;
BEGIN
    -- Of two templates with one code the last one stays.
    SELECT jsonb_object_agg(code, replace(template, '%', '%%') ORDER BY language = wanted) INTO texts
    FROM (
        SELECT language, code, template FROM app.report_texts
        UNION ALL
        SELECT language, 'word ' || code, words FROM app.plan_texts
        UNION ALL
        SELECT language, 'word ' || code, words FROM app.cost_texts
    ) AS text
    WHERE language IN ('en', wanted);
    FOREACH part IN ARRAY ARRAY[
        'pieces', 'available', 'minimum', 'reorder_point', 'maximum', 'on_order', 'quantity', 'account', 'why',
        'level', 'used', 'value', 'since', 'demand', 'lead', 'spread', 'lead_source', 'chance', 'supplier',
        'in_transfer', 'position', 'raw', 'transfer', 'from', 'lacking', 'moq', 'pack', 'purchase', 'cost_problem',
        'cheapest', 'cheapest_cost', 'cost', 'order_by', 'overdue', 'sent_away', 'closed'
    ] LOOP
        texts := replace(texts, '{' || part || '}', '%' || place || '$s');
        place := place + 1;
    END LOOP;
    RETURN texts;
END $$;
COMMENT ON FUNCTION app.report_templates(text) IS 'The templates of a language by code, as app.filled takes them';

CREATE OR REPLACE FUNCTION app.filled(
    template text, pieces text DEFAULT NULL, available bigint DEFAULT NULL, minimum bigint DEFAULT NULL,
    reorder_point bigint DEFAULT NULL, maximum bigint DEFAULT NULL, on_order bigint DEFAULT NULL,
    quantity bigint DEFAULT NULL, account text DEFAULT NULL, why text DEFAULT NULL, level bigint DEFAULT NULL,
    used bigint DEFAULT NULL, value text DEFAULT NULL, since text DEFAULT NULL, demand text DEFAULT NULL,
    lead text DEFAULT NULL, spread text DEFAULT NULL, lead_source text DEFAULT NULL, chance text DEFAULT NULL,
    supplier text DEFAULT NULL, in_transfer bigint DEFAULT NULL, inventory_position bigint DEFAULT NULL,
    raw bigint DEFAULT NULL, transfer bigint DEFAULT NULL, transfer_from text DEFAULT NULL,
    lacking bigint DEFAULT NULL, moq bigint DEFAULT NULL, pack bigint DEFAULT NULL, purchase bigint DEFAULT NULL,
    cost_problem text DEFAULT NULL, cheapest text DEFAULT NULL, cheapest_cost text DEFAULT NULL,
    cost text DEFAULT NULL, order_by text DEFAULT NULL, overdue bigint DEFAULT NULL, sent_away bigint DEFAULT NULL,
    closed integer DEFAULT NULL
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(
    template, pieces, available, minimum, reorder_point, maximum, on_order, quantity, account, why, level, used, value,
    since, demand, lead, spread, lead_source, chance, supplier, in_transfer, inventory_position, raw, transfer,
    transfer_from, lacking, moq, pack, purchase, cost_problem, cheapest, cheapest_cost, cost, order_by, overdue,
    sent_away, closed
);
COMMENT ON FUNCTION app.filled IS 'A template of app.report_templates with its parts';
