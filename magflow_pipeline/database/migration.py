"""The schema, brought up to `sql/migrations` and `sql/views` by those who may, and compared with them by all others."""

import hashlib
import time
from enum import Enum
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from yoyo import get_backend, read_migrations

from magflow_pipeline.database.blockers import LockedError, describe, explain, naming_blockers, patiently
from magflow_pipeline.database.locks import holders, wait_for
from magflow_pipeline.database.sessions import COMMON, options
from magflow_pipeline.settings import SQL_FOLDER

LOCK = "magflow: migrations"
SCHEMA = "migrations"  # an analyst who lists the tables of app should not meet these
QUEUE_SECONDS = "2s"  # whoever waits for a table whole makes all readers wait behind him
PATIENCE_SECONDS = 60.0
VISIBLE = """
SELECT has_schema_privilege(schema.oid, 'USAGE') AND has_table_privilege(relation.oid, 'SELECT')
FROM pg_class AS relation
INNER JOIN pg_namespace AS schema ON relation.relnamespace = schema.oid
WHERE schema.nspname = %s AND relation.relname = %s
"""


class SchemaState(Enum):
    """The schema of a database beside the one that this version of the code works with."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def migrate(url: str, session: psycopg.Connection) -> list[str]:
    """Apply what is missing, under one lock, so that any number of processes may start at once.

    yoyo's own lock is a row that outlives a killed process, so it is not used; ours ends with the session.

    Returns:
        The names of the migrations and views that were applied: nothing the second time.

    Raises:
        LockedError: somebody held a table for a minute; the message says who.
    """
    yoyos = f"magflow migrate {session.info.backend_pid}"  # it opens sessions of its own
    with naming_blockers(session, url, also=yoyos):
        wait_for(session, LOCK, seconds=2 * PATIENCE_SECONDS)
        try:
            session.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
            before = _applied(session)
            patiently(lambda: _apply_migrations(url, yoyos, session), PATIENCE_SECONDS)
            session.execute("SELECT set_config('lock_timeout', %s, false)", [QUEUE_SECONDS])
            views = patiently(lambda: _replace_changed_views(session), PATIENCE_SECONDS)
            return sorted(_applied(session) - before) + views
        finally:
            if not session.closed:
                session.execute("RESET lock_timeout")
                session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK])


def state_of_schema(session: psycopg.Connection, seconds: float) -> SchemaState:
    """How the schema compares with the code; one that is being migrated just now is waited for, so many seconds.

    Raises:
        LockedError: it is still being migrated; the message says by whom.
    """
    deadline = time.monotonic() + seconds
    while True:
        migrating = holders(session, LOCK)
        state = _compare(session)
        migrating += holders(session, LOCK)
        if not migrating or state is SchemaState.CURRENT:
            return state
        if time.monotonic() > deadline:
            raise LockedError(f"The schema is being migrated just now. {describe(migrating[0])}")
        time.sleep(0.2)


def _compare(session: psycopg.Connection) -> SchemaState:
    if (False,) in [
        session.execute(VISIBLE, [SCHEMA, table]).fetchone() for table in ("_yoyo_migration", "view_files")
    ]:
        return SchemaState.CURRENT  # not for this role to judge; what it reads will tell
    wanted = {file.stem for file in (SQL_FOLDER / "migrations").glob("*.sql")}
    applied = _applied(session)
    if not applied:
        return SchemaState.EMPTY
    if applied - wanted:
        return SchemaState.NEWER
    return SchemaState.OLDER if wanted - applied or _changed_views(session) else SchemaState.CURRENT


def _applied(session: psycopg.Connection) -> set[str]:
    if session.execute(VISIBLE, [SCHEMA, "_yoyo_migration"]).fetchone() is None:
        return set()
    return {name for (name,) in session.execute("SELECT migration_id FROM migrations._yoyo_migration")}


def _apply_migrations(url: str, application_name: str, session: psycopg.Connection) -> None:
    try:
        # yoyo learns what a server can by trying what fails: it is asked only when there is work for it.
        if {file.stem for file in (SQL_FOLDER / "migrations").glob("*.sql")} - _applied(session):
            with get_backend(_yoyo_address(url, application_name)) as backend:
                backend.apply_migrations(backend.to_apply(read_migrations(str(SQL_FOLDER / "migrations"))))
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None


def _yoyo_address(url: str, application_name: str) -> str:
    # yoyo leaves the name in the path as it is written there, so it is given once more, to be decoded.
    name = urlsplit(url).path.removeprefix("/")
    address = url.replace("postgresql:", "postgresql+psycopg:", 1)
    asked_for = str(conninfo_to_dict(url).get("options") or "")
    session = quote(options({**COMMON, "lock_timeout": QUEUE_SECONDS}, asked_for))
    ours = f"schema={SCHEMA}&dbname={name}&client_encoding=UTF8&application_name={quote(application_name)}"
    ours += f"&options={session}"
    return f"{address}{'&' if '?' in url else '?'}{ours}"


def _replace_changed_views(session: psycopg.Connection) -> list[str]:
    session.execute("CREATE TABLE IF NOT EXISTS migrations.view_files (name text PRIMARY KEY, sha256 bytea NOT NULL)")
    session.execute("GRANT SELECT ON migrations.view_files TO public")  # reading verbs compare it, as any role
    changed = _changed_views(session)
    try:
        with session.transaction():
            for name, (text, digest) in changed.items():
                session.execute(sql.SQL(text))  # pyright: ignore[reportArgumentType]
                session.execute(
                    "INSERT INTO migrations.view_files (name, sha256) VALUES (%s, %s)"
                    " ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256",
                    [name, digest],
                )
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None
    return list(changed)


def _changed_views(session: psycopg.Connection) -> dict[str, tuple[str, bytes]]:
    """Text and digest of each view file that is not applied as it stands."""
    if session.execute(VISIBLE, [SCHEMA, "view_files"]).fetchone() is None:
        applied: dict[str, bytes] = {}
    else:
        applied = dict(session.execute("SELECT name, sha256 FROM migrations.view_files").fetchall())
    files = {file.name: file.read_bytes() for file in sorted((SQL_FOLDER / "views").glob("*.sql"))}
    digests = {name: hashlib.sha256(text).digest() for name, text in files.items()}
    return {name: (text.decode(), digests[name]) for name, text in files.items() if applied.get(name) != digests[name]}
