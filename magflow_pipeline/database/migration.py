"""The schema, brought up to `sql/migrations` and `sql/views`, by whoever comes first."""

import hashlib
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from yoyo import get_backend, read_migrations

from magflow_pipeline.settings import SQL_FOLDER

LOCK = "magflow: migrations"
SCHEMA = "migrations"  # an analyst who lists the tables of app should not meet these


def migrate(url: str, session: psycopg.Connection) -> list[str]:
    """Apply what is missing, under one lock, so that any number of processes may start at once.

    yoyo's own lock is a row that outlives a killed process, so it is not used; ours ends with the session.

    Returns:
        The names of the migrations and views that were applied: nothing the second time.
    """
    session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK])
    try:
        session.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        names: list[str] = []
        # yoyo learns what a server can by trying what fails: it is asked only when there is work for it.
        if {file.stem for file in (SQL_FOLDER / "migrations").glob("*.sql")} - _applied(session):
            with get_backend(_yoyo_address(url)) as backend:
                pending = backend.to_apply(read_migrations(str(SQL_FOLDER / "migrations")))
                names = [migration.id for migration in pending]
                backend.apply_migrations(pending)
        return names + _replace_changed_views(session)
    finally:
        session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK])


def _applied(session: psycopg.Connection) -> set[str]:
    if session.execute("SELECT to_regclass('migrations._yoyo_migration')").fetchone() == (None,):
        return set()
    return {name for (name,) in session.execute("SELECT migration_id FROM migrations._yoyo_migration")}


def _yoyo_address(url: str) -> str:
    # yoyo leaves the name in the path as it is written there, so it is given once more, to be decoded.
    name = urlsplit(url).path.removeprefix("/")
    address = url.replace("postgresql:", "postgresql+psycopg:", 1)
    return f"{address}{'&' if '?' in url else '?'}schema={SCHEMA}&dbname={name}"


def _replace_changed_views(session: psycopg.Connection) -> list[str]:
    session.execute("CREATE TABLE IF NOT EXISTS migrations.view_files (name text PRIMARY KEY, sha256 bytea NOT NULL)")
    applied = dict(session.execute("SELECT name, sha256 FROM migrations.view_files").fetchall())
    changed: list[str] = []
    with session.transaction():
        for file in sorted((SQL_FOLDER / "views").glob("*.sql")):
            text = file.read_bytes()
            digest = hashlib.sha256(text).digest()
            if applied.get(file.name) == digest:
                continue
            session.execute(sql.SQL(text.decode()))  # pyright: ignore[reportArgumentType]
            session.execute(
                "INSERT INTO migrations.view_files (name, sha256) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256",
                [file.name, digest],
            )
            changed.append(file.name)
    return changed
