-- The words of the codes of plan and cost. One row per language and code; a code without words is shown as it is.
CREATE OR REPLACE VIEW app.plan_texts AS
SELECT
    language,
    code,
    words
FROM (
    VALUES
    -- Why a need is not bought (replenishment_needs.blocked), and what a buyer should know (flags)
    ('en', 'not_sellable', 'it cannot be sold'),
    ('ro', 'not_sellable', 'nu se poate vinde'),
    ('en', 'lost_buy_box', 'others have had the buy button for long'),
    ('ro', 'lost_buy_box', 'alții au de mult butonul de cumpărare'),
    ('en', 'competitor_below_cost', 'a competitor asks less than it costs'),
    ('ro', 'competitor_below_cost', 'un concurent cere mai puțin decât costă'),
    ('en', 'not_enough_data', 'not enough data of its sales yet'),
    ('ro', 'not_enough_data', 'încă nu sunt destule date despre vânzări'),
    ('en', 'not_worth_keeping', 'it is not worth keeping in stock'),
    ('ro', 'not_worth_keeping', 'nu merită ținut pe stoc'),
    ('en', 'ordered_elsewhere', 'another account orders the same pieces'),
    ('ro', 'ordered_elsewhere', 'aceleași bucăți se comandă cu alt cont'),
    ('en', 'order_overdue', 'an order is overdue'),
    ('ro', 'order_overdue', 'o comandă a întârziat'),
    ('en', 'order_late', 'the last day to order in time has passed: order today'),
    ('ro', 'order_late', 'ultima zi pentru o comandă la timp a trecut: comandați astăzi'),
    ('en', 'order_given_up', 'an order is overdue for so long that it no longer counts'),
    ('ro', 'order_given_up', 'o comandă a întârziat atât de mult, încât nu mai contează'),
    ('en', 'transfer_overdue', 'a transfer is overdue'),
    ('ro', 'transfer_overdue', 'un transfer a întârziat'),
    ('en', 'supplier_closed', 'an order of the next review comes later, because its supplier is closed'),
    ('ro', 'supplier_closed', 'furnizorul este închis: o comandă de la verificarea următoare sosește mai târziu'),
    ('en', 'capped_to_cover', 'less than rounding makes, which would last too long'),
    ('ro', 'capped_to_cover', 'mai puțin decât cere rotunjirea, care ar ajunge prea mult timp'),
    ('en', 'moq_lasts_too_long', 'even the supplier''s least quantity would last too long'),
    ('ro', 'moq_lasts_too_long', 'chiar și cantitatea minimă a furnizorului ar ajunge prea mult timp'),
    ('en', 'filled_to_minimum_order_value', 'more, so that the order reaches the supplier''s least value'),
    ('ro', 'filled_to_minimum_order_value', 'mai mult, ca să se atingă valoarea minimă a comenzii la furnizor'),
    ('en', 'below_minimum_order_value', 'the order does not reach the supplier''s least value'),
    ('ro', 'below_minimum_order_value', 'comanda nu atinge valoarea minimă la furnizor'),
    ('en', 'no_supplier', 'no supplier is known'),
    ('ro', 'no_supplier', 'nu se cunoaște niciun furnizor'),
    ('en', 'cost_incomplete', 'its cost is incomplete'),
    ('ro', 'cost_incomplete', 'costul nu este complet'),
    ('en', 'lead_time_default', 'its lead time is assumed'),
    ('ro', 'lead_time_default', 'termenul de livrare este presupus'),
    ('en', 'snoozed', 'a person put it off, and it is proposed again on {}'),
    ('ro', 'snoozed', 'cineva l-a amânat, se propune din nou la {}'),
    ('en', 'refused', 'a person refused it, and it is proposed again on {}'),
    ('ro', 'refused', 'cineva l-a refuzat, se propune din nou la {}'),
    ('en', 'on_draft', 'it is on draft {}, which is not sent yet'),
    ('ro', 'on_draft', 'este pe ciorna {}, care nu este trimisă încă'),
    ('en', 'never_sold', 'it never sold'),
    ('ro', 'never_sold', 'nu s-a vândut niciodată'),
    -- Ways of shipping that an import knows (supplier_terms.shipping); others stay as they were written
    ('en', 'usual', 'usual'),
    ('ro', 'usual', 'obișnuit'),
    ('en', 'sea', 'sea'),
    ('ro', 'sea', 'maritim'),
    ('en', 'air', 'air'),
    ('ro', 'air', 'aerian'),
    ('en', 'rail', 'rail'),
    ('ro', 'rail', 'feroviar'),
    ('en', 'road', 'road'),
    ('ro', 'road', 'rutier')
) AS texts (language, code, words);
COMMENT ON VIEW app.plan_texts IS 'The words of the codes of plan and cost: one row per language and code';
COMMENT ON COLUMN app.plan_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.plan_texts.code IS 'A code of blocked, flags, cost_problem or shipping';
COMMENT ON COLUMN app.plan_texts.words IS 'What people read';
