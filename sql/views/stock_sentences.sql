-- The sentences of a row of the report in a language of report_texts, from the numbers and codes of the row. A single
-- SELECT, so that PostgreSQL inlines it; each (SELECT app.report_templates(...)) is evaluated once per statement.
CREATE OR REPLACE FUNCTION app.low_stock_sentences(
    language text, status text, reason_code text, available bigint, is_at_least boolean, on_order bigint,
    quantity bigint, minimum bigint, reorder_point bigint, maximum bigint, minimum_set bigint,
    reorder_point_set bigint, maximum_set bigint, left_out text[], account text, not_sellable_codes text,
    stale_since timestamptz, demand numeric, usual_minimum bigint, usual_point bigint, usual_maximum bigint
) RETURNS TABLE (reason text, not_sellable_reason text, levels_note text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        concat_ws(
            ' ',
            app.filled(
                (SELECT app.report_templates(language)) ->> status,
                pieces => CASE
                    WHEN is_at_least
                        THEN app.filled(
                            (SELECT app.report_templates(language)) ->> 'at_least', available => available
                        )
                    ELSE available::text
                END,
                minimum => minimum, reorder_point => reorder_point, maximum => maximum
            ),
            app.filled(
                (SELECT app.report_templates(language)) ->> reason_code,
                available => available, maximum => maximum, on_order => on_order, quantity => quantity,
                account => account, why => note.not_sellable
            ),
            CASE
                WHEN
                    demand IS NOT NULL
                    AND reason_code IN ('up_to_maximum', 'nothing_to_order')
                    AND num_nulls(minimum_set, reorder_point_set, maximum_set) > 0
                    THEN (SELECT app.report_templates(language)) ->> 'levels_without_demand'
            END,
            note.levels,
            CASE
                WHEN stale_since IS NOT NULL THEN app.filled(
                    (SELECT app.report_templates(language)) ->> 'stock_stale',
                    since => to_char(stale_since AT TIME ZONE 'Europe/Bucharest', 'YYYY-MM-DD HH24:MI:SS')
                )
            END
        ),
        note.not_sellable,
        note.levels
    FROM (
        SELECT
            CASE
                WHEN not_sellable_codes IS NOT NULL THEN (
                    SELECT string_agg(
                        ((SELECT app.report_templates(language)) ->> replace(code, 'translation ', ''))
                        || CASE WHEN code LIKE '%validation %' THEN ' (' || code || ')' ELSE '' END,
                        '; ' ORDER BY place
                    )
                    FROM string_to_table(not_sellable_codes, '; ') WITH ORDINALITY AS codes (code, place)
                )
            END AS not_sellable,
            CASE
                WHEN
                    coalesce(minimum_set, reorder_point_set, maximum_set) IS NOT NULL OR cardinality(left_out) > 0
                    THEN nullif(concat_ws(
                        ' ',
                        CASE
                            WHEN minimum <> coalesce(minimum_set, usual_minimum) THEN app.filled(
                                (SELECT app.report_templates(language))
                                ->> CASE WHEN minimum_set IS NULL THEN 'default_minimum' ELSE 'set_minimum' END,
                                level => coalesce(minimum_set, usual_minimum), used => minimum
                            )
                        END,
                        CASE
                            WHEN reorder_point <> coalesce(reorder_point_set, usual_point) THEN app.filled(
                                (SELECT app.report_templates(language))
                                ->> CASE
                                    WHEN reorder_point_set IS NULL THEN 'default_reorder_point'
                                    ELSE 'set_reorder_point'
                                END,
                                level => coalesce(reorder_point_set, usual_point), used => reorder_point
                            )
                        END,
                        CASE
                            WHEN maximum <> coalesce(maximum_set, usual_maximum) THEN app.filled(
                                (SELECT app.report_templates(language))
                                ->> CASE WHEN maximum_set IS NULL THEN 'default_maximum' ELSE 'set_maximum' END,
                                level => coalesce(maximum_set, usual_maximum), used => maximum
                            )
                        END,
                        (
                            SELECT string_agg(
                                app.filled(
                                    (SELECT app.report_templates(language)) ->> 'left_out', value => app.noted(named)
                                ),
                                ' ' ORDER BY place
                            )
                            FROM unnest(left_out) WITH ORDINALITY AS written (named, place)
                        )
                    ), '')
            END AS levels
    ) AS note
$$;
COMMENT ON FUNCTION app.low_stock_sentences IS
'Why a row of the report says what it says, why it cannot be sold (null: it can), what levels gave way (null: none)';
