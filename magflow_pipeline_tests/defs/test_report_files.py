"""The report files as Dagster writes them each morning."""

from datetime import datetime

import pytest

from magflow_pipeline.settings import load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.defs.conftest import scheduled_tick_of
from magflow_pipeline_tests.reports.test_formats import store


@pytest.mark.slow
def test_they_are_written_in_the_morning_and_a_failure_is_told(instance, repository, session, monkeypatch, tmp_path):
    monkeypatch.setenv("MAGFLOW_REPORT_FOLDER", str(tmp_path / "reports"))
    load_settings.cache_clear()
    at = datetime(2026, 11, 26, 6, 23, tzinfo=BUCHAREST)
    tick = scheduled_tick_of(repository, instance, "write_report_files", at)
    assert tick.skip_message == "there is no report yet"
    insert(session, "builds", name="low_stock_report", account_type="main", built_from=1, built_at=at)
    store(session, {"sku": "A"})
    assert scheduled_tick_of(repository, instance, "write_report_files", at).run_requests

    job = repository.get_job("write_report_files")
    done = job.execute_in_process(instance=instance, raise_on_error=False)
    [event] = done.get_asset_materialization_events()
    told = event.materialization.metadata
    assert told["folder"].value == str(tmp_path / "reports" / "current")
    assert told["rows of the report"].value == 1 and "low_stock_report.csv" in told["files"].value

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MAGFLOW_REPORT_FOLDER", str(tmp_path / "file" / "reports"))
    load_settings.cache_clear()
    failed = job.execute_in_process(instance=instance, raise_on_error=False)
    [problem] = [event for event in failed.all_events if event.is_step_failure]
    description = problem.step_failure_data.user_failure_data.description
    assert description.startswith("The report files cannot be written to")
