-- depends: 0055.words-of-the-rule
-- Where an account sells: VAT where no order has told it, and between which accounts goods are moved.

ALTER TABLE app.emag_accounts
ADD COLUMN country text NOT NULL DEFAULT 'RO',
ADD CONSTRAINT emag_accounts_country_check CHECK (country IN ('RO', 'BG', 'HU'));
UPDATE app.emag_accounts
SET country = CASE split_part(marketplace, '/', 1) WHEN 'marketplace-api.emag.bg' THEN 'BG' ELSE 'HU' END
WHERE split_part(marketplace, '/', 1) IN ('marketplace-api.emag.bg', 'marketplace-api.emag.hu');

COMMENT ON COLUMN app.emag_accounts.country IS
'Where it sells: RO, BG or HU. EMAG_<ACCOUNT>_COUNTRY, else as eMAG''s host says, else RO';
