-- Begins a comparison of all marks with the matches. It is repeated after an hour even if no input has changed, in
-- case the rule did.
SELECT app.begin_build('supplier_verification', until => now() + interval '1 hour');
