"""Columns, types and comments of tables, read from the database itself, so that they cannot drift from `sql/`."""

from dataclasses import dataclass

from psycopg.rows import class_row

from magflow_pipeline.database.connection import Database


@dataclass(frozen=True)
class Column:
    """One column of a table or view."""

    name: str
    type: str
    is_nullable: bool
    comment: str | None


def describe(database: Database, table: str) -> list[Column]:
    """The columns of `table` of the schema `app`, in order."""
    with database.connect() as session, session.cursor(row_factory=class_row(Column)) as cursor:
        return cursor.execute(
            "SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS is_nullable,"
            " col_description(attrelid, attnum) AS comment FROM pg_attribute"
            " WHERE attrelid = format('app.%%I', %s::text)::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [table],
        ).fetchall()
