"""Runs end: what nobody owns is closed with a reason, what somebody owns is left alone (rules.md: failure 6)."""

import logging
import os
import signal
import subprocess
import sys
import time

import dagster as dg
import psycopg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from magflow_pipeline.database.locks import hold_run, is_run_held
from magflow_pipeline.defs.resources import DatabaseResource
from magflow_pipeline.defs.sweeper import end_dead_runs
from magflow_pipeline.sync.stuck import close_stuck_syncs
from magflow_pipeline_tests.defs.conftest import tick_of

CLOSED = "The sync was stuck and was closed: {}."
DIED = "nobody held the lock of its account: its process died"
RESTARTED = "the database was started anew before it had ended"
PAST_ITS_LIMIT = "The sync was stuck and was closed: it was past its own limit, and its session was ended."


def log(session, account: str, minutes: int, deadline_minutes: int | None) -> int:
    """A sync that says it is running since some minutes; ours has a deadline, in minutes from now."""
    [number] = session.execute(
        "INSERT INTO emag_sync_logs (account_type, started_at) VALUES (%s, now() - make_interval(mins => %s))"
        " RETURNING id",
        [account, minutes],
    ).fetchone()
    if deadline_minutes is not None:
        session.execute(
            "INSERT INTO emag_sync_progress (sync_log_id, deadline_at) VALUES (%s, now() + make_interval(mins => %s))",
            [number, deadline_minutes],
        )
    return number


def cause(session, number: int) -> str:
    """Why nobody holds a sync: the server of the tests may be younger than what a test wrote down as its start."""
    younger = "SELECT started_at < pg_postmaster_start_time() FROM emag_sync_logs WHERE id = %s"
    return RESTARTED if session.execute(younger, [number]).fetchone()[0] else DIED


def state(session, number: int) -> tuple[str, str | None]:
    row = session.execute("SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs WHERE id = %s", [number])
    return row.fetchone()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("minutes", "deadline", "threshold", "closed"),
    [
        (1, 9, 15, True),  # ours, and nobody holds the account: dead, however young
        (0, 9, 15, False),  # it may just be closing its log
        (14, None, 15, False),  # another program's
        (16, None, 15, True),
        (6, None, 5, True),
    ],
)
def test_a_sync_that_nobody_holds_is_closed(database, session, minutes, deadline, threshold, closed):
    number = log(session, "main", minutes, deadline)
    assert [sync.id for sync in close_stuck_syncs(database, threshold)] == ([number] if closed else [])
    assert state(session, number) == (
        ("failed", CLOSED.format(cause(session, number))) if closed else ("running", None)
    )
    assert (session.execute("SELECT FROM emag_sync_progress").fetchall() != []) == (deadline is not None and not closed)


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "deadline", "closed"), [(20, 5, False), (20, -1, True), (10, -1, False)], ids=str)
def test_a_sync_that_holds_its_account_is_ended_only_past_its_own_limit(database, session, minutes, deadline, closed):
    number = log(session, "main", minutes, deadline)
    with database.connect("holder") as holder:
        holder.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
        other = log(session, "fbe", 3, 5)
        assert {sync.id for sync in close_stuck_syncs(database, 15)} == {other} | ({number} if closed else set())
        time.sleep(0.2)
        pids = session.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder'").fetchone()
        assert pids == (0 if closed else 1,)
        if closed:
            holder.close()
    assert state(session, number) == (("failed", PAST_ITS_LIMIT) if closed else ("running", None))


@pytest.mark.slow
def test_whoever_holds_the_account_after_the_sync_has_died_is_left_alone(database, session):
    """A replay, for instance, while the log of a dead sync is past its limit."""
    number = log(session, "main", 20, -1)
    session.execute("UPDATE emag_sync_progress SET backend_pid = 1")
    with database.connect("replay") as replay:
        replay.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
        assert [sync.id for sync in close_stuck_syncs(database, 15)] == [number]
        assert replay.execute("SELECT 1").fetchone() == (1,)
    assert state(session, number) == ("failed", CLOSED.format(cause(session, number)))


@pytest.mark.slow
def test_closing_twice_closes_once(database, session):
    number = log(session, "main", 20, 5)
    assert [len(close_stuck_syncs(database, 15)) for _ in range(2)] == [1, 0]
    assert len(session.execute("SELECT errors FROM emag_sync_logs WHERE id = %s", [number]).fetchone()[0]) == 1


