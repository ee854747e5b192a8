"""Back-ups of both databases, proven by a restore, and their retention.

Each is taken at one moment while syncs run, and restored into a scratch database, whose tables have to be equal to
those of that moment. Not here: the file (`backup_file.py`), and putting one in place (`restore.py`).
"""

import os
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, LiteralString

import psycopg
from psycopg import sql

from magflow_pipeline.backups.backup_file import (
    BUSINESS,
    DAGSTER,
    Draft,
    Dumped,
    Manifest,
    drafting,
    is_a_backup,
    manifest_of,
    opened,
)
from magflow_pipeline.database import address as addresses
from magflow_pipeline.database.blockers import describe
from magflow_pipeline.database.client import PROGRAMS_VERSION, ProgramError, dump, restore
from magflow_pipeline.database.connection import Database, Place, find_place
from magflow_pipeline.database.digests import differences, digesting, digests, export_snapshot
from magflow_pipeline.database.locks import holders
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import noted
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline.troubles import reason_of

LOCK = "magflow: back-up"
PREFIX, SUFFIX, UNPROVEN = "magflow-", ".zip", ".unproven.zip"
MOST_NAMED = 5  # tables in an error
ALL_KEPT = timedelta(days=2)  # a second one of a day does not replace the one from before an accident
SPARE_BYTES = 50_000_000  # beside what the databases take

Tell = Callable[[str], None]


class BackupError(Exception):
    """A back-up or a restore failed, or was not proven; the message says why and what there is."""


@dataclass(frozen=True)
class Backup:
    """A proven back-up."""

    file: Path
    size_bytes: int
    tables: int
    rows: int
    seconds: float
    removed: Sequence[Path] = ()
    """Earlier back-ups that retention removed."""


def back_up(database: Database, settings: Settings, output: Path | None = None, tell: Tell = print) -> Backup:
    """Write a back-up of both databases and prove it; `output` is a file or a folder, by default that of the settings.

    Where it goes into the folder of the settings, earlier back-ups past their retention are removed.

    Raises:
        ConfigurationError: the file cannot be written there, a disk has no room for it, the server is newer than our
            programs, somebody's table may not be read, or another back-up is running.
        BackupError: it failed, or was not equal to its source.
    """
    started = time.monotonic()
    if settings.database_url is None:
        database = _of_superuser(settings)
    with database.connect("magflow back-up") as session:
        _refuse_newer_server(session)
        _refuse_unreadable(session)
        _take_turn(session)
        target = _target(settings, output)
        _refuse_full_disks(session, database, settings, target.parent)
        with _recorded(session, target) as number:
            manifest, size = _write_and_prove(session, database, settings, target, tell)
            counts = {"number": number, "size": size, "tables": manifest.tables, "rows": manifest.rows}
            session.execute(statement("backups/proven"), counts)
        removed = _apply_retention(session, settings, manifest) if output is None else []
    return Backup(target, size, manifest.tables, manifest.rows, time.monotonic() - started, removed)


def _of_superuser(settings: Settings) -> Database:
    """The embedded database for who may read every table, whoever has made it, and make the scratch database."""
    place = find_place(settings)
    return Database(place.url(), place.url(place.dagsters_name))


def _write_and_prove(
    session: psycopg.Connection, database: Database, settings: Settings, target: Path, tell: Tell
) -> tuple[Manifest, int]:
    """Write the file and prove it; its manifest and its size in bytes."""
    problem: Exception | None = None
    try:
        with drafting(target) as draft:
            manifest = _write(database, draft)
            size = draft.path.stat().st_size
            tell(f"Written: {size:,} bytes, {manifest.rows:,} rows. Restoring it into a scratch database ...")
            try:
                _prove(session, database, settings, draft.path)
            except (BackupError, ConfigurationError, ProgramError, psycopg.Error, OSError) as error:
                problem = error
                draft.target = target.with_name(target.name.removesuffix(SUFFIX) + UNPROVEN)
    except OSError as error:
        raise BackupError(f"The back-up cannot be written to {noted(target.parent)}: {reason_of(error)}") from None
    except ProgramError as error:
        raise BackupError(f"The back-up failed: {error}. No file was written.") from None
    if problem is not None:
        raise BackupError(
            f"The back-up was written, and could not be proven: {reason_of(problem).rstrip('.')}. It is kept as "
            f"{noted(draft.target)}; do not rely on it."
        ) from None
    return manifest, size


