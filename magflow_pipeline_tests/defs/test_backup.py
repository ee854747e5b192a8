"""The nightly back-up as Dagster runs it."""

from datetime import datetime, timedelta

import dagster as dg
import pytest

from magflow_pipeline.settings import load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.defs.test_schedules import ticks


@pytest.mark.parametrize("night", ["2027-03-28", "2026-10-25", "2026-11-25"])
def test_it_comes_once_a_night_also_when_the_clocks_change(repository, night):
    """03:30 does not exist on one night of the year, and comes twice on another."""
    midnight = datetime.fromisoformat(night).replace(tzinfo=BUCHAREST)
    schedule = repository.get_schedule_def("back_up_database")
    found = [tick for tick in ticks(schedule, midnight, 2) if tick < midnight + timedelta(days=1)]
    assert [f"{tick.astimezone(BUCHAREST):%H:%M}" for tick in found] == ["01:41"]


@pytest.mark.slow
def test_a_run_is_proven_says_so_and_shows_why_when_it_fails(instance, repository, session, monkeypatch):
    job = repository.get_job("back_up_database")
    done = job.execute_in_process(instance=instance, raise_on_error=False)
    assert done.success
    [event] = done.get_asset_materialization_events()
    told = event.materialization.metadata
    [file] = load_settings().backups.iterdir()
    assert told["file"].value == str(file) and told["tables compared"].value > 50
    [run] = instance.get_run_records()
    assert session.execute("SELECT proven_at IS NOT NULL FROM backups").fetchone() == (True,)
    monkeypatch.setenv("MAGFLOW_BACKUP_FOLDER", "/proc/none")
    load_settings.cache_clear()
    failed = job.execute_in_process(instance=instance, raise_on_error=False)
    [problem] = [event for event in failed.all_events if event.is_step_failure]
    assert problem.step_failure_data.user_failure_data.description.startswith(
        "The back-up cannot be written to /proc/none: No such file or directory."
    )
    assert run.dagster_run.status is dg.DagsterRunStatus.SUCCESS
