-- Begins a comparison of all marks with the matches. It is repeated after an hour even if no input has changed, in
-- case the rule did.
SELECT app.begin_build('supplier_verification', until => now() + interval '1 hour');

-- Every row is joined with every match by equalities; statistics of an empty list would choose loops through all rows.
SET LOCAL enable_nestloop = off;
