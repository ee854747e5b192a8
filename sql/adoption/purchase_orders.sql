-- Orders at suppliers. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH written AS (
    SELECT
        old.place,
        old.old_row,
        lower(pg_temp.said(old.old_row ->> 'status')) AS status
    FROM pg_temp.old_rows AS old
),

named AS (
    SELECT
        written.place,
        written.old_row,
        CASE
            WHEN written.status IN ('draft', 'sent', 'confirmed', 'partially_received', 'received', 'cancelled')
                THEN written.status
            WHEN written.status = 'canceled' THEN 'cancelled'
            WHEN written.status = 'shipped' THEN 'confirmed'
            WHEN written.status = 'delivered' THEN 'received'
        END AS status
    FROM written
)

SELECT
    named.place,
    named.old_row,
    NULL::text AS key,
    NULL::numeric AS rank,
    CASE WHEN named.status IS NULL THEN 'its status is not known' END AS reason,
    NULL::text AS same,
    jsonb_build_object(
        'supplier_id', pg_temp.known('suppliers', named.old_row ->> 'supplier_id'),
        'status', named.status,
        'currency', substring(upper(pg_temp.said(named.old_row ->> 'currency')) FROM '^[A-Z]{3}$'),
        'ordered_at', coalesce(
            pg_temp.moment(named.old_row ->> 'ordered_at', %(zone)s),
            pg_temp.moment(named.old_row ->> 'order_date', %(zone)s)
        ),
        'order_date', pg_temp.moment(named.old_row ->> 'order_date', %(zone)s),
        'expected_on', coalesce(
            pg_temp.day(named.old_row ->> 'expected_on'), pg_temp.day(named.old_row ->> 'expected_delivery_date')
        ),
        'expected_delivery_date', pg_temp.day(named.old_row ->> 'expected_delivery_date'),
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s),
        'note', nullif(
            concat_ws(
                ': ', named.old_row ->> 'order_number', named.old_row ->> 'note', named.old_row ->> 'internal_notes'
            ),
            ''
        )
    ) AS new_values,
    jsonb_build_object('created_at', now()) AS defaults
FROM named;
