"""Puts a back-up in the place of both databases: whole, proven, or not at all.

Restored under other names and compared with the file first; one transaction then gives both databases their names, and
keeps those that were there under others. Killed at any statement, it leaves either the old ones or the new ones.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from magflow_pipeline.accounts import SIMULATOR, load_those_with_credentials
from magflow_pipeline.backups.backup import (
    BackupError,
    crc,
    create_database,
    drop_database,
    refuse_small_disks,
    restore_and_compare,
    rules_of,
)
from magflow_pipeline.backups.backup_file import BUSINESS, DAGSTER, Manifest, opened
from magflow_pipeline.database.blockers import describe
from magflow_pipeline.database.client import ProgramError
from magflow_pipeline.database.connection import UNICODE_RULES, Place, find_place
from magflow_pipeline.database.migration import SchemaState, migrate, newest_revision, state_of_schema
from magflow_pipeline.database.owners import is_superuser, settle
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import noted
from magflow_pipeline.times import ZONE, local
from magflow_pipeline.troubles import reason_of

LOCK = "magflow: restore"
SECONDS_TO_LEAVE = 60.0  # for sessions that have to end, and for programs that connect again and again
LONGEST_NAME = 63  # bytes, of a database

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What was restored, and where that is kept which was there before."""

    manifest: Manifest
    kept: Sequence[str]
    """Names of the databases from before; empty where there were none."""
    closed_syncs: int
    """Syncs that ran when the back-up was taken, and were closed."""


def restore_backup(
    settings: Settings, file: Path, confirm: Callable[[str], bool], tell: Tell = print
) -> Restored | None:
    """Put the back-up `file` in the place of both databases, if `confirm` agrees to what it is told; else None.

    Work on the databases is ended. An older schema is brought up to date. What was there before is kept under another
    name.

    Raises:
        ConfigurationError: the file is damaged, another seller's or of a newer schema, or the server does not let this
            user do it.
        BackupError: it failed, or was not equal to the file. Nothing was changed.
    """
    with opened(file) as (archive, manifest):
        _refuse_newer_schema(manifest)
        place = find_place(settings)
        with _administering(place) as session:
            place = place.without_transaction_timeout(session)
            _refuse_others(settings, place, session, manifest)
            if not confirm(_plan(place, session, file, manifest)):
                return None
            target = {BUSINESS: place.name, DAGSTER: place.dagsters_name}
            new = {member: f"magflow_restored_{crc(name)}" for member, name in target.items()}
            try:
                for name in new.values():  # of one that was killed
                    drop_database(session, name)
                if place.is_embedded:
                    refuse_small_disks([(settings.home, manifest.size_bytes)], "The restore")
                options = _options(session, manifest)
                _end_sessions(session, target.values(), tell)
                tell("Restoring under other names, and comparing each table ...")
                for member, dumped in manifest.databases.items():
                    create_database(session, new[member], _rules(place, session, target[member]))
                    with archive.open(member) as source:
                        restore_and_compare(place.url(new[member]), source, dumped, *options)
                closed = _finish(place, new[BUSINESS], file, manifest)
                place.give_to_pipeline(new[DAGSTER])
                for member, name in target.items():
                    _copy_settings(session, name, new[member])
                kept = _swap(place, session, [(target[member], new[member]) for member in target], tell)
            except (BackupError, ProgramError, psycopg.Error) as error:
                what = "Either all was replaced or nothing" if session.broken else "Nothing was changed"
                raise BackupError(f"{what}: {reason_of(error).rstrip('.')}. It can be run again.") from error
            finally:
                with suppress(psycopg.Error):  # renamed ones are not there any more
                    for name in new.values():
                        drop_database(session, name)
    return Restored(manifest, kept, closed)


@contextmanager
def _administering(place: Place) -> Generator[psycopg.Connection]:
    """A session on the server's own database: nobody can rename the one that he is connected to."""
    with place.session("postgres") as session:
        row = session.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)), rolcreatedb OR rolsuper, rolname FROM pg_roles"
            " WHERE rolname = current_user",
            [f"{LOCK} {place.name}"],
        ).fetchone()
        assert row is not None
        is_ours, may_create, user = row
        if not is_ours:
            raise ConfigurationError(f"Another restore of {place.where} is running.")
        if not may_create:
            raise ConfigurationError(
                f"A restore makes new databases, and {user!r} may not. As an administrator: ALTER ROLE "
                f'"{user}" CREATEDB; afterwards NOCREATEDB.'
            )
        yield session


