"""Migrates the schema to `sql/migrations` and `sql/views`, or only compares it with them.

Alembic keeps the version. Its revisions are the SQL files in the order of their numbers: no Python file per migration.
"""

import hashlib
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import psycopg

from magflow_pipeline.database.address import with_driver
from magflow_pipeline.database.blockers import LockedError, describe, explain, naming_blockers, patiently
from magflow_pipeline.database.locks import holders, wait_for
from magflow_pipeline.database.owners import become_owner, settle
from magflow_pipeline.database.sessions import parameters
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import SQL_FOLDER

if TYPE_CHECKING:
    import sqlalchemy
    from alembic.runtime.migration import MigrationContext, RevisionStep

LOCK = "magflow: migrations"
SCHEMA = "migrations"  # not app: analysts list the tables there
QUEUE_SECONDS = 2.0  # readers queue behind a session that waits for a table lock
PATIENCE_SECONDS = 30.0
TURN_SECONDS = 120.0  # for another process that migrates: it is known to end
TABLES_OF_BEFORE = (
    *("warehouses", "products", "suppliers", "supplier_products", "product_supplier_sheets", "inventory_items"),
    *("purchase_orders", "purchase_order_items", "emag_products_v2", "emag_product_offers_v2"),
    *("emag_sync_logs", "emag_sync_progress"),
)
"""Tables of the program before MagFlow pipeline that are known, each after those that it refers to."""
VISIBLE = """
SELECT has_schema_privilege(schema.oid, 'USAGE') AND has_table_privilege(relation.oid, 'SELECT')
FROM pg_class AS relation
INNER JOIN pg_namespace AS schema ON relation.relnamespace = schema.oid
WHERE schema.nspname = %s AND relation.relname = %s
"""


class SchemaState(Enum):
    """How the schema of a database compares with the one that this version of the code needs."""

    EMPTY = "empty"
    FOREIGN = "foreign"
    """No schema of MagFlow pipeline, but tables of the program before it: `magflow database adopt` takes them over."""
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def migrate(url: str) -> list[str]:
    """Apply missing migrations and changed views, under one lock, so that any number of processes may start at once.

    Returns:
        The names of the migrations and views that were applied; it is idempotent: none the second time.

    Raises:
        LockedError: another session held a table for half a minute; the message names it.
    """
    import sqlalchemy  # with Alembic it takes half a second, and only a migration needs it

    engine = sqlalchemy.create_engine(
        with_driver(url, "psycopg"),
        poolclass=sqlalchemy.NullPool,
        connect_args=parameters(url, "magflow migrate", lock_timeout=f"{QUEUE_SECONDS:.0f}s"),
    )
    with engine.connect() as connection:
        session = cast("psycopg.Connection", connection.connection.driver_connection)
        with naming_blockers(session, url):
            with connection.begin():
                wait_for(session, LOCK, TURN_SECONDS)  # released when the session ends
            patiently(lambda: _settled(connection, session, become_owner), PATIENCE_SECONDS - QUEUE_SECONDS)
            with connection.begin():
                if _version(session) is None:
                    session.execute(statement("database/books_of_migrations"))
                before = _version(session) or ""
            views = patiently(lambda: _upgrade(connection, session), PATIENCE_SECONDS - QUEUE_SECONDS)
            # Whatever was made anew has no rights yet.
            patiently(lambda: _settled(connection, session, settle), PATIENCE_SECONDS - QUEUE_SECONDS)
            return [file.stem for file in _files() if _number(file) > before] + views


def _settled(
    connection: "sqlalchemy.Connection", session: psycopg.Connection, settle_it: Callable[[psycopg.Connection], object]
) -> None:
    try:
        with connection.begin():
            settle_it(session)
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None
    finally:
        connection.rollback()


def migrate_within(session: psycopg.Connection) -> None:
    """Make the whole schema in the caller's transaction, where there is none; nothing else may migrate meanwhile."""
    session.execute(statement("database/books_of_migrations"))
    for file in _files():
        session.execute(file.read_bytes())
    session.execute("INSERT INTO migrations.alembic_version (version_num) VALUES (%s)", [newest_revision()])
    _replace_changed_views(session)


def tables_of_before(session: psycopg.Connection) -> list[tuple[str, str]]:
    """Schema and name of the tables of the program before this one that could be taken over."""
    return session.execute(statement("adoption/tables_of_before"), {"tables": list(TABLES_OF_BEFORE)}).fetchall()


