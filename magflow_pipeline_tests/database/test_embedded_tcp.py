"""The embedded server on loopback: who comes in, what a driver needs, and how the port changes."""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

import psycopg
import pytest
from pydantic import SecretStr

from magflow_pipeline.database import connection, embedded
from magflow_pipeline.database.connection import Database, Use, open_database
from magflow_pipeline.database.pool import close_kept_sessions
from magflow_pipeline.database.roles import admit_roles, generate_password, said_of_user, set_password
from magflow_pipeline.settings import ConfigurationError, Settings, environment_of_child
from magflow_pipeline_tests.database.test_embedded import run, server_process

# What DBeaver and pgjdbc ask for when a connection is opened and the tree of a table is unfolded.
INTROSPECTION = (
    "SET extra_float_digits = 3",
    "SET application_name = 'DBeaver 25.2 - Main'",
    "SHOW TRANSACTION ISOLATION LEVEL",
    "SELECT current_schema(), session_user, version()",
    "SELECT db.oid, db.* FROM pg_catalog.pg_database AS db WHERE datallowconn AND datname = current_database()",
    "SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace AS n"
    " LEFT OUTER JOIN pg_catalog.pg_description AS d ON d.objoid = n.oid AND d.objsubid = 0",
    "SELECT r.* FROM pg_catalog.pg_roles AS r",
    "SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid), pg_catalog.pg_get_viewdef(c.oid)"
    " FROM pg_catalog.pg_class AS c LEFT OUTER JOIN pg_catalog.pg_description AS d"
    " ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass"
    " WHERE c.relnamespace = 'app'::regnamespace AND c.relkind NOT IN ('i', 'I', 'c')",
    "SELECT a.*, pg_catalog.pg_get_expr(def.adbin, def.adrelid, true), d.description"
    " FROM pg_catalog.pg_attribute AS a INNER JOIN pg_catalog.pg_class AS c ON a.attrelid = c.oid"
    " LEFT OUTER JOIN pg_catalog.pg_attrdef AS def ON a.attrelid = def.adrelid AND a.attnum = def.adnum"
    " LEFT OUTER JOIN pg_catalog.pg_description AS d ON c.oid = d.objoid AND a.attnum = d.objsubid"
    " WHERE a.attnum > 0 AND c.oid = 'app.low_stock'::regclass ORDER BY a.attnum",
    "SELECT c.*, pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint AS c",
    "SELECT i.*, pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index AS i",
    "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns",
    "SELECT e.oid, a.rolname, e.* FROM pg_catalog.pg_event_trigger AS e JOIN pg_catalog.pg_authid AS a ON FALSE",
)


class Shop(NamedTuple):
    home: Path
    port: int
    password: str
    database: Database

    def connect(self, **changed: object) -> psycopg.Connection:
        """A session as analysts open one."""
        given: dict[str, Any] = {"user": "magflow_analyst", "dbname": "magflow", "password": self.password}
        given |= {"host": "127.0.0.1", "port": self.port, "autocommit": True, "connect_timeout": 10}
        return psycopg.connect(**(given | changed))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def opened(home: Path, port: int | None, use: Use = Use.WRITE) -> Database:
    connection._open.cache_clear()
    return open_database(Settings(MAGFLOW_HOME=str(home), MAGFLOW_DATABASE_PORT=port or ""), use)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home for all tests here: its server is started and stopped again and again."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def shop(home: Path) -> Iterator[Shop]:
    """An embedded database that listens, and the password of its analysts."""
    port, password = free_port(), generate_password()
    database = opened(home, port, Use.MIGRATE)
    set_password(Settings(MAGFLOW_HOME=str(home), MAGFLOW_DATABASE_PORT=port), "magflow_analyst", password)
    close_kept_sessions()  # or somebody works on the server
    yield Shop(home, port, password, database)
    database.engine().dispose()