def _refuse_newer_schema(manifest: Manifest) -> None:
    if manifest.schema_revision > newest_revision():
        raise ConfigurationError(
            f"The back-up has the schema {manifest.schema_revision}, and this version of MagFlow knows those up to "
            f"{newest_revision()}: update the program (git pull)."
        )


def _refuse_others(settings: Settings, place: Place, session: psycopg.Connection, manifest: Manifest) -> None:
    """Refuse another seller's back-up, and let simulated and real rows never meet."""
    is_demo = {marketplace for marketplace, _ in manifest.sources} == {SIMULATOR}
    if manifest.sources and place.is_embedded and is_demo != settings.is_demo:
        raise ConfigurationError(
            f"The back-up holds a demo's rows, and {settings.home} is no demo home: run `magflow demo` there first."
            if is_demo
            else f"The back-up holds rows of real accounts, and {settings.home} is a demo home: set MAGFLOW_HOME to "
            "another folder, or empty it by `magflow demo --reset`."
        )
    ours = _sources_in(place, session) or _configured_sources(settings)
    if manifest.sources and ours and not manifest.sources & ours:
        raise ConfigurationError(
            f"The back-up is another seller's: its accounts are {_named(manifest.sources)}, and those here are "
            f"{_named(ours)}. Set MAGFLOW_HOME or MAGFLOW_DATABASE_URL to where it belongs."
        )


def _sources_in(place: Place, session: psycopg.Connection) -> frozenset[tuple[str, str]]:
    """Marketplace and user of each account in the database; none where it is missing, or cannot be read any more."""
    if not _exists(session, place.name):
        return frozenset()
    try:
        with place.session(place.name) as reading:
            return frozenset(reading.execute("SELECT marketplace, username FROM app.emag_accounts").fetchall())
    except (psycopg.Error, ConfigurationError):
        return frozenset()


def _configured_sources(settings: Settings) -> frozenset[tuple[str, str]]:
    try:
        accounts, _ = load_those_with_credentials(settings, settings.accounts)
    except ConfigurationError:  # a new machine without a .env yet
        return frozenset()
    return frozenset((account.marketplace, account.username) for account in accounts)


def _named(sources: frozenset[tuple[str, str]]) -> str:
    return noted(", ".join(f"{user} at {marketplace}" for marketplace, user in sorted(sources)))


def _plan(place: Place, session: psycopg.Connection, file: Path, manifest: Manifest) -> str:
    """The plan of the restore, shown before it is confirmed."""
    running = _sessions(session, [place.name, place.dagsters_name])
    ended = f" Ended first: {_named_sessions(running)}." if running else ""
    return (
        f"{noted(file.name)} was taken at {local(manifest.taken_at)} {ZONE} and holds {manifest.rows:,} rows in "
        f"{manifest.tables} tables. It takes the place of {place.where} and of Dagster's history; what is there now is "
        f"kept under another name.{ended}"
    )


def _exists(session: psycopg.Connection, name: str) -> bool:
    return session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _sessions(session: psycopg.Connection, names: Sequence[str]) -> list[dict[str, Any]]:
    """People and programs that are connected to one of the databases."""
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("database/sessions_of"), {"names": list(names)}).fetchall()


def _named_sessions(found: Sequence[dict[str, Any]]) -> str:
    names = sorted({each["application_name"] for each in found} - {""})
    unnamed = sum(not each["application_name"] for each in found)
    return noted(", ".join(names + [f"{unnamed} without a name"] * bool(unnamed)))