def _write(database: Database, draft: Draft) -> Manifest:
    """Write the dumps of both databases, each with the digests of the moment that it shows."""
    with digesting(database.url) as business, digesting(database.dagster_url) as dagster:
        parts = [(BUSINESS, database.url, business), (DAGSTER, database.dagster_url, dagster)]
        snapshots = [export_snapshot(session) for _, _, session in parts]  # both first: nearly the same moment
        identity = business.execute(statement("backups/identity")).fetchone()
        assert identity is not None
        taken_at, revision, sources, roles = identity
        dumped: dict[str, Dumped] = {}
        for (name, url, session), snapshot in zip(parts, snapshots, strict=True):
            with ThreadPoolExecutor(1) as beside, draft.member(name) as output:
                tables = beside.submit(digests, session)
                dump(url, snapshot, output)
                dumped[name] = Dumped(tables.result(), _size(session))
        manifest = Manifest(
            taken_at,
            revision,
            business.info.server_version,
            frozenset((marketplace, user) for marketplace, user in sources),
            tuple(roles),
            dumped,
        )
    draft.seal(manifest)
    return manifest


def _prove(session: psycopg.Connection, database: Database, settings: Settings, file: Path) -> None:
    """Restore both dumps of a file, one after the other, and compare each table.

    Raises:
        BackupError: something differs.
    """
    with opened(file) as (archive, manifest):
        for name, dumped in manifest.databases.items():
            with _scratch(session, database, settings) as url, archive.open(name) as source:
                restore_and_compare(url, source, dumped, "--no-owner", "--no-acl")


def restore_and_compare(url: str, source: IO[bytes], dumped: Dumped, *options: str) -> None:
    """Restore a dump into an empty database, and compare each of its tables with that of the moment of the dump.

    Raises:
        BackupError: something differs.
        ProgramError: pg_restore failed.
    """
    restore(url, source, *options)
    with digesting(url) as session:
        if different := differences(dumped.tables, digests(session)):
            more = f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else ""
            raise BackupError(
                f"what was restored differs from what was dumped in {noted(', '.join(different[:MOST_NAMED]))}{more}"
            )


@contextmanager
def _scratch(session: psycopg.Connection, database: Database, settings: Settings) -> Generator[str]:
    """The address of an empty database beside ours; on a server of its own where this user may not make one.

    One that a killed process left is dropped first: there is one name, and one back-up at a time.
    """
    name = f"magflow_scratch_{crc(session.info.dbname)}"
    try:
        drop_database(session, name)
        create_database(session, name, rules_of(session, session.info.dbname))
    except psycopg.errors.InsufficientPrivilege:
        with _temporary_server(settings, name) as url:
            yield url
        return
    try:
        yield addresses.url({**addresses.parse(database.url), "dbname": name})
    finally:
        with suppress(psycopg.Error):  # the server died: the next back-up drops it
            drop_database(session, name)


@contextmanager
def _temporary_server(settings: Settings, name: str) -> Generator[str]:
    """The address of an empty database on an embedded server that ends with the block."""
    from magflow_pipeline.database import embedded  # the wheel's modules, for those who use its server

    home = settings.home / "proof"
    _remove_server(home)
    try:
        address = {"user": "postgres", "host": str(embedded.start(home)), "port": "5432", "dbname": name}
        place = Place(address, "the temporary server of the proof", is_embedded=True)
        place.create_missing(name)
        yield place.url()
    finally:
        _remove_server(home)


