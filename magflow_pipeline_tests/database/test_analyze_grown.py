"""Tables that a back-fill or a first build filled are analysed before anything reads them."""

import psycopg
import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.servers import of_superuser

GROWN = "SELECT app.analyze_grown('app.product_notes', 'app.brands')"


@pytest.fixture
def analysed_empty(session: psycopg.Connection) -> psycopg.Connection:
    session.execute("SET ROLE magflow_owner")  # who alone may analyse
    for name in ("product_notes", "brands"):
        session.execute(f"CREATE TABLE app.{name} (id bigint, sku text) WITH (autovacuum_enabled = false)")
    session.execute("ANALYZE app.product_notes, app.brands")
    return session


def fill(session: psycopg.Connection, name: str, rows: int) -> None:
    session.execute(f"INSERT INTO app.{name} SELECT n, 'SKU' || n FROM generate_series(1, {rows}) AS n")


def known_rows(session: psycopg.Connection, name: str) -> int:
    [(rows,)] = session.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [name]).fetchall()
    return max(rows, 0)


@both_servers
def test_a_table_that_doubled_is_analysed_and_one_that_did_not_is_not(analysed_empty):
    session = analysed_empty
    fill(session, "product_notes", 20_000)
    fill(session, "brands", 10)
    session.execute(GROWN)
    assert (known_rows(session, "app.product_notes"), known_rows(session, "app.brands")) == (20_000, 0)
    fill(session, "product_notes", 10_000)
    session.execute(GROWN)
    assert known_rows(session, "app.product_notes") == 20_000
    fill(session, "product_notes", 15_000)
    session.execute(GROWN)
    assert known_rows(session, "app.product_notes") == 45_000


def test_nobody_waits_for_a_table_that_somebody_else_analyses(analysed_empty, database: Database):
    fill(analysed_empty, "product_notes", 20_000)
    fill(analysed_empty, "brands", 20_000)
    with of_superuser(database).connect() as other, other.transaction():
        other.execute("ANALYZE app.product_notes")
        analysed_empty.execute(GROWN)
        assert known_rows(analysed_empty, "app.brands") == 20_000
    assert known_rows(analysed_empty, "app.product_notes") == 20_000  # the other's
