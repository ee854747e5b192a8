"""A digest per table of a database: equal in a database and in its restored copy.

Not here: dumping and restoring.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from psycopg import sql

from magflow_pipeline.database.sessions import parameters
from magflow_pipeline.database.statements import statement

# In any order of the rows, of which each is its text: the session's settings, on which texts depend, are ours. The
# alias is one that no column has.
DIGEST = 'SELECT count(*), coalesce(sum(hashtextextended("a row"::text, 0)::numeric), 0)::text FROM ONLY {} AS "a row"'


class TableDigest(NamedTuple):
    """The number of rows of a table, and the sum of their hashes."""

    rows: int
    hash: str


@contextmanager
def digesting(url: str) -> Generator[psycopg.Connection]:
    """A session whose transaction sees one moment; it may be idle for as long as a dump of that moment takes."""
    with (
        psycopg.connect(
            url,
            autocommit=True,
            **parameters(url, "magflow back-up", idle_in_transaction_session_timeout="0", lock_timeout="60s"),
        ) as session,
        session.transaction(),
    ):
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield session


def export_snapshot(session: psycopg.Connection) -> str:
    """The name under which pg_dump sees the moment of this transaction."""
    row = session.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


def digests(session: psycopg.Connection) -> dict[str, TableDigest]:
    """The digest of each table that pg_dump dumps, by its name with the schema."""
    found: dict[str, TableDigest] = {}
    for schema, table in session.execute(statement("database/dumped_tables")).fetchall():
        row = session.execute(sql.SQL(DIGEST).format(sql.Identifier(schema, table))).fetchone()
        assert row is not None
        found[f"{schema}.{table}"] = TableDigest(*row)
    return found


def differences(there: Mapping[str, TableDigest], here: Mapping[str, TableDigest]) -> list[str]:
    """The tables whose digests differ, or that only one of the two has."""
    return sorted(table for table in there.keys() | here.keys() if there.get(table) != here.get(table))
