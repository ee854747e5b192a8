"""A database of the program before this one is taken over: each old row is in a new table, or in quarantine and why."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline.adoption import ASIDE, COLUMN_READ, Adoption, adopt
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import sync_account
from magflow_pipeline.database.connection import Use, open_database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.settings import PROJECT_ROOT, ConfigurationError, Settings
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer
from magflow_pipeline_tests.old_database import UNKNOWN, make_old_database
from magflow_pipeline_tests.servers import of_role

PAGE = PROJECT_ROOT / "docs" / "operations.md"
NAME = "SELECT app.normalized_name(%s)"
OWNED = """
SELECT format('ALTER TABLE %s OWNER TO seller_of_before', oid::regclass)
FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p', 'v')
UNION ALL
SELECT 'ALTER SEQUENCE app.numbers OWNER TO seller_of_before'
UNION ALL
SELECT format('ALTER TYPE %s OWNER TO seller_of_before', oid::regtype)
FROM pg_type WHERE typnamespace = 'app'::regnamespace AND typtype IN ('e', 'd')
"""


def rows_of(session: psycopg.Connection, schema: str, table: str) -> list[dict[str, Any]]:
    query = sql.SQL(
        "SELECT array_agg(column_name::text), array_agg(data_type::text) FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s"
    )
    names, types = session.execute(query, [schema, table]).fetchone() or ([], [])
    selected = sql.SQL(", ").join(
        sql.SQL("{0}::text AS {0}" if kind == "json" else "{}").format(sql.Identifier(name))
        for name, kind in zip(names or [], types or [], strict=True)
    )
    rows = session.execute(
        sql.SQL("SELECT to_jsonb(old) FROM (SELECT {} FROM {}) AS old").format(selected, sql.Identifier(schema, table))
    )
    return [row for (row,) in rows]


def objects(session: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Everything that is in the database, but not the system's."""
    return session.execute(
        "SELECT nspname, relname, relkind, pg_class.oid"
        " FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid"
        " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY pg_class.oid"
    ).fetchall()


def told(adoption: Adoption | None) -> tuple[Any, ...]:
    assert adoption is not None
    return (adoption.tables, adoption.quarantined, adoption.left_alone, adoption.aside, adoption.naive)


@pytest.mark.slow
@both_servers
@pytest.mark.parametrize("seed", range(4))
def test_every_old_row_is_kept_or_in_quarantine_with_a_reason(empty_database, server, seed):
    places = make_old_database(empty_database, seed)
    settings = Settings(MAGFLOW_DATABASE_URL=empty_database)
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute("SET TimeZone = 'UTC'")
        before = {table: rows_of(session, place, table) for table, place in places.items()}
        there = objects(session)

        report = adopt(settings, "UTC", apply=False)
        assert objects(session) == there
        assert {table: rows_of(session, place, table) for table, place in places.items()} == before

        adoption = adopt(settings, "UTC", apply=True)
        assert told(adoption) == told(report)
        assert adoption is not None

        quarantined = session.execute(
            f"SELECT table_name, row_number, is_kept, old_row, reason FROM {ASIDE}.quarantined_rows"
        ).fetchall()
        for table, place in places.items():
            if table in UNKNOWN:
                now = place if place == "public" or table in adoption.left_alone else ASIDE
                assert rows_of(session, now, table) == before[table], table
            else:
                assert rows_of(session, ASIDE, table) == before[table], table
        for table in adoption.tables:
            mine = [row for row in quarantined if row[0] == table.name]
            lost = {number for _, number, is_kept, _, _ in mine if not is_kept}
            assert table.rows == len(before[table.name])
            assert table.kept + len(lost) == table.rows, table
            _compare_columns(table.name, before[table.name], mine, lost)
        assert all(reason for *_, reason in quarantined)
        _compare_with_rules(session, before)

        there = objects(session)
        assert adopt(settings, "UTC", apply=True) is None
        assert objects(session) == there
    open_database(settings, Use.READ)


