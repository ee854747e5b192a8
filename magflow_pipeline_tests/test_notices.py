"""Variables that mean nothing are named, with the nearest that does: a typing error in `.env` cost a seller a night."""

import os
import subprocess
from pathlib import Path

import pytest

from magflow_pipeline import notices
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.shop.driver import MAGFLOW


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("EMAG_MIAN_USERNAME", "Did you mean EMAG_MAIN_USERNAME?"),
        ("EMAG_MAIN_USER", "Did you mean EMAG_MAIN_USERNAME?"),
        ("EMAG_SYNC_INTERVAL", "Did you mean EMAG_SYNC_INTERVAL_MINUTES?"),
        ("MAGFLOW_DATABSE_URL", "Did you mean MAGFLOW_DATABASE_URL?"),
        ("EMAG_OUTLET_PASSWORD", "EMAG_ACCOUNTS has no account 'outlet'."),
        ("MAGFLOW_XYZZY", "there is no such setting"),
        # The names of the ERP's module.
        ("EMAG_ENABLE_SCHEDULED_SYNC", "schedules are on"),
        ("EMAG_MAIN_MAX_PAGES", "--max-pages"),
        ("EMAG_FBE_MAX_PAGES", "--max-pages"),
        ("EMAG_MAIN_LOG_RETENTION", "use EMAG_LOG_RETENTION_DAYS"),
    ],
)
def test_a_variable_that_means_nothing_is_named_with_the_one_that_was_meant(monkeypatch, name, answer):
    monkeypatch.setenv(name, "S3CRET")
    (notice,) = notices.notices(load_settings())
    assert notice.startswith(f"{name} is set and has no effect") and answer in notice
    assert "S3CRET" not in notice


def test_what_means_something_is_passed_over(monkeypatch):
    known = {"EMAG_ACCOUNTS": "main,hu", "EMAG_HU_KIND": "fbe", "emag_hu_username": "x", "MAGFLOW_PORT": "3001"}
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    assert notices.notices(load_settings()) == []


@pytest.mark.parametrize(("name", "value"), [("EMAG_REQUESTS_PER_SECOND", "4"), ("EMAG_REQUESTS_PER_MINUTE", "181")])
def test_a_limit_above_the_marketplaces_is_told(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    (notice,) = notices.notices(load_settings())
    assert f"{name} is {value}" in notice and "429" in notice


def test_the_command_says_so_of_the_file_and_of_the_environment(tmp_path: Path):
    """On the error stream: what is read from the standard output stays as it is."""
    (tmp_path / ".env").write_text("EMAG_MIAN_PASSWORD=S3CRET\nMAGFLOW_HOME=elsewhere\n")
    environment = {**os.environ, "MAGFLOW_ENV_FILE": str(tmp_path / ".env"), "EMAG_ACOUNTS": "main"}
    done = subprocess.run([*MAGFLOW, "database", "stop"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "It was not running.\n"
    assert "EMAG_MAIN_PASSWORD?" in done.stderr and "EMAG_ACCOUNTS?" in done.stderr and "S3CRET" not in done.stderr


def test_a_settings_file_that_is_missing_is_named(tmp_path):
    """Its settings were left out without a word, and an empty home became a demo's."""
    environment = {**os.environ, "MAGFLOW_ENV_FILE": str(tmp_path / "shop.env"), "MAGFLOW_HOME": str(tmp_path)}
    command = [*MAGFLOW, "report", "--output", "low.txt"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"MAGFLOW_ENV_FILE names {tmp_path}/shop.env: there is no such file" in ended.stderr
