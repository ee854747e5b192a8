"""Resources that are given to `build_definitions` are the ones that everything works on: runs, checks and ticks.

A sensor that opened the database of the settings by itself could be tried on no other, and a second seller's Dagster
would have read the first one's tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg
import pytest

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.locks import is_run_held
from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.defs.conftest import scheduled_tick_of, tick_of

AT = datetime(2026, 11, 22, 9, 7, tzinfo=UTC)
A_CONFIRMED_MATCH = """
    WITH supplier AS (INSERT INTO suppliers (name) VALUES ('TZT') RETURNING id),
    product AS (INSERT INTO products (sku) VALUES ('SKU1') RETURNING id),
    sheet AS (INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny) VALUES ('SKU1', 'TZT', 3))
    INSERT INTO supplier_products (supplier_id, local_product_id, manual_confirmed)
    SELECT supplier.id, product.id, TRUE FROM supplier, product
"""
A_DEAD_SYNC = "INSERT INTO emag_sync_logs (account_type, started_at) VALUES ('main', now() - interval '1 hour')"
UP_TO_DATE = "every derived table is up to date"


class AnotherDatabase(DatabaseResource):
    """Not the one that the settings name."""

    url: str

    def open(self) -> Database:
        return open_database(Settings(MAGFLOW_DATABASE_URL=self.url))


class AnotherSeller(SellerResource):
    """One who has another account."""

    def settings(self) -> Settings:
        return load_settings().model_copy(update={"accounts": ("shop",), "stuck_after_minutes": 59})


@pytest.fixture
def other(server: str) -> Iterator[Database]:
    with contextmanager(_new_database)(server, TEMPLATE) as url:
        yield open_database(Settings(MAGFLOW_DATABASE_URL=url))


@pytest.fixture
def replaced(other: Database) -> dg.RepositoryDefinition:
    """Everything, on the other database and the other seller."""
    resources = {"database": AnotherDatabase(url=other.url), "seller": AnotherSeller()}
    return build_definitions(resources=resources).get_repository_def()


def test_sensors_look_into_the_database_they_are_given(database, instance, repository, replaced, other):
    with other.connect("test") as session:
        session.execute(A_CONFIRMED_MATCH)
        session.execute(A_DEAD_SYNC)
    assert tick_of(repository, instance, "refresh_stale_tables").skip_message == UP_TO_DATE
    assert tick_of(repository, instance, "sweep_dead_runs").skip_message == "no run or sync is dead"
    [request] = tick_of(replaced, instance, "refresh_stale_tables").run_requests
    assert request.job_name == "verify_suppliers"
    told, _ = tick_of(replaced, instance, "watch_freshness").asset_events
    assert (told.passed, told.description) == (False, "shop: 1 found")
    assert " of main: " in tick_of(replaced, instance, "sweep_dead_runs").skip_message


def test_a_schedule_asks_the_database_it_is_given(database, instance, repository, replaced, other):
    with other.connect("a sync elsewhere") as session:
        session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
        busy = scheduled_tick_of(replaced, instance, "sync_main", AT).skip_message
    assert busy == "account main is busy: a sync outside Dagster holds its lock"
    assert len(scheduled_tick_of(repository, instance, "sync_main", AT).run_requests) == 1


def test_a_run_and_its_checks_work_on_what_they_are_given(database, instance, replaced, other, session):
    with other.connect("test") as others:
        others.execute(A_CONFIRMED_MATCH)
        others.execute(
            "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)"
            " VALUES ('main', 'simulator', 'demo', 'M'), ('shop', 'simulator', 'demo', 'S')"
        )
    session.execute(A_CONFIRMED_MATCH)
    result = replaced.get_job("verify_suppliers").execute_in_process(instance=instance, raise_on_error=False)
    assert result.success
    checks = {each.check_name: each for each in result.get_asset_check_evaluations()}
    follows = checks["every_mark_follows_its_match"]
    assert (follows.passed, follows.description) == (True, "shop: none found")
    verified = "SELECT is_verified FROM product_supplier_sheets"
    with other.connect("test") as others:
        assert others.execute(verified).fetchall() == [(True,)]
        # The report was built for the accounts of the seller that was given, not for those of the environment.
        assert others.execute("SELECT account_type FROM configured_accounts").fetchall() == [("shop",)]
        assert not is_run_held(others, result.run_id)
    assert session.execute(verified).fetchall() == [(False,)], "the database that the settings name is left alone"
