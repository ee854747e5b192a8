-- depends: 0022.backups
-- Functions that are called for every row, so that PostgreSQL inlines them: it inlines none that is declared more
-- immutable than what it calls. Joining a text to a bigint is only stable, and so is array_to_string.

CREATE OR REPLACE FUNCTION app.unsound_pieces(name text, value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NOT NULL AND app.sound_pieces(value) IS NULL THEN name || ' ' || value::text END;

CREATE OR REPLACE FUNCTION app.stock_is_unread(general_stock bigint, notes text[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN general_stock IS NULL
AND coalesce(array_to_string(notes, chr(10)) ~ '(^|\n)(general_)?stock [^\n]* is not usable', FALSE);