@pytest.mark.slow
def test_an_analyst_comes_in_over_tcp_by_his_password_and_nobody_else_does(shop):
    with shop.connect() as session:
        assert session.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)
        assert session.execute("SHOW transaction_read_only").fetchone() == ("on",)
        for statement in ("DELETE FROM products", "BEGIN READ WRITE; DELETE FROM products"):
            with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
                session.execute(statement)
            session.execute("ROLLBACK")
    for wrong, said in (
        ({"password": "not the password"}, "password authentication failed"),
        ({"user": "postgres", "dbname": "postgres"}, "no pg_hba.conf entry"),
        ({"dbname": "postgres"}, "no pg_hba.conf entry"),
        ({"dbname": "magflow_dagster"}, "no pg_hba.conf entry"),
    ):
        with pytest.raises(psycopg.OperationalError, match=said):
            shop.connect(**wrong)
    listening = run(embedded.start(shop.home, port=shop.port), "SHOW listen_addresses")
    assert listening == ("127.0.0.1",)


@pytest.mark.slow
def test_a_driver_for_java_finds_what_it_asks_for(shop):
    """Extended protocol, settings and catalogue as pgjdbc under DBeaver uses them; only pg_authid is not for him."""
    with shop.connect(autocommit=False, prepare_threshold=0) as session:
        for statement in INTROSPECTION[:-1]:
            session.execute(statement, prepare=True)
        session.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(INTROSPECTION[-1])
        session.rollback()
        with session.cursor(name="fetched_by_rows") as cursor:
            cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", ["low_stock"])
            assert len(cursor.fetchmany(5)) == 5
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("UPDATE products SET name = %s", ["x"])
    with shop.connect(prepare_threshold=0) as session:
        comments = session.execute(
            "SELECT count(*), count(col_description(attrelid, attnum)) FROM pg_attribute"
            " WHERE attrelid = 'app.low_stock'::regclass AND attnum > 0"
        ).fetchone()
        assert comments is not None and comments[0] == comments[1] > 30


@pytest.mark.slow
def test_the_port_changes_with_the_setting_while_nobody_works_and_old_addresses_go_on(shop, caplog):
    """A daemon that runs since before keeps its address: without that, a new port would have cut it off."""
    first, kept = server_process(shop.home), shop.database.url
    shop.database.engine().dispose()
    new = free_port()
    with shop.connect() as idle:
        assert idle.execute("SELECT 1").fetchone() == (1,)  # an analyst's client holds nobody up
        opened(shop.home, new).engine().dispose()
    second = server_process(shop.home)
    assert second != first and f"port {new}" in caplog.text
    with shop.connect(port=new) as session, psycopg.connect(kept) as old:
        assert session.execute("SELECT 1").fetchone() == old.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        shop.connect()

    working = opened(shop.home, new)
    with working.connect() as session:
        session.execute("SELECT 1")
        opened(shop.home, shop.port)
        assert server_process(shop.home) == second and "somebody works" in caplog.text
        assert session.execute("SELECT 1").fetchone() == (1,)
    working.engine().dispose()
    close_kept_sessions()

    # The server ends a session a moment after its program: one that is about to end is nobody who works.
    ending = psycopg.connect(kept)
    Timer(0.3, ending.close).start()
    opened(shop.home, None).engine().dispose()
    assert run(embedded.start(shop.home), "SHOW listen_addresses") == ("",)
    with pytest.raises(psycopg.OperationalError):
        shop.connect(port=new)
    with psycopg.connect(kept) as old:
        assert old.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.slow
def test_a_port_that_is_taken_is_refused_in_a_sentence_and_the_server_that_works_goes_on(shop):
    shop.database.engine().dispose()
    number = server_process(shop.home)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"MAGFLOW_DATABASE_PORT={taken}: .*choose another"):
            opened(shop.home, taken)
        assert server_process(shop.home) == number
        embedded.stop(shop.home)
        with pytest.raises(ConfigurationError, match=rf"MAGFLOW_DATABASE_PORT={taken}: "):
            opened(shop.home, taken)
    opened(shop.home, shop.port).engine().dispose()
    with shop.connect() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.slow
def test_a_killed_server_listens_again(shop):
    """postmaster.pid and the lock of the socket, which has the port in its name, are left behind."""
    shop.database.engine().dispose()
    embedded.psutil.Process(server_process(shop.home)).kill()
    opened(shop.home, shop.port).engine().dispose()
    with shop.connect() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.slow
