"""Databases as earlier versions left them become what the migrations make of an empty one, and keep their rows."""

import gzip
from collections import Counter

import psycopg
import pytest
from psycopg.rows import dict_row

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database import migration
from magflow_pipeline.database.connection import Use, open_database
from magflow_pipeline.database.migration import migrate
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import SQL_FOLDER, ConfigurationError, load_settings
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.dumps.make import FOLDER, VERSIONS
from magflow_pipeline_tests.database.landed import MIGRATIONS, schema_of

DERIVED = {"low_stock_report", "low_stock_report_changes", "input_changes", "builds"}
CHANGED = {
    "inventory_items": {"manual_valid_until"},  # 0012: for ever is told by no day at all
    "product_supplier_sheets": {"supplier_id"},  # 0019: found from the name
}
INPUT_TABLES = """
SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns
FROM information_schema.columns
INNER JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'app' AND is_generated = 'NEVER'
    -- 0047: the last two are views, with the rows that the tables of these names had
    AND (table_type = 'BASE TABLE' OR table_name IN ('emag_products_v2', 'emag_product_offers_v2'))
GROUP BY table_name
"""
MARKED_BY_YOYO = """
DROP TABLE migrations.alembic_version;
DELETE FROM migrations._yoyo_migration;
CREATE TABLE migrations._yoyo_log (id text);
"""


def load(url: str, version: str) -> None:
    with psycopg.connect(url) as session:
        session.execute(gzip.decompress((FOLDER / f"{version}.sql.gz").read_bytes()))


def contents(url: str) -> dict[str, list[dict[str, str]]]:
    """The rows of every table that is not derived from others."""
    with psycopg.connect(url) as session, session.cursor(row_factory=dict_row) as cursor:
        tables = cursor.execute(INPUT_TABLES).fetchall()
        return {
            table["table_name"]: [
                {column: str(value) for column, value in row.items()}
                for row in cursor.execute(f"SELECT {table['columns']} FROM app.{table['table_name']}").fetchall()
            ]
            for table in tables
            if table["table_name"] not in DERIVED
        }


def counted(rows: list[dict[str, str]], columns: set[str]) -> Counter[tuple[str, ...]]:
    """How often these values of a row are there."""
    return Counter(tuple(row[column] for column in sorted(columns)) for row in rows)


def sorted_lines(schema: str) -> list[str]:
    """A column that was added later is the last one of its table: the order is no difference."""
    return sorted(line.rstrip(",") for line in schema.splitlines())


@pytest.mark.slow
@both_servers
@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_of_an_earlier_version_is_upgraded_with_its_rows(
    empty_database, database_url, monkeypatch, version, server
):
    """Migrations were edited after they had landed: databases from before missed columns that every sync writes."""
    load(empty_database, version)
    before = contents(empty_database)
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", empty_database)
    load_settings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"older than this version .*magflow database migrate"):
        open_database(load_settings(), Use.READ)
    database = open_database(load_settings(), Use.MIGRATE)

    after = contents(empty_database)
    assert len(after["emag_products_v2"]) == 17
    for table in (table for table in before.keys() & after.keys() if before[table]):
        assert after[table], table
        columns = (before[table][0].keys() & after[table][0].keys()) - CHANGED.get(table, set())
        assert not counted(before[table], columns) - counted(after[table], columns), table
    assert sorted_lines(schema_of(empty_database)) == sorted_lines(schema_of(database_url))

    with database.connect() as session:
        fed = session.execute(
            "SELECT sku, is_fed_by_emag FROM inventory_items JOIN products ON product_id = products.id"
        )
        assert {sku for sku, is_fed in fed if not is_fed} == {"ERP-7"}
        new_id = session.execute("INSERT INTO suppliers (name) VALUES ('new') RETURNING id").fetchone()
        assert new_id is not None and new_id[0] >= 1_000_000_000
    for account in ("main", "fbe"):
        refresh_inventory(database, account)
    verify(database)
    build_plan(database)
    assert {row["account_type"] for row in read_rows(database, "low_stock")} == {"main", "fbe"}


@pytest.mark.slow
@both_servers
def test_what_yoyo_applied_is_not_applied_again_also_where_it_was_killed_before_its_mark(
    empty_database, monkeypatch, tmp_path
):
    """yoyo marked a migration after its transaction: killed in between, every later start failed on what was there."""
    monkeypatch.setattr(migration, "SQL_FOLDER", tmp_path)
    (tmp_path / "migrations").mkdir()
    files = [file for file in sorted(MIGRATIONS.glob("*.sql")) if file.name < "0017"]
    for place, file in enumerate(files):
        (tmp_path / "migrations" / file.name).write_bytes(file.read_bytes())
        migrate(empty_database)
        for marked in (files[:place], files[: place + 1]):
            with psycopg.connect(empty_database) as session:
                session.execute(MARKED_BY_YOYO)
                for each in marked:
                    session.execute(
                        "INSERT INTO migrations._yoyo_migration (migration_hash, migration_id) VALUES (%s, %s)",
                        [each.name, each.stem],
                    )
                session.execute(statement("database/books_of_migrations"))
                version = session.execute("SELECT version_num FROM migrations.alembic_version").fetchone()
                is_harmless_twice = marked != files[: place + 1] and file.name.startswith("0015")
                assert version == (f"{place if is_harmless_twice else place + 1:04}",)
                assert session.execute("SELECT to_regclass('migrations._yoyo_log')").fetchone() == (None,)
                session.rollback()
    monkeypatch.setattr(migration, "SQL_FOLDER", SQL_FOLDER)
    with psycopg.connect(empty_database) as session:
        session.execute("UPDATE migrations.alembic_version SET version_num = '0014'")  # 0015 once more
        session.execute("ALTER TABLE app.low_stock_report DROP COLUMN marketplace")
    assert migrate(empty_database)[:2] == ["0015.guarded-triggers", "0016.where-a-row-comes-from"]


def test_a_version_from_before_alembic_leaves_the_database_alone(database_url):
    """It compares the names in yoyo's table with its own files; without the row it would put its older views back."""
    with psycopg.connect(database_url) as session:
        assert session.execute("SELECT migration_id FROM migrations._yoyo_migration").fetchall() == [("alembic",)]