def _remove_server(home: Path) -> None:
    from magflow_pipeline.database import embedded

    if home.exists():
        embedded.stop(home)
        if (note := home / "postgres.socket").exists():  # of a folder elsewhere, where the home's path is too long
            shutil.rmtree(note.read_text().strip(), ignore_errors=True)
        shutil.rmtree(home)


def crc(name: str) -> str:
    """A short text for a name of any length, of which the name of another database is made."""
    return f"{zlib.crc32(name.encode()):08x}"


def drop_database(session: psycopg.Connection, name: str) -> None:
    """Drop a database, also while somebody is connected to it; nothing happens when there is none."""
    session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def create_database(session: psycopg.Connection, name: str, rules: sql.Composable) -> None:
    """Create an empty database with some rules of encoding and locale."""
    session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ").format(sql.Identifier(name)) + rules)


def rules_of(session: psycopg.Connection, name: str) -> sql.Composable:
    """The rules of encoding and locale of a database: generated columns and indexes depend on them."""
    row = session.execute(
        "SELECT to_jsonb(here), pg_encoding_to_char(encoding) FROM pg_database AS here WHERE datname = %s",
        [name],
    ).fetchone()
    assert row is not None
    here, encoding = row
    provider = here["datlocprovider"]
    locale = here.get("datlocale") or here.get("daticulocale")  # before version 17 it was ICU's alone
    rules: list[tuple[LiteralString, str | None]] = [
        ("ENCODING", encoding),
        ("LOCALE_PROVIDER", {"c": "libc", "i": "icu", "b": "builtin"}[provider]),
        ("LC_COLLATE", here["datcollate"]),
        ("LC_CTYPE", here["datctype"]),
        ("ICU_LOCALE", locale if provider == "i" else None),
        ("BUILTIN_LOCALE", locale if provider == "b" else None),
        ("ICU_RULES", here.get("daticurules")),
    ]
    given = [sql.SQL(word) + sql.SQL(" ") + sql.Literal(value) for word, value in rules if value is not None]
    return sql.SQL(" ").join(given)


def refuse_small_disks(needs: Sequence[tuple[Path, int]], what: str) -> None:
    """Make sure that each folder's disk has so many bytes free; folders of one disk share them.

    Raises:
        ConfigurationError: one has not.
    """
    wanted: Counter[int] = Counter()
    for folder, size in needs:
        device = folder.stat().st_dev
        wanted[device] += size + SPARE_BYTES
        if (free := shutil.disk_usage(folder).free) < wanted[device]:
            raise ConfigurationError(
                f"{what} may need {wanted[device] / 1e6:,.0f} MB on the disk of {noted(folder)}, and {free / 1e6:,.0f} "
                "MB are free. Free space there, or name another folder. Nothing was begun."
            )


def _refuse_full_disks(session: psycopg.Connection, database: Database, settings: Settings, folder: Path) -> None:
    """The file is never larger than the databases; the larger of them is restored beside it for the proof."""
    names = [addresses.parse(url)["dbname"] for url in (database.url, database.dagster_url)]
    sizes = [size for (size,) in session.execute("SELECT pg_database_size(unnest(%s::text[]))", [names])]
    needs = [(folder, sum(sizes))]
    if settings.database_url is None:
        needs.append((settings.home, max(sizes)))
    refuse_small_disks(needs, "The back-up")


