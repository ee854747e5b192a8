-- What people read for a code in a cell: one row per language, column and code. A column without a name: the codes that
-- any column may hold. A code without words is shown as it is; {} stands for what follows it after a space.
CREATE OR REPLACE VIEW app.value_texts AS
SELECT
    language,
    column_name,
    code,
    words
FROM (
    VALUES
    ('en', 'status', 'out_of_stock', 'out of stock'),
    ('ro', 'status', 'out_of_stock', 'stoc epuizat'),
    ('en', 'status', 'critical', 'critical'),
    ('ro', 'status', 'critical', 'stoc critic'),
    ('en', 'status', 'low_stock', 'low stock'),
    ('ro', 'status', 'low_stock', 'stoc scăzut'),
    ('en', 'status', 'in_stock', 'in stock'),
    ('ro', 'status', 'in_stock', 'în stoc'),
    ('en', 'status', 'overstock', 'overstock'),
    ('ro', 'status', 'overstock', 'suprastoc'),
    ('en', 'reason_code', 'to_order', 'to order'),
    ('ro', 'reason_code', 'to_order', 'de comandat'),
    ('en', 'reason_code', 'nothing_to_order', 'nothing to order'),
    ('ro', 'reason_code', 'nothing_to_order', 'nimic de comandat'),
    ('en', 'reason_code', 'on_its_way', 'on its way'),
    ('ro', 'reason_code', 'on_its_way', 'pe drum'),
    ('en', 'reason_code', 'lasts_too_long', 'even the least quantity would last too long'),
    ('ro', 'reason_code', 'lasts_too_long', 'și cantitatea minimă ar ajunge prea mult timp'),
    ('en', 'reason_code', 'transferred', 'another account has enough'),
    ('ro', 'reason_code', 'transferred', 'alt cont are destul'),
    ('en', 'reason_code', 'set_by_hand', 'set by hand'),
    ('ro', 'reason_code', 'set_by_hand', 'stabilit manual'),
    ('en', 'reason_code', 'not_worth_keeping', 'not worth keeping'),
    ('ro', 'reason_code', 'not_worth_keeping', 'nu merită ținut pe stoc'),
    ('en', 'reason_code', 'price_unknown', 'its price in RON is not known'),
    ('ro', 'reason_code', 'price_unknown', 'prețul în RON nu se cunoaște'),
    ('en', 'reason_code', 'decide_yourself', 'decide yourself'),
    ('ro', 'reason_code', 'decide_yourself', 'de hotărât'),
    ('en', 'reason_code', 'not_proposed', 'not proposed'),
    ('ro', 'reason_code', 'not_proposed', 'nu se propune'),
    ('en', 'reason_code', 'ordered_elsewhere', 'ordered with another account'),
    ('ro', 'reason_code', 'ordered_elsewhere', 'se comandă cu alt cont'),
    ('en', 'level_source', 'manual', 'set by hand'),
    ('ro', 'level_source', 'manual', 'stabilite manual'),
    ('en', 'level_source', 'demand', 'from demand'),
    ('ro', 'level_source', 'demand', 'după cerere'),
    ('en', 'level_source', 'default', 'defaults'),
    ('ro', 'level_source', 'default', 'implicite'),
    ('en', 'level_problem', 'not_enough_data', 'not enough data'),
    ('ro', 'level_problem', 'not_enough_data', 'date insuficiente'),
    ('en', 'level_problem', 'no_price', 'its price in RON is not known'),
    ('ro', 'level_problem', 'no_price', 'prețul în RON nu se cunoaște'),
    ('en', 'level_problem', 'not_worth_keeping', 'not worth keeping'),
    ('ro', 'level_problem', 'not_worth_keeping', 'nu merită ținut pe stoc'),
    ('en', 'lead_time_source', 'receipts', 'learned from receipts'),
    ('ro', 'lead_time_source', 'receipts', 'din recepții'),
    ('en', 'lead_time_source', 'terms', 'by the supplier''s terms'),
    ('ro', 'lead_time_source', 'terms', 'din condițiile furnizorului'),
    ('en', 'lead_time_source', 'default', 'assumed'),
    ('ro', 'lead_time_source', 'default', 'presupus'),
    ('en', 'vat_source', 'order', 'an order'),
    ('ro', 'vat_source', 'order', 'o comandă'),
    ('en', 'vat_source', 'country', 'the country''s standard rate'),
    ('ro', 'vat_source', 'country', 'cota standard a țării'),
    ('en', 'margin_source', 'margin', 'margin'),
    ('ro', 'margin_source', 'margin', 'marja'),
    ('en', 'margin_source', 'revenue', 'the price, cost is not known'),
    ('ro', 'margin_source', 'revenue', 'prețul, costul nu se cunoaște'),
    ('en', 'scan_status', 'completed', 'complete'),
    ('ro', 'scan_status', 'completed', 'completă'),
    ('en', 'scan_status', 'partial', 'partial'),
    ('ro', 'scan_status', 'partial', 'parțială'),
    ('en', 'scan_status', 'failed', 'failed'),
    ('ro', 'scan_status', 'failed', 'eșuată'),
    ('en', 'scan_status', 'cancelled', 'cancelled'),
    ('ro', 'scan_status', 'cancelled', 'anulată'),
    ('en', 'action', 'move', 'move'),
    ('ro', 'action', 'move', 'de mutat'),
    ('en', 'action', 'order', 'order'),
    ('ro', 'action', 'order', 'de comandat'),
    ('en', 'kind', 'dead stock', 'dead stock'),
    ('ro', 'kind', 'dead stock', 'stoc mort'),
    ('en', 'kind', 'overstock', 'overstock'),
    ('ro', 'kind', 'overstock', 'suprastoc'),
    ('en', 'conflict', 'two suppliers with one name', 'two suppliers with one name'),
    ('ro', 'conflict', 'two suppliers with one name', 'doi furnizori cu același nume'),
    ('en', 'conflict', 'two prices of one supplier', 'two prices of one supplier'),
    ('ro', 'conflict', 'two prices of one supplier', 'două prețuri ale unui furnizor'),
    ('en', 'conflict', 'match with the page of another supplier', 'match with the page of another supplier'),
    ('ro', 'conflict', 'match with the page of another supplier', 'potrivire cu pagina altui furnizor'),
    ('en', 'conflict', 'price of nobody', 'price of nobody'),
    ('ro', 'conflict', 'price of nobody', 'preț fără furnizor'),
    -- Titles of the views, and of a sheet with all items; at most 26 characters, as Excel has them after DEMO
    ('en', 'view', 'low_stock_report', 'Low-stock report'),
    ('ro', 'view', 'low_stock_report', 'Raport de stoc scăzut'),
    ('en', 'view', 'low_stock', 'Low stock'),
    ('ro', 'view', 'low_stock', 'Stoc scăzut'),
    ('en', 'view', 'all_items', 'All items'),
    ('ro', 'view', 'all_items', 'Toate articolele'),
    ('en', 'view', 'decide_yourself', 'Decide yourself'),
    ('ro', 'view', 'decide_yourself', 'De hotărât'),
    ('en', 'view', 'low_stock_by_supplier', 'Low stock by supplier'),
    ('ro', 'view', 'low_stock_by_supplier', 'Stoc scăzut pe furnizori'),
    ('en', 'view', 'low_stock_by_account', 'Items by account'),
    ('ro', 'view', 'low_stock_by_account', 'Articole pe conturi'),
    ('en', 'view', 'proposed_actions', 'What to move and to order'),
    ('ro', 'view', 'proposed_actions', 'De mutat și de comandat'),
    ('en', 'view', 'purchases_by_supplier', 'Purchases by supplier'),
    ('ro', 'view', 'purchases_by_supplier', 'Cumpărări pe furnizori'),
    ('en', 'view', 'overstock', 'Overstock'),
    ('ro', 'view', 'overstock', 'Suprastoc'),
    ('en', 'view', 'supplier_conflicts', 'Supplier conflicts'),
    ('ro', 'view', 'supplier_conflicts', 'Conflicte între furnizori'),
    ('en', 'view', 'draft_orders', 'Draft orders'),
    ('ro', 'view', 'draft_orders', 'Ciorne de comenzi'),
    ('en', 'view', 'draft_order_lines', 'Lines of draft orders'),
    ('ro', 'view', 'draft_order_lines', 'Liniile ciornelor'),
    ('en', 'view', 'price_position', 'Price position'),
    ('ro', 'view', 'price_position', 'Poziția prețului'),
    ('en', '', 'true', 'yes'),
    ('ro', '', 'true', 'da'),
    ('en', '', 'false', 'no'),
    ('ro', '', 'false', 'nu')
) AS texts (language, column_name, code, words)
UNION ALL
SELECT
    price.language,
    coded.column_name,
    substr(price.code, length(coded.prefix) + 1) AS code,
    price.words
