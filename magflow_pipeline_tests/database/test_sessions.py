"""Sessions say what they rely on: neither the environment nor a role's or a database's settings change a result."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from magflow_pipeline.database import connection, embedded
from magflow_pipeline.database.connection import Use, open_database
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offers

HOSTILE = {
    "DateStyle": "German, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "bytea_output": "escape",
    "default_transaction_isolation": "serializable",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-15",
    "statement_timeout": "1ms",
    "idle_session_timeout": "1ms",
    "lock_timeout": "1ms",
    "search_path": "pg_temp",
}
EXPECTED = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "default_transaction_isolation": "read committed",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "statement_timeout": "0",
    "idle_session_timeout": "0",
    "row_security": "off",
}
VARIABLES = {
    "PGPORT": "1",
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGUSER": "nobody",
    "PGPASSWORD": "wrong",
    "PGDATABASE": "nothing",
    "PGSERVICE": "unknown",
    "PGSSLMODE": "verify-full",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCHANNELBINDING": "require",
    "PGDATESTYLE": "German",
    "PGTZ": "Asia/Kathmandu",
    "PGCLIENTENCODING": "LATIN1",
    "PGOPTIONS": "-c search_path=pg_catalog -c statement_timeout=1",
    "PGDATA": "/nowhere",
}


@pytest.fixture
def hostile(database_url: str) -> None:
    """A database whose own settings are another country's and another workload's."""
    with psycopg.connect(database_url, autocommit=True) as session:
        for name, value in HOSTILE.items():
            session.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(session.info.dbname), sql.Identifier(name), sql.Literal(value)
                )
            )


@both_servers
def test_every_client_beats_the_settings_of_the_database(hostile, database):
    """DateStyle German broke every sync; serializable isolation failed both accounts."""
    del hostile
    shown = ", ".join(f"current_setting('{name}')" for name in EXPECTED)
    with database.connect() as session:
        assert dict(zip(EXPECTED, session.execute(f"SELECT {shown}").fetchone() or (), strict=True)) == EXPECTED
    with database.engine().connect() as session:
        assert tuple(session.exec_driver_sql(f"SELECT {shown}").one()) == tuple(EXPECTED.values())
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    dagsters = database.dagster_storage_url.replace(f"{name}_dagster", str(name))  # the hostile one
    with sqlalchemy.create_engine(dagsters).connect() as session:
        assert tuple(session.exec_driver_sql(f"SELECT {shown}").one()) == tuple(EXPECTED.values())


@both_servers
def test_a_sync_does_its_work_on_a_database_with_odd_settings(hostile, database, make_simulator, make_seller, sync):
    del hostile
    make_seller(make_simulator(main=offers(12)))
    assert sync().outcome == "completed"
    build_low_stock_report(database)
    assert read_rows(database, "sync_status")[0]["offers"] == 12


@both_servers
def test_migrations_beat_the_settings_of_the_database(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as session:
        for name, value in HOSTILE.items():
            session.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(session.info.dbname), sql.Identifier(name), sql.Literal(value)
                )
            )
    database = open_url(empty_database)
    assert read_rows(database, "low_stock") == []


@pytest.mark.slow
def test_a_time_out_of_transactions_ends_none_of_ours(empty_database):
    """Migrations neither. Servers know it since version 17, and older ones refuse a session that names it."""
    with psycopg.connect(empty_database, autocommit=True) as session:
        name = sql.Identifier(session.info.dbname)
        session.execute(sql.SQL("ALTER DATABASE {} SET transaction_timeout = '100ms'").format(name))
    database = open_url(empty_database)
    with database.connect() as session, session.transaction():
        session.execute("SELECT pg_sleep(0.5)")
    with database.engine().connect() as session:
        session.exec_driver_sql("SELECT pg_sleep(0.5)")
    assert "transaction_timeout" in database.dagster_storage_url


def test_options_of_the_address_are_kept(database_url):
    """A role to work as, or an endpoint of a hosted server, stands there."""
    database = open_url(f"{database_url}&options=-c%20work_mem%3D7MB")
    with database.connect() as session:
        assert session.execute("SHOW work_mem").fetchone() == ("7MB",)
        assert session.execute("SHOW TimeZone").fetchone() == ("UTC",)
    with sqlalchemy.create_engine(database.dagster_storage_url).connect() as session:
        assert session.exec_driver_sql("SHOW work_mem").scalar_one() == "7MB"


@pytest.mark.slow
def test_the_embedded_database_is_reached_whatever_the_environment_says(monkeypatch, tmp_path_factory):
    """PGPORT or PGHOSTADDR of somebody's other database broke the embedded one."""
    with home() as folder:
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)
        connection._open.cache_clear()
        database = open_database(Settings(MAGFLOW_HOME=folder))
        with database.connect() as session:
            assert session.execute("SHOW TimeZone").fetchone() == ("UTC",)
            assert session.execute("SHOW DateStyle").fetchone() == ("ISO, MDY",)
        assert not [name for name in os.environ if name in VARIABLES], "children would meet them again"
        assert psycopg.conninfo.conninfo_to_dict(database.url)["port"] == "5432"


