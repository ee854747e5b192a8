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