def _compare_columns(table: str, old: list[dict[str, Any]], quarantined: list[tuple[Any, ...]], lost: set[int]) -> None:
    """A row that is not kept is whole in quarantine; one that is kept has its values in the new table or there."""
    read = {*COLUMN_READ.findall(statement(f"adoption/{table}")), "id"}
    for number, row in enumerate(old, start=1):
        mine = [each for _, place, _, each, _ in quarantined if place == number]
        if number in lost:
            assert [{**each} for each in mine] == [row] or _without_json(mine) == _without_json([row])
        else:
            unread = {name for name, value in row.items() if value is not None and name not in read}
            assert unread <= {name for each in mine for name in each}


def _without_json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns of the type json are compared as text before, and parsed in quarantine."""
    json = {"tags", "price_history", "order_items", "raw_emag_data", "ean", "errors"}
    return [{name: value for name, value in row.items() if name not in json} for row in rows]


def _compare_with_rules(session: psycopg.Connection, before: dict[str, list[dict[str, Any]]]) -> None:
    """What has to be there by the rules, told by other means than the statements."""

    def there(query: str) -> list[Any]:
        return session.execute(query).fetchall()

    def whole(value: Any) -> int | None:
        return int(str(value)) if value is not None else None

    products = {row["sku"] for row in before.get("products", []) if (row["sku"] or "").strip()}
    assert {sku for (sku,) in there("SELECT sku FROM app.products")} == products
    offers = {
        (str(row["account_type"]).strip().lower(), whole(row["emag_id"]))
        for row in before["emag_products_v2"]
        if (row["account_type"] or "").strip() and (whole(row["emag_id"]) or 0) > 0 and (row["sku"] or "").strip()
    }
    assert set(there("SELECT account_type, emag_id FROM app.emag_products_v2")) == offers
    names = {session.execute(NAME, [row["name"]]).fetchone() for row in before.get("suppliers", [])} - {("",), (None,)}
    listed = "SELECT app.normalized_name(name) FROM app.suppliers WHERE NOT is_from_list"
    assert Counter(there(listed)) == Counter(names)
    prices = {
        (row["sku"], row["supplier_name"])
        for row in before.get("product_supplier_sheets", [])
        if (row["sku"] or "").strip() and (row["supplier_name"] or "").strip()
    }
    assert prices <= set(there("SELECT sku, supplier_name FROM app.product_supplier_sheets"))


KNOWN = (Path(__file__).parent / "old_database.sql").read_text()
REASONS = {
    ("products", False): {"another row has its SKU, and is kept"},
    ("suppliers", False): {"another row is the same supplier by its name, and is kept"},
    ("inventory_items", False): {
        "another row has its product and warehouse, and is kept",
        "its warehouse_id is that of no warehouse that is kept, or of several",
    },
    ("purchase_orders", False): {"its status is not known"},
    ("purchase_order_items", False): {"its purchase_order_id is that of no order that is kept, or of several"},
    ("emag_products_v2", False): {
        "another row has its account and emag_id, was read later, and is kept",
        "its emag_id is no whole number above 0, by which eMAG knows an offer",
    },
    ("emag_product_offers_v2", False): {"there is no product of its account and emag_offer_id"},
}


@pytest.fixture
def old_database(empty_database: str) -> str:
    with psycopg.connect(empty_database) as session:
        session.execute(KNOWN.encode())
    return empty_database


@both_servers
def test_people_find_their_decisions_and_history(old_database, server):
    """Confirmed matches, levels and orders are of people: no sync brings them again."""
    settings = Settings(MAGFLOW_DATABASE_URL=old_database)
    with pytest.raises(ConfigurationError, match=r"tables of an earlier MagFlow.*`magflow database adopt`"):
        open_database(settings, Use.MIGRATE)
    adoption = adopt(settings, "Europe/Bucharest", apply=True)
    assert adoption is not None
    found: dict[tuple[str, bool], set[str]] = {}
    for each in adoption.quarantined:
        found.setdefault((each.table, bool(each.columns)), set()).add(each.reason)
    assert {key: reasons for key, reasons in found.items() if not key[1]} == REASONS
    assert (adoption.left_alone, adoption.aside, adoption.is_in_future) == (["users"], [], False)
    assert "emag_sync_logs.started_at" in adoption.naive

    with open_database(settings, Use.WRITE).connect() as session:

        def ask(query: str) -> list[tuple[Any, ...]]:
            return session.execute(query).fetchall()

        assert ask("SELECT id, sku, name FROM products ORDER BY id") == [(1, "AUR516", "Lamp"), (3, "B", "b")]
        assert ask("SELECT sku, label FROM supplier_verification_labels WHERE supplier_name = 'KEMEISING'") == [
            ("AUR516", "NEEDS SYNC")
        ]
        assert ask(
            "SELECT supplier_id, local_product_id, confirmed_by, confirmed_at::text FROM supplier_products"
            " WHERE manual_confirmed"
        ) == [(1, 1, "7", "2025-10-14 19:30:00+00")]
        assert ask("SELECT supplier_name, price_cny::text FROM product_supplier_sheets ORDER BY id") == [
            ("KEMEISING", "35.5000"),
            ("WANKE", None),
            ("XINRUI", "2.0000"),
        ]
        assert ask("SELECT product_id, manual_reorder_point, manual_minimum_stock FROM inventory_items") == [
            (1, 33, None)
        ]
        assert ask("SELECT supplier_id, status, note, ordered_at::text FROM purchase_orders") == [
            (1, "received", "PO-1", "2025-10-13 21:30:00+00")
        ]
        assert ask("SELECT product_id, quantity, received_quantity FROM purchase_order_items") == [(1, 40, 38)]
        assert ask("SELECT account_type, emag_id, name, stock_quantity, is_active FROM emag_products_v2") == [
            ("main", 5000000001, "new", 4, True)
        ]
        assert ask("SELECT sku, price::text, visibility, is_available FROM emag_product_offers_v2") == [
            ("AUR516", "35.5000", "visible", True)
        ]
        assert ask("SELECT status, is_complete, operation, errors ->> 0 FROM emag_sync_logs ORDER BY id") == [
            ("completed", False, "full", None),
            ("failed", False, "incremental", '{"error": "504"}'),
        ]
        assert ask(
            "SELECT old_row FROM before_adoption.quarantined_rows WHERE old_row ? 'reorder_point' AND is_kept"
        ) == [({"reorder_point": 20},)]
        assert ask("SELECT name FROM app.users") == [("admin",)]
        for statement_of_page in re.findall(r"(?ms)^    (UPDATE inventory_items AS item.*?;)$", PAGE.read_text()):
            assert session.execute(statement_of_page).rowcount == 0  # a person's level stays
            session.execute("UPDATE inventory_items SET manual_reorder_point = NULL")
            assert session.execute(statement_of_page).rowcount == 1
        new = ask("INSERT INTO suppliers (name) VALUES ('new') RETURNING id")
        assert new[0][0] >= 1_000_000_000


def test_an_id_of_two_rows_that_are_kept_is_no_reference(old_database):
    """Without a key two products may share an id: what names it may be of either, and is not given to the first."""
    with psycopg.connect(old_database) as session:
        session.execute("ALTER TABLE app.products DROP CONSTRAINT products_pkey CASCADE")
        session.execute("ALTER TABLE app.suppliers DROP CONSTRAINT suppliers_pkey CASCADE")
        session.execute("UPDATE app.products SET id = 1 WHERE sku = 'B'")
        session.execute("UPDATE app.suppliers SET id = 3 WHERE name = 'WANKE'")
    adoption = adopt(Settings(MAGFLOW_DATABASE_URL=old_database), "UTC", apply=True)
    assert adoption is not None
    with psycopg.connect(old_database, options="-c search_path=app") as session:

        def ask(query: str) -> list[Any]:
            return session.execute(query).fetchall()

        assert ask("SELECT sku FROM products ORDER BY sku") == [("AUR516",), ("B",)]
        assert ask("SELECT supplier_id FROM purchase_orders") == [(None,)]
        # Product 2 is the double of the first, which alone it means.
        assert ask(
            "SELECT sku, manual_reorder_point FROM inventory_items JOIN products ON products.id = product_id"
        ) == [("AUR516", 33)]
        assert ask("SELECT count(*) FROM supplier_products") == [(0,)]
    reasons = {(each.table, each.reason): each.rows for each in adoption.quarantined if not each.columns}
    assert reasons["inventory_items", "its product_id is that of no product that is kept, or of several"] == 2
    assert reasons["supplier_products", "its supplier_id is that of no supplier that is kept, or of several"] == 2
    assert ("purchase_orders", ["supplier_id"]) in [(each.table, each.columns) for each in adoption.quarantined]


@pytest.mark.parametrize("user", ["superuser", "owner"])
def test_what_was_left_alone_stays_whole_when_the_old_tables_are_dropped(old_database, user):
    """Columns went with the types that had moved aside, and partitions of old tables seemed to be others' tables."""
    columns = (
        "'admin'::app.user_role AS role, '{buyer}'::app.user_role[] AS roles, 'buyer'::app.one_role AS one, 5 AS number"
    )
    with psycopg.connect(old_database, autocommit=True) as session:
        if user == "superuser":
            session.execute("CREATE EXTENSION vector SCHEMA app")
            columns += ", '[1,2]'::app.vector AS place"
        session.execute(
            "CREATE TYPE app.user_role AS ENUM ('admin', 'buyer');"
            "CREATE DOMAIN app.one_role AS app.user_role;"
            "CREATE SEQUENCE app.numbers;"
            f"CREATE TABLE app.tickets AS SELECT {columns};"
            "ALTER TABLE app.tickets ALTER number SET DEFAULT nextval('app.numbers');"
            "ALTER TABLE app.emag_sync_logs RENAME TO old_logs;"
            "CREATE TABLE app.emag_sync_logs (LIKE app.old_logs) PARTITION BY LIST (account_type);"
            "CREATE TABLE app.logs_of_all PARTITION OF app.emag_sync_logs DEFAULT;"
            "INSERT INTO app.emag_sync_logs SELECT * FROM app.old_logs;"
            "DROP TABLE app.old_logs;"
            "CREATE TABLE app.warehouses_abroad (country text) INHERITS (app.warehouses)"
        )
        before = session.execute("SELECT * FROM app.tickets").fetchall()
        url = old_database
        if user == "owner":
            url = of_role(old_database, "seller_of_before")
            session.execute("CREATE ROLE seller_of_before LOGIN")
            session.execute(f"ALTER DATABASE {session.info.dbname} OWNER TO seller_of_before")
            session.execute("ALTER SCHEMA app OWNER TO seller_of_before")
            for owned in session.execute(OWNED).fetchall():
                session.execute(owned[0])
        try:
            adoption = adopt(Settings(MAGFLOW_DATABASE_URL=url), "UTC", apply=True)
            assert adoption is not None
            assert (adoption.left_alone, adoption.aside) == (["tickets", "users"], ["warehouses_abroad"])
            assert ("emag_sync_logs", 2, 2) in {(each.name, each.rows, each.kept) for each in adoption.tables}
            session.execute("DROP SCHEMA before_adoption CASCADE")
            assert session.execute("SELECT * FROM app.tickets").fetchall() == before
            session.execute("INSERT INTO app.tickets DEFAULT VALUES")
            assert session.execute("SELECT max(number), min(number) FROM app.tickets").fetchone() == (5, 1)
        finally:
            if user == "owner":
                session.execute("REASSIGN OWNED BY seller_of_before TO CURRENT_USER; DROP OWNED BY seller_of_before")
                session.execute("DROP ROLE seller_of_before")


