-- The rows of low_stock_report, by the names of its columns: one per configured account and SKU with an active offer
-- and an active item.

WITH first_twin AS (
    SELECT
        account_type,
        sku,
        min(emag_id) AS emag_id
    FROM app.emag_products_v2
    WHERE is_active
    GROUP BY account_type, sku
    HAVING count(*) > 1
),

on_order AS (
    SELECT
        product_id,
        warehouse_id,
        sum(quantity) AS quantity,
        array_agg(left_out) FILTER (WHERE left_out IS NOT NULL) AS left_out
    FROM app.open_order_lines
    GROUP BY product_id, warehouse_id
),

draft AS ( -- what is drafted is not on order before it is sent
    SELECT
        line.product_id,
        string_agg(DISTINCT purchase.draft_key, ', ') AS number
    FROM app.purchase_orders AS purchase
    INNER JOIN app.purchase_order_items AS line ON purchase.id = line.purchase_order_id
    WHERE purchase.status = 'draft' AND purchase.draft_key IS NOT NULL
    GROUP BY line.product_id
),

unsound_price AS (
    SELECT
        sku,
        array_agg(supplier_name || ': price_cny ' || price_cny ORDER BY supplier_name) AS left_out
    FROM app.product_supplier_sheets
    WHERE is_active AND price_cny <> coalesce(app.sound_price(price_cny), 0)
    GROUP BY sku
),

ended AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        status
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status <> 'running'
        AND operation <> 'selective'
        AND completed_at = app.sound_time(completed_at)
    ORDER BY account_type, completed_at DESC
),

scan AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        least(greatest(processed_items::bigint - duplicate_items - failed_items - unseen_items, 0), 2147483647)::integer
            AS offers,
        total_items,
        completed_at
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status IN ('completed', 'partial')
        AND operation <> 'selective'
        AND completed_at = app.sound_time(completed_at)
    ORDER BY account_type, completed_at DESC
),

-- Accounts on one warehouse sell the same pieces: what all of them are expected to sell.
shared_demand AS (
    SELECT
        account.warehouse,
        demand.sku,
        sum(demand.expected_daily_demand) AS expected,
        sum(demand.daily_variance) AS variance,
        sqrt(sum(demand.demand_error ^ 2)) AS error
    FROM app.demand AS demand
    INNER JOIN app.configured_accounts AS account ON demand.account_type = account.account_type
    WHERE account.shares_warehouse
    GROUP BY account.warehouse, demand.sku
),

transfer AS (
    SELECT
        to_account AS account_type,
        sku,
        sum(quantity)::bigint AS quantity,
        string_agg(from_account, ', ' ORDER BY from_account) AS senders
    FROM app.transfer_proposals
    GROUP BY to_account, sku
),

templates AS MATERIALIZED (
    SELECT
        app.report_templates('en') AS en,
        app.report_templates('ro') AS ro
),

