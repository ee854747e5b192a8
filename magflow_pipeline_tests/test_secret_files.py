"""Secrets in files, as Docker and Kubernetes mount them: read, and refused without a word of what they hold."""

import os
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline import settings as settings_module
from magflow_pipeline.accounts import load_accounts
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.notices import notices
from magflow_pipeline.settings import (
    ConfigurationError,
    Settings,
    is_secret,
    load_settings,
    without_credentials,
    without_passwords,
)
from magflow_pipeline_tests.servers import of_role

SECRET = "Tr0ub4dor & 3, ș"
VARIABLES = sorted(field.alias for field in Settings.model_fields.values() if field.alias and is_secret(field))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    return file


def account_password(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    monkeypatch.setenv("EMAG_ACCOUNTS", "main")
    monkeypatch.setenv("EMAG_MAIN_USERNAME", "seller")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_accounts(load_settings())[0].password.get_secret_value()


@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"{SECRET}\r\n", f"\ufeff{SECRET}"])
def test_the_password_of_an_account_is_read_from_a_file_without_the_line_break_at_its_end(monkeypatch, secret, content):
    secret.write_bytes(content.encode())
    assert account_password(monkeypatch, EMAG_MAIN_PASSWORD_FILE=str(secret), EMAG_MAIN_PASSWORD="") == SECRET
    assert notices(load_settings()) == []


def test_a_file_is_found_through_the_links_that_kubernetes_makes_and_by_env_files(monkeypatch, tmp_path, secret):
    (tmp_path / "..data").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "mounted").symlink_to(Path("..data") / "secret")
    (tmp_path / "env").write_text(f"emag_main_password_file={tmp_path / 'mounted'}\n")
    monkeypatch.setattr(settings_module, "ENV_FILE", tmp_path / "env")
    assert account_password(monkeypatch) == SECRET


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_secret_of_the_settings_can_be_in_a_file(monkeypatch, secret, variable):
    secret.write_text("https://hook.example.ro/s3cr3t\n")
    monkeypatch.setenv(f"{variable}_FILE", str(secret))
    [value] = [
        getattr(load_settings(), name) for name, field in Settings.model_fields.items() if field.alias == variable
    ]
    assert value.get_secret_value() == "https://hook.example.ro/s3cr3t"
    assert "s3cr3t" not in repr(load_settings())
    assert not [each for each in notices(load_settings()) if "no effect" in each]


@pytest.mark.parametrize("variable", [*VARIABLES, "EMAG_MAIN_PASSWORD"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.unlink(), "cannot be read: No such file or directory."),
        (lambda file: (file.unlink(), file.mkdir()), "is no file."),
        (lambda file: (file.unlink(), os.mkfifo(file)), "is no file."),
        (lambda file: (file.unlink(), file.symlink_to(file)), "cannot be read: Too many levels of symbolic links."),
        (lambda file: file.write_text(""), "is empty."),
        (lambda file: file.write_text("\n"), "is empty."),
        (lambda file: file.write_bytes(b"\xff\xfe\x00"), "cannot be read: it is not in UTF-8."),
        (lambda file: file.write_text(f"{SECRET}\n{SECRET}\n"), "holds more than one line of text"),
        (lambda file: file.write_text(SECRET * 1000), "holds more than one line of text"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_by_the_name_of_the_variable(monkeypatch, secret, variable, make, said):
    make(secret)
    with pytest.raises(ConfigurationError) as error:
        account_password(monkeypatch, **{f"{variable}_FILE": str(secret)})
    assert str(error.value).startswith(f"The file that {variable}_FILE names {said}")
    assert SECRET not in str(error.value) and str(secret) not in str(error.value)


def test_a_password_in_the_place_of_the_file_is_not_shown(monkeypatch):
    with pytest.raises(ConfigurationError, match="EMAG_MAIN_PASSWORD_FILE") as error:
        account_password(monkeypatch, EMAG_MAIN_PASSWORD_FILE="hunter2-of-main")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("variable", [*VARIABLES, "EMAG_MAIN_PASSWORD"])
def test_a_variable_beside_its_file_is_refused(monkeypatch, secret, variable):
    """Which of the two counts is known to nobody who reads the other."""
    with pytest.raises(ConfigurationError) as error:
        account_password(monkeypatch, **{variable: "https://other", f"{variable}_FILE": str(secret)})
    assert str(error.value) == f"{variable} and {variable}_FILE are both set: keep one of them."


def test_the_password_of_the_database_stands_beside_its_address(database_url, monkeypatch, secret):
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", of_role(database_url, "postgres"))
    monkeypatch.setenv("MAGFLOW_DATABASE_PASSWORD_FILE", str(secret))
    database = open_database(load_settings())
    assert conninfo_to_dict(database.url)["password"] == conninfo_to_dict(database.dagster_url)["password"] == SECRET
    assert SECRET not in repr(database)
    with database.connect() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_password_of_the_database_without_its_address_or_twice_is_refused(monkeypatch):
    monkeypatch.setenv("MAGFLOW_DATABASE_PASSWORD", SECRET)
    with pytest.raises(ConfigurationError, match="MAGFLOW_DATABASE_URL names none") as error:
        open_database(load_settings())
    assert SECRET not in str(error.value)
    load_settings.cache_clear()
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", "postgresql://user:other@127.0.0.1:1/magflow")
    with pytest.raises(ConfigurationError, match="hold a password each") as error:
        open_database(load_settings())
    assert "other" not in str(error.value)


def test_processes_get_no_secrets_that_they_do_not_need():
    given = dict.fromkeys((*VARIABLES, *(f"{each}_FILE" for each in VARIABLES), "PATH", "MAGFLOW_HOME"), "x")
    given |= {"EMAG_MAIN_PASSWORD": "x", "EMAG_MAIN_PASSWORD_FILE": "x", "emag_fbe_password": "x", "TERM": "x"}
    database = {"MAGFLOW_DATABASE_URL", "MAGFLOW_DATABASE_PASSWORD"}
    assert set(without_credentials(given)) == {
        *("PATH", "MAGFLOW_HOME", *database, *(f"{each}_FILE" for each in database)),
    }
    assert not {*VARIABLES, "EMAG_MAIN_PASSWORD", "emag_fbe_password"} & set(without_passwords(given))
    assert {"PATH", "TERM"} <= set(without_passwords(given))
