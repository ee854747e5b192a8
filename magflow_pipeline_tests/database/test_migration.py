"""Migrations on a real server: from nothing, twice, at once; and what the catalogue says of the outcome."""

import re
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from magflow_pipeline.database import migration
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.migration import migrate
from magflow_pipeline.settings import SQL_FOLDER, environment_of_child
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import NOW, emag_offer, emag_product, insert

MIGRATIONS = [file.stem for file in sorted((SQL_FOLDER / "migrations").glob("*.sql"))]
VIEW_FILES = [file.name for file in sorted((SQL_FOLDER / "views").glob("*.sql"))]
TABLES = {
    *("imports", "sales_elsewhere", "stock_counts"),
    *("emag_accounts", "emag_sync_logs", "emag_sync_progress", "raw_emag_product_bodies", "raw_emag_product_pages"),
    *("emag_product_contents", "emag_offer_contents", "emag_offers_seen"),
    *("emag_offer_market_history", "emag_offer_history"),
    *("emag_rejected_offers",),
    *("stock_snapshots", "warehouses", "products", "inventory_items", "suppliers", "supplier_products"),
    *("product_supplier_sheets", "supplier_verification_history", "purchase_orders", "purchase_order_items"),
    *("exchange_rates", "low_stock_report", "builds", "input_changes"),
    *("incidents", "alert_deliveries", "observations", "build_outcomes", "backups", "metric_totals"),
    *("past_syncs", "item_days", "item_status_changes"),
    *("emag_orders", "emag_order_lines", "emag_order_windows", "emag_rejected_orders"),
    *("demand_days", "campaign_days", "demand", "demand_basis"),
    *("supplier_terms", "supplier_price_breaks", "supplier_closures", "supplier_receipts", "product_costs"),
    *("marketplace_fees", "item_policies", "stock_transfers"),
    *("supplier_offers", "demand_levels", "replenishment_needs", "transfer_proposals", "reorder_proposals"),
    *("reorder_shares", "supplier_unit_prices", "demand_forecasts", "forecast_accuracy"),
    *("purchase_decisions", "purchase_order_shares"),
}
VIEWS = {
    *("emag_products_v2", "emag_product_offers_v2"),
    *("configured_accounts", "marketplace_countries", "open_order_lines", "ordering_accounts", "sales_by_country"),
    *("proposed_actions", "purchases_by_supplier"),
    *("low_stock", "low_stock_by_supplier", "low_stock_by_account", "refresh_needed", "report_texts"),
    *("running_syncs", "supplier_conflicts", "supplier_verification_labels", "sync_status", "stock_levels"),
    *("supplier_names", "supplier_prices", "supplier_choice", "unused_prices", "newest_syncs"),
    *("stale_tables", "order_gaps", "order_status", "sales_sources", "metrics", "metric_texts"),
    *("sold_lines", "ended_syncs", "statistics_periods", "sync_statistics", "items_by_day", "status_movements"),
    *("status_movements_by_account", "supplier_orders", "open_incidents"),
    *("incidents_now", "incident_texts", "incident_messages"),
    *("demand_texts", "stock_policies", "plan_texts", "decide_yourself", "column_texts"),
    *("current_rates", "supplier_closed_days", "closed_for_all", "cost_texts", "used_rates"),
    *("overstock", "newest_accuracy", "not_kept", "price_position", "price_texts"),
    "price_position_by_account",
    *("value_texts", "draft_orders", "draft_order_lines", "purchase_holds"),
    *("page_items", "page_orders", "page_moves", "page_texts"),
    *("syncs_of_the_week", "failed_syncs_of_the_week", "products_by_account"),
    *("price_moves", "buy_box_moves", "not_sellable_offers", "stock_out_days", "stock_value", "stock_value_by_brand"),
    *("rejected_rows", "supplier_disagreements", "ordered_lines"),
}
OPEN_DATABASE = """
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import load_settings
open_database(load_settings())
"""