FROM app.price_texts AS price
INNER JOIN (
    VALUES
    ('market_position', 'position_'),
    ('position_before', 'position_'),
    ('crossed', 'crossed_'),
    ('suggestion', 'suggestion_'),
    ('cost_problem', 'problem_')
) AS coded (column_name, prefix) ON starts_with(price.code, coded.prefix)
UNION ALL
SELECT
    language,
    '' AS column_name,
    code,
    words
FROM (
    SELECT
        language,
        code,
        words
    FROM app.cost_texts
    UNION ALL
    SELECT
        language,
        code,
        words
    FROM app.plan_texts
    UNION ALL
    SELECT
        language,
        code,
        words
    FROM app.demand_texts
) AS text
UNION ALL
SELECT
    language,
    CASE split_part(code, '_', 1) WHEN 'position' THEN 'market_position' ELSE split_part(code, '_', 1) END
        AS column_name,
    substr(code, strpos(code, '_') + 1) AS code,
    words
FROM app.price_texts
WHERE split_part(code, '_', 1) IN ('position', 'crossed', 'suggestion');
COMMENT ON VIEW app.value_texts IS 'The words of the codes in cells: one row per language, column and code';
COMMENT ON COLUMN app.value_texts.language IS 'ISO 639-1 code of the language';
COMMENT ON COLUMN app.value_texts.column_name IS 'The column that holds the code; empty: any column';
COMMENT ON COLUMN app.value_texts.code IS 'The code; several in one cell are joined by "; "';
COMMENT ON COLUMN app.value_texts.words IS 'What people read; {} stands for what follows the code after a space';

