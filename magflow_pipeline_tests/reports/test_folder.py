"""The folder of report files: a set is there whole or not at all, and nothing of anybody else is touched."""

import csv
import hashlib
import json
import threading
from pathlib import Path

import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, wait_for
from magflow_pipeline.reports import folder
from magflow_pipeline.reports.choices import View
from magflow_pipeline.reports.folder import KEPT, MANIFEST, WrittenSet, write_documents
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.test_formats import store


@pytest.fixture
def reports(session, monkeypatch, tmp_path) -> Path:
    """A report of one account, and the folder for its files."""
    monkeypatch.setenv("MAGFLOW_REPORT_FOLDER", str(tmp_path / "reports"))
    monkeypatch.setenv("MAGFLOW_REPORT_LANGUAGES", "ro,hu")
    load_settings.cache_clear()
    insert(
        session,
        "emag_accounts",
        account_type="main",
        marketplace="emag",
        username="u",
        warehouse="EMAG-MAIN",
        is_configured=True,
    )
    store(session, {"sku": "A", "scan_status": "partial", "scan_offers": 1, "scan_total": 2}, {"sku": "B"})
    return tmp_path / "reports"


def write(database: Database) -> WrittenSet:
    return write_documents(database, load_settings())


def one_byte(work, path: Path) -> int:
    del work
    return path.write_bytes(b"a")


def manifest(reports: Path) -> dict:
    return json.loads((reports / "current" / MANIFEST).read_text(encoding="utf-8"))


def names(reports: Path) -> set[str]:
    return {path.name for path in reports.iterdir()}


def test_a_set_has_every_view_and_a_manifest_that_is_right(database, reports):
    """A program took yesterday's file for today's, and nobody could tell demo rows from real ones."""
    done = write(database)
    told = manifest(reports)
    assert done.folder == (reports / "current").resolve() and not done.simulated
    files = {each["name"]: each for each in told["files"]}
    assert set(files) | {MANIFEST} == {path.name for path in done.folder.iterdir()}
    assert {f"{view}.{kind}" for view in View for kind in ("csv", "json")} < set(files)
    assert {f"low_stock_report.{language}.{kind}" for language in ("ro", "hu") for kind in ("csv", "xlsx")} < set(files)
    for name, each in files.items():
        content = (done.folder / name).read_bytes()
        assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), name
    with (reports / "current" / "low_stock_report.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == files["low_stock_report.csv"]["rows"] == 2
    assert (reports / "current" / "low_stock_report.ro.csv").read_text(encoding="utf-8-sig").startswith("Cont;SKU;")
    [coverage] = told["coverage"]
    assert (coverage["account_type"], coverage["scan_offers"], coverage["scan_total"]) == ("main", 1, 2)
    assert coverage["complete"] is False
    assert (told["simulated"], told["languages"], told["format"]) == (False, ["ro", "hu"], 1)
    assert told["schema"] >= "0043" and told["built_at"].endswith("+00:00")


def test_rows_of_a_simulator_are_said_to_be_so(database, session, reports):
    insert(session, "emag_accounts", account_type="fbe", marketplace="simulator", username="u", warehouse="W")
    assert write(database).simulated and manifest(reports)["simulated"] is True


def test_a_writer_that_fails_leaves_the_set_before_and_no_half(database, reports, monkeypatch):
    """A disk ran full in the middle: buyers opened a workbook that ended after 900 rows."""
    before = write(database)
    whole = folder.documents

    def full(work, path):
        del work
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "documents", lambda languages: whole(languages) | {"page.html": full})
    with pytest.raises(ConfigurationError, match=r"page\.html could not be written, and the set before stays") as told:
        write(database)
    assert "No space left on device" in str(told.value) or "disk" in str(told.value)
    assert names(reports) == {before.folder.name, "current"}
    assert (reports / "current").resolve() == before.folder


def test_only_the_newest_sets_stay_and_nothing_else_is_deleted(database, reports, monkeypatch):
    """A folder that people use too: their notes in it, and a file that one of them put into an old set."""
    monkeypatch.setattr(folder, "documents", lambda _: {"a.csv": one_byte})
    first = write(database).folder
    (first / "note.txt").write_text("mine")
    second = write(database).folder
    kept = {"notes.txt", "2026-01-01T000000.000000Z", ".2026-01-01"}
    reports.joinpath("notes.txt").write_text("mine")
    reports.joinpath("2026-01-01T000000.000000Z").mkdir()  # named like a set, and none: it has no manifest
    reports.joinpath(".2026-01-01").mkdir()
    left = reports / ".2026-01-01T000000.000000Z.magflow-unfinished"
    left.mkdir()
    (left / "half").write_bytes(b"")  # its process was killed
    newest = [write(database) for _ in range(KEPT)]
    assert newest[-1].removed == (second.name,)
    assert not second.exists() and [path.name for path in first.iterdir()] == ["note.txt"]
    assert names(reports) == kept | {first.name, "current"} | {each.folder.name for each in newest}


def test_a_manifest_that_somebody_wrote_removes_nothing_outside(database, reports, monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "documents", lambda _: {"x": one_byte})
    (tmp_path / "precious").write_text("kept")
    old = reports / "2020-01-01T000000.000000Z"
    old.mkdir(parents=True)
    (old / MANIFEST).write_text(json.dumps({"files": [{"name": "../../precious"}, {"name": "x"}]}))
    (old / "x").write_text("")
    for _ in range(KEPT):
        write(database)
    assert (tmp_path / "precious").exists() and not old.exists()


def test_a_link_that_is_somebody_elses_is_left_alone(database, reports):
    reports.mkdir()
    (reports / "current").mkdir()
    with pytest.raises(ConfigurationError, match="MAGFLOW_REPORT_FOLDER"):
        write(database)
    assert names(reports) == {"current"}


def test_a_folder_that_cannot_be_made_is_named(database, monkeypatch, reports, tmp_path):
    del reports
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MAGFLOW_REPORT_FOLDER", str(tmp_path / "file" / "reports"))
    load_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="The report files cannot be written to"):
        write(database)


def test_two_processes_write_one_after_the_other(database, session, reports):
    """Two sets at once would prune each other's files."""
    wait_for(session, build_lock("report_files"), 1)
    writer = threading.Thread(target=write, args=[database])
    writer.start()
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not session.execute(waiting).fetchall():
        assert writer.is_alive()
    assert not reports.exists()
    session.execute("SELECT pg_advisory_unlock_all()")
    writer.join()
    assert (reports / "current" / MANIFEST).exists()
