"""Schedules after a sleep: what was missed is made up for once, not once for each tick."""

import json
import time
from datetime import UTC, datetime

import psycopg
import pytest

from magflow_pipeline.defs.schedules import schedules
from magflow_pipeline_tests.shop.driver import RUNS, Shop, until

pytestmark = pytest.mark.slow

ASLEEP_SECONDS = 3 * 3600
RUNS_SECONDS = 400  # runs, each a process that loads everything


def test_ticks_that_were_missed_do_not_pile_up(shop):
    """After three hours asleep each account is read once, not thirty-six times."""
    shop.interval_minutes = 5
    with shop.up():
        until(lambda: len(_schedules(shop)) == len(schedules().schedules or ()))
    _lay_asleep(shop)
    woken = datetime.now(UTC)
    completed = "SELECT DISTINCT account_type FROM emag_sync_logs WHERE status = 'completed' AND sync_type = 'products'"
    with shop.up():
        until(lambda: _made_up_for(shop, woken) == ["fbe", "main"])
        until(lambda: len(shop.rows(completed)) == 2, RUNS_SECONDS)
        assert _made_up_for(shop, woken) == ["fbe", "main"]


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


def _made_up_for(shop: Shop, woken: datetime) -> list[str]:
    """The accounts read by runs of ticks that were due before then; others may be due while the test looks."""
    results = shop.ask(RUNS)["runsOrError"]["results"]
    tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in results if run["jobName"] == "sync_account"]
    keys = [each["dagster/run_key"].split("@") for each in tags]
    return sorted(account for account, due in keys if datetime.fromisoformat(due) <= woken)
