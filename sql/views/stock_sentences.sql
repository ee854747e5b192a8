-- The sentences of a row of the report in the language of texts (app.report_templates), from the numbers and codes of
-- the row. A single SELECT, so that PostgreSQL inlines it. The templates of a reason are joined before they are filled:
-- filling is what takes time.
CREATE OR REPLACE FUNCTION app.low_stock_sentences(
    texts jsonb, status text, reason_code text, available bigint, is_at_least boolean, minimum bigint,
    reorder_point bigint, maximum bigint, minimum_set bigint, reorder_point_set bigint, maximum_set bigint,
    level_source text, level_problem text, left_out text[], account text, not_sellable_codes text,
    stale_since timestamptz, demand numeric, lead_time_days numeric, lead_time_spread_days numeric,
    lead_time_source text, closed_days integer, chance_allowed numeric, on_order bigint, in_transfer bigint,
    sent_away bigint, overdue bigint, raw bigint, transfer bigint, transfer_from text, blocked text, quantity bigint,
    purchase_raw bigint, purchase bigint, purchase_flags text, moq bigint, pack bigint, supplier text, cost numeric,
    cost_problem text, cheapest text, cheapest_cost numeric, order_by date, is_late boolean, usual_minimum bigint,
    usual_point bigint, usual_maximum bigint
) RETURNS TABLE (reason text, not_sellable_reason text, levels_note text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        concat_ws(
            ' ',
            app.filled(
                concat_ws(
                    ' ',
                    texts ->> status,
                    texts ->> CASE
                        WHEN level_source <> 'manual' AND level_problem IS NOT NULL THEN 'levels_' || level_problem
                        ELSE 'levels_' || level_source
                    END,
                    CASE
                        WHEN level_source = 'demand' AND level_problem IS NULL AND closed_days > 0
                            THEN texts ->> 'closed'
                    END,
                    CASE
                        WHEN raw > 0 AND reason_code IN ('to_order', 'transferred', 'lasts_too_long')
                            THEN texts ->> 'missing'
                    END,
                    CASE WHEN sent_away > 0 THEN texts ->> 'sent_away' END,
                    CASE WHEN transfer > 0 THEN texts ->> 'transfer' END,
                    texts ->> CASE
                        WHEN reason_code = 'to_order' AND supplier IS NULL THEN 'to_order_nobody' ELSE reason_code
                    END,
                    CASE
                        WHEN quantity > 0 AND (purchase <> quantity OR purchase <> purchase_raw)
                            THEN texts ->> CASE
                                WHEN purchase_flags LIKE '%capped_to_cover%' THEN 'purchase_capped'
                                WHEN purchase_flags LIKE '%filled_to_minimum_order_value%' THEN 'purchase_filled'
                                WHEN purchase = purchase_raw THEN 'purchase_shared'
                                ELSE 'purchase'
                            END
                    END,
                    CASE
                        WHEN quantity > 0 AND cost_problem IS NOT NULL
                            THEN texts ->> 'cost_incomplete'
                    END,
                    CASE
                        WHEN told.cost_counts AND cheapest_cost < cost AND cheapest <> supplier
                            THEN texts ->> 'cheaper'
                    END,
                    CASE
                        WHEN quantity > 0 AND order_by IS NOT NULL
                            THEN texts ->> CASE WHEN is_late THEN 'order_by_late' ELSE 'order_by' END
                    END,
                    CASE WHEN overdue > 0 THEN texts ->> 'overdue' END
                ),
                pieces => CASE
                    WHEN is_at_least
                        THEN app.filled(
                            texts ->> 'at_least', available => available
                        )
                    ELSE available::text
                END,
                available => available - sent_away, minimum => minimum, reorder_point => reorder_point,
                maximum => maximum, on_order => on_order, quantity => quantity, account => account,
                why => CASE
                    WHEN reason_code <> 'not_proposed' THEN note.not_sellable
                    ELSE (
                        SELECT string_agg(
                            coalesce(
                                texts ->> ('word ' || code),
                                -- A code and what it is of, such as no_rate HUF.
                                replace(
                                    texts ->> ('word ' || split_part(code, ' ', 1)),
                                    '{}',
                                    substring(code FROM ' (.*)$')
                                ),
                                code
                            ),
                            '; ' ORDER BY place
                        )
                        FROM string_to_table(blocked, '; ') WITH ORDINALITY AS codes (code, place)
                    )
                END,
                demand => told.demand_text, lead => told.lead_text, spread => told.spread_text,
                lead_source => texts ->> ('lead_' || lead_time_source),
                chance => told.chance_text, supplier => supplier, in_transfer => in_transfer,
                inventory_position => available - sent_away + on_order + in_transfer, raw => raw, transfer => transfer,
                transfer_from => transfer_from, lacking => purchase_raw, moq => moq, pack => pack,
                purchase => purchase,
                cost_problem => CASE
                    WHEN quantity > 0 AND cost_problem IS NOT NULL THEN (
                        SELECT string_agg(
                            coalesce(
                                texts ->> ('word ' || code),
                                -- A code and what it is of, such as no_rate HUF.
                                replace(
                                    texts ->> ('word ' || split_part(code, ' ', 1)),
                                    '{}',
                                    substring(code FROM ' (.*)$')
                                ),
                                code
                            ),
                            '; ' ORDER BY place
                        )
                        FROM string_to_table(cost_problem, '; ') WITH ORDINALITY AS codes (code, place)
                    )
                END,
                cheapest => cheapest, cheapest_cost => told.cheapest_cost_text, cost => told.cost_text,
                order_by => to_char(order_by, texts ->> 'day_format'),
                overdue => overdue, sent_away => sent_away, closed => closed_days
            ),
            note.levels,
            CASE
                WHEN stale_since IS NOT NULL THEN app.filled(
                    texts ->> 'stock_stale',
                    since => to_char(stale_since AT TIME ZONE 'Europe/Bucharest', 'YYYY-MM-DD HH24:MI:SS')
                )
            END
        ),
        note.not_sellable,
        note.levels
    FROM (
        SELECT
            shown.cost_counts,
            replace(trim_scale(shown.demand)::text, '.', shown.mark) AS demand_text,
            replace(trim_scale(shown.lead_time_days)::text, '.', shown.mark) AS lead_text,
            replace(trim_scale(shown.lead_time_spread_days)::text, '.', shown.mark) AS spread_text,
            replace(trim_scale(round(shown.chance_allowed * 100, 2))::text, '.', shown.mark) AS chance_text,
            replace(round(shown.cost, 2)::text, '.', shown.mark) AS cost_text,
            replace(round(shown.cheapest_cost, 2)::text, '.', shown.mark) AS cheapest_cost_text
        FROM (
            SELECT
                texts ->> 'decimal_mark' AS mark,
                CASE WHEN level_source = 'demand' THEN demand END AS demand,
                CASE WHEN level_source = 'demand' THEN lead_time_days END AS lead_time_days,
                CASE WHEN level_source = 'demand' THEN lead_time_spread_days END AS lead_time_spread_days,
                CASE WHEN level_source = 'demand' THEN chance_allowed END AS chance_allowed,
                CASE WHEN priced.cost_counts THEN cost END AS cost,
                CASE WHEN priced.cost_counts THEN cheapest_cost END AS cheapest_cost,
                priced.cost_counts
            FROM (
                -- Of what is bought, and of what its cost keeps from being bought.
                SELECT
                    coalesce(quantity > 0, FALSE)
                    OR coalesce(level_source <> 'manual' AND level_problem = 'not_worth_keeping', FALSE) AS cost_counts
            ) AS priced
        ) AS shown
    ) AS told
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN not_sellable_codes IS NOT NULL THEN (
                    SELECT string_agg(
                        (texts ->> replace(code, 'translation ', ''))
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
                                texts ->> CASE WHEN minimum_set IS NULL THEN 'default_minimum' ELSE 'set_minimum' END,
                                level => coalesce(minimum_set, usual_minimum), used => minimum
                            )
                        END,
                        CASE
                            WHEN reorder_point <> coalesce(reorder_point_set, usual_point) THEN app.filled(
                                texts ->> CASE
                                    WHEN reorder_point_set IS NULL THEN 'default_reorder_point'
                                    ELSE 'set_reorder_point'
                                END,
                                level => coalesce(reorder_point_set, usual_point), used => reorder_point
                            )
                        END,
                        CASE
                            WHEN maximum <> coalesce(maximum_set, usual_maximum) THEN app.filled(
                                texts ->> CASE WHEN maximum_set IS NULL THEN 'default_maximum' ELSE 'set_maximum' END,
                                level => coalesce(maximum_set, usual_maximum), used => maximum
                            )
                        END,
                        (
                            SELECT string_agg(
                                app.filled(
                                    texts ->> 'left_out', value => app.noted(named)
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

CREATE OR REPLACE FUNCTION app.on_draft_sentence(texts jsonb, draft_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN upper(left(texts ->> 'word on_draft', 1))
|| replace(substr(texts ->> 'word on_draft', 2), '{}', draft_number) || '.';
COMMENT ON FUNCTION app.on_draft_sentence(jsonb, text) IS
'That what is to be ordered is on a draft and not sent yet, in the language of texts; null without a draft';
