-- The words of the demand. One row per language and code; a code without words is shown as it is.
CREATE OR REPLACE VIEW app.demand_texts AS
SELECT
    language,
    code,
    words
FROM (
    VALUES
    -- demand_method
    ('en', 'several memories', 'learned from its sales'),
    ('ro', 'several memories', 'învățat din vânzări'),
    ('en', 'fall of stock', 'by the fall of its stock'),
    ('ro', 'fall of stock', 'după scăderea stocului'),
    ('en', 'not enough data', 'not enough data'),
    ('ro', 'not enough data', 'date insuficiente'),
    ('en', 'never sold', 'never sold'),
    ('ro', 'never sold', 'nu s-a vândut niciodată'),

    -- demand_class
    ('en', 'smooth', 'sells often, in even quantities'),
    ('ro', 'smooth', 'se vinde des, în cantități egale'),
    ('en', 'erratic', 'sells often, in uneven quantities'),
    ('ro', 'erratic', 'se vinde des, în cantități inegale'),
    ('en', 'intermittent', 'sells seldom, in even quantities'),
    ('ro', 'intermittent', 'se vinde rar, în cantități egale'),
    ('en', 'lumpy', 'sells seldom, in uneven quantities'),
    ('ro', 'lumpy', 'se vinde rar, în cantități inegale'),

    -- flags
    ('en', 'spike', 'a spike is capped'),
    ('ro', 'spike', 'un vârf este limitat'),
    ('en', 'campaign', 'campaign days are left out'),
    ('ro', 'campaign', 'zilele de campanie nu contează'),
    ('en', 'sales_not_seen_here', 'sales not seen here'),
    ('ro', 'sales_not_seen_here', 'vânzări care nu se văd aici'),
    ('en', 'emag_only', 'eMAG only'),
    ('ro', 'emag_only', 'doar eMAG'),
    ('en', 'calendar_days', 'days without stock may count as days without demand'),
    ('ro', 'calendar_days', 'zile fără stoc pot conta ca zile fără cerere'),
    ('en', 'short_history', 'few days yet'),
    ('ro', 'short_history', 'încă puține zile'),
    ('en', 'orders_missing', 'orders of some days are missing'),
    ('ro', 'orders_missing', 'lipsesc comenzile unor zile'),
    -- flags that the report adds
    ('en', 'stock_unread', 'what eMAG sent for its stock is no number'),
    ('ro', 'stock_unread', 'eMAG nu a trimis un număr ca stoc'),
    ('en', 'stock_is_at_least', 'its stock is at least this: it lasts longer'),
    ('ro', 'stock_is_at_least', 'stocul este cel puțin acesta: ajunge mai mult'),
    ('en', 'no_price_in_ron', 'its price in RON is not known'),
    ('ro', 'no_price_in_ron', 'prețul în RON nu se cunoaște')
) AS texts (language, code, words);
COMMENT ON VIEW app.demand_texts IS 'The words of demand_method, demand_class and flags: one row per language and code';
COMMENT ON COLUMN app.demand_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.demand_texts.code IS 'A method, a class or a flag';
COMMENT ON COLUMN app.demand_texts.words IS 'What people read';