-- OFFSET 0 here and below is a fence: the next steps reuse computed columns, instead of computing them at each mention.
fact AS (
    SELECT
        offer.account_type,
        offer.sku,
        offer.emag_id,
        offer.part_number_key,
        product.id AS product_id,
        -- Names that people wrote win: the row was created by them or the ERP, or changed since a sync created it.
        coalesce(
            CASE
                WHEN product.source <> 'emag' OR product.name <> coalesce(product.emag_name, '')
                    THEN nullif(app.spaced(product.name), '')
            END,
            offer.name,
            product.name
        ) AS name,
        coalesce(
            CASE
                WHEN product.source <> 'emag' OR product.brand <> coalesce(product.emag_brand, '')
                    THEN nullif(app.spaced(product.brand), '')
            END,
            offer.brand,
            product.brand
        ) AS brand,
        offer.category_id,
        account.warehouse,
        levels.quantity,
        levels.reserved AS reserved_quantity,
        levels.quantity - levels.reserved AS available_quantity,
        -- The plan leaves out what is overdue for too long.
        coalesce(need.on_order, least(coalesce(on_order.quantity, 0), 1000000000000000))::bigint AS on_order_quantity,
        coalesce(need.in_transfer, 0) AS in_transfer_quantity,
        coalesce(need.sent_away, 0) AS sent_away_quantity,
        coalesce(need.overdue, 0) AS overdue_quantity,
        need.next_arrival,
        need.arrivals,
        need.gap_days,
        need.ron_lost_before_arrival,
        need.runs_out_on,
        need.order_by_date,
        need.runs_out_on - ceil(planned.lead_time_days)::integer - need.order_by_date AS closed_days_order_by,
        need.blocked,
        need.flags AS need_flags,
        need.raw_quantity AS reorder_quantity_raw,
        coalesce(transfer.quantity, 0) AS transfer_quantity,
        transfer.senders AS transfer_from,
        share.quantity AS share,
        draft.number AS draft_number,
        levels.source AS level_source,
        planned.problem AS level_problem,
        levels.minimum AS minimum_stock,
        levels.reorder_point,
        levels.maximum AS maximum_stock,
        levels.minimum_set,
        levels.reorder_point_set,
        levels.maximum_set,
        levels.reorder_quantity_set,
        levels.usual_minimum,
        levels.usual_reorder_point,
        levels.usual_maximum,
        levels.source = 'manual' OR levels.reorder_quantity_set IS NOT NULL AS has_manual_levels,
        levels.left_out || on_order.left_out || unsound_price.left_out AS left_out,
        nullif(ordering.account_type, offer.account_type) AS ordered_elsewhere,
        offer.price,
        offer.currency,
        sellable.codes AS not_sellable_codes,
        offer.stock_above_since,
        levels.quantity = 0 AND app.stock_is_unread(offer.general_stock, offer.notes) AS is_unread,
        CASE WHEN offer.sync_status = 'error' THEN app.sound_time(terms.last_synced_at) END AS stock_stale_since,
        coalesce(purchase.supplier_id, supplier.supplier_id) AS supplier_id,
        coalesce(purchase.supplier_name, supplier.supplier_name) AS supplier_name,
        coalesce(purchase.supplier_rule, supplier.rule, 'no supplier') AS supplier_rule,
        purchase.raw_quantity AS purchase_raw_quantity,
        purchase.quantity AS purchase_quantity,
        purchase.most_quantity AS purchase_most_quantity,
        coalesce(purchase.minimum_order_quantity, chosen.minimum_order_quantity) AS minimum_order_quantity,
        coalesce(purchase.pack_size, chosen.pack_size) AS pack_size,
        CASE WHEN purchase.sku IS NULL THEN supplier.landed_unit_cost_ron ELSE purchase.landed_unit_cost_ron END
            AS landed_unit_cost_ron,
        CASE WHEN purchase.sku IS NULL THEN supplier.problem ELSE purchase.cost_problem END AS cost_problem,
        coalesce(purchase.cheapest_supplier_name, supplier.cheapest_supplier_name) AS cheapest_supplier_name,
        coalesce(purchase.cheapest_landed_unit_cost_ron, supplier.cheapest_landed_unit_cost_ron)
            AS cheapest_landed_unit_cost_ron,
        CASE
            WHEN purchase.sku IS NULL THEN supplier.planning_quantity
            WHEN purchase.quantity = 0 THEN purchase.after_pack
            ELSE purchase.quantity
        END AS landed_quantity,
        CASE WHEN purchase.sku IS NULL THEN chosen.unit_price ELSE purchase.unit_price END AS unit_price,
        CASE WHEN purchase.sku IS NULL THEN chosen.currency ELSE purchase.currency END AS unit_currency,
        CASE WHEN purchase.sku IS NULL THEN chosen.rate ELSE purchase.rate END AS unit_rate,
        CASE WHEN purchase.sku IS NULL THEN chosen.rate_date ELSE purchase.rate_date END AS unit_rate_date,
        chosen.freight_per_piece_ron,
        chosen.freight_per_order_ron,
        coalesce(chosen.duty_rate, usual.duty_rate) AS duty_rate,
        usual.supplier_name AS level_supplier_name,
        usual.planning_quantity AS level_quantity,
        round(usual.unit_price * usual.rate, 6) AS level_price_ron,
        round(usual.freight_per_piece_ron + usual.freight_per_order_ron / usual.planning_quantity, 6)
            AS level_freight_ron,
        purchase.flags AS purchase_flags,
        supplier.notes AS supplier_notes,
        supplier.list_price_cny AS supplier_price_cny,
        supplier.supplier_url,
        coalesce(supplier.is_verified, FALSE) AS is_verified,
        coalesce(supplier.supplier_count, 0)::integer AS supplier_count,
        ended.status AS scan_status,
        scan.offers AS scan_offers,
        scan.total_items AS scan_total,
        scan.completed_at AS scanned_at,
        account.marketplace,
        demand.average_daily_demand,
        demand.expected_daily_demand,
        coalesce(demand.demand_method, 'not enough data') AS demand_method,
        demand.demand_seen,
        demand.flags AS demand_flags,
        demand.demand_class,
        coalesce(planned.expected_daily_demand, shared_demand.expected, demand.expected_daily_demand)
            AS planned_daily_demand,
        -- Without a variance, that of a Poisson distribution.
        coalesce(
            planned.daily_variance,
            shared_demand.variance,
            demand.daily_variance,
            shared_demand.expected,
            demand.expected_daily_demand
        ) AS daily_variance,
        coalesce(planned.demand_error, shared_demand.error, demand.demand_error, 0) AS demand_error,
        coalesce(planned.lead_time_days, app.lead_time_days()) AS lead_time_days,
        coalesce(planned.lead_time_spread_days, app.lead_time_spread_days()) AS lead_time_spread_days,
        coalesce(planned.lead_time_source, 'default') AS lead_time_source,
        coalesce(planned.closed_days_today, 0) AS closed_days_today,
        coalesce(planned.closed_days_next_review, 0) AS closed_days_next_review,
        coalesce(planned.closed_days_in_a_week, 0) AS closed_days_in_a_week,
        planned.review_days,
        planned.capital_cost,
        planned.unit_cost_ron,
        planned.commission_rate,
        -- A seller who ships himself pays none unless one was told.
        CASE
            WHEN planned.margin_source = 'margin' THEN coalesce(planned.fulfilment_fee_ron, 0)
            ELSE planned.fulfilment_fee_ron
        END AS fulfilment_fee_ron,
        coalesce(planned.margin_ron, offer.price * rate.ron) AS margin_ron,
        CASE
            WHEN planned.margin_ron IS NOT NULL THEN planned.margin_source
            WHEN offer.price * rate.ron IS NOT NULL THEN 'revenue'
        END AS margin_source,
        planned.chance_allowed,
        planned.lot,
        planned.line_cost,
        planned.least_lot,
        planned.most_cover_days,
        planned.pack_part,
        planned.safety_stock,
        planned.abc,
        planned.xyz,
        rate.ron AS price_rate,
        offer.price * rate.ron AS price_ron
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.emag_accounts AS account ON offer.account_type = account.account_type
    INNER JOIN app.stock_levels AS levels
        ON offer.account_type = levels.account_type AND offer.sku = levels.sku AND levels.is_active
    INNER JOIN app.products AS product ON levels.product_id = product.id
    LEFT JOIN first_twin ON offer.account_type = first_twin.account_type AND offer.sku = first_twin.sku
    LEFT JOIN app.ordering_accounts AS ordering
        ON account.warehouse = ordering.warehouse AND offer.sku = ordering.sku AND ordering.shares_warehouse
    LEFT JOIN app.emag_product_offers_v2 AS terms
        ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
    LEFT JOIN on_order ON levels.product_id = on_order.product_id AND levels.warehouse_id = on_order.warehouse_id
    LEFT JOIN draft ON levels.product_id = draft.product_id
    LEFT JOIN app.supplier_choice AS supplier ON offer.sku = supplier.sku
    LEFT JOIN unsound_price ON offer.sku = unsound_price.sku
    LEFT JOIN ended ON offer.account_type = ended.account_type
    LEFT JOIN scan ON offer.account_type = scan.account_type
    LEFT JOIN app.demand AS demand ON offer.account_type = demand.account_type AND offer.sku = demand.sku
    LEFT JOIN shared_demand ON account.warehouse = shared_demand.warehouse AND offer.sku = shared_demand.sku
    LEFT JOIN app.current_rates AS rate ON offer.currency = rate.currency
    -- Levels of accounts on one warehouse are those of the account that orders.
    LEFT JOIN app.demand_levels AS planned ON account.warehouse = planned.warehouse AND offer.sku = planned.sku
    LEFT JOIN app.replenishment_needs AS need ON offer.account_type = need.account_type AND offer.sku = need.sku
    LEFT JOIN transfer ON offer.account_type = transfer.account_type AND offer.sku = transfer.sku
    LEFT JOIN app.reorder_proposals AS purchase ON offer.sku = purchase.sku
    LEFT JOIN app.supplier_offers AS chosen
        ON
            offer.sku = chosen.sku
            AND chosen.supplier_id = coalesce(purchase.supplier_id, supplier.supplier_id)
            AND chosen.shipping = CASE
                WHEN purchase.supplier_id IS NULL THEN supplier.shipping
                ELSE purchase.shipping
            END
    LEFT JOIN app.supplier_offers AS usual
        ON
            offer.sku = usual.sku
            AND planned.supplier_id = usual.supplier_id
            AND planned.shipping = usual.shipping
    LEFT JOIN app.reorder_shares AS share ON offer.account_type = share.account_type AND offer.sku = share.sku
    CROSS JOIN
        LATERAL app.not_sellable_codes(
            offer.status,
            coalesce(terms.price, offer.price),
            offer.validation_status,
            offer.offer_validation_status,
            offer.translation_validation_status,
            coalesce(terms.visibility, 'visible') = 'hidden'
        ) AS sellable
    WHERE
        offer.is_active
        -- Of several active offers with one SKU, the one with the lowest id.
        AND (first_twin.emag_id < offer.emag_id) IS NOT TRUE
    OFFSET 0 -- noqa: AM09, no row is left out
),

