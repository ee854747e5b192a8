-- The purchases of the page, what waiting costs most first.
SELECT * FROM app.page_orders -- noqa: AM04, the columns are those of the view
ORDER BY buying_rank;