CREATE OR REPLACE FUNCTION app.in_words(codes text, words jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    SELECT
        string_agg(
            coalesce(
                words ->> part.code,
                CASE
                    WHEN words ->> split_part(part.code, ' ', 1) LIKE '%{}%'
                        THEN replace(
                            words ->> split_part(part.code, ' ', 1),
                            '{}',
                            substr(part.code, strpos(part.code, ' ') + 1)
                        )
                END,
                part.code
            ),
            '; ' ORDER BY part.place
        )
    FROM string_to_table(codes, '; ') WITH ORDINALITY AS part (code, place)
);
COMMENT ON FUNCTION app.in_words(text, jsonb) IS
'Codes joined by "; " in words: an object of codes and their words, {} for what follows a code after a space; a code'
' that it lacks stays';

-- Foreign text as the cell of a CSV: in_spreadsheet of text.py in SQL. Most cells pass the first comparison.
-- Not strict, so that the planner writes it into the query: a call takes longer than its work.
CREATE OR REPLACE FUNCTION app.in_spreadsheet(foreign_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN
        foreign_text !~ (
            '(?:^|[;\t])[\s\u0001-\u001f\u007f-\u00a0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060'
            '\u2066-\u2069\u3000\ufeff]*[=+@＝＋－＠﹢﹣﹦﹫-]|^[\t\r]'
        )
        OR foreign_text ~ '^ *[+-]?[0-9]+([.,][0-9]+)? *$'
        THEN foreign_text
    ELSE regexp_replace(
        foreign_text,
        '(?:^|(?<=[;\t]))'
        '(?=[\s\u0001-\u001f\u007f-\u00a0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060'
        '\u2066-\u2069\u3000\ufeff]*[=+@＝＋－＠﹢﹣﹦﹫-])|^(?=[\t\r])',
        '''',
        'g'
    )
END;
COMMENT ON FUNCTION app.in_spreadsheet(text) IS
'Foreign text as a cell that no spreadsheet takes for a formula, however it splits the line; a number stays one';