def dump(url: str) -> list[tuple]:
    """The schema as information_schema and pg_catalog tell it, and which files were applied."""
    queries = [
        "SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema IN ('app', 'limits', 'migrations')",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'app'::regnamespace",
        "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname = 'app'",
        "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = 'app'",
        "SELECT objoid, objsubid, description FROM pg_description"
        " JOIN pg_class ON pg_class.oid = objoid WHERE relnamespace = 'app'::regnamespace",
        "SELECT name, encode(sha256, 'hex') FROM migrations.view_files",
        "SELECT version_num FROM migrations.alembic_version",
        "SELECT setconfig::text FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase"
        " WHERE datname = current_database()",
    ]
    with psycopg.connect(url) as session:
        return [row for query in queries for row in sorted(session.execute(query).fetchall(), key=repr)]


@both_servers
def test_an_empty_database_gets_the_schema(empty_database):
    assert migrate(empty_database) == MIGRATIONS + VIEW_FILES
    with psycopg.connect(empty_database) as session:
        found = session.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'app'"
        )
        kinds = dict(found.fetchall())
    assert {name for name, kind in kinds.items() if kind == "BASE TABLE"} == TABLES
    assert {name for name, kind in kinds.items() if kind == "VIEW"} == VIEWS


@both_servers
def test_the_second_migration_applies_nothing_and_changes_nothing(empty_database):
    migrate(empty_database)
    before = dump(empty_database)
    assert migrate(empty_database) == []
    assert dump(empty_database) == before


@pytest.mark.slow
@both_servers
def test_three_processes_migrate_one_empty_database_at_once(empty_database):
    """The command, the daemon and the code server start together and all find nothing."""
    environment = environment_of_child(MAGFLOW_DATABASE_URL=empty_database)
    command = [sys.executable, "-W", "ignore", "-c", OPEN_DATABASE]
    children = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(child.communicate(timeout=60)[1], child.returncode) for child in children] == [(b"", 0)] * 3
    assert migrate(empty_database) == []


@both_servers
def test_a_killed_migration_does_not_block_the_next_one(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as killed:
        killed.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [migration.LOCK])
        with psycopg.connect(empty_database, autocommit=True) as session:
            session.execute("SELECT pg_terminate_backend(%s)", [killed.info.backend_pid])
    assert migrate(empty_database) == MIGRATIONS + VIEW_FILES


KILLED_BEFORE_ITS_MARK = """
import sys
from pathlib import Path
from magflow_pipeline.database import migration
migration.SQL_FOLDER = Path(sys.argv[2])
migration.migrate(sys.argv[1])
"""
WAITING_TO_MARK = """
SELECT pid FROM pg_locks WHERE relation = to_regclass('migrations.alembic_version') AND NOT granted
"""


@pytest.mark.slow
@both_servers
def test_a_migration_that_is_killed_before_its_mark_leaves_nothing(database_url, monkeypatch, tmp_path):
    """yoyo marked it in a transaction of its own: what was there without its mark stopped every later start."""
    folder = tmp_path / "sql"
    shutil.copytree(SQL_FOLDER, folder)
    (folder / "migrations" / "9999.next.sql").write_text("CREATE TABLE app.next_thing (id bigint);")
    with psycopg.connect(database_url, autocommit=True) as session:
        with session.transaction():
            session.execute("LOCK TABLE migrations.alembic_version IN SHARE MODE")  # reading goes on, marking waits
            command = [sys.executable, "-W", "ignore", "-c", KILLED_BEFORE_ITS_MARK, database_url, str(folder)]
            child = subprocess.Popen(command, env=environment_of_child())
            while not session.execute(WAITING_TO_MARK).fetchall():
                assert child.poll() is None
                time.sleep(0.05)
            child.kill()
            child.wait()
        while session.execute("SELECT FROM pg_stat_activity WHERE application_name = 'magflow migrate'").fetchall():
            time.sleep(0.05)  # the server has noticed
        assert session.execute("SELECT to_regclass('app.next_thing')").fetchone() == (None,)
        monkeypatch.setattr(migration, "SQL_FOLDER", folder)
        assert migrate(database_url) == ["9999.next"]
        assert session.execute("SELECT version_num FROM migrations.alembic_version").fetchall() == [("9999",)]