def test_variables_that_change_results_do_not_reach_a_server_of_ones_own(database_url, monkeypatch):
    """And those that say how to get there do."""
    for name in ("PGDATESTYLE", "PGTZ", "PGCLIENTENCODING", "PGOPTIONS"):
        monkeypatch.setenv(name, VARIABLES[name])
    monkeypatch.setenv("PGUSER", "postgres")
    with open_url(database_url.replace("postgres@", "")).connect() as session:
        assert session.info.user == "postgres"
        assert session.execute("SHOW TimeZone").fetchone() == ("UTC",)
        assert session.execute("SHOW DateStyle").fetchone() == ("ISO, MDY",)
        assert session.execute("SHOW client_encoding").fetchone() == ("UTF8",)


@pytest.mark.slow
@both_servers
@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ("ENCODING 'SQL_ASCII' LOCALE 'C'", "is encoded in SQL_ASCII"),
        ("ENCODING 'LATIN1' LOCALE 'C'", "is encoded in LATIN1"),
        ("ENCODING 'UTF8' LOCALE 'C'", "ASCII letters alone"),
    ],
)
def test_a_database_in_which_names_go_wrong_is_refused_and_the_right_statement_is_told(server, made, problem):
    """lower('Ș') was Ș: suppliers that are one were two."""
    for use in Use:
        with created(server, made) as url, pytest.raises(ConfigurationError, match=problem) as refused:
            open_url(url, use)
    statement = str(refused.value).partition("CREATE DATABASE magflow ")[2].rstrip(";")
    with created(server, statement.removeprefix("TEMPLATE template0 ")) as url:
        assert read_rows(open_url(url), "low_stock") == []


def test_a_pooler_that_refuses_settings_is_named(server):
    """pgbouncer refuses `options`: the sentence says what it is, and not that the server is down."""
    refuses = pooler(server, lambda packet: b"options\x00" in packet)
    with refuses as url, pytest.raises(ConfigurationError, match="connection pooler"):
        open_url(url)


@pytest.mark.slow
def test_a_pooler_that_drops_settings_without_a_word_is_refused_by_whoever_opens_it(server, database_url):
    """Some take the packet and leave `options` out: the session had no search_path, and other time-outs."""
    name = str(psycopg.conninfo.conninfo_to_dict(database_url)["dbname"])
    with pooler(server, lambda _: False, drops_options=True) as url:
        for use in Use:
            with pytest.raises(ConfigurationError, match="does not take the settings of a session") as refused:
                open_url(url.removesuffix("postgres") + name, use)
            assert len(str(refused.value).splitlines()) == 1


@pytest.mark.slow
def test_a_pooler_that_drops_settings_is_found_where_the_server_has_some_of_them_itself(server, database_url):
    """Somebody has set what was asked for by ALTER DATABASE: the rest is still missing."""
    name = str(psycopg.conninfo.conninfo_to_dict(database_url)["dbname"])
    with psycopg.connect(database_url, autocommit=True) as session:
        for setting, value in (("TimeZone", "'UTC'"), ("search_path", "app,pg_temp")):
            session.execute(f"ALTER DATABASE {name} SET {setting} TO {value}")
    with pooler(server, lambda _: False, drops_options=True) as url:
        for use in Use:
            with pytest.raises(ConfigurationError, match="does not take the settings of a session"):
                open_url(url.removesuffix("postgres") + name, use)


def open_url(url: str, use: Use = Use.WRITE) -> connection.Database:
    connection._open.cache_clear()
    return open_database(Settings(MAGFLOW_DATABASE_URL=url), use)


@contextmanager
def home() -> Iterator[str]:
    from magflow_pipeline_tests.servers import _open_folder

    with _open_folder() as folder:
        try:
            yield str(folder)
        finally:
            embedded.stop(folder)


@contextmanager
def created(server: str, made: str) -> Iterator[str]:
    """A database that is made so."""
    name = f"odd_{os.getpid()}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE template0 {made}")
        try:
            yield server.format(name)
        finally:
            for each in (name, f"{name}_dagster"):
                session.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")


def without_options(packet: bytes) -> bytes:
    """A startup packet without the settings of the session."""
    words = packet[8:].rstrip(b"\x00").split(b"\x00")
    kept = [word for pair in zip(words[::2], words[1::2], strict=True) if pair[0] != b"options" for word in pair]
    body = packet[4:8] + b"\x00".join(kept) + b"\x00\x00"
    return (len(body) + 4).to_bytes(4, "big") + body


@contextmanager
def pooler(server: str, refuses: Callable[[bytes], bool], *, drops_options: bool = False) -> Iterator[str]:
    """A program between client and server that refuses sessions as pgbouncer does, and passes on all others."""
    where = psycopg.conninfo.conninfo_to_dict(server.format("postgres"))["host"]
    text = b"SFATAL\x00C08P01\x00Munsupported startup parameter: options\x00\x00"
    refusal = b"E" + (len(text) + 4).to_bytes(4, "big") + text

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either side may have gone
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        target.close()

    def serve(client: socket.socket) -> None:
        packet = client.recv(65536)
        while packet[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):  # asks for encryption
            client.sendall(b"N")
            packet = client.recv(65536)
        if refuses(packet):
            client.sendall(refusal)
            client.close()
            return
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(f"{where}/.s.PGSQL.5432")
        behind.sendall(without_options(packet) if drops_options else packet)
        for pair in ((client, behind), (behind, client)):
            threading.Thread(target=copy, args=pair, daemon=True).start()

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            serve(client)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        port = listener.getsockname()[1]
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        listener.shutdown(socket.SHUT_RDWR)
