"""`magflow database growth` measures Dagster's own database too: its events outgrew everything, and nobody saw it."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.reports.growth import DAGSTER_GROWS_BY, measure_growth
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.database.rows import insert


def test_runs_and_events_of_dagster_are_measured_by_their_times(database, session, instance):
    began = datetime.now(UTC) - timedelta(days=11)
    values = {"marketplace": "m", "username": "u", "warehouse": "w", "first_synced_at": began}
    insert(session, "emag_accounts", account_type="main", **values)
    for number in range(5):
        run = dg.DagsterRun("sync_account", run_id=f"00000000-0000-0000-0000-00000000000{number}")
        instance.add_run(run)
        for _ in range(2):
            instance.report_engine_event("a word", run)
    with psycopg.connect(database.dagster_url) as theirs:
        theirs.execute("UPDATE runs SET create_timestamp = now() AT TIME ZONE 'UTC' - interval '20 days' WHERE id = 1")
        sizes = dict(
            theirs.execute("SELECT name, pg_total_relation_size(name) FROM unnest('{runs,event_logs}'::text[]) AS name")
        )
    measured = measure_growth(database, load_settings(), longest_days=30)
    found = {each.table: each for each in measured.tables}
    runs, events = found["dagster: runs"], found["dagster: event_logs"]
    assert (runs.rows, runs.kept_days, runs.size) == (5, 30, sizes["runs"])
    assert runs.rows_a_day == pytest.approx(0.4, rel=0.01), "one is from before"
    assert (events.rows, events.kept_days, events.size) == (10, 30, sizes["event_logs"])
    assert events.rows_a_day == pytest.approx(1, rel=0.01)
    assert "emag_sync_logs" in found and measured.not_measured is None
    assert {f"dagster: {name}" for name in DAGSTER_GROWS_BY} <= found.keys()


def test_who_may_not_read_dagsters_database_gets_the_rest_and_a_sentence(database, session):
    elsewhere = Database(database.url, database.dagster_url.replace("_dagster", "_nowhere"))
    measured = measure_growth(elsewhere, load_settings(), longest_days=30)
    assert "emag_sync_logs" in {each.table for each in measured.tables}
    assert measured.not_measured is not None
    assert measured.not_measured.startswith("Dagster's database could not be measured: ")
    assert "does not exist" in measured.not_measured
