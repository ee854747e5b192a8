"""Dagster's storage: its connections are few, kept, and good again after a restart of PostgreSQL; looks are cheap."""

import multiprocessing
import time

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickData, TickStatus
from sqlalchemy import event

from magflow_pipeline.database.engines import POOL_SIZE, engine_of
from magflow_pipeline.database.statements import statement

OPENED = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
ENDED = f"WITH opened AS MATERIALIZED ({OPENED}) SELECT pid FROM opened WHERE pg_terminate_backend(pid, 10000)"


@pytest.fixture
def connections(instance, server, database):
    """The server's processes for connections to Dagster's database, asked from another one."""
    name = database.dagster_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:

        def pids(sql: str = OPENED) -> set[int]:
            return {pid for (pid,) in session.execute(sql, [name])}

        yield pids


def _use(instance: dg.DagsterInstance) -> None:
    instance.get_runs(limit=1)
    instance.all_instigator_state()
    instance.fetch_run_status_changes(dg.DagsterEventType.RUN_START, limit=1)


def test_all_instances_of_a_process_share_a_few_connections(instance, connections):
    """A sync opened 496 connections, and an idle shop 20 a second: each statement had one of its own."""
    _use(instance)
    before = connections()
    for _ in range(5):  # as the code server does: an instance for each tick
        with dg.DagsterInstance.from_ref(instance.get_ref()) as another:
            _use(another)
    assert connections() == before
    assert len(before) <= POOL_SIZE


def test_connections_that_the_server_has_ended_are_replaced(instance, connections):
    """After a restart of PostgreSQL, the first request failed, and a run was half launched."""
    _use(instance)
    ended = connections(ENDED)
    assert ended
    _use(instance)
    assert not connections() & ended


def test_the_webservers_options_leave_the_pool_as_it_is(instance, connections):
    """dagster-webserver asks for a pool of its own, whose connections fail after a restart of PostgreSQL."""
    instance.optimize_for_webserver(statement_timeout=15_000, pool_recycle=3600, max_overflow=20)
    test_connections_that_the_server_has_ended_are_replaced(instance, connections)


def test_a_forked_run_has_connections_of_its_own(instance, connections):
    """`magflow sync` forks its runs: two processes that talk on one connection garble each other."""
    _use(instance)
    before = connections()
    child = multiprocessing.get_context("fork").Process(target=_use, args=(instance,))
    child.start()
    child.join()
    assert child.exitcode == 0
    _use(instance)
    assert connections() == before


def test_a_look_asks_for_no_tables_and_old_ticks_go_within_the_hour(instance, database):
    """Dagster listed the database's tables ten times a tick, and purged after each: half of an idle daemon's time."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_others) -> None:
        asked.append(statement)

    def tick(seconds_ago: float) -> None:
        timestamp = time.time() - seconds_ago
        instance.create_tick(
            TickData("origin", "watch", InstigatorType.SENSOR, TickStatus.SKIPPED, timestamp, selector_id="selector")
        )

    def purge() -> int:
        instance.purge_ticks("origin", "selector", time.time() - 60, [TickStatus.SKIPPED])
        return len(instance.get_ticks("origin", "selector"))

    tick(120)
    tick(0)
    instance.all_instigator_state()
    engine = engine_of(database.dagster_storage_url)
    event.listen(engine, "before_cursor_execute", note)
    try:
        instance.get_instigator_state("origin", "selector")
        instance.all_instigator_state()
        instance.get_run_records(limit=1)
        with dg.DagsterInstance.from_ref(instance.get_ref()) as another:  # as the code server does for each look
            another.get_runs(limit=1)
        assert purge() == 1
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked
    assert not [each for each in asked if "pg_catalog" in each or "secondary_indexes" in each]
    tick(120)
    assert purge() == 2, "once an hour is enough for an age of days"


def test_what_no_run_has_is_asked_for_by_a_plain_statement_and_what_one_has_is_found(instance, repository, database):
    """The queue looks each second, and two composed queries were nearly all of a look."""
    asked: list[str] = []
    begun = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])

    def note(_connection, _cursor, query, *_others) -> None:
        asked.append(query)

    def found(filters: dg.RunsFilter) -> list[str]:
        asked.clear()
        runs = instance.get_runs(filters, limit=5, ascending=True)
        records = instance.get_run_records(filters, limit=5, order_by="id", ascending=True)
        assert [run.run_id for run in runs] == [record.dagster_run.run_id for record in records]
        return [run.run_id for run in runs]

    ended = instance.create_run_for_job(repository.get_job("refresh_report"), status=dg.DagsterRunStatus.SUCCESS)
    engine = engine_of(database.dagster_storage_url)
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert found(begun) == []
        assert asked == [statement("database/is_any_run")] * 2
        assert found(dg.RunsFilter()) == [ended.run_id], "no status is asked for: of any"
        running = [
            instance.create_run_for_job(repository.get_job("refresh_report"), status=status)
            for status in begun.statuses
        ]
        assert found(begun) == [run.run_id for run in running]
        assert found(dg.RunsFilter(statuses=begun.statuses, tags={"no": "such"})) == []
    finally:
        event.remove(engine, "before_cursor_execute", note)
