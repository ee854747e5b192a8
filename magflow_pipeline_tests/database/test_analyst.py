"""What the role of analysts may do: read all that is theirs, and nothing else, however hard it tries."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.database.test_privileges import role

RELATIONS = """
SELECT relname, relkind FROM pg_class
WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'v', 'm', 'p') ORDER BY relname
"""
HIDDEN = {"emag_accounts", "raw_emag_product_bodies"}  # who logs in at the marketplace; its answers as they came


@pytest.fixture
def analyst(database_url: str) -> Iterator[psycopg.Connection]:
    """A session of the role, which may write as far as its settings say: its rights are what is tested."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        assert owner.execute("SELECT app.admit_analyst()").fetchone() == ([],)  # rights on a database are not copied
    with psycopg.connect(database_url.replace("postgres@", "magflow_analyst@"), autocommit=True) as session:
        session.execute("SET default_transaction_read_only = off")
        yield session


def refused(session: psycopg.Connection, statement: str) -> bool:
    try:
        session.execute(sql.SQL(statement))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
        return True
    return False


@both_servers
def test_every_table_and_view_is_read_but_those_that_hold_what_is_not_for_analysts(analyst):
    relations = analyst.execute(RELATIONS).fetchall()
    unreadable = {name for name, _ in relations if refused(analyst, f'SELECT * FROM app."{name}"')}
    assert unreadable == HIDDEN
    assert refused(analyst, "SELECT * FROM pg_authid") and refused(analyst, "SELECT * FROM pg_shadow")
    assert analyst.execute("SELECT passwd FROM pg_user WHERE passwd <> '********'").fetchall() == []


@both_servers
def test_what_a_later_version_makes_is_read_too(session, analyst):
    """The right to read was given once, and every upgrade brought tables that the dashboards could not read."""
    session.execute("SET ROLE magflow_owner")
    session.execute("CREATE TABLE app.made_later AS SELECT 7 AS number")
    session.execute("CREATE VIEW app.seen_later AS SELECT * FROM app.made_later")
    assert analyst.execute("SELECT number FROM made_later NATURAL JOIN seen_later").fetchall() == [(7,)]
    assert refused(analyst, "DELETE FROM made_later")


@both_servers
def test_nothing_is_written_anywhere(session, analyst):
    """default_transaction_read_only is a courtesy: whoever sets it off has to meet the rights."""
    insert(session, "products", id=1, sku="A")
    statements = (
        'INSERT INTO app."{}" DEFAULT VALUES',
        'DELETE FROM app."{}"',
        'TRUNCATE app."{}" CASCADE',
        'LOCK app."{}" IN ROW EXCLUSIVE MODE',
        'SELECT FROM app."{}" FOR UPDATE',
        'DROP TABLE app."{}" CASCADE',
        'ALTER TABLE app."{}" ADD COLUMN more integer',
        'CREATE INDEX ON app."{}" ((1))',
        'COMMENT ON TABLE app."{}" IS $$mine$$',
        'COPY app."{}" FROM STDIN',
    )
    for name, kind in analyst.execute(RELATIONS).fetchall():
        if kind == "r":
            for statement in statements:
                with analyst.transaction(force_rollback=True):
                    assert refused_inside(analyst, statement.format(name)), (name, statement)
    assert session.execute("SELECT sku FROM products").fetchall() == [("A",)]


def refused_inside(session: psycopg.Connection, statement: str) -> bool:
    with session.transaction(force_rollback=True):
        return refused(session, statement)


@both_servers
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMPORARY TABLE mine (id integer)",
        "CREATE TABLE app.mine (id integer)",
        "CREATE TABLE public.mine (id integer)",
        "CREATE VIEW app.mine AS SELECT 1",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION app.mine() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION plpython3u",
        "ALTER ROLE magflow_analyst SUPERUSER",
        "ALTER ROLE magflow_analyst CONNECTION LIMIT -1",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "SELECT lo_create(0)",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'mine')",
        "SELECT pg_read_file('postmaster.pid')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        "SELECT app.admit_analyst()",
    ],
)
def test_nothing_is_made_and_no_right_is_gained(session, analyst, statement):
    assert refused(analyst, statement), statement


@both_servers
def test_no_function_gives_its_owners_rights(analyst):
    callable_ = analyst.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef AND has_function_privilege(oid, 'EXECUTE')"
    ).fetchall()
    assert callable_ == []


@both_servers
def test_what_is_forgotten_ends_by_itself_and_few_connections_are_taken(database_url, analyst):
    shown = {
        name: psycopg_value(database_url, name)
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout", "search_path")
    }
    assert shown == {
        "statement_timeout": "10min",
        "idle_in_transaction_session_timeout": "5min",
        "lock_timeout": "5s",
        "search_path": "app",
    }
    assert psycopg_value(database_url, "default_transaction_read_only") == "on"
    if analyst.info.server_version >= 170000:
        assert psycopg_value(database_url, "transaction_timeout") == "1h"
    [(limit,)] = analyst.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'magflow_analyst'").fetchall()
    assert limit == 20


def psycopg_value(url: str, name: str) -> str:
    with psycopg.connect(url.replace("postgres@", "magflow_analyst@")) as session:
        [(value,)] = session.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchall()
        return value


@both_servers
def test_who_was_let_in_before_may_still_make_temporary_tables(database_url):
    """An ERP that loads its lists through a temporary table must not stop working with an upgrade."""
    with role(database_url) as erp, psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("SELECT app.admit_analyst()")
        erp.execute("CREATE TEMPORARY TABLE loaded (sku text)")
        name = erp.info.user
        owner.execute(
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM {}").format(
                sql.Identifier(owner.info.dbname), sql.Identifier(name)
            )
        )
        assert owner.execute("SELECT app.admit_analyst()").fetchone() == ([],)
