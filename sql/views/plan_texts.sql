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
    ('en', 'order_overdue', 'an order is overdue'),
    ('ro', 'order_overdue', 'o comandă a întârziat'),
    ('en', 'order_given_up', 'an order is overdue for so long that it no longer counts'),
    ('ro', 'order_given_up', 'o comandă a întârziat atât de mult, încât nu mai contează'),
    ('en', 'transfer_overdue', 'a transfer is overdue'),
    ('ro', 'transfer_overdue', 'un transfer a întârziat')
) AS texts (language, code, words);
COMMENT ON VIEW app.plan_texts IS 'The words of the codes of plan and cost: one row per language and code';
COMMENT ON COLUMN app.plan_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.plan_texts.code IS 'A code of blocked, flags or cost_problem';
COMMENT ON COLUMN app.plan_texts.words IS 'What people read';
