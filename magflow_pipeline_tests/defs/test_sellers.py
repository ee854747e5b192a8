"""Sellers side by side in one Dagster instance: what belongs to the whole instance is told apart by seller."""

import json
import os
import subprocess
import sys

import dagster as dg
import pytest

from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.defs import history, runs, sensors, sweeper
from magflow_pipeline.defs.history import delete_old_history
from magflow_pipeline.defs.lanes import lane_of_run
from magflow_pipeline.defs.runs import unfinished_runs, will_build
from magflow_pipeline.defs.sweeper import end_dead_runs

NAMES = """
import json
from magflow_pipeline.definitions import build_definitions
repository = build_definitions().get_repository_def()
graph = repository.asset_graph
jobs = [job for job in repository.get_all_jobs() if job.name != "__ASSET_JOB"]
print(json.dumps({
    "assets": [key.to_user_string() for key in graph.get_all_asset_keys()],
    "partitions": [key for job in jobs if job.partitions_def for key in job.partitions_def.get_partition_keys()],
    "lanes": [job.run_tags["magflow/lane"] for job in jobs if "magflow/lane" in job.run_tags],
    "sellers": [job.run_tags.get("magflow/seller") for job in jobs],
    "intervals": [each.minimum_interval_seconds for each in repository.sensor_defs],
    "checked": [key.asset_key.to_user_string() for key in graph.asset_check_keys],
}))
"""
OURS, THEIRS = ({"magflow/seller": name} for name in ("acme-ro", "brand-hu"))


def names(**variables: str) -> dict[str, list[str]]:
    """What a code location adds to its instance, by kind."""
    environment = {**os.environ, "MAGFLOW_ENV_FILE": os.devnull, **variables}
    done = subprocess.run(
        [sys.executable, "-P", "-c", NAMES], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_two_sellers_have_no_name_in_common():
    """Dagster shows one asset of a key: the report of one seller stood where the other's had been built."""
    ours, theirs = names(MAGFLOW_SELLER="acme-ro"), names(MAGFLOW_SELLER="brand-hu")
    assert min(ours.pop("intervals")) == 60, "the daemon that all share looks at each of them once a minute at most"
    assert {key for key, found in ours.items() if not found or set(found) & set(theirs[key])} == set()
    assert set(ours["partitions"]) == {"acme-ro-main", "acme-ro-fbe"}
    assert set(ours["sellers"]) == {"acme-ro"}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of the seller acme-ro: settings are read when modules load, once a process."""
    for module in (history, runs, sensors, sweeper):
        monkeypatch.setattr(module, "OWN", OURS)


@pytest.fixture
def both(instance: dg.DagsterInstance) -> tuple[dg.DagsterRun, dg.DagsterRun]:
    """A started run of each seller, whose process is gone since an hour."""
    job = build_definitions().resolve_job_def("refresh_report")
    started = [
        instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTING) for tags in (OURS, THEIRS)
    ]
    for run in started:
        instance.report_dagster_event(
            dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name, message="started"), run_id=run.run_id
        )
    return started[0], started[1]


def test_the_sweeper_leaves_the_runs_of_another_seller_alone(ours, both, instance, database, monkeypatch):
    """Their locks are in their database: seen from here, each of their runs was dead."""
    monkeypatch.setattr(sweeper, "SECONDS_TO_BEGIN", 0)
    monkeypatch.setattr(sweeper, "SECONDS_TO_END", 0)
    mine, their_own = both
    assert end_dead_runs(instance, database) == [mine.run_id]
    status = {run.run_id: run.status for run in instance.get_runs()}
    assert status[mine.run_id] is dg.DagsterRunStatus.FAILURE
    assert status[their_own.run_id] is dg.DagsterRunStatus.STARTED


def test_a_run_of_another_seller_is_waited_for_by_nobody(ours, both, instance):
    """The report of one seller waited for that of the other, and a failure of the one delayed the other."""
    mine, their_own = both
    assert [run.run_id for run in unfinished_runs(instance)] == [mine.run_id]
    instance.report_run_failed(their_own)
    assert sensors._failures(instance, "refresh_report", None) == []
    instance.report_run_failed(mine)
    assert [record.dagster_run.run_id for record in sensors._failures(instance, "refresh_report", None)] == [
        mine.run_id
    ]


def test_retention_deletes_the_history_of_its_own_seller(ours, both, instance):
    """One seller's days of retention are not another's."""
    for run in both:
        instance.report_run_failed(run)
    _, their_own = both
    assert delete_old_history(instance, days=-1) == 1
    assert [run.run_id for run in instance.get_runs()] == [their_own.run_id]


@pytest.mark.parametrize(("table", "lane"), [("emag_orders", "acme-ro-main:orders"), ("demand", None)])
def test_the_queue_knows_the_lane_of_a_sellers_run_from_the_asset_graph(table, lane):
    """It works where no seller is known, and keys begin with each seller's name."""
    chosen = frozenset({dg.AssetKey(["acme-ro", table])})
    run = dg.DagsterRun("__ASSET_JOB", asset_selection=chosen, tags={"dagster/partition": "acme-ro-main"})
    assert lane_of_run(run) == lane
    assert will_build(run, table, {}) and not will_build(run, "inventory_items", {})