def test_a_column_of_any_name_and_times_in_zones_by_name_are_lost_in_no_table(old_database):
    """A column called as the statement calls the row stood for the row; EET was dropped without a word."""
    with psycopg.connect(old_database, autocommit=True) as session:
        session.execute("ALTER TABLE app.products ADD old text DEFAULT 'worn'")
        session.execute("ALTER TABLE app.products ADD created_at text DEFAULT '2025-10-26 03:30:00 EET'")
        session.execute("UPDATE app.products SET created_at = '2025-10-14 10:00:00.5' WHERE sku = 'B'")
        assert adopt(Settings(MAGFLOW_DATABASE_URL=old_database), "Europe/Bucharest", apply=True) is not None
        kept = session.execute("SELECT sku, created_at = '2025-10-14 07:00:00.5Z' FROM app.products ORDER BY sku")
        assert kept.fetchall() == [("AUR516", False), ("B", True)]
        quarantined = session.execute(
            "SELECT old_row FROM before_adoption.quarantined_rows"
            " WHERE table_name = 'products' AND is_kept AND row_number = 1 ORDER BY old_row ? 'created_at'"
        )
        assert quarantined.fetchall() == [
            ({"old": "worn", "base_price": 12.5},),
            ({"created_at": "2025-10-26 03:30:00 EET"},),
        ]


