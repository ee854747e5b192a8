-- Where rows and values of old tables are that the new ones do not take. No parameters.
CREATE TABLE before_adoption.quarantined_rows (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_number bigint NOT NULL,
    is_kept boolean NOT NULL,
    old_row jsonb NOT NULL,
    reason text NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE before_adoption.quarantined_rows IS
'What magflow database adopt could not keep, and why; the old tables are whole beside it';
COMMENT ON COLUMN before_adoption.quarantined_rows.id IS 'Number';
COMMENT ON COLUMN before_adoption.quarantined_rows.table_name IS 'Old table, in the schema before_adoption';
COMMENT ON COLUMN before_adoption.quarantined_rows.row_number IS 'Which of its rows, from 1 on, as it was read';
COMMENT ON COLUMN before_adoption.quarantined_rows.is_kept IS
'The row is in the new table, without these values; false: it is not';
COMMENT ON COLUMN before_adoption.quarantined_rows.old_row IS 'The whole row; of one that is kept, only these values';
COMMENT ON COLUMN before_adoption.quarantined_rows.reason IS 'The rule that it broke';
COMMENT ON COLUMN before_adoption.quarantined_rows.adopted_at IS 'When, UTC';