def state_of_schema(session: psycopg.Connection, seconds: float) -> SchemaState:
    """How the schema compares with the code; waits at most `seconds` for a migration in progress.

    Raises:
        LockedError: it is still being migrated; the message says by whom.
    """
    deadline = time.monotonic() + seconds
    while True:
        migrating = holders(session, LOCK)
        state = compare_schema(session)
        migrating += holders(session, LOCK)
        if not migrating or state is SchemaState.CURRENT:
            return state
        if time.monotonic() > deadline:
            raise LockedError(f"The schema is being migrated just now. {describe(migrating[0])}")
        time.sleep(0.2)


def newest_revision() -> str:
    """The number of the newest migration that this version of the code has."""
    return _number(_files()[-1])


def compare_schema(session: psycopg.Connection) -> SchemaState:
    """How the schema compares with the code just now, whoever migrates it meanwhile."""
    if False in (_visible(session, "alembic_version"), _visible(session, "view_files")):
        return SchemaState.CURRENT  # this role may not compare; its queries fail if the schema does not fit
    if _visible(session, "alembic_version") is None and _visible(session, "_yoyo_migration") is not None:
        return SchemaState.OLDER  # from before Alembic
    version, newest = _version(session), newest_revision()
    if version is None:
        return SchemaState.FOREIGN if tables_of_before(session) else SchemaState.EMPTY
    if version > newest:
        return SchemaState.NEWER
    return SchemaState.OLDER if version < newest or _changed_views(session) else SchemaState.CURRENT


def _visible(session: psycopg.Connection, table: str) -> bool | None:
    """Whether the role may read the table; None when it does not exist."""
    row = session.execute(VISIBLE, [SCHEMA, table]).fetchone()
    return row[0] if row else None


def _version(session: psycopg.Connection) -> str | None:
    """The number of the newest migration that is applied; None before the first."""
    if _visible(session, "alembic_version") is None:
        return None
    row = session.execute("SELECT max(version_num) FROM migrations.alembic_version").fetchone()
    return row[0] if row else None


def _files() -> list[Path]:
    return sorted((SQL_FOLDER / "migrations").glob("*.sql"))


def _number(file: Path) -> str:
    return file.name.partition(".")[0]


def _upgrade(connection: "sqlalchemy.Connection", session: psycopg.Connection) -> list[str]:
    """Run each migration in one transaction with its version, then the views in another; returns the changed views."""
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.exc import DBAPIError

    try:
        options = {"fn": _steps, "transaction_per_migration": True, "version_table_schema": SCHEMA}
        MigrationContext.configure(connection, opts=options).run_migrations(session=session)
        connection.rollback()  # Alembic's own query has begun a transaction
        with connection.begin():
            return _replace_changed_views(session)
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None
    except DBAPIError as error:
        is_locked = isinstance(error.orig, psycopg.errors.LockNotAvailable)
        raise explain(session) if is_locked else (error.orig or error) from None
    finally:
        connection.rollback()


def _steps(heads: tuple[str, ...], _: "MigrationContext") -> "list[RevisionStep]":
    """The steps that Alembic runs on a database at the revision `heads`."""
    from alembic.runtime.migration import MigrationStep
    from alembic.script import Script
    from alembic.script.revision import RevisionMap

    scripts: list[Script] = []
    for file in _files():
        scripts.append(Script(_Revision(file, scripts[-1].revision if scripts else None), _number(file), file))
    revisions = RevisionMap(lambda: scripts)
    missing = [*revisions.iterate_revisions("heads", heads, implicit_base=True)]
    return [MigrationStep.upgrade_from_script(revisions, cast("Script", each)) for each in reversed(missing)]


class _Revision(ModuleType):
    """A migration, as Alembic would import it from a Python file."""

    def __init__(self, file: Path, down_revision: str | None) -> None:
        super().__init__(file.stem)
        self.down_revision = down_revision
        self._file = file

    def upgrade(self, session: psycopg.Connection) -> None:
        session.execute(self._file.read_bytes())


def _replace_changed_views(session: psycopg.Connection) -> list[str]:
    changed = _changed_views(session)
    for name, (text, digest) in changed.items():
        session.execute(text)
        session.execute(
            "INSERT INTO migrations.view_files (name, sha256) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256",
            [name, digest],
        )
    return list(changed)


def _changed_views(session: psycopg.Connection) -> dict[str, tuple[bytes, bytes]]:
    """Text and digest of each view file that was changed since it was applied, or never applied."""
    applied = dict(session.execute("SELECT name, sha256 FROM migrations.view_files").fetchall())
    texts = {file.name: file.read_bytes() for file in sorted((SQL_FOLDER / "views").glob("*.sql"))}
    files = {name: (text, hashlib.sha256(text).digest()) for name, text in texts.items()}
    return {name: (text, digest) for name, (text, digest) in files.items() if applied.get(name) != digest}
