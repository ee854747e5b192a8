"""Schedules after a sleep: what was missed is made up for once, not once for each tick."""

import json
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from magflow_pipeline.definitions import build_definitions
from magflow_pipeline_tests.shop.driver import RUNS, Shop, until

pytestmark = pytest.mark.slow

JOBS = ("sync_account", "sync_orders")
INTERVAL_MINUTES = 5
ASLEEP_SECONDS = 3 * 3600
RUNS_SECONDS = 400  # runs, each a process that loads everything


def test_ticks_that_were_missed_do_not_pile_up(shop):
    """After three hours asleep each account's offers and orders are read once, not thirty-six times."""
    shop.interval_minutes = INTERVAL_MINUTES
    with shop.up():
        until(lambda: len(_schedules(shop)) == len(build_definitions().schedules or ()), RUNS_SECONDS)
    _lay_asleep(shop)
    oldest = datetime.now(UTC) - timedelta(minutes=INTERVAL_MINUTES)
    everything = {(job, account) for job in JOBS for account in ("fbe", "main")}
    completed = "SELECT DISTINCT sync_type, account_type FROM emag_sync_logs WHERE status = 'completed'"
    with shop.up():
        until(lambda: {key[:2] for key in _ticks_with_a_run(shop)} == everything, RUNS_SECONDS)
        until(lambda: len(shop.rows(completed)) == len(everything), RUNS_SECONDS)
        # One run a tick, of none but the newest that was missed, and those that come due while the test looks.
        ticks = _ticks_with_a_run(shop)
        assert len(set(ticks)) == len(ticks) and all(due > oldest for *_, due in ticks), ticks


def _schedules(shop: Shop) -> list[tuple[int, str]]:
    """Id and state, as Dagster keeps it, of each schedule that the daemon has looked at."""
    with psycopg.connect(_dagster_url(shop)) as session:
        rows = session.execute("SELECT id, instigator_body FROM instigators WHERE instigator_type = 'SCHEDULE'")
        return [(id_, body) for id_, body in rows if "start_timestamp" in body]


def _lay_asleep(shop: Shop) -> None:
    """Dagster's own notes, as they were had it looked for the last time three hours ago."""
    schedules = _schedules(shop)
    with psycopg.connect(_dagster_url(shop)) as session:
        session.execute("DELETE FROM job_ticks WHERE type = 'SCHEDULE'")
        session.execute("DELETE FROM runs")
        for id_, body in schedules:
            state = json.loads(body)
            then = time.time() - ASLEEP_SECONDS
            data = state["job_specific_data"]
            data |= {"start_timestamp": then, "last_iteration_timestamp": then}
            session.execute("UPDATE instigators SET instigator_body = %s WHERE id = %s", (json.dumps(state), id_))


def _dagster_url(shop: Shop) -> str:
    return shop.database_url.replace("/magflow?", "/magflow_dagster?")


def _ticks_with_a_run(shop: Shop) -> list[tuple[str, str, datetime]]:
    """Job and account of each run that a schedule began, and when its tick was due."""
    results = shop.ask(RUNS)["runsOrError"]["results"]
    runs = [(run["jobName"], {tag["key"]: tag["value"] for tag in run["tags"]}) for run in results]
    keys = [(job, *tags["dagster/run_key"].split("@")) for job, tags in runs if job in JOBS]
    return [(job, account, datetime.fromisoformat(due)) for job, account, due in keys]
