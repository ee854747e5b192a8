"""Addresses of databases: taken as people write them, refused with a message that tells no password."""

import os
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database import address, connection
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline_tests.conftest import both_servers

ODD = "p@ss/w:o rd?é#%+&="
ODD_USER = f"Ana {ODD}"


def open_url(url: str) -> Database:
    connection._open.cache_clear()
    return open_database(Settings(MAGFLOW_DATABASE_URL=url))


@pytest.mark.parametrize(
    ("configured", "url"),
    [
        ("postgresql://ana:geheim@db.local:5433/magflow", "postgresql://ana:geheim@db.local:5433/magflow"),
        ("postgres://db.local/magflow", "postgresql://db.local/magflow"),
        ("postgresql+psycopg://ana@db.local/magflow", "postgresql://ana@db.local/magflow"),
        ("postgresql+psycopg2://ana:a+b@db.local/magflow", "postgresql://ana:a%2Bb@db.local/magflow"),
        ("postgresql:///magflow", "postgresql:///magflow"),
        ("postgresql:///magflow?host=/run/pg", "postgresql:///magflow?host=%2Frun%2Fpg"),
        ("postgresql://%2Frun%2Fpg:5433/magflow", "postgresql:///magflow?host=%2Frun%2Fpg&port=5433"),
        ("postgresql://a:1,b:2/magflow", "postgresql:///magflow?host=a%2Cb&port=1%2C2"),
        ("postgresql://db.local/magflow?sslmode=require", "postgresql://db.local/magflow?sslmode=require"),
        ("host=db.local port=5433 dbname=magflow user=ana", "postgresql://ana@db.local:5433/magflow"),
        ("postgresql://ana@[::1]:5433/magflow", "postgresql://ana@[::1]:5433/magflow"),
        ("host=db.local dbname=magflow password=a+b://c", "postgresql://:a%2Bb%3A%2F%2Fc@db.local/magflow"),
        ("host=/run/pg dbname=magflow password='a b'", "postgresql://:a%20b@/magflow?host=%2Frun%2Fpg"),
        (
            f"postgresql://{quote(ODD_USER, safe='')}:{quote(ODD, safe='')}@db.local/magflow",
            f"postgresql://{quote(ODD_USER, safe='')}:{quote(ODD, safe='')}@db.local/magflow",
        ),
    ],
)
def test_an_address_is_the_same_however_it_is_written(configured, url):
    parts = address.parse(configured)
    assert address.url(parts) == url
    assert conninfo_to_dict(url) == parts


@pytest.mark.parametrize(
    "configured",
    ["geheim", "mysql://ana:geheim@db.local/magflow", "geheim=1", "sqlite:///geheim.db", "http://geheim"],
)
def test_what_is_no_address_is_refused_with_an_example(configured):
    with pytest.raises(ConfigurationError, match="postgresql://user:password@host:5432/magflow") as problem:
        open_url(configured)
    assert "geheim" not in str(problem.value)
    assert problem.value.__suppress_context__


def test_an_address_without_a_database_is_refused():
    with pytest.raises(ConfigurationError, match="names no database") as problem:
        open_url("postgresql://ana:geheim@db.local")
    assert "geheim" not in str(problem.value)


@pytest.mark.parametrize(
    "configured",
    [
        "postgresql://ana:geheim@127.0.0.1:1/magflow",
        "postgresql+psycopg://ana:geheim@127.0.0.1:1/magflow",
        "host=127.0.0.1 port=1 dbname=magflow user=ana password=geheim",
        "postgresql://ana:geheim@/magflow?host=/nowhere",
    ],
)
def test_a_server_that_is_not_there_is_named_without_the_password(configured):
    with pytest.raises(ConfigurationError, match=r"Cannot reach .*magflow") as problem:
        open_url(configured)
    assert "geheim" not in str(problem.value)
    assert "MAGFLOW_DATABASE_URL" in str(problem.value)
    assert problem.value.__suppress_context__