def started(instance, repository, minutes_ago: float, status=dg.DagsterRunStatus.STARTED) -> dg.DagsterRun:
    """A run that Dagster believes to be working since a while."""
    run = instance.create_run_for_job(repository.get_job("sync_account"), tags={"dagster/partition": "main"})
    event = dg.DagsterEvent(event_type_value="PIPELINE_START", job_name=run.job_name)
    instance.report_dagster_event(event, run.run_id, timestamp=time.time() - 60 * minutes_ago)
    if status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceling(run)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_a_run_whose_lock_nobody_holds_is_ended_with_a_reason(database, instance, repository, status):
    """A killed code server leaves its runs STARTED for ever, in the way of the next ones."""
    run = started(instance, repository, 2, status)
    assert end_dead_runs(instance, database) == [run.run_id]
    ended = instance.get_run_by_id(run.run_id)
    if status is dg.DagsterRunStatus.CANCELING:  # what somebody ended is not started again
        assert (ended.status, ended.tags.get("dagster/will_retry")) == (dg.DagsterRunStatus.CANCELED, None)
    else:
        assert (ended.status, ended.tags["dagster/will_retry"]) == (dg.DagsterRunStatus.FAILURE, "true")
    messages = [event.message for event in instance.all_logs(run.run_id) if event.dagster_event]
    assert any("nobody holds its lock" in message for message in messages)
    assert end_dead_runs(instance, database) == []


@pytest.mark.slow
def test_a_run_that_ends_while_the_sweeper_looks_keeps_its_end(database, instance, repository, monkeypatch):
    """Its lock is free a moment before Dagster has written down that it succeeded."""
    run = started(instance, repository, 2)

    def end(_: float) -> None:
        event = dg.DagsterEvent(event_type_value="PIPELINE_SUCCESS", job_name=run.job_name)
        instance.report_dagster_event(event, run.run_id)

    monkeypatch.setattr("magflow_pipeline.defs.sweeper.time.sleep", end)
    assert end_dead_runs(instance, database) == []
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.SUCCESS


@pytest.mark.slow
def test_a_run_whose_lock_is_held_or_that_just_began_is_left_alone(database, instance, repository):
    held, young = started(instance, repository, 2), started(instance, repository, 0.5)
    with database.connect("worker") as worker:
        hold_run(worker, held.run_id)
        assert end_dead_runs(instance, database) == []
    assert instance.get_run_by_id(young.run_id).status is dg.DagsterRunStatus.STARTED
    assert end_dead_runs(instance, database) == [held.run_id]


@pytest.mark.slow
def test_a_run_that_never_began_is_ended_by_dagster(database, instance, repository):
    """`magflow sync` was killed when the run was made: the account's schedule would wait for it for ever."""
    dead, young = (instance.create_run_for_job(repository.get_job("sync_account")) for _ in range(2))
    with psycopg.connect(database.dagster_url) as session:
        older = "UPDATE runs SET create_timestamp = create_timestamp - interval '2 minutes' WHERE run_id = %s"
        session.execute(older, [dead.run_id])
    assert end_dead_runs(instance, database) == []
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
        assert [*execute_run_monitoring_iteration(workspace, logging.getLogger("monitoring"))] == [None, None]
    ended = [instance.get_run_by_id(run.run_id).status for run in (dead, young)]
    assert ended == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.NOT_STARTED]


@pytest.mark.slow
def test_every_run_holds_its_lock_while_it_works_and_lets_go_at_the_end(database, instance):
    seen: list[bool] = []

    @dg.asset
    def working(context: dg.AssetExecutionContext, database: DatabaseResource) -> None:
        with database.open().connect() as session:
            seen.append(is_run_held(session, context.run.run_id))

    result = dg.materialize([working], resources={"database": DatabaseResource()}, instance=instance)
    with database.connect() as session:
        assert (seen, is_run_held(session, result.run_id)) == ([True], False)


@pytest.mark.slow
def test_the_sweeper_runs_by_default_and_says_what_it_ended(database, session, instance, repository):
    number = log(session, "main", 2, 5)
    run = started(instance, repository, 2)
    sensor = repository.get_sensor_def("sweep_dead_runs")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    said = tick_of(repository, instance, sensor.name).skip_message
    assert said == (f"sync {number} of main: {cause(session, number)}; run {run.run_id[:8]}: its process is gone")


@pytest.mark.slow
def test_the_lock_of_a_killed_process_is_free_at_once(database):
    """Its session in the database notices, also in the middle of a query."""
    code = (
        "import psycopg, sys, time\n"
        "from magflow_pipeline.database.connection import open_database\n"
        "from magflow_pipeline.database.locks import hold_run\n"
        "from magflow_pipeline.settings import load_settings\n"
        "with open_database(load_settings()).connect('worker') as session:\n"
        "    hold_run(session, 'r1')\n"
        "    print('held', flush=True)\n"
        "    session.execute('SELECT pg_sleep(60)')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout.readline() == b"held\n"
        with database.connect() as session:
            assert is_run_held(session, "r1")
            os.kill(worker.pid, signal.SIGKILL)
            end = time.monotonic() + 10
            while is_run_held(session, "r1"):
                assert time.monotonic() < end
                time.sleep(0.1)
