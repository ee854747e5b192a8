-- The items of the page, those of one SKU together.
SELECT * FROM app.page_items -- noqa: AM04, the columns are those of the report
ORDER BY sku COLLATE "C", account_type;
