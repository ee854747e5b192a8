"""Settings: defaults, variables by name, and messages that say what to do without telling secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from magflow_pipeline.settings import (
    PROJECT_ROOT,
    ConfigurationError,
    Settings,
    environment_of_child,
    environment_of_server,
    load_settings,
    without_credentials,
)


def read(monkeypatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    load_settings.cache_clear()
    return load_settings()


def test_the_defaults_are_those_of_the_domain(monkeypatch):
    monkeypatch.delenv("MAGFLOW_HOME")
    settings = read(monkeypatch)
    assert settings.home == PROJECT_ROOT / ".magflow"
    assert settings.database_url is None
    assert settings.accounts == ("main", "fbe")
    assert (settings.sync_timeout_seconds, settings.read_timeout_seconds) == (600, 180)
    assert (settings.retry_attempts, settings.retry_max_wait_seconds) == (5, 30)
    assert (settings.requests_per_second, settings.requests_per_minute) == (3, 180)
    assert settings.items_per_page == 100


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("EMAG_SYNC_TIMEOUT_SECONDS", "60.5", "sync_timeout_seconds", 60.5),
        ("EMAG_READ_TIMEOUT_SECONDS", "7", "read_timeout_seconds", 7),
        ("EMAG_RETRY_ATTEMPTS", "20", "retry_attempts", 20),
        ("EMAG_RETRY_MAX_WAIT_SECONDS", "0", "retry_max_wait_seconds", 0),
        ("EMAG_REQUESTS_PER_SECOND", "2", "requests_per_second", 2),
        ("EMAG_REQUESTS_PER_MINUTE", "60", "requests_per_minute", 60),
        ("EMAG_ITEMS_PER_PAGE", "1", "items_per_page", 1),
        ("EMAG_ACCOUNTS", " Main , FBE,hu_main,", "accounts", ("main", "fbe", "hu_main")),
        ("MAGFLOW_SIMULATOR_URL", "http://127.0.0.1:1", "simulator_url", "http://127.0.0.1:1"),
        ("MAGFLOW_DATABASE_URL", "", "database_url", None),
        ("MAGFLOW_DIGEST", " Monthly,daily, ", "digest", ("daily", "monthly")),
        ("MAGFLOW_DIGEST", "", "digest", ()),
        (
            "MAGFLOW_DASHBOARD_URL",
            "https://grafana.example/d/x?a=1",
            "dashboard_url",
            "https://grafana.example/d/x?a=1",
        ),
        ("MAGFLOW_DASHBOARD_URL", "", "dashboard_url", None),
    ],
)
def test_each_setting_has_its_variable(monkeypatch, variable, value, field, expected):
    assert getattr(read(monkeypatch, **{variable: value}), field) == expected


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("EMAG_SYNC_TIMEOUT_SECONDS", "0", "is 0. It must be a number of seconds, more than 0 and at most 604800."),
        (
            "EMAG_READ_TIMEOUT_SECONDS",
            "nan",
            "is 'nan'. It must be a number of seconds, more than 0 and at most 604800.",
        ),
        ("EMAG_RETRY_MAX_WAIT_SECONDS", "1e300", "is '1e300'. It must be a number of seconds, from 0 to 604800."),
        ("EMAG_RETRY_ATTEMPTS", "", "is empty. It must be a whole number, from 1 to 20; or leave it out."),
        ("EMAG_REQUESTS_PER_SECOND", "1.5", "is 1.5. It must be a whole number, from 1 to 1000000."),
        ("EMAG_LOG_RETENTION_DAYS", "9" * 20, f"is {'9' * 20}. It must be a whole number of days, from 1 to 36500."),
        ("EMAG_SYNC_MODE", "fast", "is 'fast'. It must be full or incremental."),
        ("EMAG_SYNC_INTERVAL_MINUTES", "abc", "is 'abc'. It must be 5, 10, 15, 20, 30 or 60 minutes, or whole hours"),
        ("EMAG_SYNC_INTERVAL_MINUTES", "7", "is 7. It must be 5, 10, 15, 20, 30 or 60 minutes, or whole hours"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_what_is_right(monkeypatch, variable, value, said):
    """ "Input should be a valid integer, unable to parse string as an integer" helped nobody."""
    with pytest.raises(ConfigurationError) as problem:
        read(monkeypatch, **{variable: value})
    assert str(problem.value).startswith(f"{variable} {said}")
    assert problem.value.__cause__ is None and problem.value.__suppress_context__


def test_a_text_that_may_be_a_password_is_not_told(monkeypatch):
    """Pasted into the wrong variable it must not end in a log."""
    with pytest.raises(ConfigurationError, match="EMAG_REQUESTS_PER_MINUTE holds a text of 15 characters") as problem:
        read(monkeypatch, EMAG_REQUESTS_PER_MINUTE="S3CRET-S3CRET-1")
    assert "S3CRET" not in str(problem.value)


def test_a_home_that_names_none_is_told(monkeypatch):
    """An empty value was the project's own folder, and filled it with a database."""
    with pytest.raises(ConfigurationError, match="MAGFLOW_HOME: it is empty"):
        read(monkeypatch, MAGFLOW_HOME="")
    with pytest.raises(ConfigurationError, match="MAGFLOW_HOME: ~nobody-of-this-name/x cannot be found"):
        read(monkeypatch, MAGFLOW_HOME="~nobody-of-this-name/x")


