"""Who may change a schema: those who say so. All others compare it, and tell what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database import connection, embedded, migration
from magflow_pipeline.database.connection import Use, open_database
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import SQL_FOLDER, ConfigurationError, Settings, load_settings
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.servers import _open_folder as open_folder
from magflow_pipeline_tests.servers import hot_standby, of_role
from magflow_pipeline_tests.shop.driver import until

UNESCAPED = [
    "postgresql://user:Qx@Zv/Kw#Jf@host/db",
    "postgresql://user:Qx/Zv@host/db",
    "postgresql://user:Qx/Zv/Kw@Jf@host:5432/db?sslmode=require",
    "postgresql://user:Qx%Zv@host/db",
    "postgresql://user:Qx Zv@host/db",
    "postgresql://user:Qx@Zv:Kw@host/db",
    "postgresql://user:Qx@Zv?Kw@host/db",
    "postgresql://user:12/QxZv@host/db",
    "postgresql://user:5/Qx?host=Zv@host/db",
    "postgresql://user:5/Qx@Zv?host=Kw/db",
    "postgresql://user:QxZv@::1/db",
    "postgresql://user:Qx[Zv@[::1/db",
    "postgresql+psycopg://user:Qx@Zv@host/db",
    "host=host password=Qx Zv dbname=db",
    "host=host port=QxZv dbname=db",
]


def open_url(url: str, use: Use) -> connection.Database:
    connection._open.cache_clear()
    return open_database(Settings(MAGFLOW_DATABASE_URL=url), use)


@pytest.mark.parametrize("configured", UNESCAPED)
def test_an_address_that_was_not_escaped_is_never_quoted(configured):
    """libpq took a part of the password for the host, and the error named it."""
    with pytest.raises(ConfigurationError, match="MAGFLOW_DATABASE_URL") as problem:
        open_url(configured, Use.READ)
    assert not [part for part in ("Qx", "Zv", "Kw", "Jf") if part in str(problem.value)], str(problem.value)


def test_the_password_is_kept_out_of_what_the_server_says(server):
    """A server that quotes it: the database has the password's name."""
    with pytest.raises(ConfigurationError, match="Cannot reach") as problem:
        open_url(server.format("geh%C3%A9im").replace("postgres@", "postgres:gehéim@"), Use.READ)
    assert "does not exist" in str(problem.value) and "FATAL" in str(problem.value)
    assert str(problem.value).count("gehéim") == 1, "the name of the database alone"