def test_only_a_changed_view_file_is_applied_again(database_url, monkeypatch, tmp_path):
    folder = tmp_path / "sql"
    shutil.copytree(SQL_FOLDER, folder)
    monkeypatch.setattr(migration, "SQL_FOLDER", folder)
    file = folder / "views" / "supplier_verification_labels.sql"
    file.write_text(file.read_text().replace("'STALE'", "'OUTDATED'"))
    assert migrate(database_url) == ["supplier_verification_labels.sql"]
    with psycopg.connect(database_url) as session:
        session.execute(
            "INSERT INTO product_supplier_sheets (sku, supplier_name, is_verified) VALUES ('A', 'TZT', true)"
        )
        assert session.execute("SELECT label FROM supplier_verification_labels").fetchone() == ("OUTDATED",)
    assert migrate(database_url) == []


def test_a_view_file_that_fails_leaves_the_views_as_they_were(database_url, monkeypatch, tmp_path):
    folder = tmp_path / "sql"
    shutil.copytree(SQL_FOLDER, folder)
    monkeypatch.setattr(migration, "SQL_FOLDER", folder)
    (folder / "views" / "a_new_one.sql").write_text("CREATE VIEW app.a_new_one AS SELECT 1 AS one;")
    (folder / "views" / "z_wrong.sql").write_text("CREATE VIEW app.z_wrong AS SELECT nothing;")
    before = dump(database_url)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrate(database_url)
    assert dump(database_url) == before


