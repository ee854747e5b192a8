"""The folder of documents that people and programs take from each morning: all of one moment, whole or not at all.

`FOLDER/current` leads to the newest set, a folder named by its time, with a `manifest.json`. A set is written beside
the others under another name, flushed to the disk, and named at the end: who reads `current` never sees half of one.
Belongs here: the folder, the manifest, which documents there are. Not here: how a document is written.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, wait_for
from magflow_pipeline.reports.choices import DocumentLanguage, Excel, Format, Language, View
from magflow_pipeline.reports.formats import is_demo, reading, write
from magflow_pipeline.reports.order_workbook import write_buyers_workbook
from magflow_pipeline.reports.page import write_page
from magflow_pipeline.reports.selection import Filters, select
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import noted
from magflow_pipeline.troubles import trouble_of

KEPT = 7  # sets, the newest among them
CURRENT, MANIFEST = "current", "manifest.json"
MANIFEST_FORMAT = 1
WAIT_SECONDS = 600.0  # for another process that writes a set
_SET = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")
_UNFINISHED = re.compile(rf"\.{_SET.pattern}\.magflow-unfinished")
COVERAGE = """
SELECT account_type, scan_status, scan_offers, scan_total, scanned_at, built_at
FROM app.low_stock_by_account ORDER BY account_type
"""
SCHEMA = "SELECT version_num FROM migrations.alembic_version"


@dataclass(frozen=True)
class Document:
    """A file of a set: `rows` is None where it is no list of one view."""

    name: str
    rows: int | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class WrittenSet:
    """A set that was written: its folder, its documents, and the earlier sets that were removed."""

    folder: Path
    documents: tuple[Document, ...]
    simulated: bool
    removed: tuple[str, ...]


@dataclass(frozen=True)
class _Work:
    """What a writer of a document gets: the database, and a session of the moment that all tables are read at."""

    database: Database
    session: psycopg.Connection


Writer = Callable[[_Work, Path], int | None]


def write_documents(database: Database, settings: Settings) -> WrittenSet:
    """Write every document into a new set, let `current` lead to it, and remove the sets before the newest KEPT.

    Only files that a manifest names are removed, so that nothing of anybody else in the folder is touched.

    Raises:
        ConfigurationError: a document or the folder cannot be written; the set before stays the current one.
        LockedError: another process has been writing a set for WAIT_SECONDS; the message names it.
    """
    folder = settings.reports
    with database.connect("magflow report files") as turn:
        wait_for(turn, build_lock("report_files"), WAIT_SECONDS)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.iterdir():
                if _UNFINISHED.fullmatch(left.name):  # its process was killed
                    shutil.rmtree(left)
            return _write_set(database, settings, folder)
        except OSError as error:
            reason = error.strerror or error
            raise ConfigurationError(f"The report files cannot be written to {folder}: {reason}.") from None


def documents(settings: Settings) -> dict[str, Writer]:
    """Every document by the name of its file. One more document is one more line."""
    writers: dict[str, Writer] = {}
    for view in View:
        for file_format in (Format.CSV, Format.JSON):
            writers[f"{view}.{file_format}"] = partial(_view, view, file_format, None)
    for language in settings.report_languages:
        excel = Excel.RO if language == Excel.RO.value else None
        report = partial(_view, View.LOW_STOCK_REPORT)
        writers[f"low_stock_report.{language}.xlsx"] = partial(report, Format.XLSX, language)
        writers[f"low_stock_report.{language}.csv"] = partial(report, Format.CSV, language, excel=excel)
        writers[f"page.{language}.html"] = partial(_page, settings, language)
        writers[f"orders.{language}.xlsx"] = partial(_orders, settings, language)
    return writers


def _view(
    view: View, file_format: Format, language: str | None, work: _Work, path: Path, *, excel: Excel | None = None
) -> int:
    with path.open("wb") as file:
        return write(work.session, select(work.database, view, Filters(), language), file_format, file, excel)


def _page(settings: Settings, language: str, work: _Work, path: Path) -> None:
    """The page switches between Romanian and English, and begins in one of them."""
    first = Language.RO if language == Language.RO.value else Language.EN
    write_page(work.database, path, first, stale_after=3 * timedelta(minutes=settings.sync_interval_minutes))


def _orders(settings: Settings, language: str, work: _Work, path: Path) -> None:
    write_buyers_workbook(work.database, path, DocumentLanguage(language), settings)


def _write_set(database: Database, settings: Settings, folder: Path) -> WrittenSet:
    current = folder / CURRENT
    if current.exists() and not current.is_symlink():
        raise ConfigurationError(
            f"{current} is not a link of magflow's: rename it, or let MAGFLOW_REPORT_FOLDER name another folder."
        )
    at = datetime.now(UTC)
    name = f"{at:%Y-%m-%dT%H%M%S.%f}Z"
    unfinished = folder / f".{name}.magflow-unfinished"
    unfinished.mkdir()
    try:
        with reading(database) as session:
            work = _Work(database, session)
            written = tuple(_written(writer, work, unfinished / file) for file, writer in documents(settings).items())
            simulated = is_demo(session)
            manifest = _manifest(session, settings, at, written, simulated=simulated)
        _flush(unfinished / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        _flush_folder(unfinished)
        finished = unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _let_lead(current, name)
    _flush_folder(folder)
    return WrittenSet(finished, written, simulated, _remove_old(folder))


def _written(writer: Writer, work: _Work, path: Path) -> Document:
    try:
        rows = writer(work, path)
    except Exception as error:
        told = trouble_of(error)
        if told is None and not isinstance(error, OSError):
            raise RuntimeError(
                f"{path.name} could not be written, and the set before stays the current one."
            ) from error
        said = told.sentence if told else noted(error)
        raise ConfigurationError(
            f"{path.name} could not be written, and the set before stays the current one: {said}"
        ) from error
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Document(path.name, rows, path.stat().st_size, digest)


def _manifest(
    session: psycopg.Connection, settings: Settings, at: datetime, written: Sequence[Document], *, simulated: bool
) -> dict[str, Any]:
    """What a program has to know before it takes a file. Times are UTC, ISO 8601."""
    with session.cursor(row_factory=dict_row) as cursor:
        coverage = cursor.execute(COVERAGE).fetchall()
    [(schema,)] = session.execute(SCHEMA).fetchall()
    for row in coverage:
        row["complete"] = row["scan_status"] == "completed" and row["scan_offers"] == row["scan_total"]
    return {
        "format": MANIFEST_FORMAT,
        "magflow": version("magflow-pipeline"),
        "schema": schema,
        "built_at": at.isoformat(),
        "simulated": simulated,
        "languages": list(settings.report_languages),
        "coverage": [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
            for row in coverage
        ],
        "files": [asdict(each) for each in written],
    }


def _let_lead(link: Path, name: str) -> None:
    """Replace the link in one step."""
    new = link.with_name(f".{name}.magflow-link")
    new.symlink_to(name)
    new.replace(link)


def _remove_old(folder: Path) -> tuple[str, ...]:
    """Remove the sets before the newest KEPT; a set in which somebody put a file keeps that file."""
    sets = sorted((path for path in folder.iterdir() if _SET.fullmatch(path.name) and _files(path)), reverse=True)
    for old in sets[KEPT:]:
        for file in (*_files(old), MANIFEST):
            (old / file).unlink(missing_ok=True)
        with suppress(OSError):
            old.rmdir()
    return tuple(old.name for old in sets[KEPT:])


def _files(path: Path) -> list[str]:
    """The files that a set's manifest names, which lie in it; none where it is no set."""
    try:
        named = [each["name"] for each in json.loads((path / MANIFEST).read_bytes())["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in named if Path(name).name == name]


def _flush(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
