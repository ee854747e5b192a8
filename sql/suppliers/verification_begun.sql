-- Before all marks are compared with the matches. An hour later they are compared again though no input has changed, in
-- case the rule did.
SELECT app.begin_build('supplier_verification', until => now() + interval '1 hour');