def migrate_as_before(number: str, url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The schema as it was before a migration, without views."""
    with monkeypatch.context() as before:
        shutil.copytree(SQL_FOLDER / "migrations", folder / "migrations")
        for file in (folder / "migrations").glob("*.sql"):
            if file.name >= number:
                file.unlink()
        before.setattr(migration, "SQL_FOLDER", folder)
        migrate(url)


@both_servers
def test_a_price_list_from_before_names_were_compared_by_unicode_is_taken_over(empty_database, monkeypatch, tmp_path):
    """An upgrade that fails on a row of somebody's list leaves the whole shop without a command that works."""
    migrate_as_before("0013", empty_database, monkeypatch, tmp_path)
    with psycopg.connect(empty_database) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("SET search_path TO app")
        session.execute("INSERT INTO suppliers (name) VALUES ('TZT'), (E'tzt\\u00a0'), (repeat('\ufdfa', 800))")
        session.execute(
            "INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny, updated_at) VALUES"
            " ('A', 'TZT', 'NaN', 'infinity'), ('A', E'\\u00a0TZT', 8.5, '-infinity'), ('A', E'\\u200b', 1, now())"
        )
    migrate(empty_database)
    with psycopg.connect(empty_database) as session:
        prices = session.execute("SELECT supplier_name, price_cny FROM supplier_prices").fetchall()
        assert prices == [("TZT", Decimal("8.5"))]
        assert session.execute("SELECT count(*) FROM supplier_conflicts").fetchone() == (3,)


@both_servers
def test_a_price_list_from_before_suppliers_had_numbers_is_taken_over_whole(empty_database, monkeypatch, tmp_path):
    """Rows without a number, with that of nobody, of another supplier or of a twin: names decide, nothing is lost."""
    migrate_as_before("0017", empty_database, monkeypatch, tmp_path)
    columns = "sku, supplier_name, price_cny::text, is_verified, updated_at"
    kept = f"SELECT {columns} FROM app.product_supplier_sheets ORDER BY id"
    with psycopg.connect(empty_database) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("SET search_path TO app")
        session.execute("INSERT INTO suppliers (id, name) VALUES (1, 'TZT'), (2, E'tzt\\u00a0'), (3, 'WANKE')")
        session.execute("INSERT INTO supplier_products (supplier_id, manual_confirmed) VALUES (2, TRUE)")
        session.execute(
            "INSERT INTO product_supplier_sheets (id, sku, supplier_name, supplier_id, price_cny, is_verified) VALUES"
            " (1, 'A', 'TZT', NULL, 8, TRUE), (2, 'A', 'tzt', 2, 9, FALSE), (3, 'A', ' Tzt', 77, 'NaN', FALSE),"
            " (4, 'A', 'Wanke', 1, 7, FALSE), (5, 'A', ' New  one', NULL, 6, FALSE), (6, 'B', 'NEW ONE', 3, 6, FALSE),"
            " (7, 'B', E'\\u00a0', NULL, 1, FALSE)"
        )
        old = session.execute(kept).fetchall()
    migrate(empty_database)
    with psycopg.connect(empty_database) as session:
        assert session.execute(kept).fetchall() == old
        owners = session.execute(
            "SELECT sheet.id, supplier.name FROM product_supplier_sheets AS sheet"
            " JOIN suppliers AS supplier ON sheet.supplier_id = supplier.id ORDER BY 1"
        ).fetchall()
        new = ["New one", "New one", "\xa0"]
        assert owners == list(enumerate(["TZT", "tzt\xa0", "TZT", "WANKE", *new], 1))
        assert session.execute("SELECT count(*) FROM supplier_products WHERE manual_confirmed").fetchone() == (1,)
        conflicts = session.execute("SELECT conflict, count(*) FROM supplier_conflicts GROUP BY 1 ORDER BY 1")
        assert conflicts.fetchall() == [
            ("price of nobody", 1),
            ("two prices of one supplier", 2),
            ("two suppliers with one name", 1),
        ]


@both_servers
def test_offers_from_before_their_times_were_apart_keep_times_and_readers(empty_database, monkeypatch, tmp_path):
    """What was seen, what was stored, and who may read which column of which table under the names that they had."""
    migrate_as_before("0047", empty_database, monkeypatch, tmp_path)
    # Unlike a view, a role is of the whole server, and other tests migrate beside this one.
    role = f"analyst_{abs(hash(empty_database))}"
    with psycopg.connect(empty_database) as session:
        session.execute("SET search_path TO app")
        insert(session, "emag_accounts", account_type="main", marketplace="x", username="x", warehouse="EMAG-MAIN")
        for number, seen in ((1, NOW), (2, NOW + timedelta(hours=1))):
            seen_by = {"last_sync_id": 6 + number, "received_sync_id": 3}
            insert(session, "emag_products_v2", **emag_product(emag_id=number, last_synced_at=seen, **seen_by))
            insert(session, "emag_product_offers_v2", **emag_offer(emag_offer_id=number))
        session.execute(f"CREATE ROLE {role}")
        session.execute(f"GRANT SELECT ON emag_products_v2 TO {role}")
        session.execute(f"GRANT SELECT (sku), UPDATE (price) ON emag_product_offers_v2 TO {role} WITH GRANT OPTION")
        products, terms = "SELECT * FROM emag_products_v2 ORDER BY 2", "SELECT * FROM emag_product_offers_v2 ORDER BY 2"
        before = session.execute(products).fetchall(), session.execute(terms).fetchall()
    try:
        migrate(empty_database)
        with psycopg.connect(empty_database) as session:
            session.execute("SET search_path TO app")
            assert (session.execute(products).fetchall(), session.execute(terms).fetchall()) == before
            rights = (
                "SELECT has_table_privilege(%(role)s, 'emag_products_v2', 'SELECT'),"
                " has_table_privilege(%(role)s, 'emag_products_v2', 'UPDATE'),"
                " has_column_privilege(%(role)s, 'emag_product_offers_v2', 'sku', 'SELECT WITH GRANT OPTION'),"
                " has_column_privilege(%(role)s, 'emag_product_offers_v2', 'price', 'UPDATE'),"
                " has_column_privilege(%(role)s, 'emag_product_offers_v2', 'price', 'SELECT')"
            )
            assert session.execute(rights, {"role": role}).fetchone() == (True, False, True, True, False)
    finally:
        with psycopg.connect(empty_database) as session:
            session.execute(f"DROP OWNED BY {role}")
            session.execute(f"DROP ROLE {role}")


@both_servers
def test_what_was_stale_before_the_upgrade_and_nothing_else_is_stale_after_it(empty_database, monkeypatch, tmp_path):
    """A needless build is minutes of a million items, a missing one a report that nobody sees to be old."""
    migrate_as_before("0017", empty_database, monkeypatch, tmp_path)
    with psycopg.connect(empty_database) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("SET search_path TO app")
        session.execute(
            "INSERT INTO emag_accounts"
            " (account_type, marketplace, username, warehouse, inventory_sync_id, report_sync_id) VALUES"
            " ('main', 'm', 'u', 'W', 1, 1), ('fbe', 'm', 'u', 'W', 2, 2), ('new', 'm', 'u', 'W', NULL, NULL)"
        )
        session.execute(
            "INSERT INTO emag_sync_logs (id, account_type, status, completed_at) VALUES"
            " (1, 'main', 'completed', now()), (2, 'fbe', 'completed', now()), (3, 'main', 'running', NULL),"
            " (4, 'fbe', 'failed', now())"
        )
        session.execute("INSERT INTO low_stock_report_changes (table_name) VALUES ('products')")
    migrate(empty_database)
    with psycopg.connect(empty_database) as session:
        stale = session.execute("SELECT name, account_type FROM stale_tables ORDER BY 1, 2").fetchall()
        new = [(name, account) for name in ("demand", "demand_days") for account in ("fbe", "main", "new")]
        assert stale == [*new, ("inventory_items", "fbe"), ("low_stock_report", ""), ("low_stock_report", "fbe")]
        known = session.execute(
            "SELECT account_type, newest_sync_id, inventory_sync_id, report_sync_id, needs_inventory"
            " FROM refresh_needed"
        )
        assert sorted(known.fetchall()) == [
            ("fbe", 4, 2, 2, True),
            ("main", 1, 1, 1, False),
            ("new", None, None, None, False),
        ]


@both_servers
def test_everything_an_analyst_reads_has_a_comment(database_url):
    with psycopg.connect(database_url) as session:
        without = session.execute(
            "SELECT relation.relname, attname FROM pg_class AS relation"
            " LEFT JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped"
            " WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')"
            " AND (coalesce(btrim(col_description(attrelid, attnum)), '') = ''"
            " OR coalesce(btrim(obj_description(relation.oid, 'pg_class')), '') = '')"
        ).fetchall()
    assert without == []


def column_types(url: str) -> dict[tuple[str, str], str]:
    with psycopg.connect(url) as session:
        rows = session.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'app'"
        ).fetchall()
    return {(table, column): kind for table, column, kind in rows}


