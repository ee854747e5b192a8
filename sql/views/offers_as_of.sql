-- Every offer as of a time: SELECT * FROM offers_as_of('2026-11-22 10:00 Europe/Bucharest') WHERE sku = 'AUR516'.
CREATE OR REPLACE FUNCTION app.offers_as_of(moment timestamptz)
RETURNS SETOF app.emag_offer_history
LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT ON (account_type, emag_offer_id) *
    FROM app.emag_offer_history
    WHERE valid_from <= moment
    ORDER BY account_type, emag_offer_id, valid_from DESC
$$;
COMMENT ON FUNCTION app.offers_as_of(timestamptz) IS
'Price, stock and status of every offer at a time: its newest row of emag_offer_history not after it';
