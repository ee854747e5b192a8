-- depends: 0012.sound-numbers
-- One supplier is one supplier however a list spells it: the rule of domain.md 9 in one function, equal on every
-- PostgreSQL version and in every locale. ASCII only: the file is read in the encoding of the machine.

-- What nobody sees. Unicode's default-ignorable code points (zero-width, soft hyphen, direction marks, variation
-- selectors, fillers), and control characters that are no white space.
CREATE FUNCTION app.visible(written text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(
    written,
    '[\u0001-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f'
    '\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8'
    '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+' COLLATE "C",
    '',
    'g'
);
COMMENT ON FUNCTION app.visible(text) IS 'A text without the characters that have no width';

-- White space of Unicode, and the separators that Python and Java count as such.
CREATE FUNCTION app.spaced(written text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(regexp_replace(
    app.visible(written),
    '[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+' COLLATE "C",
    ' ',
    'g'
));
COMMENT ON FUNCTION app.spaced(text) IS
'A text as it is shown and as addresses are compared: trimmed of every kind of white space, runs of it as one space';

-- Unicode's full case folding, over decomposed text: first, last, step and distance of the capitals that a
-- decomposition leaves, beside those of ASCII. 806 to 807: comma below is a cedilla. 837: the Greek iota below is one.
DO $$
DECLARE
    capitals text;
    smalls text;
BEGIN
    SELECT
        string_agg(chr(code), '' ORDER BY code),
        string_agg(chr(code + distance), '' ORDER BY code)
    INTO capitals, smalls
    FROM
        (VALUES
            (806, 806, 1, 1),
            (198, 198, 1, 32), (208, 208, 1, 32), (216, 216, 1, 32), (222, 222, 1, 32), (272, 272, 1, 1),
            (294, 294, 1, 1), (321, 321, 1, 1), (330, 330, 1, 1), (338, 338, 1, 1), (358, 358, 1, 1),
            (385, 385, 1, 210), (386, 388, 2, 1), (390, 390, 1, 206), (391, 391, 1, 1), (393, 394, 1, 205),
            (395, 395, 1, 1), (398, 398, 1, 79), (399, 399, 1, 202), (400, 400, 1, 203), (401, 401, 1, 1),
            (403, 403, 1, 205), (404, 404, 1, 207), (406, 406, 1, 211), (407, 407, 1, 209), (408, 408, 1, 1),
            (412, 412, 1, 211), (413, 413, 1, 213), (415, 415, 1, 214), (418, 420, 2, 1), (422, 422, 1, 218),
            (423, 423, 1, 1), (425, 425, 1, 218), (428, 428, 1, 1), (430, 430, 1, 218), (433, 434, 1, 217),
            (435, 437, 2, 1), (439, 439, 1, 219), (440, 440, 1, 1), (444, 444, 1, 1), (484, 484, 1, 1),
            (502, 502, 1, -97), (503, 503, 1, -56), (540, 540, 1, 1), (544, 544, 1, -130), (546, 548, 2, 1),
            (570, 570, 1, 10795), (571, 571, 1, 1), (573, 573, 1, -163), (574, 574, 1, 10792), (577, 577, 1, 1),
            (579, 579, 1, -195), (580, 580, 1, 69), (581, 581, 1, 71), (582, 590, 2, 1), (837, 837, 1, 116),
            (880, 882, 2, 1), (886, 886, 1, 1), (895, 895, 1, 116), (913, 929, 1, 32), (931, 937, 1, 32),
            (962, 962, 1, 1), (975, 975, 1, 8), (984, 1006, 2, 1), (1015, 1015, 1, 1), (1018, 1018, 1, 1),
            (1021, 1023, 1, -130), (1026, 1028, 2, 80), (1029, 1030, 1, 80), (1032, 1035, 1, 80),
            (1039, 1039, 1, 80), (1040, 1048, 1, 32), (1050, 1071, 1, 32), (1120, 1140, 2, 1),
            (1144, 1152, 2, 1), (1162, 1214, 2, 1), (1216, 1216, 1, 15), (1219, 1229, 2, 1), (1236, 1236, 1, 1),
            (1240, 1240, 1, 1), (1248, 1248, 1, 1), (1256, 1256, 1, 1), (1270, 1270, 1, 1), (1274, 1326, 2, 1),
            (1329, 1366, 1, 48), (4256, 4293, 1, 7264), (4295, 4295, 1, 7264), (4301, 4301, 1, 7264),
            (5112, 5117, 1, -8), (7296, 7296, 1, -6222), (7297, 7297, 1, -6221), (7298, 7298, 1, -6212),
            (7299, 7300, 1, -6210), (7301, 7301, 1, -6211), (7302, 7302, 1, -6204), (7303, 7303, 1, -6180),
            (7304, 7304, 1, 35267), (7305, 7305, 1, 1), (7312, 7354, 1, -3008), (7357, 7359, 1, -3008),
            (7930, 7934, 2, 1), (8498, 8498, 1, 28), (8579, 8579, 1, 1), (11264, 11311, 1, 48),
            (11360, 11360, 1, 1), (11362, 11362, 1, -10743), (11363, 11363, 1, -3814), (11364, 11364, 1, -10727),
            (11367, 11371, 2, 1), (11373, 11373, 1, -10780), (11374, 11374, 1, -10749),
            (11375, 11375, 1, -10783), (11376, 11376, 1, -10782), (11378, 11378, 1, 1), (11381, 11381, 1, 1),
            (11390, 11391, 1, -10815), (11392, 11490, 2, 1), (11499, 11501, 2, 1), (11506, 11506, 1, 1),
            (42560, 42604, 2, 1), (42624, 42650, 2, 1), (42786, 42798, 2, 1), (42802, 42862, 2, 1),
            (42873, 42875, 2, 1), (42877, 42877, 1, -35332), (42878, 42886, 2, 1), (42891, 42891, 1, 1),
            (42893, 42893, 1, -42280), (42896, 42898, 2, 1), (42902, 42920, 2, 1), (42922, 42922, 1, -42308),
            (42923, 42923, 1, -42319), (42924, 42924, 1, -42315), (42925, 42925, 1, -42305),
            (42926, 42926, 1, -42308), (42928, 42928, 1, -42258), (42929, 42929, 1, -42282),
            (42930, 42930, 1, -42261), (42931, 42931, 1, 928), (42932, 42946, 2, 1), (42948, 42948, 1, -48),
            (42949, 42949, 1, -42307), (42950, 42950, 1, -35384), (42951, 42953, 2, 1),
            (42955, 42955, 1, -42343), (42956, 42956, 1, 1), (42960, 42960, 1, 1), (42966, 42970, 2, 1),
            (42972, 42972, 1, -42561), (42997, 42997, 1, 1), (43888, 43967, 1, -38864), (66560, 66599, 1, 40),
            (66736, 66771, 1, 40), (66928, 66938, 1, 39), (66940, 66954, 1, 39), (66956, 66962, 1, 39),
            (66964, 66965, 1, 39), (68736, 68786, 1, 64), (68944, 68965, 1, 32), (71840, 71871, 1, 32),
            (93760, 93791, 1, 32), (125184, 125217, 1, 34)
        ) AS run (first, last, step, distance),
        generate_series(first, last, step) AS code;
    -- lower() of "C" folds ASCII alone, everywhere; that of a locale may not know other letters, or know Turkish.
    EXECUTE format(
        $function$
        CREATE OR REPLACE FUNCTION app.normalized_name(name text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        RETURN app.spaced(CASE
            WHEN octet_length(name) = length(name) THEN lower(name COLLATE "C") -- ASCII, and four times as fast
            ELSE normalize(
                replace(
                    translate(lower(normalize(app.visible(name), NFKD) COLLATE "C"), %L, %L),
                    chr(223),
                    'ss'
                ),
                NFC
            )
        END)
        $function$,
        capitals || chr(7838),
        smalls || chr(223)
    );
END $$;
COMMENT ON FUNCTION app.normalized_name(text) IS
'A name as it is compared: NFKC, full case folding, without what has no width, comma-below letters as those with a '
'cedilla, trimmed of every kind of white space, runs of it as one space';

-- No name was too long for the table, but one could be too long for the index; suppliers are few.
DROP INDEX app.suppliers_normalized_name;

-- Of two rows of one supplier the one whose price was written last counts. Who writes prices need not know of it.
CREATE FUNCTION app.note_price_written() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION app.note_price_written() IS
'Trigger: a price that is written without its time was written now';
CREATE TRIGGER price_written BEFORE UPDATE OF price_cny ON app.product_supplier_sheets
FOR EACH ROW WHEN (new.updated_at IS NOT DISTINCT FROM old.updated_at)
EXECUTE FUNCTION app.note_price_written();

COMMENT ON TABLE app.suppliers IS
'Suppliers; rows with one normalised name are one supplier, who is active while one of them is';
COMMENT ON COLUMN app.suppliers.is_active IS
'Whether the seller still buys there; when no row of the supplier is active, his prices and matches count nowhere';
COMMENT ON COLUMN app.product_supplier_sheets.updated_at IS
'When the price was last written, UTC: of two rows of one supplier and SKU the newest counts';
COMMENT ON COLUMN app.low_stock_report.supplier_name IS
'Whom to order from: verified first, then preferred, then cheapest; the name in suppliers, else as the list spells it;'
' null when no price list has the SKU';
COMMENT ON COLUMN app.low_stock_report.supplier_price_cny IS
'That supplier''s newest price of one piece, CNY; null when no row of his has one';
COMMENT ON COLUMN app.low_stock_report.supplier_count IS
'Active suppliers with a price for the SKU, each once however often a list spells him';

-- Who is one supplier has changed: the report is built again.
INSERT INTO app.low_stock_report_changes (table_name)
SELECT 'suppliers' WHERE EXISTS (SELECT FROM app.low_stock_report);
