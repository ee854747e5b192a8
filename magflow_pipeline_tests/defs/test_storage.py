"""Dagster's connections: few, kept, and good again after PostgreSQL was started anew."""

import multiprocessing

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.database.engines import POOL_SIZE

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