@both_servers
def test_ids_are_bigint_money_is_numeric_and_time_has_a_zone(database_url):
    """Ids above 2^31 stopped a sync; naive and aware times were mixed."""
    types = column_types(database_url)
    not_numbers = {"dagster_run_id", "message_id"}
    not_ids_of_things = {"vat_id"}  # a code of the VAT table
    for (table, column), kind in types.items():
        where = f"{table}.{column}"
        if re.search(r"(^|_)id$", column) and column not in not_numbers | not_ids_of_things:
            assert kind == "bigint", where
        if re.search(r"price(?!_on$)|_cny$|^ron$", column):
            assert kind == "numeric", where
        if column.endswith(("_at", "_time")) and column != "handling_time":
            assert kind == "timestamp with time zone", where
        assert kind not in {"timestamp without time zone", "double precision", "real", "money"}, where


@both_servers
def test_a_plain_session_sees_app_first(empty_database):
    """The analysts' SQL names no schema."""
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute(f"ALTER DATABASE {session.info.dbname} RESET search_path")
    migrate(empty_database)
    with psycopg.connect(empty_database) as session:
        assert session.execute("SHOW search_path").fetchone() == ("app, public",)
        assert session.execute("SELECT count(*) FROM emag_products_v2").fetchone() == (0,)


@both_servers
def test_a_session_of_the_pipeline_is_in_utc(database: Database):
    with database.connect("who") as session:
        assert session.execute("SHOW TimeZone").fetchone() == ("UTC",)
        assert session.execute("SHOW search_path").fetchone() == ("app,pg_temp",)
        assert session.execute("SHOW application_name").fetchone() == ("who",)