def test_every_wrong_variable_is_named_at_once(monkeypatch):
    with pytest.raises(ConfigurationError) as problem:
        read(monkeypatch, EMAG_ITEMS_PER_PAGE="0", EMAG_RETRY_ATTEMPTS="x")
    assert {line.partition(" ")[0] for line in str(problem.value).splitlines()} == {
        "EMAG_ITEMS_PER_PAGE",
        "EMAG_RETRY_ATTEMPTS",
    }


def test_an_account_is_named_once_whatever_the_case(monkeypatch):
    """MAIN and main were two accounts once."""
    with pytest.raises(ConfigurationError, match="named twice"):
        read(monkeypatch, EMAG_ACCOUNTS="main,MAIN")


@pytest.mark.parametrize("name", ["a b", "1st", "fbe-", "-hu", "fbe--hu", "fbé"])
def test_an_account_name_fits_into_a_variable(monkeypatch, name):
    with pytest.raises(ConfigurationError, match="not an account name"):
        read(monkeypatch, EMAG_ACCOUNTS=name)


def test_two_names_of_one_variable_are_one_account(monkeypatch):
    """`acme-hu` and `acme_hu` would share EMAG_ACME_HU_PASSWORD, and each would be read as the other."""
    with pytest.raises(ConfigurationError, match="named twice"):
        read(monkeypatch, EMAG_ACCOUNTS="acme-hu,acme_hu")


def test_no_two_sellers_have_an_account_name_in_common(monkeypatch):
    """Partitions, lanes and metrics go by the account's name, in an instance of fifty sellers too."""
    assert read(monkeypatch, MAGFLOW_SELLER="Acme-RO").accounts == ("acme-ro-main", "acme-ro-fbe")
    assert read(monkeypatch, EMAG_ACCOUNTS="acme-ro-main,hu").accounts == ("acme-ro-main", "acme-ro-hu")
    with pytest.raises(ConfigurationError, match="named twice"):
        read(monkeypatch, EMAG_ACCOUNTS="acme-ro-main,main")


@pytest.mark.parametrize("seller", ["acme ro", "acme_ro", "1acme", "acme-", "-acme", "acme/ro", "acmé"])
def test_a_seller_has_a_name_that_fits_everywhere(monkeypatch, seller):
    """It is a code location of Kubernetes, a part of asset keys and of folders."""
    with pytest.raises(ConfigurationError, match="not a seller's name"):
        read(monkeypatch, MAGFLOW_SELLER=seller)


