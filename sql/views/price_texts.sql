-- The words of prices. One row per language and code; a code that a language lacks is shown in English. A third
-- language needs rows here only. app.price_sentence fills the names in braces; all prices in them are without VAT.
CREATE OR REPLACE VIEW app.price_texts AS
SELECT
    language,
    code,
    words
FROM (
    VALUES
    ('en', 'decimal_mark', '.'),
    ('ro', 'decimal_mark', ','),
    ('en', 'time_format', 'YYYY-MM-DD HH24:MI'),
    ('ro', 'time_format', 'DD.MM.YYYY HH24:MI'),
    ('en', 'of', ' of '),
    ('ro', 'of', ' din '),

    ('en', 'title', 'Price position'),
    ('ro', 'title', 'Poziția prețurilor'),
    ('en', 'without_vat', 'Prices are without VAT. A person enters a suggested price: nothing is written to eMAG.'),
    ('ro', 'without_vat', 'Prețurile sunt fără TVA. Prețul sugerat îl introduce o persoană: nu se scrie în eMAG.'),

    -- market_position
    ('en', 'position_won', 'has the buy button'),
    ('ro', 'position_won', 'are butonul de cumpărare'),
    ('en', 'position_alone', 'the only seller'),
    ('ro', 'position_alone', 'singurul vânzător'),
    ('en', 'position_lost', 'others have the buy button'),
    ('ro', 'position_lost', 'alții au butonul de cumpărare'),
    ('en', 'position_not_told', 'not told by eMAG'),
    ('ro', 'position_not_told', 'nespus de eMAG'),
    ('en', 'position_no_rank', 'no place in the race'),
    ('ro', 'position_no_rank', 'fără loc în clasament'),

    -- crossed
    ('en', 'crossed_won', 'won'),
    ('ro', 'crossed_won', 'câștigat'),
    ('en', 'crossed_lost', 'lost'),
    ('ro', 'crossed_lost', 'pierdut'),
    ('en', 'crossed_new_competitor', 'new competitor'),
    ('ro', 'crossed_new_competitor', 'concurent nou'),

    -- suggestion
    ('en', 'suggestion_not_sellable', 'cannot be sold'),
    ('ro', 'suggestion_not_sellable', 'nu se poate vinde'),
    ('en', 'suggestion_out_of_stock', 'out of stock'),
    ('ro', 'suggestion_out_of_stock', 'stoc epuizat'),
    ('en', 'suggestion_below_minimum', 'raise: below its minimum'),
    ('ro', 'suggestion_below_minimum', 'de mărit: sub minimul propriu'),
    ('en', 'suggestion_below_least_price', 'raise: earns too little'),
    ('ro', 'suggestion_below_least_price', 'de mărit: aduce prea puțin'),
    ('en', 'suggestion_no_market_data', 'no market data'),
    ('ro', 'suggestion_no_market_data', 'fără date de piață'),
    ('en', 'suggestion_keep_price', 'keep'),
    ('ro', 'suggestion_keep_price', 'de păstrat'),
    ('en', 'suggestion_no_rank', 'no place in the race'),
    ('ro', 'suggestion_no_rank', 'fără loc în clasament'),
    ('en', 'suggestion_no_winning_price', 'best price not known'),
    ('ro', 'suggestion_no_winning_price', 'cel mai bun preț nu se cunoaște'),
    ('en', 'suggestion_not_by_price', 'not by price'),
    ('ro', 'suggestion_not_by_price', 'nu din cauza prețului'),
    ('en', 'suggestion_do_not_follow', 'do not follow'),
    ('ro', 'suggestion_do_not_follow', 'nu merită urmat'),
    ('en', 'suggestion_minimum_in_the_way', 'the minimum is in the way'),
    ('ro', 'suggestion_minimum_in_the_way', 'minimul nu permite'),
    ('en', 'suggestion_cost_not_known', 'cost not known'),
    ('ro', 'suggestion_cost_not_known', 'costul nu se cunoaște'),
    ('en', 'suggestion_lower_price', 'lower'),
    ('ro', 'suggestion_lower_price', 'de micșorat'),

    -- cost_problem
    ('en', 'problem_no_exchange_rate', 'its currency has no exchange rate'),
    ('ro', 'problem_no_exchange_rate', 'moneda nu are curs valutar'),
    ('en', 'problem_no_landed_cost', 'no landed cost is known'),
    ('ro', 'problem_no_landed_cost', 'costul la depozit nu se cunoaște'),
    ('en', 'problem_no_commission', 'eMAG''s commission is not entered (magflow import fees)'),
    ('ro', 'problem_no_commission', 'comisionul eMAG nu este introdus (magflow import fees)'),
    ('en', 'problem_no_fulfilment_fee', 'the fulfilment fee is not entered (magflow import fees)'),
    ('ro', 'problem_no_fulfilment_fee', 'taxa de fulfilment nu este introdusă (magflow import fees)'),
    ('en', 'problem_no_price_is_enough', 'commission and least margin leave nothing for the cost'),
    ('ro', 'problem_no_price_is_enough', 'comisionul și marja minimă nu lasă nimic pentru cost'),

    -- Where it stands
    ('en', 'say_won', 'It has the buy button since {since}.'),
    ('ro', 'say_won', 'Are butonul de cumpărare din {since}.'),
    ('en', 'say_alone', 'It has the buy button and no competitor since {since}.'),
    ('ro', 'say_alone', 'Are butonul de cumpărare și niciun concurent din {since}.'),
    ('en', 'say_lost', 'Others have the buy button since {since}: place {place}.'),
    ('ro', 'say_lost', 'Alții au butonul de cumpărare din {since}: locul {place}.'),
    ('en', 'say_no_rank', 'eMAG gives it no place in the race for the buy button since {since}.'),
    ('ro', 'say_no_rank', 'eMAG nu îi dă loc în cursa pentru butonul de cumpărare din {since}.'),
    ('en', 'say_crossed_won', 'Won since yesterday.'),
    ('ro', 'say_crossed_won', 'Câștigat de ieri.'),
    ('en', 'say_crossed_lost', 'Lost since yesterday.'),
    ('ro', 'say_crossed_lost', 'Pierdut de ieri.'),
    ('en', 'say_crossed_new_competitor', 'More sellers than yesterday.'),
    ('ro', 'say_crossed_new_competitor', 'Mai mulți vânzători decât ieri.'),
    ('en', 'say_no_price', 'It has no price.'),
    ('ro', 'say_no_price', 'Nu are preț.'),
    ('en', 'say_no_best_price', '{price} {currency} without VAT; eMAG tells no best price.'),
    ('ro', 'say_no_best_price', '{price} {currency} fără TVA; eMAG nu spune cel mai bun preț.'),
    ('en', 'say_same', '{price} {currency} without VAT is the best price.'),
    ('ro', 'say_same', '{price} {currency} fără TVA este cel mai bun preț.'),
    (
        'en', 'say_dearer',
        '{price} {currency} without VAT against {best} of the best offer, {percent} % more.'
    ),
    (
        'ro', 'say_dearer',
        '{price} {currency} fără TVA față de {best} la cea mai bună ofertă, cu {percent} % mai mult.'
    ),
    (
        'en', 'say_cheaper',
        '{price} {currency} without VAT against {best} of the best other offer, {percent} % less.'
    ),
    (
        'ro', 'say_cheaper',
        '{price} {currency} fără TVA față de {best} la cea mai bună altă ofertă, cu {percent} % mai puțin.'
    ),

    -- What could be done, by suggestion
    ('en', 'say_not_sellable', 'It cannot be sold now, at whatever price.'),
    ('ro', 'say_not_sellable', 'Acum nu se poate vinde, la niciun preț.'),
    ('en', 'say_out_of_stock', 'It is out of stock: no price wins.'),
    ('ro', 'say_out_of_stock', 'Stocul este epuizat: niciun preț nu câștigă.'),
    ('en', 'say_below_minimum', 'It is below its own minimum of {minimum}.'),
    ('ro', 'say_below_minimum', 'Este sub minimul propriu de {minimum}.'),
    (
        'en', 'say_below_least_price',
        'Less than {margin} % of the price is left after cost and fees: that takes {least}.'
    ),
    (
        'ro', 'say_below_least_price',
        'După cost și taxe rămâne mai puțin de {margin} % din preț: pentru atât trebuie {least}.'
    ),
    ('en', 'say_raise', 'Raise it to {suggested} ({with_vat} with VAT).'),
    ('ro', 'say_raise', 'De mărit la {suggested} ({with_vat} cu TVA).'),
    ('en', 'say_maximum_in_the_way', 'Its own maximum of {maximum} is in the way.'),
    ('ro', 'say_maximum_in_the_way', 'Maximul propriu de {maximum} nu permite mai mult.'),
    ('en', 'say_no_market_data', 'eMAG has told nothing of other offers.'),
    ('ro', 'say_no_market_data', 'eMAG nu a spus nimic despre alte oferte.'),
    ('en', 'say_keep_price', 'Keep the price.'),
    ('ro', 'say_keep_price', 'Prețul poate rămâne.'),
    ('en', 'say_no_rank', 'Nobody is known to ask less.'),
    ('ro', 'say_no_rank', 'Nu se știe ca cineva să ceară mai puțin.'),
    ('en', 'say_no_winning_price', 'Which price would win is not known.'),
    ('ro', 'say_no_winning_price', 'Nu se știe ce preț ar câștiga.'),
    (
        'en', 'say_not_by_price',
        'It is not dearer than others, so a lower price need not help: look at delivery time and rating.'
    ),
    (
        'ro', 'say_not_by_price',
        'Nu este mai scump decât altele, deci un preț mai mic nu ajută neapărat: vezi termenul de livrare și nota.'
    ),
    (
        'en', 'say_do_not_follow',
        '{winning} would be the lowest price, but only from {least} on {margin} % is left after cost and fees: do not'
        ' follow.'
    ),
    (
        'ro', 'say_do_not_follow',
        '{winning} ar fi cel mai mic preț, dar abia de la {least} rămân {margin} % după cost și taxe: nu merită urmat.'
    ),
    (
        'en', 'say_minimum_in_the_way',
        '{winning} would be the lowest price, but is below its own minimum of {minimum}.'
    ),
    (
        'ro', 'say_minimum_in_the_way',
        '{winning} ar fi cel mai mic preț, dar este sub minimul propriu de {minimum}.'
    ),
    (
        'en', 'say_cost_not_known',
        '{winning} would be the lowest price; whether enough is left is not known: {problem}.'
    ),
    (
        'ro', 'say_cost_not_known',
        '{winning} ar fi cel mai mic preț; nu se știe dacă rămâne destul: {problem}.'
    ),
    (
        'en', 'say_lower_price',
        'At {suggested} it would be the lowest price, and {left} RON a piece would be left.'
    ),
    (
        'ro', 'say_lower_price',
        'La {suggested} ar fi cel mai mic preț, și ar rămâne {left} RON pe bucată.'
    ),
    ('en', 'say_with_vat', 'With VAT that is {with_vat}.'),
    ('ro', 'say_with_vat', 'Cu TVA înseamnă {with_vat}.')
) AS told (language, code, words);
COMMENT ON VIEW app.price_texts IS 'The words of price_position: one row per language and code';
COMMENT ON COLUMN app.price_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.price_texts.code IS
'What is said: position_, crossed_, suggestion_ or problem_ and a code of price_position; say_: a part of its reason';
COMMENT ON COLUMN app.price_texts.words IS 'The words, with named parts in braces';
