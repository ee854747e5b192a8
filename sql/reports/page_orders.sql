-- The purchases of the page, in the order of its items' SKUs.
SELECT * FROM app.page_orders -- noqa: AM04, the columns are those of the view
ORDER BY sku COLLATE "C", buying_rank;
