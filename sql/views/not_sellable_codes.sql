-- Why an offer cannot be sold: catalogue/sellable.py is the same rule in Python and explains it; a test compares the
-- two. A single SELECT, so that PostgreSQL inlines it.
CREATE OR REPLACE FUNCTION app.not_sellable_codes(
    status smallint, price numeric, documentation smallint[], offer_validation smallint, translation smallint[],
    is_hidden boolean
) RETURNS TABLE (codes text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(
        nullif(
            concat_ws(
                '; ',
                CASE WHEN status = 2 THEN 'status 2' WHEN status <> 1 THEN 'status 0' END,
                CASE WHEN price IS NULL THEN 'no price' END,
                CASE
                    WHEN documentation && '{0,1,2,4,5,6,8,10}' THEN (
                        SELECT string_agg('validation ' || code, '; ' ORDER BY code)
                        FROM (SELECT DISTINCT code FROM unnest(documentation) AS code) AS sent
                        WHERE code = any('{0,1,2,4,5,6,8,10}')
                    )
                END,
                CASE WHEN offer_validation = 2 THEN 'offer validation 2' END
            ),
            ''
        ),
        CASE
            WHEN is_hidden AND translation && '{0,1,2,4,5,6,8,10,13,14,15,16}' THEN (
                SELECT string_agg('translation validation ' || code, '; ' ORDER BY code)
                FROM (SELECT DISTINCT code FROM unnest(translation) AS code) AS sent
                WHERE code = any('{0,1,2,4,5,6,8,10,13,14,15,16}')
            )
        END,
        CASE WHEN is_hidden THEN 'hidden' END
    )
$$;
COMMENT ON FUNCTION app.not_sellable_codes(smallint, numeric, smallint[], smallint, smallint[], boolean) IS
'Why no customer can buy an offer, as codes of report_texts joined by "; "; null when one can, stock aside';
