-- What an incremental sync goes by: a read of all with at most so many pieces shows the offers that have no more.
CREATE OR REPLACE FUNCTION app.known_stock(general_stock bigint, stock_quantity bigint, stock_above bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN greatest(coalesce(general_stock, stock_quantity), stock_above + 1);
COMMENT ON FUNCTION app.known_stock(bigint, bigint, bigint) IS
'Pieces of an offer as eMAG filters by them. Of an offer that is known only to have more than stock_above, one more';