decided AS (
    SELECT
        fact.*,
        decision.status,
        decision.reason_code,
        decision.reorder_quantity,
        cover.days_of_cover,
        cover.stock_out_date,
        cover.ron_lost_by_waiting,
        cover.ron_at_risk_per_day
    FROM fact
    CROSS JOIN
        LATERAL app.stock_decision(
            available => fact.available_quantity,
            inventory_position => fact.available_quantity - fact.sent_away_quantity + fact.on_order_quantity
            + fact.in_transfer_quantity,
            minimum => fact.minimum_stock,
            reorder_point => fact.reorder_point,
            maximum => fact.maximum_stock,
            quantity_set => fact.reorder_quantity_set,
            is_sellable => fact.not_sellable_codes IS NULL,
            is_unread => fact.is_unread,
            is_ordered_elsewhere => fact.ordered_elsewhere IS NOT NULL,
            problem => CASE WHEN fact.level_source <> 'manual' THEN fact.level_problem END,
            raw => fact.reorder_quantity_raw,
            transferred => fact.transfer_quantity,
            share => fact.share,
            purchase => fact.purchase_quantity,
            blocked => fact.blocked
        ) AS decision
    CROSS JOIN
        LATERAL app.demand_cover(
            available => CASE WHEN NOT fact.is_unread THEN fact.available_quantity END,
            to_come => fact.on_order_quantity + fact.in_transfer_quantity - fact.sent_away_quantity,
            expected => fact.expected_daily_demand,
            planned => fact.planned_daily_demand,
            daily_variance => fact.daily_variance,
            demand_error => fact.demand_error,
            days_today => fact.lead_time_days + fact.closed_days_today,
            days_in_a_week => fact.lead_time_days + 7 + fact.closed_days_in_a_week,
            lead_time_spread_days => fact.lead_time_spread_days,
            margin_ron => fact.margin_ron,
            is_sellable => fact.not_sellable_codes IS NULL,
            today => (now() AT TIME ZONE 'Europe/Bucharest')::date
        ) AS cover
    OFFSET 0 -- noqa: AM09, no row is left out
)

