"""Dagster's own history: what is old goes, what the UI shows of each asset stays."""

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.defs.history import delete_old_history

AGE = "UPDATE runs SET create_timestamp = create_timestamp - interval '40 days' WHERE run_id = ANY(%s)"


@dg.asset
def some_table() -> None:
    """An asset without data."""


@pytest.fixture
def age(database):
    """Make runs 40 days older."""

    def run(*run_ids: str) -> None:
        with psycopg.connect(database.dagster_url, autocommit=True) as session:
            assert session.execute(AGE, [list(run_ids)]).rowcount == len(run_ids)

    return run


def test_old_runs_go_with_their_events_but_not_those_behind_the_newest_materialisations(instance, repository, age):
    first, second = (dg.materialize([some_table], instance=instance).run_id for _ in range(2))
    job = repository.get_job("verify_suppliers")
    failed = instance.create_run_for_job(job, status=dg.DagsterRunStatus.FAILURE).run_id
    working = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id
    young = instance.create_run_for_job(job, status=dg.DagsterRunStatus.FAILURE).run_id
    age(first, second, failed, working)
    assert delete_old_history(instance, 30) == 2
    assert {run.run_id for run in instance.get_runs()} == {second, working, young}
    assert instance.all_logs(first) == []
    newest = instance.get_latest_materialization_event(dg.AssetKey("some_table"))
    assert newest is not None and newest.run_id == second
    assert delete_old_history(instance, 30) == 0


@dg.asset_check(asset=some_table)
def is_sound() -> dg.AssetCheckResult:
    """A check that passes."""
    return dg.AssetCheckResult(passed=True)


def test_results_of_checks_go_with_their_runs_but_the_newest_of_each_check_stays(database, instance, age):
    """Dagster keeps them when it deletes a run: 72 rows a half hour, for ever."""
    results = "SELECT run_id FROM asset_check_executions ORDER BY id"
    events = "SELECT count(*) FROM event_logs WHERE run_id = ''"
    told = dg.AssetCheckEvaluation(asset_key=some_table.key, check_name="is_sound", passed=True, metadata={})
    with psycopg.connect(database.dagster_url, autocommit=True) as session:

        def evaluate(*, in_run: bool) -> str:
            if in_run:
                return dg.materialize([some_table, is_sound], instance=instance).run_id
            instance.report_runless_asset_event(told)
            return ""

        runs = [evaluate(in_run=each) for each in (True, False, False, True, True)]
        age(*filter(None, runs))
        for table in ("asset_check_executions", "event_logs"):
            column = "timestamp" if table == "event_logs" else "create_timestamp"
            session.execute(f"UPDATE {table} SET {column} = {column} - interval '40 days'")
        evaluate(in_run=False)
        young = evaluate(in_run=True)
        assert delete_old_history(instance, 30) == 3
        assert session.execute(results).fetchall() == [("",), (young,)], "young ones stay, whatever is newer"
        assert session.execute(events).fetchall() == [(1,)]
        session.execute("UPDATE asset_check_executions SET create_timestamp = create_timestamp - interval '40 days'")
        delete_old_history(instance, 30)
        assert session.execute(results).fetchall() == [(young,)]
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([*is_sound.check_keys])
        assert [record.run_id for record in latest.values()] == [young]


@dg.op
def fail() -> None:
    """Fails always."""
    raise dg.Failure("as asked")


@dg.job
def failing() -> None:
    """A job that fails."""
    fail()


def make_failing() -> dg.JobDefinition:
    """The job, for a process that loads it by name."""
    return failing


def test_a_re_execution_takes_its_plan_along(database, instance, age):
    """Dagster stores a plan for each, as it names its parent run: one for each worker that dies, for ever."""
    job = dg.reconstructable(make_failing)
    first = dg.execute_job(job, instance).run_id

    def again() -> str:
        options = dg.ReexecutionOptions.from_failure(first, instance)
        return dg.execute_job(job, instance, reexecution_options=options).run_id

    with psycopg.connect(database.dagster_url, autocommit=True) as session:

        def plans() -> int:
            [(number,)] = session.execute("SELECT count(*) FROM snapshots WHERE snapshot_type = 'EXECUTION_PLAN'")
            return number

        assert plans() == 1
        old, young = again(), again()
        assert plans() == 2, "both are of the same run"
        age(old)
        assert delete_old_history(instance, 30) == 1
        assert plans() == 2
        age(first, young)
        assert delete_old_history(instance, 30) == 2
        assert plans() == 1, "the job's own stays: the next run has it again"


def test_the_job_does_all_of_it(session, instance, repository, age):
    session.execute(
        "INSERT INTO emag_sync_logs (account_type, status, started_at, completed_at)"
        " SELECT 'main', 'failed', now() - age, now() - age"
        " FROM unnest(ARRAY[interval '40 days', interval '1 day']) AS age ORDER BY age DESC"
    )
    failed = instance.create_run_for_job(repository.get_job("verify_suppliers"), status=dg.DagsterRunStatus.FAILURE)
    age(failed.run_id)
    assert repository.get_job("apply_retention").execute_in_process(instance=instance, raise_on_error=False).success
    assert instance.get_run_by_id(failed.run_id) is None
    assert session.execute("SELECT count(*) FROM emag_sync_logs").fetchone() == (1,)