def _refuse_newer_server(session: psycopg.Connection) -> None:
    if (version := session.info.server_version // 10000) > PROGRAMS_VERSION:
        raise ConfigurationError(
            f"The server is PostgreSQL {version}, and MagFlow's pg_dump of version {PROGRAMS_VERSION} dumps no "
            f"newer one. Update MagFlow (git pull), or back up with a pg_dump of version {version}."
        )


def _refuse_unreadable(session: psycopg.Connection) -> None:
    unreadable = session.execute(statement("backups/unreadable")).fetchall()
    if unreadable:
        name, owner = unreadable[0]
        more = f" (and {len(unreadable) - 1} more)" if len(unreadable) > 1 else ""
        user = session.info.user
        raise ConfigurationError(
            f"A back-up has every table, and {noted(user)} may not read {noted(name)}{more} of {noted(owner)}. "
            f"Let its owner GRANT SELECT on it, and USAGE on its schema, to {noted(user)}. Nothing was begun."
        )


def _target(settings: Settings, output: Path | None) -> Path:
    """The file to write, in a folder that is there and can be written to."""
    path = (output or settings.backups).absolute()
    name = f"{PREFIX}{datetime.now(UTC):%Y%m%d-%H%M%SZ}{SUFFIX}"
    try:
        if output is None:
            # Of a folder that is named, the one above has to be there: a disk that is not mounted would be made up for.
            path.mkdir(mode=0o700, parents=settings.backup_folder is None, exist_ok=True)
        target = path / name if path.is_dir() else path
        if target.exists() and not is_a_backup(target):
            raise ConfigurationError(f"{noted(target)} is there already, and is no back-up: name another file.")
        if not os.access(target.parent, os.W_OK | os.X_OK) or not target.parent.is_dir():
            os.listdir(target.parent)  # says why, if it is not there  # noqa: PTH208
            raise PermissionError(None, "this user may not write there")
    except OSError as error:
        raise ConfigurationError(
            f"The back-up cannot be written to {noted(path)}: {error.strerror}. Name another place by --output, or "
            "another folder in MAGFLOW_BACKUP_FOLDER."
        ) from None
    return target


def _take_turn(session: psycopg.Connection) -> None:
    """Hold the lock of back-ups while the session lives; rows of dead ones are closed."""
    row = session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK]).fetchone()
    if row != (True,):
        found = holders(session, LOCK)
        raise ConfigurationError(f"Another back-up is running. {describe(found[0] if found else None)}")
    session.execute(statement("backups/dead"))


@contextmanager
def _recorded(session: psycopg.Connection, target: Path) -> Generator[int]:
    """The number of the row of this back-up, which tells how the block ended."""
    row = session.execute(statement("backups/begun"), {"file": noted(target.name)}).fetchone()
    assert row is not None
    try:
        yield row[0]
    except BaseException as error:
        with suppress(psycopg.Error):  # the server died: the next back-up closes the row
            why = reason_of(error) if isinstance(error, Exception) else "it was interrupted"
            session.execute(statement("backups/failed"), {"why": noted(why, 1000), "number": row[0]})
        raise


def _apply_retention(session: psycopg.Connection, settings: Settings, newest: Manifest) -> list[Path]:
    """Remove this seller's back-ups that are neither of the newest days nor of the newest weeks; what was removed.

    All of the last two days stay. Of each day and each week in Bucharest the newest counts; those that have none do not
    count, so that a machine that was off for a month keeps as many.
    """
    ours = [
        (path, manifest.taken_at)
        for path in settings.backups.glob(f"{PREFIX}*{SUFFIX}")
        if (manifest := manifest_of(path)) and (not manifest.sources or manifest.sources & newest.sources)
    ]
    proven = sorted(((at, path) for path, at in ours if not path.name.endswith(UNPROVEN)), reverse=True)
    kept = {
        *_newest_of_each((f"{at.astimezone(BUCHAREST):%Y-%m-%d}", path) for at, path in proven)[
            : settings.backups_daily
        ],
        *_newest_of_each((f"{at.astimezone(BUCHAREST):%G-%V}", path) for at, path in proven)[: settings.backups_weekly],
    }
    removed = [path for path, at in ours if path not in kept and at < newest.taken_at - ALL_KEPT]
    for path in removed:
        path.unlink(missing_ok=True)
    session.execute(statement("backups/removed"), {"files": [path.name for path in removed]})
    return removed


def _newest_of_each(dated: Iterator[tuple[str, Path]]) -> list[Path]:
    """The first path of each period."""
    found: dict[str, Path] = {}
    for period, path in dated:
        found.setdefault(period, path)
    return list(found.values())


def _size(session: psycopg.Connection) -> int:
    row = session.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])