SELECT
    decided.*,
    decided.not_sellable_codes IS NULL AS is_sellable,
    round(
        (decided.landed_unit_cost_ron - decided.cheapest_landed_unit_cost_ron) * decided.landed_quantity, 2
    ) AS difference_ron,
    decided.level_source = 'manual'
    OR coalesce(decided.reorder_quantity, 1) > 0
    OR coalesce(decided.level_problem NOT IN ('never_sold', 'not_worth_keeping'), TRUE) AS is_kept,
    nullif(
        concat_ws(
            '; ',
            nullif(array_to_string(decided.demand_flags, '; '), ''),
            CASE
                WHEN decided.is_unread AND position('stock_unread' IN coalesce(decided.blocked, '')) = 0
                    THEN 'stock_unread'
            END,
            CASE WHEN decided.stock_above_since IS NOT NULL THEN 'stock_is_at_least' END,
            CASE
                WHEN
                    decided.price_ron IS NULL
                    AND decided.not_sellable_codes IS NULL
                    AND decided.blocked IS DISTINCT FROM 'no_price_in_ron'
                    THEN 'no_price_in_ron'
            END,
            decided.blocked,
            decided.need_flags,
            CASE
                WHEN
                    decided.share IS NOT NULL
                    AND decided.order_by_date < (now() AT TIME ZONE 'Europe/Bucharest')::date
                    THEN 'order_late'
            END,
            CASE
                WHEN decided.share IS NOT NULL
                    THEN ( -- those of one account may be another's: its own are told above
                        SELECT string_agg(codes.code, '; ' ORDER BY codes.place)
                        FROM string_to_table(decided.purchase_flags, '; ') WITH ORDINALITY AS codes (code, place)
                        WHERE
                            codes.code NOT IN (
                                'order_overdue', 'order_late', 'supplier_closed', 'not_sellable', 'lost_buy_box',
                                'competitor_below_cost'
                            )
                    )
                ELSE nullif(concat_ws( -- of the offer that would be chosen
                    '; ',
                    CASE decided.supplier_rule
                        WHEN 'no supplier' THEN 'no_supplier'
                        WHEN 'cost incomplete' THEN 'cost_incomplete'
                    END,
                    CASE WHEN decided.lead_time_source = 'default' THEN 'lead_time_default' END,
                    decided.supplier_notes
                ), '')
            END,
            'on_draft ' || decided.draft_number
        ),
        ''
    ) AS flags,
    en.reason || coalesce(' ' || app.on_draft_sentence(templates.en, decided.draft_number), '') AS reason,
    en.not_sellable_reason,
    en.levels_note,
    ro.reason || coalesce(' ' || app.on_draft_sentence(templates.ro, decided.draft_number), '') AS reason_ro,
    ro.not_sellable_reason AS not_sellable_reason_ro,
    ro.levels_note AS levels_note_ro