def test_sellers_share_a_named_folder_and_no_file_in_it(monkeypatch, tmp_path):
    """Two back-ups of one second had one name, and `current` can lead to one seller's reports alone."""
    shared = {"MAGFLOW_BACKUP_FOLDER": str(tmp_path), "MAGFLOW_REPORT_FOLDER": str(tmp_path)}
    settings = read(monkeypatch, MAGFLOW_SELLER="acme-ro", **shared)
    assert settings.backups == settings.reports == tmp_path / "acme-ro"


def test_a_relative_home_lies_in_the_project(monkeypatch, tmp_path):
    """A command started in another folder made a second, empty database there."""
    monkeypatch.chdir(tmp_path)
    assert read(monkeypatch, MAGFLOW_HOME="shop").home == PROJECT_ROOT / "shop"
    assert read(monkeypatch, MAGFLOW_HOME="~/shop").home == Path("~/shop").expanduser()
    assert read(monkeypatch, MAGFLOW_HOME=str(tmp_path / "shop")).home == tmp_path / "shop"


def test_a_home_is_a_demo_by_its_mark_and_never_with_a_database_of_its_own(monkeypatch):
    settings = read(monkeypatch)
    assert not settings.is_demo
    settings.home.mkdir()
    settings.demo_mark.touch()
    assert settings.is_demo
    assert not read(monkeypatch, MAGFLOW_DATABASE_URL="postgresql://h/d").is_demo


def test_the_password_of_the_database_is_never_shown(monkeypatch):
    settings = read(monkeypatch, MAGFLOW_DATABASE_URL="postgresql://u:geheim@h/d")
    assert "geheim" not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_settings_do_not_change(monkeypatch):
    settings = read(monkeypatch)
    with pytest.raises(ValueError, match="frozen"):
        settings.items_per_page = 1


def test_a_child_gets_the_environment_with_changes(monkeypatch):
    monkeypatch.setenv("EMAG_ITEMS_PER_PAGE", "7")
    child = environment_of_child(MAGFLOW_SIMULATOR_URL="http://127.0.0.1:1")
    assert (child["EMAG_ITEMS_PER_PAGE"], child["MAGFLOW_SIMULATOR_URL"]) == ("7", "http://127.0.0.1:1")


def test_a_child_imports_nothing_from_a_folder_and_a_stranger_learns_nothing(monkeypatch):
    """An empty part of PYTHONPATH is the current folder; what the UI and PostgreSQL need is a short list."""
    monkeypatch.setenv("PYTHONPATH", ":/somewhere")
    for name in ("EMAG_MAIN_PASSWORD", "AWS_SECRET_ACCESS_KEY", "POSTGRES_PASSWORD", "PGPASSWORD"):
        monkeypatch.setenv(name, "S3CRET")
    child = environment_of_child(DAGSTER_HOME="/home")
    assert "PYTHONPATH" not in child and child["PYTHONSAFEPATH"] == "1"
    stranger = without_credentials(child)
    assert [name for name, value in stranger.items() if value == "S3CRET"] == ["PGPASSWORD"]  # the database's own
    assert (stranger["PYTHONSAFEPATH"], stranger["DAGSTER_HOME"]) == ("1", "/home")
    assert "S3CRET" not in environment_of_server().values() and "PATH" in environment_of_server()


def test_the_env_file_is_read_and_the_environment_stands_above_it(tmp_path):
    file = tmp_path / "shop.env"
    file.write_text("EMAG_ITEMS_PER_PAGE=7\nEMAG_RETRY_ATTEMPTS=2\nEMAG_MAIN_USERNAME=ana\nEMAG_MAIN_PASSWORD=geheim\n")
    program = """
import json
from magflow_pipeline.accounts import load_accounts
from magflow_pipeline.settings import load_settings
settings = load_settings()
[account] = load_accounts(settings, ("main",))
print(json.dumps([settings.items_per_page, settings.retry_attempts, account.username]))
"""
    environment = environment_of_child(MAGFLOW_ENV_FILE=str(file), EMAG_ITEMS_PER_PAGE="9")
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT)
    assert json.loads(result.stdout) == [9, 2, "ana"]


