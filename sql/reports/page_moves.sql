-- The moves of the page, in the order of its items' SKUs.
SELECT * FROM app.page_moves -- noqa: AM04, the columns are those of the view
ORDER BY sku COLLATE "C", buying_rank;