FROM decided
CROSS JOIN templates
CROSS JOIN
    LATERAL app.low_stock_sentences(
        texts => templates.en,
        status => decided.status,
        reason_code => decided.reason_code,
        available => decided.available_quantity,
        is_at_least => decided.stock_above_since IS NOT NULL,
        minimum => decided.minimum_stock,
        reorder_point => decided.reorder_point,
        maximum => decided.maximum_stock,
        minimum_set => decided.minimum_set,
        reorder_point_set => decided.reorder_point_set,
        maximum_set => decided.maximum_set,
        level_source => decided.level_source,
        level_problem => decided.level_problem,
        left_out => decided.left_out,
        account => decided.ordered_elsewhere,
        not_sellable_codes => decided.not_sellable_codes,
        stale_since => decided.stock_stale_since,
        demand => decided.planned_daily_demand,
        lead_time_days => decided.lead_time_days,
        lead_time_spread_days => decided.lead_time_spread_days,
        lead_time_source => decided.lead_time_source,
        closed_days => decided.closed_days_next_review,
        chance_allowed => decided.chance_allowed,
        on_order => decided.on_order_quantity,
        in_transfer => decided.in_transfer_quantity,
        sent_away => decided.sent_away_quantity,
        overdue => decided.overdue_quantity,
        raw => decided.reorder_quantity_raw,
        transfer => decided.transfer_quantity,
        transfer_from => decided.transfer_from,
        blocked => decided.blocked,
        quantity => decided.reorder_quantity,
        purchase_raw => decided.purchase_raw_quantity,
        purchase => decided.purchase_quantity,
        purchase_flags => decided.purchase_flags,
        moq => decided.minimum_order_quantity,
        pack => decided.pack_size,
        supplier => decided.supplier_name,
        cost => decided.landed_unit_cost_ron,
        cost_problem => decided.cost_problem,
        cheapest => decided.cheapest_supplier_name,
        cheapest_cost => decided.cheapest_landed_unit_cost_ron,
        order_by => decided.order_by_date,
        is_late => decided.order_by_date < (now() AT TIME ZONE 'Europe/Bucharest')::date,
        usual_minimum => decided.usual_minimum,
        usual_point => decided.usual_reorder_point,
        usual_maximum => decided.usual_maximum
    ) AS en