READ_ITEMS = """
from magflow_pipeline.settings import ConfigurationError, load_settings
try:
    print(load_settings().items_per_page)
except ConfigurationError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "7"),
        ("utf-8-sig", "7"),
        ("cp1250", "not in UTF-8: see line 2"),
        ("utf-16", "not in UTF-8: see line 1"),
        ("utf-16-le", "UTF-16"),
    ],
)
def test_an_env_file_in_another_encoding_is_told(tmp_path, encoding, said):
    """With a mark at its start the first variable was lost in silence; others ended in a traceback."""
    file = tmp_path / "shop.env"
    text = "EMAG_ITEMS_PER_PAGE=7\n" + ("" if encoding == "utf-16-le" else "# parolă\n")
    file.write_bytes(text.encode(encoding))
    environment = environment_of_child(MAGFLOW_ENV_FILE=str(file))
    command = [sys.executable, "-c", READ_ITEMS]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT)
    assert said in result.stdout


def said_of(file: Path) -> str:
    """What a command says that reads this file."""
    environment = environment_of_child(MAGFLOW_ENV_FILE=str(file))
    command = [sys.executable, "-c", READ_ITEMS]
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT, timeout=60
    )
    return result.stdout + result.stderr


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('# c\n\nEMAG_MAIN_PASSWORD="unclosed\nX=1\n', 3),
        ("X=1\nsome words\n", 2),
        ("=x\n", 1),
    ],
)
def test_a_line_of_the_env_file_that_is_none_is_named_and_not_skipped(tmp_path, text, line):
    """A password with one quote was left out with "python-dotenv could not parse statement", and work went on."""
    file = tmp_path / "shop.env"
    file.write_text(text)
    assert said_of(file) == (
        f"{file}: line {line} cannot be read. Write NAME='value' on a line of its own, with both quotes.\n"
    )


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda file: file.symlink_to(file)])
def test_an_env_file_that_is_none_is_told(tmp_path, make):
    """A folder (docker makes one where a mounted file is missing) or a link in a circle meant no settings at all; a
    pipe was waited for without end."""
    file = tmp_path / "shop.env"
    make(file)
    assert "is not a file that can be read" in said_of(file)


def test_no_account_at_all_is_told_in_words(tmp_path):
    file = tmp_path / "shop.env"
    file.write_text("EMAG_ACCOUNTS=\n")
    assert said_of(file).startswith("EMAG_ACCOUNTS: name at least one account")


@pytest.mark.parametrize(
    "url", ["grafana", "grafana.example/d", "javascript:alert(1)", "https://", "https://a b/", "http://[", "file:///x"]
)
def test_the_dashboard_is_a_page(monkeypatch, url):
    """The UI makes a link of it: it must lead to a page, and run nothing."""
    with pytest.raises(ConfigurationError, match="MAGFLOW_DASHBOARD_URL: it is no address of a page: write it whole"):
        read(monkeypatch, MAGFLOW_DASHBOARD_URL=url)


def test_a_password_in_the_dashboards_address_is_refused_and_not_told(monkeypatch):
    with pytest.raises(ConfigurationError, match="holds a user or password") as problem:
        read(monkeypatch, MAGFLOW_DASHBOARD_URL="https://ana:geheim@grafana.example/")
    assert "geheim" not in str(problem.value)


def test_a_digest_that_is_none_is_told(monkeypatch):
    with pytest.raises(ConfigurationError, match="'hourly' is no digest: name daily, weekly or monthly"):
        read(monkeypatch, MAGFLOW_DIGEST="daily,hourly")
