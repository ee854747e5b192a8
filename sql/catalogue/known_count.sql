-- How many known offers are not removed. Parameter: account_type.
SELECT count(*) AS known
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND removed_at IS NULL;