def test_the_verb_gives_a_password_that_no_command_line_and_no_log_of_the_server_holds(shop):
    """With log_statement = all, ALTER ROLE ... PASSWORD in clear text stays in the log for ever."""
    run(embedded.start(shop.home, port=shop.port), "ALTER SYSTEM SET log_statement = 'all'")
    run(embedded.start(shop.home, port=shop.port), "SELECT pg_reload_conf()")
    secret = generate_password()
    environment = environment_of_child(MAGFLOW_HOME=str(shop.home), MAGFLOW_DATABASE_PORT=str(shop.port))

    def call(*options: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "magflow_pipeline.cli", "database", "analyst", *options]
        return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)

    told = call("--stdin", given=f"{secret}\n")
    assert (told.returncode, secret in told.stdout + told.stderr) == (0, False), told
    assert {"127.0.0.1", str(shop.port), "magflow_analyst"} <= set(told.stdout.split())
    with shop.connect(password=secret) as session:
        assert session.execute("SELECT current_user").fetchone() == ("magflow_analyst",)
    log = (shop.home / "postgres" / "log").read_text()
    assert "ALTER ROLE" in log and secret not in log

    made_up = call()
    password = next(line.split()[1] for line in made_up.stdout.splitlines() if line.startswith("Password"))
    with shop.connect(password=password) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    assert password not in (shop.home / "postgres" / "log").read_text()
    short = call("--stdin", given="short\n")
    assert short.returncode == 2 and "12 to 200 characters" in short.stderr
    both = call("--stdin", "--prompt")
    assert both.returncode == 2 and "Choose one" in both.stderr


@pytest.fixture
def other_home() -> Iterator[Path]:
    """A server that does not have the role yet."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_an_owner_who_may_make_no_roles_is_told_what_an_administrator_does(other_home):
    """Managed servers let nobody make roles: the migration goes on, and says what is left."""
    folder = embedded.start(other_home)
    run(folder, "CREATE ROLE owner LOGIN")
    run(folder, "CREATE DATABASE shop OWNER owner TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
    run(folder, "CREATE DATABASE shop_dagster OWNER owner")
    connection._open.cache_clear()
    settings = Settings(MAGFLOW_HOME=str(other_home), MAGFLOW_DATABASE_URL=f"postgresql://owner@/shop?host={folder}")
    database = open_database(settings, Use.MIGRATE)
    assert said_of_user(database) == (
        "MagFlow works in the database as 'owner', the owner of its tables. It works with less: as magflow_pipeline "
        "(docs/operations.md, Roles)."
    )
    made = admit_roles(settings)
    assert made == [
        "CREATE ROLE magflow_pipeline LOGIN",
        "CREATE ROLE magflow_erp LOGIN CONNECTION LIMIT 20",
        "CREATE ROLE magflow_analyst LOGIN CONNECTION LIMIT 20",
    ]
    with pytest.raises(ConfigurationError, match=r"need an administrator .*CREATE ROLE magflow_analyst LOGIN"):
        set_password(settings, "magflow_analyst", generate_password())

    for statement in made:
        run(folder, statement)
    left = admit_roles(settings)
    assert {each.split(" SET ")[0].split(" pg_")[0] for each in left} == {
        "ALTER ROLE magflow_analyst",
        "ALTER ROLE magflow_erp",
        "GRANT",
        "GRANT EXECUTE ON FUNCTION",
        "REVOKE EXECUTE ON FUNCTION",
    }
    with pytest.raises(ConfigurationError, match="may not give magflow_analyst a password"):
        set_password(settings, "magflow_analyst", generate_password())
    with psycopg.connect(f"postgresql://postgres@/shop?host={folder}") as administrator:
        for statement in left:
            administrator.execute(statement)
    assert admit_roles(settings) == []
    # An administrator who migrates it takes nothing from him.
    administrated = settings.model_copy(
        update={"database_url": SecretStr(f"postgresql://postgres@/shop?host={folder}")}
    )
    assert admit_roles(administrated) == []
    with database.connect() as session:
        session.execute("ALTER TABLE app.products ADD COLUMN mine text")
    with psycopg.connect(f"postgresql://magflow_analyst@/shop?host={folder}") as session:
        assert session.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)
        assert session.execute("SHOW statement_timeout").fetchone() == ("10min",)
    database.engine().dispose()
