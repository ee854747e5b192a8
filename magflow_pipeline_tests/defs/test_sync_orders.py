"""The job of the orders through Dagster, on real PostgreSQL and a marketplace over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.settings import SQL_FOLDER
from magflow_pipeline_tests.defs.conftest import scheduled_tick_of
from magflow_pipeline_tests.defs.test_sync_account import checks_of, keys_of
from magflow_pipeline_tests.orders.conftest import ago
from magflow_pipeline_tests.orders.marketplace import Marketplace, customer, order, selling

ORDER_CHECKS = {file.stem for file in (SQL_FOLDER / "checks").glob("*order*.sql")} - {
    "every_open_order_line_is_deducted"
}
DEMAND_CHECKS = {
    *("demand_days_are_conserved", "every_sold_line_is_counted", "demand_is_of_today"),
    "the_forecast_does_not_drift",
}
DAYS = {"ops": {"orders": {"config": {"days": 1}}}}


@pytest.fixture
def market(make_seller) -> Iterator[Marketplace]:
    with selling(order(1, ago(hours=2)), order(2, ago(hours=2), type=2)) as market:
        make_seller(market)
        yield market


@pytest.fixture
def run_orders(instance: dg.DagsterInstance) -> Callable[..., dg.ExecuteInProcessResult]:
    """Run the job `sync_orders`, or one of its assets, for an account."""

    def run(account: str, *assets: str) -> dg.ExecuteInProcessResult:
        return (
            build_definitions()
            .resolve_job_def("sync_orders")
            .execute_in_process(
                instance=instance,
                partition_key=account,
                asset_selection=[dg.AssetKey(name) for name in assets] or None,
                run_config=DAYS,
                raise_on_error=False,
            )
        )

    return run


def test_a_run_stores_the_orders_and_evaluates_their_checks(market, run_orders, session, instance):
    result = run_orders("main")
    assert result.success
    assert keys_of(result) == {"emag_orders", "emag_order_lines", "demand_days", "demand"}
    assert session.execute("SELECT order_id FROM emag_orders ORDER BY 1").fetchall() == [(1,), (2,)]
    checks = checks_of(result)
    assert set(checks) == ORDER_CHECKS | DEMAND_CHECKS
    failed = {name for name, passed in checks.items() if not passed}
    assert failed == {"every_order_line_has_its_offer"}, "there are no offers"
    [(sync_type, run_id)] = session.execute("SELECT sync_type, dagster_run_id FROM emag_sync_logs").fetchall()
    assert (sync_type, run_id) == ("orders", result.run_id)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert (run.tags["magflow/account"], run.tags["magflow/mode"]) == ("main", "backfill")
    [event] = [
        each for each in result.get_asset_materialization_events() if each.asset_key.to_user_string() == "emag_orders"
    ]
    told = event.materialization.metadata
    assert (told["outcome"].value, told["orders read"].value, told["windows left"].value) == ("completed", 2, 0)


def test_one_selected_table_is_read_with_the_other(market, run_orders):
    result = run_orders("main", "emag_order_lines")
    assert result.success
    assert keys_of(result) == {"emag_orders", "emag_order_lines"}


@pytest.mark.slow
def test_a_refusal_fails_the_run_with_what_to_do(market, run_orders):
    market.before = lambda _: (401, "{}")
    result = run_orders("fbe")
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure and event.step_key == "orders"]
    assert "EMAG_FBE_USERNAME" in failure.step_failure_data.user_failure_data.description


@pytest.mark.slow
def test_trap_47_the_customer_is_in_neither_database(market, run_orders, session, database):
    """Not in the tables, and not in what Dagster keeps of the run: events, metadata, logs."""
    planted = customer("Zxqv Nimeni")
    bad = {"customer": planted, "id": None, "date": f"{ago(hours=2):%Y-%m-%d %H:%M:%S}", "type": 3, "status": "Zxqv"}
    market.rows = [order(1, ago(hours=2), customer=planted, status=17, vendor_name="Zxqv"), bad]
    assert run_orders("main").success
    market.before = lambda asked: (502, str(market.rows)) if asked["type"] == 3 else None
    assert run_orders("main").success
    market.before = lambda _: (200, str(market.rows))
    assert not run_orders("main").success
    for url in (database.url, database.dagster_url):
        with psycopg.connect(url) as other:
            tables = other.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            assert len(tables) > 10
            for (table,) in tables:
                for word in ("Zxqv", "Nimeni", "ioana.popescu", "0722000111", "Florilor"):
                    query = f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, %s) > 0"
                    assert other.execute(query, [word]).fetchone() == (0,), (table, word)


@pytest.mark.slow
def test_the_schedule_asks_for_orders_while_offers_are_read_and_not_while_orders_are(
    repository, instance, database, session
):
    at = datetime(2026, 11, 25, 12, 7, tzinfo=UTC)
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
    tick = scheduled_tick_of(repository, instance, "sync_orders_main", at)
    [request] = tick.run_requests
    assert (request.partition_key, request.run_key) == ("main", "main@2026-11-25T12:07:00+00:00")
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main orders', 0))")
    tick = scheduled_tick_of(repository, instance, "sync_orders_main", at)
    assert tick.run_requests in (None, [])
    assert "account main is busy" in tick.skip_message