def _end_sessions(session: psycopg.Connection, names: Sequence[str] | Any, tell: Tell | None = None) -> None:
    """End the sessions on these databases; those of others, which this user may not end, stay."""
    found = _sessions(session, list(names))
    for each in found:
        with suppress(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT pg_terminate_backend(%s, 5000)", [each["pid"]])
    if found and tell:
        tell(f"Ended: {_named_sessions(found)}.")


def _options(session: psycopg.Connection, manifest: Manifest) -> list[str]:
    """How pg_restore treats owners and rights. Roles that rights name are made where they are missing, without login.

    Rights are never left out: that nobody may call a function with its owner's rights is one of them.
    """
    known = {name for (name,) in session.execute("SELECT rolname FROM pg_roles")}
    missing = [role for role in manifest.roles if role not in known]
    for role in missing:
        try:
            session.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError(
                f"rights in the back-up name the role {role!r}, which this server does not have. As an administrator: "
                f'CREATE ROLE "{role}" NOLOGIN;'
            ) from None
    row = session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return [] if row == (True,) and not missing else ["--no-owner"]


def _rules(place: Place, session: psycopg.Connection, name: str) -> sql.Composable:
    """The rules of encoding and locale: those of the database that is replaced, if it is there."""
    if _exists(session, name):
        return rules_of(session, name)
    return sql.SQL(UNICODE_RULES) if place.is_embedded else sql.SQL("ENCODING 'UTF8'")


def _finish(place: Place, name: str, file: Path, manifest: Manifest) -> int:
    """Bring the restored database up to date; the number of syncs in it that had not ended, and are closed."""
    with place.session(name) as session:
        place.check_fit(session)
        if state_of_schema(session, seconds=0) is not SchemaState.CURRENT:
            migrate(place.url(name))
        if is_superuser(session):
            with session.transaction():
                settle(session)
        counts = {"size": file.stat().st_size, "tables": manifest.tables, "rows": manifest.rows}
        row = session.execute(statement("backups/restored"), counts).fetchone()
        session.execute("ANALYZE")
    assert row is not None
    return int(row[0])


def _copy_settings(session: psycopg.Connection, old: str, new: str) -> None:
    """Give a database the settings and rights that its administrator has given to the one that it replaces."""
    if not _exists(session, old):
        return
    here, there = sql.Identifier(new), {"name": old}
    for name, value in session.execute(statement("database/settings_of"), there).fetchall():
        # FROM CURRENT, because a list such as search_path cannot be given as a literal.
        session.execute("SELECT set_config(%s, %s, false)", [name, value])
        session.execute(sql.SQL("ALTER DATABASE {} SET {} FROM CURRENT").format(here, sql.Identifier(name)))
        session.execute(sql.SQL("RESET {}").format(sql.Identifier(name)))
    for grantee, rights in session.execute(statement("database/rights_on"), there).fetchall():
        to = sql.Identifier(grantee) if grantee is not None else sql.SQL("PUBLIC")
        session.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(here, to))
        if rights:
            session.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(rights), here, to))


def _swap(place: Place, session: psycopg.Connection, pairs: Sequence[tuple[str, str]], tell: Tell) -> list[str]:
    """Give the new databases their names in one transaction; the names under which the old ones are kept."""
    stamp = f"_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    kept = {name: _short(name, stamp) for name, _ in pairs if _exists(session, name)}
    deadline = time.monotonic() + SECONDS_TO_LEAVE
    while True:
        try:
            with _ending_sessions(place, [*kept, *(new for _, new in pairs)]), session.transaction():
                for old, name in kept.items():
                    _rename(session, old, name)
                for old, new in pairs:
                    _rename(session, new, old)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                found = _sessions(session, list(kept))
                raise BackupError(
                    f"somebody is connected, and does not leave. {describe(found[0] if found else None)}"
                ) from None
            tell("Somebody has connected again; once more ...")
        else:
            return list(kept.values())


@contextmanager
def _ending_sessions(place: Place, names: Sequence[str]) -> Generator[None]:
    """End sessions on these databases during the block, from a session of its own.

    A rename lets nobody new in while it waits, for 5 s, until those who are there have left: who connects again and
    again is ended then, and no earlier moment would do.
    """
    is_over = threading.Event()

    def end() -> None:
        with suppress(psycopg.Error, ConfigurationError), place.session("postgres") as session:
            while not is_over.wait(0.02):
                _end_sessions(session, names)

    thread = threading.Thread(target=end)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _rename(session: psycopg.Connection, old: str, new: str) -> None:
    session.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _short(name: str, ending: str) -> str:
    """The name with an ending, in as many bytes as a database's name has room for."""
    room = LONGEST_NAME - len(ending)
    return name.encode()[:room].decode(errors="ignore") + ending
