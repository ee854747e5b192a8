-- The moves of the page, most lost before anything else arrives first.
SELECT * FROM app.page_moves -- noqa: AM04, the columns are those of the view
ORDER BY buying_rank;