def test_a_database_that_is_not_there_is_named(server):
    with pytest.raises(ConfigurationError, match="'nowhere'"):
        open_url(server.format("nowhere"))


@both_servers
def test_every_client_gets_through_with_an_odd_user_and_password(empty_database):
    """psycopg and SQLAlchemy take addresses apart each in its own way."""
    role = sql.Identifier(ODD_USER)
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(role, sql.Literal(ODD)))
        try:
            login = f"{quote(ODD_USER, safe='')}:{quote(ODD, safe='')}@"
            database = open_url(empty_database.replace("postgres@", login))
            with database.connect() as ours:
                assert ours.info.user == ODD_USER and ours.info.password == ODD
            with database.engine().connect() as theirs:
                assert theirs.exec_driver_sql("SELECT current_user").scalar_one() == ODD_USER
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_dagster_name(session))))
        finally:
            session.execute(sql.SQL("REASSIGN OWNED BY {} TO postgres").format(role))
            session.execute(sql.SQL("DROP OWNED BY {}").format(role))
            session.execute(sql.SQL("DROP ROLE {}").format(role))


@both_servers
def test_dagster_gets_a_database_beside_it(empty_database):
    """An analyst who lists the tables does not meet Dagster's."""
    database = open_url(empty_database)
    with psycopg.connect(database.url) as ours, psycopg.connect(database.dagster_url) as dagster:
        assert dagster.info.dbname == f"{ours.info.dbname}_dagster"
        assert dagster.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'").fetchone() == (0,)
    assert database.dagster_storage_url.startswith("postgresql+psycopg2://")
    assert open_url(empty_database) == database


@pytest.fixture
def owner(empty_database, server) -> Iterator[str]:
    """A user who owns the database and has no other right."""
    name = f"owner_{os.getpid()}"
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute(f"CREATE ROLE {name} LOGIN")
        session.execute(f"ALTER DATABASE {session.info.dbname} OWNER TO {name}")
    yield name
    with psycopg.connect(empty_database, autocommit=True) as session:
        for database in (session.info.dbname, _dagster_name(session)):
            if session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                session.execute(f"ALTER DATABASE {database} OWNER TO postgres")
        session.execute(f"DROP OWNED BY {name} CASCADE")
        session.execute(f"DROP ROLE {name}")


def _dagster_name(session: psycopg.Connection) -> str:
    return f"{session.info.dbname}_dagster"


@both_servers
def test_the_owner_of_a_database_needs_no_other_right_once_dagsters_is_there(empty_database, owner):
    url = empty_database.replace("postgres@", f"{owner}@")
    with pytest.raises(ConfigurationError, match=r"CREATE DATABASE (\w+_dagster) OWNER owner_\d+;") as problem:
        open_url(url)
    with psycopg.connect(empty_database, autocommit=True) as administrator:
        administrator.execute(str(problem.value).rpartition("As an administrator: ")[2])
    with open_url(url).connect() as session:
        assert session.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)


def test_a_user_without_rights_is_told_to_own_the_database(empty_database, server):
    name = f"guest_{os.getpid()}"
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute(f"CREATE ROLE {name} LOGIN CREATEDB")
        session.execute(f"CREATE DATABASE {_dagster_name(session)}")
        try:
            with pytest.raises(ConfigurationError, match=rf"user '{name}' .*Make it the owner"):
                open_url(empty_database.replace("postgres@", f"{name}@"))
        finally:
            session.execute(f"DROP ROLE {name}")


@pytest.mark.slow
@both_servers
def test_a_database_may_have_an_odd_name(server):
    """A client that took the name as the address writes it looked for a database with %20 in its name."""
    name = f"shop of {ODD} {os.getpid()}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with open_url(server.format(quote(name, safe=""))).connect() as ours:
                assert ours.info.dbname == name
                assert ours.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)
        finally:
            for each in (name, f"{name}_dagster"):
                session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))


def test_a_database_never_shows_its_password():
    database = Database("postgresql://ana:geheim@h/d", "postgresql://ana:geheim@h/d_dagster")
    assert "geheim" not in f"{database} {database!r}"
