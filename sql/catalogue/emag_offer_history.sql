-- History of offers: a new row when price, stock or status differs from the newest one.

INSERT INTO app.emag_offer_history (
    account_type, emag_offer_id, valid_from, sku, price, currency, stock, status
)
SELECT
    incoming.account_type,
    incoming.emag_id,
    -- Later than the previous row, even if a clock ahead of this host's wrote that.
    greatest(incoming.seen_at, newest.valid_from + interval '1 microsecond') AS valid_from,
    incoming.sku,
    incoming.price,
    incoming.currency,
    incoming.stock_quantity,
    incoming.status
FROM incoming_offers AS incoming
LEFT JOIN LATERAL (
    SELECT *
    FROM app.emag_offer_history AS history
    WHERE
        history.account_type = incoming.account_type
        AND history.emag_offer_id = incoming.emag_id
    ORDER BY history.valid_from DESC
    LIMIT 1
) AS newest ON TRUE
WHERE
    incoming.change <> 'created'
    AND (
        incoming.sku,
        incoming.price,
        incoming.currency,
        incoming.stock_quantity,
        incoming.status,
        FALSE
    ) IS DISTINCT FROM (
        newest.sku,
        newest.price,
        newest.currency,
        newest.stock,
        newest.status,
        newest.is_removed
    )
ON CONFLICT DO NOTHING;
