"""The file of a back-up: whole or not at all, readable by its owner only, and no changed byte goes unnoticed."""

import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from magflow_pipeline.backups.backup_file import BUSINESS, DAGSTER, Dumped, Manifest, drafting, manifest_of, opened
from magflow_pipeline.database.digests import TableDigest
from magflow_pipeline.settings import ConfigurationError

MANIFEST = Manifest(
    datetime(2026, 11, 25, 1, 41, tzinfo=UTC),
    "0022",
    180000,
    frozenset({("marketplace-api.emag.ro/api-3", "seller@example.ro")}),
    ("postgres",),
    {BUSINESS: Dumped({"app.products": TableDigest(2, "-17")}, 10_000_000), DAGSTER: Dumped({}, 8_000_000)},
)


def write(target: Path, manifest: Manifest = MANIFEST) -> Path:
    with drafting(target) as draft:
        for name in (BUSINESS, DAGSTER):
            with draft.member(name) as output:
                output.write(b"PGDMP" + name.encode())
        draft.seal(manifest)
    return target


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "magflow.zip")


def test_what_was_written_is_read(file):
    with opened(file) as (archive, manifest):
        assert manifest == MANIFEST
        assert archive.read(DAGSTER) == b"PGDMPdagster.dump"
    assert (manifest.tables, manifest.rows, manifest.size_bytes) == (1, 2, 18_000_000)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names_in(file.parent) == [file.name]


def test_any_zip_program_opens_it(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [BUSINESS, DAGSTER, "manifest.json"]


@pytest.mark.slow
def test_one_flipped_bit_anywhere_is_found(file):
    """A checksum of the parts alone would not see a flip in what describes them."""
    whole = file.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 1 << place % 8
        file.write_bytes(broken)
        with pytest.raises(ConfigurationError, match=r"is damaged|is not a back-up"), opened(file):
            pass


@pytest.mark.slow
def test_a_file_that_is_cut_off_anywhere_is_found(file):
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(ConfigurationError, match=r"is damaged|is not a back-up"), opened(file):
            pass
        assert manifest_of(file) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"hello" * 100])
def test_what_is_no_backup_is_named(tmp_path, content):
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"notes\.txt is not a back-up of MagFlow"), opened(file):
        pass


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with (
        pytest.raises(ConfigurationError, match=r"gone\.zip cannot be read: No such file"),
        opened(tmp_path / "gone.zip"),
    ):
        pass


def test_after_an_error_there_is_no_file(tmp_path):
    def fail() -> None:
        with drafting(tmp_path / "magflow.zip") as draft, draft.member(BUSINESS) as output:
            output.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names_in(tmp_path) == []
