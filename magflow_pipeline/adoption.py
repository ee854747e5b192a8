"""Takes over the database of the program before this one: `magflow database adopt`.

In one transaction: its schema is moved aside whole, the schema of this program is made, each known table is read by one
statement of `sql/adoption`, which says of every row what becomes of it, and tables that are not known go back to where
they were. The report is the same transaction, rolled back: it cannot say anything else than what would happen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import available_timezones

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import PATIENCE_SECONDS, find_place
from magflow_pipeline.database.locks import wait_for
from magflow_pipeline.database.migration import (
    LOCK,
    TABLES_OF_BEFORE,
    SchemaState,
    compare_schema,
    migrate_within,
    tables_of_before,
)
from magflow_pipeline.database.owners import settle
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError, Settings

ASIDE = "before_adoption"
SEEDS_ZONE = "UTC"
"""Of times without a zone: the program before this one wrote `datetime.utcnow()`."""
NAIVE = "timestamp without time zone"
PAST = ("created_at", "updated_at", "started_at", "last_synced_at")
"""Times that were never in the future when they were written."""
COLUMN_READ = re.compile(r"old_row ->>? '(\w+)'")


@dataclass(frozen=True)
class AdoptedTable:
    """How many rows an old table had, and how many of them the new one has."""

    name: str
    rows: int
    kept: int


@dataclass(frozen=True)
class Quarantined:
    """What of an old table is in quarantine for one reason: rows, or values in `columns` of rows that are kept."""

    table: str
    reason: str
    rows: int
    columns: Sequence[str]


@dataclass
class Adoption:
    """What became of an old database, or would become of it."""

    is_applied: bool
    zone: str
    tables: list[AdoptedTable] = field(default_factory=list[AdoptedTable])
    quarantined: list[Quarantined] = field(default_factory=list[Quarantined])
    left_alone: list[str] = field(default_factory=list[str])
    """Tables that are not known, as they were in `app`."""
    aside: list[str] = field(default_factory=list[str])
    """Tables that are not known, with names that are needed or that inherit: they stay in `before_adoption`."""
    naive: list[str] = field(default_factory=list[str])
    """Columns with times that have no zone."""
    is_in_future: bool = False
    """Times that were past when they were written would be in the future by this zone: it is another one."""


def adopt(settings: Settings, zone: str, *, apply: bool) -> Adoption | None:
    """Take over the database that the settings name, or only say what would become of it; None: it was done before.

    Raises:
        ConfigurationError: there is nothing to adopt, or it cannot be; the message says why.
        LockedError: somebody works with its tables.
    """
    if zone not in available_timezones():
        raise ConfigurationError(f"{zone!r} is no time zone; write it as UTC or Europe/Bucharest.")
    place = find_place(settings)
    if place.is_embedded:
        place.create_missing(place.name)
    with place.session(place.name) as session:
        place = place.without_transaction_timeout(session)
        place.check_fit(session)
        place.check_writable(session)
        wait_for(session, LOCK, PATIENCE_SECONDS)
        old, state = tables_of_before(session), compare_schema(session)
        if state is not SchemaState.FOREIGN:
            if _exists(session, ASIDE):
                return None
            if state is SchemaState.EMPTY:
                raise ConfigurationError(
                    f"There is nothing to adopt in {place.where}: no table of an earlier MagFlow is in app or public."
                )
            raise ConfigurationError(
                f"There is nothing to adopt in {place.where}: its schema is MagFlow's. `magflow database migrate` "
                "brings it up to date."
            )
        if _exists(session, ASIDE):
            raise ConfigurationError(
                f"{place.where} has a schema {ASIDE!r} already, where the old tables would go: rename it."
            )
        with session.transaction(force_rollback=not apply):
            return _adopt(session, old, Adoption(is_applied=apply, zone=zone))


def _adopt(session: psycopg.Connection, old: Sequence[tuple[str, str]], adoption: Adoption) -> Adoption:
    _move_aside(session, old)
    migrate_within(session)
    session.execute(statement("adoption/quarantine"))
    session.execute(statement("adoption/helpers"))
    for _, table in old:
        adoption.tables.append(_read(session, table, adoption))
    with session.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statement("adoption/counts")).fetchall():
            adoption.quarantined.append(
                Quarantined(row["table_name"], row["reason"], row["rows"], row["columns"] if row["is_kept"] else ())
            )
    for table, is_free in session.execute(
        statement("adoption/tables_left"), {"known": list(TABLES_OF_BEFORE)}
    ).fetchall():
        if is_free:
            session.execute(sql.SQL("ALTER TABLE {} SET SCHEMA app").format(sql.Identifier(ASIDE, table)))
        (adoption.left_alone if is_free else adoption.aside).append(table)
    if adoption.left_alone:
        session.execute(statement("adoption/usage_returned"))
        needed = session.execute(statement("adoption/needed_by_tables"), {"tables": adoption.left_alone}).fetchall()
        for (each,) in needed:
            session.execute(each)
    settle(session)
    return adoption


def _move_aside(session: psycopg.Connection, old: Sequence[tuple[str, str]]) -> None:
    tables = session.execute("SELECT 'app', tablename FROM pg_tables WHERE schemaname = 'app'").fetchall()
    names = [sql.Identifier(*each) for each in dict.fromkeys([*old, *tables])]
    session.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
    is_there = _exists(session, "app")
    session.execute(f"ALTER SCHEMA app RENAME TO {ASIDE}" if is_there else f"CREATE SCHEMA {ASIDE}")
    for schema, table in old:
        if schema != "app":
            move = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
            session.execute(move.format(sql.Identifier(schema, table), sql.Identifier(ASIDE)))


def _read(session: psycopg.Connection, table: str, adoption: Adoption) -> AdoptedTable:
    """Let the statement of the table say what becomes of each row, and store what is kept."""
    columns = session.execute(statement("adoption/columns_of"), {"schema_name": ASIDE, "table_name": table}).fetchall()
    naive = [name for name, kind, _ in columns if kind == NAIVE]
    adoption.naive += [f"{table}.{name}" for name in naive]
    _take_old_rows(session, table, [(name, kind) for name, kind, _ in columns])
    past = [name for name in naive if name in PAST]
    if past:
        query = (
            "SELECT EXISTS (SELECT FROM pg_temp.old_rows, unnest(%(past)s::text[]) AS name"
            " WHERE pg_temp.moment(old_row ->> name, %(zone)s) > now() + interval '5 minutes')"
        )
        row = session.execute(query, {"past": past, "zone": adoption.zone}).fetchone()
        adoption.is_in_future |= row == (True,)
    text, sequence = statement(f"adoption/{table}"), _sequence(session, table)
    read = [*COLUMN_READ.findall(text), *(["id"] if sequence else [])]
    with psycopg.ClientCursor(session) as cursor:
        cursor.execute(text, {"zone": adoption.zone})
        cursor.execute(statement("adoption/judged"), {"table_name": table, "sequence": sequence})
        cursor.execute(statement("adoption/columns_left"), {"table_name": table, "columns": read})
    rows = session.execute("SELECT count(*), count(*) FILTER (WHERE is_kept) FROM pg_temp.judged_rows").fetchone()
    assert rows is not None
    if rows[1]:
        _store(session, table)
    session.execute("DROP TABLE pg_temp.old_rows, pg_temp.read_rows, pg_temp.judged_rows")
    return AdoptedTable(table, rows[0], rows[1])


def _take_old_rows(session: psycopg.Connection, table: str, columns: Sequence[tuple[str, str]]) -> None:
    """Make `pg_temp.old_rows`: each row as jsonb, so that a statement need not know which columns there are."""
    selected = [
        sql.SQL("pg_temp.parsed({0}) AS {0}" if kind == "json" else "{0}").format(sql.Identifier(name))
        for name, kind in columns
    ]
    query = sql.SQL(
        "CREATE TEMP TABLE old_rows ON COMMIT DROP AS"
        " SELECT row_number() OVER () AS place, to_jsonb(old.*) AS old_row FROM (SELECT {} FROM {}) AS old"
    )
    session.execute(query.format(sql.SQL(", ").join(selected), sql.Identifier(ASIDE, table)))


def _store(session: psycopg.Connection, table: str) -> None:
    names = {key for (key,) in session.execute("SELECT DISTINCT jsonb_object_keys(new_row) FROM pg_temp.judged_rows")}
    new = session.execute(statement("adoption/columns_of"), {"schema_name": "app", "table_name": table}).fetchall()
    stored = [name for name, _, is_generated in new if name in names and not is_generated]
    columns: list[sql.Composable] = [sql.Identifier(name) for name in stored]
    values: list[sql.Composable] = [sql.SQL("new.{}").format(each) for each in columns]
    if _sequence(session, table) is not None:
        columns.append(sql.Identifier("id"))
        values.append(sql.SQL("judged.new_id"))
    query = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM pg_temp.judged_rows AS judged,"
        " jsonb_populate_record(NULL::{table}, judged.new_row) AS new WHERE judged.is_kept ORDER BY judged.place"
    )
    session.execute(
        query.format(
            table=sql.Identifier("app", table),
            columns=sql.SQL(", ").join(columns),
            values=sql.SQL(", ").join(values),
        )
    )


def _sequence(session: psycopg.Connection, table: str) -> str | None:
    """The sequence of the new table's ids; None where its key is eMAG's."""
    row = session.execute(
        "SELECT pg_get_serial_sequence('app.' || %(table)s, attname) FROM pg_attribute"
        " WHERE attrelid = ('app.' || %(table)s)::regclass AND attname = 'id'",
        {"table": table},
    ).fetchone()
    return row[0] if row else None


def _exists(session: psycopg.Connection, schema: str) -> bool:
    return session.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is not None


def in_sentences(adoption: Adoption) -> Iterator[str]:
    """Everything about it that no table of numbers says, for people."""
    for each in adoption.quarantined:
        rows = f"{each.table}: {each.rows:,} row{'s' * (each.rows != 1)}"
        if each.columns:
            yield f"{rows} kept without some values, which are in quarantine: {each.reason}: {', '.join(each.columns)}."
        else:
            yield f"{rows} in quarantine: {each.reason}."
    if adoption.left_alone:
        yield f"Not MagFlow's, and left alone in app: {', '.join(adoption.left_alone)}."
    if adoption.aside:
        yield (
            f"Not MagFlow's, but under names that it needs or made from an old table, and kept as they are in {ASIDE}: "
            f"{', '.join(adoption.aside)}."
        )
    if adoption.naive:
        yield (
            f"Times without a zone are read as {adoption.zone} in {len(adoption.naive)} columns: "
            f"{', '.join(adoption.naive)}."
        )
    if adoption.is_in_future:
        yield (
            f"Some of these times are in the future as {adoption.zone}: they seem to be written in another zone. "
            "Name it: --naive-times Europe/Bucharest."
        )
