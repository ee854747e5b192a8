-- The rows of transfer_proposals.
SELECT * -- noqa: AM04, its columns are those of the table
FROM planned_transfers
