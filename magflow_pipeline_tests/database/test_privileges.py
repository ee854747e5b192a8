"""Whose rights a statement has: an ERP that may write one table must not become the owner of all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert

INPUTS = (
    *("inventory_items", "products", "suppliers", "supplier_products", "product_supplier_sheets"),
    *("purchase_orders", "purchase_order_items"),
)
OURS = ["app", "limits", "migrations"]
TAKEN_OVER = """
CREATE FUNCTION pg_temp.take_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER ROLE %I SUPERUSER', session_user);
    RETURN NULL;
END $$;
CREATE TEMPORARY TABLE input_changes (id bigint GENERATED ALWAYS AS IDENTITY, table_name text);
CREATE TRIGGER take_over AFTER INSERT ON input_changes EXECUTE FUNCTION pg_temp.take_over();
CREATE TEMPORARY TABLE changed (sku text);
INSERT INTO changed VALUES ('A');
GRANT ALL ON input_changes, changed TO PUBLIC;
"""


@contextmanager
def role(url: str, *grants: str) -> Iterator[psycopg.Connection]:
    """A session of a role that has these rights and no other."""
    name = f"erp_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN")
        try:
            for grant in ("USAGE ON SCHEMA app", *grants):
                owner.execute(f"GRANT {grant} TO {name}")
            with psycopg.connect(url.replace("postgres@", f"{name}@"), autocommit=True) as session:
                yield session
        finally:
            owner.execute(f"DROP OWNED BY {name} CASCADE")
            owner.execute(f"DROP ROLE {name}")


def noted(session: psycopg.Connection) -> set[str]:
    """The tables whose changes are noted; the notes are taken."""
    rows = session.execute("DELETE FROM input_changes RETURNING table_name").fetchall()
    return {name for (name,) in rows}


@both_servers
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.products SET name = 'x'",
        "INSERT INTO app.products (sku) VALUES ('B')",
        "DELETE FROM app.products",
        "TRUNCATE app.products CASCADE",
    ],
)
def test_a_role_that_may_change_one_table_cannot_become_superuser(session, database_url, statement):
    """A temporary table with the name that a SECURITY DEFINER function meant ran its trigger as the owner."""
    insert(session, "products", sku="A")
    noted(session)
    # TRUNCATE reaches the tables that name a product, too.
    referring = "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE confrelid = 'app.products'::regclass"
    tables = ", ".join(sorted(name for (name,) in session.execute(referring).fetchall()))
    with role(database_url, f"SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON app.products, {tables}") as erp:
        erp.execute(TAKEN_OVER)
        erp.execute(statement)
        assert erp.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        assert erp.execute("SELECT count(*) FROM pg_temp.input_changes").fetchone() == (0,)
    assert "products" in noted(session)


@both_servers
def test_functions_with_their_owners_rights_search_pg_temp_last_and_belong_to_nobody_else(session):
    """`SET search_path = app` alone searches pg_temp first; EXECUTE for PUBLIC lets anybody hang it on a table."""
    unsafe = session.execute(
        "SELECT proc.oid::regprocedure::text FROM pg_proc AS proc"
        " WHERE proc.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
        " AND proc.prosecdef AND ("
        " NOT EXISTS (SELECT FROM unnest(proc.proconfig) AS setting WHERE setting ~ '^search_path=.*, *pg_temp$')"
        " OR has_function_privilege('public', proc.oid, 'EXECUTE'))"
    ).fetchall()
    assert unsafe == []


@both_servers
def test_functions_with_their_owners_rights_name_the_schema_of_every_table(session):
    """Their bodies name no table of ours without `app.`, so that no search path can change what they mean."""
    unqualified = session.execute(
        "SELECT proc.oid::regprocedure::text, relation.relname FROM pg_proc AS proc"
        " JOIN pg_class AS relation ON relation.relnamespace::regnamespace::text = ANY(%(ours)s)"
        " AND coalesce(proc.prosrc, '') ~ ('(^|[^.\\w])' || relation.relname || '([^\\w]|$)')"
        " WHERE proc.prosecdef AND proc.pronamespace::regnamespace::text = ANY(%(ours)s)"
        " AND relation.relkind IN ('r', 'v')",
        {"ours": OURS},
    ).fetchall()
    assert unqualified == []


@both_servers
def test_nobody_but_the_owner_makes_things_in_our_schemas(session):
    """Who may create in a schema of somebody's search path decides what his statements mean."""
    open_to_all = session.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s) AND has_schema_privilege('public', oid, 'CREATE')",
        [OURS],
    ).fetchall()
    assert open_to_all == []