CROSS JOIN
    LATERAL app.low_stock_sentences(
        texts => templates.ro,
        status => decided.status,
        reason_code => decided.reason_code,
        available => decided.available_quantity,
        is_at_least => decided.stock_above_since IS NOT NULL,
        minimum => decided.minimum_stock,
        reorder_point => decided.reorder_point,
        maximum => decided.maximum_stock,
        minimum_set => decided.minimum_set,
        reorder_point_set => decided.reorder_point_set,
        maximum_set => decided.maximum_set,
        level_source => decided.level_source,
        level_problem => decided.level_problem,
        left_out => decided.left_out,
        account => decided.ordered_elsewhere,
        not_sellable_codes => decided.not_sellable_codes,
        stale_since => decided.stock_stale_since,
        demand => decided.planned_daily_demand,
        lead_time_days => decided.lead_time_days,
        lead_time_spread_days => decided.lead_time_spread_days,
        lead_time_source => decided.lead_time_source,
        closed_days => decided.closed_days_next_review,
        chance_allowed => decided.chance_allowed,
        on_order => decided.on_order_quantity,
        in_transfer => decided.in_transfer_quantity,
        sent_away => decided.sent_away_quantity,
        overdue => decided.overdue_quantity,
        raw => decided.reorder_quantity_raw,
        transfer => decided.transfer_quantity,
        transfer_from => decided.transfer_from,
        blocked => decided.blocked,
        quantity => decided.reorder_quantity,
        purchase_raw => decided.purchase_raw_quantity,
        purchase => decided.purchase_quantity,
        purchase_flags => decided.purchase_flags,
        moq => decided.minimum_order_quantity,
        pack => decided.pack_size,
        supplier => decided.supplier_name,
        cost => decided.landed_unit_cost_ron,
        cost_problem => decided.cost_problem,
        cheapest => decided.cheapest_supplier_name,
        cheapest_cost => decided.cheapest_landed_unit_cost_ron,
        order_by => decided.order_by_date,
        is_late => decided.order_by_date < (now() AT TIME ZONE 'Europe/Bucharest')::date,
        usual_minimum => decided.usual_minimum,
        usual_point => decided.usual_reorder_point,
        usual_maximum => decided.usual_maximum
    ) AS ro
