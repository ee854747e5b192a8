"""What `magflow database growth` measures."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database.dictionary import describe
from magflow_pipeline.reports.growth import GROWS_BY, measure_growth
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.measured import log

NOW = datetime.now(UTC)


def account(session, days: float) -> None:
    values = {"marketplace": "m", "username": "u", "warehouse": "w", "first_synced_at": NOW - timedelta(days=days)}
    insert(session, "emag_accounts", account_type="main", **values)


def test_every_table_says_how_it_grows(database, rows):
    """A new table belongs in GROWS_BY: else nobody is told that it fills the disk."""
    tables = rows("SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'")
    assert {each["relname"] for each in tables} == set(GROWS_BY)
    for table, (time, _) in GROWS_BY.items():
        columns = {column.name: column.type for column in describe(database, table)}
        assert time is None or columns[time] in ("timestamp with time zone", "date"), table


def test_a_year_is_measured_by_the_rows_of_the_last_days(session, database, rows):
    account(session, days=11)
    for day in range(11):
        log(session, "main", hours=24 * day + 0.1)
        day_of = {"day": (NOW - timedelta(days=day)).date()}
        counts = dict.fromkeys(("first_stock", "min_stock", "max_stock", "last_stock"), 1)
        insert(
            session, "stock_snapshots", account_type="main", sku="A", samples=1, samples_in_stock=1, **day_of, **counts
        )
    measured = measure_growth(database, load_settings(), longest_days=30)
    assert measured.days == pytest.approx(10, abs=0.1)  # without the first day, which filled the tables
    logs, samples = (
        next(each for each in measured.tables if each.table == table) for table in ("emag_sync_logs", "stock_snapshots")
    )
    [size] = rows("SELECT pg_total_relation_size('emag_sync_logs') AS bytes")
    assert (logs.rows, logs.size, logs.kept_days) == (11, size["bytes"], 30)
    assert logs.rows_a_day == pytest.approx(1, abs=0.01)
    assert logs.a_year == pytest.approx(365 * size["bytes"] / 11, rel=0.01)
    assert logs.in_the_end == pytest.approx(30 * size["bytes"] / 11, rel=0.01)
    assert samples.rows_a_day == pytest.approx(1, abs=0.01)


def test_rows_that_retention_has_deleted_are_not_missed(session, database, monkeypatch):
    """Logs of 2 days over a measured time of 10 looked like a fifth of the growth."""
    monkeypatch.setenv("EMAG_LOG_RETENTION_DAYS", "2")
    load_settings.cache_clear()
    account(session, days=11)
    for hours in (1, 25):
        log(session, "main", hours=hours)
    measured = measure_growth(database, load_settings(), longest_days=30)
    [logs] = [each for each in measured.tables if each.table == "emag_sync_logs"]
    assert logs.rows_a_day == pytest.approx(1, abs=0.01)


def test_the_verb_shows_them_and_says_so_where_it_is_too_early(session, database):
    account(session, days=0.5)
    done = CliRunner().invoke(app, ["database", "growth"])
    assert done.exit_code == 0, done.output
    assert "emag_sync_logs" in done.stdout
    assert "a day after the first sync" in done.stdout