def test_the_report_names_a_zone_that_cannot_be_right(old_database):
    """Local times read as UTC would all be two or three hours late, and the newest of them in the future."""
    with psycopg.connect(old_database) as session:
        session.execute("UPDATE app.emag_sync_logs SET started_at = (now() AT TIME ZONE 'UTC') + interval '1 hour'")
    adoption = adopt(Settings(MAGFLOW_DATABASE_URL=old_database), "UTC", apply=False)
    assert adoption is not None and adoption.is_in_future


def test_what_is_not_of_an_earlier_magflow_is_refused(empty_database, database, old_database):
    def refused(url: str, zone: str = "UTC") -> str:
        with pytest.raises(ConfigurationError) as error:
            adopt(Settings(MAGFLOW_DATABASE_URL=url), zone, apply=True)
        return str(error.value)

    with psycopg.connect(old_database) as session:
        session.execute("CREATE SCHEMA before_adoption")
    assert "has a schema 'before_adoption' already" in refused(old_database)
    assert "'Mars' is no time zone" in refused(old_database, "Mars")
    assert "its schema is MagFlow's" in refused(database.url)


def test_a_database_without_known_tables_is_refused_and_left_alone(empty_database):
    """`products` in public may be of any program."""
    with psycopg.connect(empty_database) as session:
        session.execute("CREATE TABLE public.products (sku text)")
    settings = Settings(MAGFLOW_DATABASE_URL=empty_database)
    with pytest.raises(ConfigurationError, match="nothing to adopt"):
        adopt(settings, "UTC", apply=True)
    with psycopg.connect(empty_database) as session:
        assert [row[1] for row in objects(session)] == ["products"]


