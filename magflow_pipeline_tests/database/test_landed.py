"""Migrations that have landed stay as they are, and the page that shows what they make is true."""

import shutil
from pathlib import Path

import pytest

from magflow_pipeline_tests.database.landed import MIGRATIONS, SCHEMA_FILE, new_files, problems, schema_of_migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def test_every_migration_has_its_checksum_and_none_was_edited():
    assert problems(MIGRATIONS) == []
    assert new_files(MIGRATIONS) == [], "make schema"


def test_a_file_that_was_edited_renamed_or_deleted_after_it_landed_is_named(folder):
    (folder / "0003.catalogue.sql").write_text("-- a word more\n")
    (folder / "0005.suppliers.sql").rename(folder / "0005.sellers.sql")
    found = problems(folder)
    assert found[0].startswith("0003.catalogue.sql has landed and must stay as it was")
    assert found[1].startswith("0005.suppliers.sql has landed and must stay as it was")
    assert "0005.sellers.sql comes before " in found[2]


def test_a_new_file_needs_the_next_number(folder):
    newest = max(folder.glob("*.sql")).name
    (folder / f"{newest[:4]}.another.sql").write_text("SELECT 1;\n")
    assert any("have one number" in problem for problem in problems(folder))
    (folder / f"{newest[:4]}.another.sql").rename(folder / "9999.another.sql")
    assert problems(folder) == []
    assert [file.name for file in new_files(folder)] == ["9999.another.sql"]


def test_the_schema_file_is_what_the_migrations_make(empty_database):
    assert SCHEMA_FILE.read_text() == schema_of_migrations(empty_database), "make schema"