@both_servers
def test_functions_and_views_work_whatever_the_search_path_is(session):
    """pg_restore, REINDEX and autovacuum work with an empty one: an unqualified name broke the restore."""
    insert(session, "products", sku="A")
    insert(session, "suppliers", name="TZT")
    views = session.execute("SELECT viewname FROM pg_views WHERE schemaname = 'app'").fetchall()
    session.execute("SET search_path = ''")
    for (view,) in views:
        session.execute(sql.SQL("SELECT * FROM app.{}").format(sql.Identifier(view)))
    session.execute("SELECT * FROM app.offers_as_of(now())")
    session.execute("UPDATE app.suppliers SET name = 'tzt' WHERE app.normalized_name(name) = 'tzt'")
    session.execute("REINDEX SCHEMA app")
    assert session.execute("SELECT count(*) FROM app.input_changes").fetchone() != (0,)


@both_servers
@pytest.mark.parametrize("table", INPUTS)
def test_an_input_table_can_be_emptied_and_filled_again_and_both_are_noted(session, database_url, table):
    """An ERP that loads lists by TRUNCATE and COPY ended in `relation "changed" does not exist`."""
    fill(session)
    columns = [
        name
        for (name,) in session.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' ORDER BY attnum",
            [f"app.{table}"],
        ).fetchall()
    ]
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    name = sql.Identifier("app", table)
    [kept] = copy_out(session, name, listed)
    noted(session)
    emptied = ", ".join(f"app.{each}" for each in referring(session, table))
    with role(database_url, f"SELECT, INSERT, TRUNCATE ON {emptied}") as erp:
        with erp.transaction():
            erp.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
        assert table in noted(session)
        with erp.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, listed)) as copy:
            copy.write(kept)
    assert noted(session) == {table}
    assert copy_out(session, name, listed) == [kept]


def fill(session: psycopg.Connection) -> None:
    insert(session, "warehouses", id=1, code="W", name="W")
    insert(session, "products", id=1, sku="A")
    insert(session, "suppliers", id=1, name="TZT")
    insert(session, "inventory_items", id=1, product_id=1, warehouse_id=1, quantity=1)
    insert(session, "supplier_products", id=1, supplier_id=1, local_product_id=1)
    insert(session, "product_supplier_sheets", id=1, sku="A", supplier_name="TZT")
    insert(session, "purchase_orders", id=1, supplier_id=1, status="sent")
    insert(session, "purchase_order_items", id=1, purchase_order_id=1, product_id=1, quantity=1)


def copy_out(session: psycopg.Connection, name: sql.Identifier, listed: sql.Composed) -> list[bytes]:
    with session.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(name, listed)) as copy:
        return [b"".join(bytes(part) for part in copy)]


def referring(session: psycopg.Connection, table: str) -> list[str]:
    """The table and all that TRUNCATE ... CASCADE empties with it."""
    rows = session.execute(
        "WITH RECURSIVE emptied AS (SELECT %s::regclass::oid AS oid UNION"
        " SELECT conrelid FROM pg_constraint JOIN emptied ON confrelid = emptied.oid WHERE contype = 'f')"
        " SELECT relname FROM pg_class JOIN emptied USING (oid)",
        [f"app.{table}"],
    ).fetchall()
    return [name for (name,) in rows]