KILLED = """
import os, signal, sys
from magflow_pipeline import adoption
from magflow_pipeline.settings import Settings

store = adoption._store

def dies(session, table):
    if table == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    store(session, table)

adoption._store = dies
adoption.adopt(Settings(MAGFLOW_DATABASE_URL=sys.argv[1]), "UTC", apply=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("table", ["warehouses", "emag_sync_logs"])
def test_killed_in_the_middle_it_has_changed_nothing(old_database, table):
    with psycopg.connect(old_database, autocommit=True) as session:
        before = objects(session), rows_of(session, "app", "products")
        killed = subprocess.run([sys.executable, "-c", KILLED, old_database, table], check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        for _ in range(600):
            left = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            if session.execute(left + " AND backend_type = 'client backend'").fetchone() is None:
                break
            time.sleep(0.1)
        assert (objects(session), rows_of(session, "app", "products")) == before
    assert adopt(Settings(MAGFLOW_DATABASE_URL=old_database), "UTC", apply=True) is not None


@pytest.mark.slow
def test_the_next_sync_goes_on_with_what_was_adopted(old_database, make_seller, make_simulator, monkeypatch, accounts):
    """An adopted offer is a known one: the sync corrects it, and its first sight stays that of the old program."""
    simulator = make_simulator(main=[offer(5000000001, part_number="AUR516", name="Lamp of eMAG")])
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", old_database)
    settings = make_seller(simulator)
    adopt(settings, "UTC", apply=True)
    database = open_database(settings)
    result = asyncio.run(sync_account(database, settings, accounts()["main"], make_options(settings), tell=print))
    assert result.outcome == "completed"
    refresh_inventory(database, "main")
    verify(database)
    build_plan(database)
    with database.connect() as session:
        offers = session.execute("SELECT name, created_at::text FROM emag_products_v2").fetchall()
        assert offers == [("Lamp of eMAG", "2025-10-14 10:00:00+00")]
        report = session.execute("SELECT sku, minimum, reorder_point FROM stock_levels WHERE sku = 'AUR516'").fetchall()
        assert [row[2] for row in report] == [33]
        verified = session.execute("SELECT supplier_name FROM product_supplier_sheets WHERE is_verified").fetchall()
        assert verified == [("KEMEISING",)]
