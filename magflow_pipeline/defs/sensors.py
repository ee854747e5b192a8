# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""Sensors: rebuild stale tables, watch freshness, evaluate outdated checks.

Each is level-triggered: it looks for a difference in the database, not for events, so a lost tick, a late commit or a
day without the daemon loses nothing. The runs are idempotent, so requesting one twice does no harm.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

import dagster as dg

from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.database.connection import Database
from magflow_pipeline.defs.checks import as_event, check_key, evaluate, evaluate_outdated
from magflow_pipeline.defs.jobs import (
    ASSETS_OF,
    read_exchange_rates,
    refresh_account,
    refresh_demand,
    refresh_report,
    verify_suppliers,
)
from magflow_pipeline.defs.keys import OWN
from magflow_pipeline.defs.load_time import SETTINGS, seconds_between_looks
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.runs import unfinished_runs, will_build
from magflow_pipeline.defs.tags import ACCOUNT_TAG, PARTITION_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.matches import marks_behind
from magflow_pipeline.suppliers.rates import newest_day_read
from magflow_pipeline.times import BUCHAREST

# The daemon looks at its sensors every 5 s. One with an interval of 10 is a few milliseconds early, and waits for 15.
# A look takes 0.03 s of a processor, nearly all of it Dagster's.
SECONDS_BETWEEN_LOOKS = 9
SECONDS_BETWEEN_RARE_LOOKS = 300  # at what is old after an hour or more
SECONDS_AFTER_A_FAILURE = 60  # back-off: a failed run is retried after this time, doubled after each failure
MOST_FAILURES = 12  # more do not lengthen the wait, which is capped at the schedules' interval
RUNNING = dg.DefaultSensorStatus.RUNNING
UP_TO_DATE = "every derived table is up to date"


class Builder(NamedTuple):
    """The job that builds a derived table: for one account, or for all at once."""

    job: Any
    by_account: bool = False
    count_behind: Callable[[Database], int] | None = None
    """How many rows a build would change, of a table that people wait for: it is built if there are any, also before
    an account is read, and waits for no run of another job. A sync takes minutes."""


# Each derived table has an entry here, and is rebuilt once `stale_tables` lists it (docs/architecture.md). In order of
# dependency: a run for one table also builds those that follow it in its job.
BUILT_BY = {
    "inventory_items": Builder(refresh_account, by_account=True),
    "demand_days": Builder(refresh_demand, by_account=True),
    "demand": Builder(refresh_demand, by_account=True),
    "supplier_verification": Builder(verify_suppliers, count_behind=marks_behind),
    "supplier_offers": Builder(refresh_report),
    "demand_levels": Builder(refresh_report),
    "reorder_proposals": Builder(refresh_report),
    "low_stock_report": Builder(refresh_report),
}
for _table, _builder in BUILT_BY.items():  # else no look would see that a run will build the table
    assert _table in ASSETS_OF[_builder.job.name], f"{_table} is missing in ASSETS_OF (defs/jobs.py)"


