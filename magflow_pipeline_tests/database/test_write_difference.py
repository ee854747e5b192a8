"""Derived tables are written by difference: what a build leaves as it is, is not written."""

import psycopg

from magflow_pipeline_tests.conftest import both_servers

TABLE = """
CREATE TABLE derived (
    "Order" bigint, day date, gone integer, note text, built_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sku text, PRIMARY KEY (sku, "Order")
);
ALTER TABLE derived DROP COLUMN gone
"""
# The columns in another order than the table's, and one that it does not have.
QUERY = """
SELECT sku, note, helper, "Order", day -- 100 %% of them
FROM (VALUES {}) AS row (sku, "Order", note, day, helper)
"""


def write(session: psycopg.Connection, *rows: str) -> int:
    query = QUERY.format(", ".join(rows)).replace("%%", "%")
    [(written,)] = session.execute("SELECT app.write_difference('derived', %s)", [query]).fetchall()
    return written


def stored(session: psycopg.Connection) -> dict[tuple[str, int], tuple]:
    rows = session.execute('SELECT sku, "Order", note, day::text, xmin::text, built_at FROM derived').fetchall()
    return {(sku, order): rest for sku, order, *rest in rows}


@both_servers
def test_only_the_difference_is_written_whatever_the_columns_are_called(session):
    """A column that was left out of one of several lists kept its old value for ever."""
    session.execute(TABLE)
    same, changed, gone = "('A', 1, NULL, NULL::date, 1)", "('A', 2, 'x', '2026-01-31', 1)", "('B', 1, 'x', NULL, 1)"
    assert write(session, same, changed, gone) == 3
    before = stored(session)
    assert write(session, same, changed, gone) == 0
    assert stored(session) == before

    assert write(session, same, "('A', 2, NULL, '2026-01-31', 2)", "('C', 1, 'new', NULL, 3)") == 2
    after = stored(session)
    assert after.keys() == {("A", 1), ("A", 2), ("C", 1)}
    assert after["A", 1] == before["A", 1]
    assert after["A", 2][:2] == [None, "2026-01-31"]
    assert after["A", 2][-1] > before["A", 2][-1]