@contextmanager
def reader(url: str) -> Iterator[str]:
    """The address of a role that may read the schema `app`, and nothing else."""
    name = f"reader_{os.getpid()}"
    with psycopg.connect(of_role(url, "postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN")
        try:
            owner.execute(f"GRANT USAGE ON SCHEMA app TO {name}")
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA app TO {name}")
            yield of_role(url, name)
        finally:
            owner.execute(f"DROP OWNED BY {name} CASCADE")
            owner.execute(f"DROP ROLE {name}")


def has_dagster(url: str) -> bool:
    with psycopg.connect(url) as session:
        name = f"{session.info.dbname}_dagster"
        return session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


@both_servers
def test_reading_needs_no_right_but_to_read(database_url):
    """`report` migrated, and made Dagster's database: a role for reading could not use it."""
    with reader(database_url) as url:
        assert read_rows(open_url(url, Use.READ), "low_stock") == []
    assert not has_dagster(database_url)


@both_servers
@pytest.mark.parametrize("use", Use)
def test_a_user_whom_the_tables_do_not_let_in_is_told_so(database_url, use):
    """He was told to migrate a schema that was right."""
    with reader(database_url) as url:
        with psycopg.connect(of_role(database_url, "postgres"), autocommit=True) as owner:
            owner.execute(f"REVOKE USAGE ON SCHEMA app FROM reader_{os.getpid()}")
        with pytest.raises(ConfigurationError, match=r"may not use the tables of .*magflow_analyst to read"):
            open_url(url, use)


def test_reading_works_on_a_server_that_is_read_only_and_writing_says_what_it_is(database_url):
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute(f"ALTER DATABASE {session.info.dbname} SET default_transaction_read_only = on")
    assert read_rows(open_url(database_url, Use.READ), "low_stock") == []
    for use in (Use.WRITE, Use.MIGRATE):
        with pytest.raises(ConfigurationError, match=r"is read-only \(frozen by default_transaction_read_only\)"):
            open_url(database_url, use)


@both_servers
def test_only_those_who_say_so_change_an_older_schema(database_url, monkeypatch, tmp_path):
    """Any verb of a newer version changed the schema under the processes of the older one."""
    newer_code(monkeypatch, tmp_path)
    for use in (Use.READ, Use.WRITE):
        with pytest.raises(ConfigurationError, match=r"older than this version .*magflow database migrate"):
            open_url(database_url, use)
    with pytest.raises(psycopg.errors.UndefinedTable), psycopg.connect(database_url) as session:
        session.execute("SELECT * FROM app.next_thing")
    open_url(database_url, Use.MIGRATE)
    with open_url(database_url, Use.WRITE).connect() as session:
        assert session.execute("SELECT count(*) FROM next_thing").fetchone() == (0,)


@both_servers
def test_a_view_that_is_older_makes_the_schema_older(database_url, monkeypatch, tmp_path):
    folder = newer_code(monkeypatch, tmp_path, migrates=False)
    file = folder / "views" / "supplier_conflicts.sql"
    file.write_text(file.read_text() + "-- changed\n")
    with pytest.raises(ConfigurationError, match="older than this version"):
        open_url(database_url, Use.READ)
    open_url(database_url, Use.MIGRATE)
    open_url(database_url, Use.READ)


@pytest.mark.parametrize("use", Use)
def test_a_newer_schema_is_left_alone(database_url, monkeypatch, tmp_path, use):
    """An older program put its older views back."""
    with monkeypatch.context() as newer:
        newer_code(newer, tmp_path)
        open_url(database_url, Use.MIGRATE)
    with pytest.raises(ConfigurationError, match=r"newer than this version .*update the program"):
        open_url(database_url, use)


@pytest.mark.slow
def test_an_empty_database_is_set_up_by_whoever_writes_and_not_by_a_reader(empty_database):
    with pytest.raises(ConfigurationError, match=r"nothing in .* yet: run `magflow sync` first"):
        open_url(empty_database, Use.READ)
    with psycopg.connect(empty_database) as session:
        assert session.execute("SELECT FROM pg_namespace WHERE nspname = 'app'").fetchone() is None
    open_url(empty_database, Use.WRITE)
    assert read_rows(open_url(empty_database, Use.READ), "low_stock") == []


@pytest.mark.slow
def test_the_verbs_that_read_work_as_a_role_that_reads(database, monkeypatch):
    """Their output and exit codes; and of the command itself, what it says of an error."""
    with database.connect() as session:
        session.execute("INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('A', 'TZT')")
    with reader(database.url) as url:
        for verb in (["status"], ["history"], ["digest"], ["conflicts"], ["database", "url"], ["verify", "A"]):
            monkeypatch.setenv("MAGFLOW_DATABASE_URL", url)
            load_settings.cache_clear()
            connection._open.cache_clear()
            done = CliRunner().invoke(app, verb)
            assert (done.exit_code, done.stderr) == (0, ""), verb
        assert "reading only" in done.stdout and "NOT CONFIRMED" in done.stdout
        assert "There is no report yet" in magflow(url, "report").stderr
        refused = magflow(url, "confirm", "A", "TZT")
        assert refused.returncode != 0


@pytest.mark.slow
def test_the_verbs_that_read_work_on_a_hot_standby_and_the_others_say_what_it_is():
    """A replica for analysts: reading verbs migrated, and made a database."""
    with open_folder() as home:
        try:
            open_url_of_home(home).close()
            with hot_standby(home) as address:
                url = address.format("magflow")
                with psycopg.connect(f"postgresql://postgres@/magflow?host={home}/postgres") as primary:
                    primary.execute("INSERT INTO app.product_supplier_sheets (sku, supplier_name) VALUES ('A', 'TZT')")
                until(lambda: "NOT CONFIRMED" in magflow(url, "verify", "A").stdout)
                for verb in (["status"], ["history"], ["digest"], ["conflicts"], ["database", "url"], ["verify", "A"]):
                    done = magflow(url, *verb)
                    assert (done.returncode, done.stderr) == (0, ""), verb
                assert "There is no report yet" in magflow(url, "report").stderr
                assert magflow(url, "database", "psql", "-XAtc", "SELECT pg_is_in_recovery()").stdout == "t\n"
                account = {"EMAG_ACCOUNTS": "main", "EMAG_MAIN_USERNAME": "u", "EMAG_MAIN_PASSWORD": "p"}
                account["EMAG_MAIN_BASE_URL"] = "http://127.0.0.1:9/api-3"
                for verb in (["sync"], ["confirm", "A", "TZT"], ["cleanup"], ["database", "migrate"], ["up"]):
                    done = magflow(url, *verb, **account)
                    assert done.returncode == 2 and "is read-only (a standby): report, status" in done.stderr, verb
                    assert len(done.stderr.splitlines()) <= 2 and "Traceback" not in done.stderr, done.stderr
        finally:
            embedded.stop(home)


def open_url_of_home(home: Path) -> psycopg.Connection:
    connection._open.cache_clear()
    return psycopg.connect(open_database(Settings(MAGFLOW_HOME=home), Use.MIGRATE).url)


def test_psql_is_started_without_the_password_on_its_command_line(database_url, tmp_path):
    """`psql "$(magflow database url)"` shows it to every user of the machine."""
    program = tmp_path / "psql"
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\nprintf "%s" "$PGPASSWORD"\n')
    program.chmod(0o755)
    secret = "p@ss/w:o rd?é#%"
    url = database_url.replace("postgres@", f"postgres:{quote(secret, safe='')}@")
    done = magflow(url, "database", "psql", "-c", "SELECT 1", "--csv", PATH=f"{tmp_path}:{os.environ['PATH']}")
    *arguments, password = done.stdout.split("|")
    assert password == secret
    assert arguments[1:] == ["-c", "SELECT 1", "--csv"]
    assert secret not in arguments[0] and quote(secret, safe="") not in arguments[0]


def test_psql_opens_the_database(database_url, tmp_path):
    """With the server's own psql too, where none is installed."""
    (tmp_path / "bin").mkdir()
    for path in (os.environ["PATH"], str(tmp_path / "bin")):
        done = magflow(database_url, "database", "psql", "-XAtc", "SELECT count(*) FROM low_stock", PATH=path)
        assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def magflow(url: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MAGFLOW_DATABASE_URL": url, "MAGFLOW_ENV_FILE": os.devnull, **variables}
    return subprocess.run(
        [sys.executable, "-m", "magflow_pipeline.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def newer_code(monkeypatch: pytest.MonkeyPatch, folder: Path, *, migrates: bool = True) -> Path:
    """A version of the code that has one migration more."""
    copy = folder / "sql"
    shutil.copytree(SQL_FOLDER, copy)
    if migrates:
        newest = max(file.stem for file in (copy / "migrations").glob("*.sql"))
        table = "CREATE TABLE app.next_thing (id bigint);"
        (copy / "migrations" / "9999.next.sql").write_text(f"-- depends: {newest}\n{table}\n")
    monkeypatch.setattr(migration, "SQL_FOLDER", copy)
    return copy