@dg.sensor(
    jobs=[builder.job for builder in BUILT_BY.values()],
    minimum_interval_seconds=seconds_between_looks(SECONDS_BETWEEN_LOOKS),
    default_status=RUNNING,
    description="Requests a run for inventory, demand, verified marks or report when they are stale: offers or orders "
    "were read another way, people or the ERP changed matches, levels, purchase orders, sales, campaigns or price "
    "lists, the accounts changed, a new day began. It waits for an unfinished run that will build them.",
)
@tick_told_plainly
def refresh_stale_tables(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """One run per account whose inventory is stale, one per account whose demand is; else one for marks or report."""
    return runs_due(context.instance, database.open(), seller.settings(), BUILT_BY)


def runs_due(
    instance: dg.DagsterInstance,
    database: Database,
    settings: Settings,
    built_by: Mapping[str, Builder],
) -> list[dg.RunRequest] | dg.SkipReason:
    """Requests for the runs that rebuild stale tables, or why there are none."""
    apply_configuration(database, settings)
    stale = _stale_tables(database)
    if not stale.keys() & built_by.keys():
        return dg.SkipReason(UP_TO_DATE)
    known = {row["account_type"] for row in read_rows(database, "configured_accounts")}.intersection(settings.accounts)
    runs = unfinished_runs(instance)
    requests: list[dg.RunRequest] = []
    reasons: list[str] = []
    for table, (job, by_account, count_behind) in built_by.items():
        if not stale[table] or not (known or count_behind):
            continue
        asked = {request.partition_key for request in requests if table in ASSETS_OF[f"{request.job_name}"]}
        for account in sorted((known & stale[table]) - asked) if by_account else [None] * (not asked):
            theirs = [run for run in runs if account in (None, run.tags.get(PARTITION_TAG))]
            if count_behind:
                theirs = [run for run in theirs if run.job_name == job.name]
            reason = _why_not(instance, theirs, table, job.name, account)
            if reason:
                reasons.append(reason)
            elif count_behind is None or count_behind(database):
                requests.append(_request(job.name, account))
    return requests or dg.SkipReason("; ".join(dict.fromkeys(reasons)) or UP_TO_DATE)


@dg.sensor(
    job=read_exchange_rates,
    minimum_interval_seconds=seconds_between_looks(SECONDS_BETWEEN_RARE_LOOKS),
    default_status=RUNNING,
    description="Requests one run when no exchange rates are there that are fresh enough (MAGFLOW_RATE_AGE_DAYS), such "
    "as at the first start; again after an hour.",
)
@tick_told_plainly
def read_missing_rates(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult | dg.SkipReason:
    """One run an hour while the newest rates are missing or old; the schedule reads each day's."""
    settings, now = seller.settings(), datetime.now(UTC)
    if settings.rates_url is None:
        return dg.SkipReason("MAGFLOW_RATES_URL is set to nothing: rates are entered by hand")
    newest = newest_day_read(database.open())
    if newest is not None and newest >= now.astimezone(BUCHAREST).date() - timedelta(days=settings.rate_age_days):
        return dg.SkipReason(f"the rates of {newest} are there")
    if context.cursor and datetime.fromisoformat(context.cursor) > now - timedelta(hours=1):
        return dg.SkipReason(f"the newest rates are of {newest}; they were asked for within the hour")
    return dg.SensorResult(run_requests=[_request("read_exchange_rates", None)], cursor=now.isoformat())


FRESHNESS = (check_key("low_stock_report", "every_account_is_fresh"), check_key("demand", "demand_is_of_today"))


@dg.sensor(
    minimum_interval_seconds=seconds_between_looks(SECONDS_BETWEEN_RARE_LOOKS),
    default_status=RUNNING,
    description="Evaluates the checks of freshness, of accounts and of their demand, when no sync runs: once a result "
    "changes, and hourly.",
)
@tick_told_plainly
def watch_freshness(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult | dg.SkipReason:
    """The checks every_account_is_fresh and demand_is_of_today, evaluated without a run."""
    results = [evaluate(database.open(), seller.settings(), key) for key in FRESHNESS]
    description = "; demand: ".join(f"{result.description}" for result in results)
    said: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    now = datetime.now(UTC)
    is_new = said.get("description") != description
    if not is_new and datetime.fromisoformat(said["at"]) > now - timedelta(hours=1):
        return dg.SkipReason(f"nothing new: {description}")
    return dg.SensorResult(
        asset_events=[as_event(result) for result in results],
        cursor=json.dumps({"description": description, "at": now.isoformat()}),
    )


@dg.sensor(
    minimum_interval_seconds=seconds_between_looks(30),
    default_status=RUNNING,
    description="Evaluates checks again whose table was written after them, or whose run failed before them: the UI "
    "would show them as not evaluated, or as failed.",
)
@tick_told_plainly
def evaluate_outdated_checks(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult | dg.SkipReason:
    """What runs of several accounts at the same time leave behind, looked for once a run has begun or ended."""
    newest = context.instance.get_run_records(limit=1, order_by="update_timestamp")
    state = newest[0].update_timestamp.isoformat() if newest else ""
    if context.cursor == state:
        return dg.SkipReason("no run has gone on since the last look")
    evaluations = evaluate_outdated(context.instance, database.open(), seller.settings())
    if not evaluations:
        return dg.SensorResult(skip_reason="every check is up to date", cursor=state)
    return dg.SensorResult(asset_events=evaluations, cursor=state)


def _stale_tables(database: Database) -> defaultdict[str, set[str]]:
    """The stale tables, each with the accounts whose rows are stale."""
    stale: defaultdict[str, set[str]] = defaultdict(set)
    for row in read_rows(database, "stale_tables"):
        stale[row["name"]].add(row["account_type"])
    return stale


def _request(job: str, account: str | None) -> dg.RunRequest:
    """A request without a run key, so that a failed run can be requested again."""
    tags = {TRIGGERED_BY_TAG: "sensor"} | ({ACCOUNT_TAG: account} if account else {})
    return dg.RunRequest(job_name=job, partition_key=account, tags=tags)


def _why_not(
    instance: dg.DagsterInstance, runs: list[dg.DagsterRun], asset: str, job: str, account: str | None
) -> str | None:
    """Why no run is requested: one of `runs` will build the asset, or the last one has just failed; else None."""
    who = f"{account}: " if account else ""
    on_its_way = next((run for run in runs if will_build(run, asset, ASSETS_OF)), None)
    if on_its_way:
        return f"{who}run {on_its_way.run_id[:8]} of {on_its_way.job_name} will do it"
    failures = _failures(instance, job, account)
    if not failures:
        return None
    wait = min(SECONDS_AFTER_A_FAILURE * 2 ** (len(failures) - 1), 60 * SETTINGS.sync_interval_minutes)
    left = (failures[0].end_time or 0) + wait - datetime.now(UTC).timestamp()
    return f"{who}run {failures[0].dagster_run.run_id[:8]} has failed; again in {left:.0f} s" if left > 0 else None


def _failures(instance: dg.DagsterInstance, job: str, account: str | None) -> list[dg.RunRecord]:
    """The latest consecutive failed runs of `job`, newest first."""
    tags: dict[str, Any] = OWN | ({PARTITION_TAG: account} if account else {})
    newest = instance.get_run_records(dg.RunsFilter(job_name=job, tags=tags), limit=MOST_FAILURES)
    return list(takewhile(lambda record: record.dagster_run.status is dg.DagsterRunStatus.FAILURE, newest))
