# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""What follows by itself: a report behind its inputs, a mark behind its match, an account that is late.

Each sensor asks for a difference in the database, not for events: a lost tick, a late commit or a day without the
daemon loses nothing. The run is the repair of the difference, so asking twice does no harm.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import dagster as dg

from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.defs.checks import as_event, evaluate, evaluate_outdated
from magflow_pipeline.defs.jobs import ASSETS_OF, refresh_account, refresh_report, verify_suppliers
from magflow_pipeline.defs.load_time import SETTINGS
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.defs.purchasing import every_account_is_fresh
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.runs import unfinished_runs, will_build
from magflow_pipeline.defs.tags import ACCOUNT_TAG, PARTITION_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.reports.tables import count_rows, read_rows

# The daemon looks at its sensors every 5 s. One that asks for 5 comes a few milliseconds too early and waits for 10.
SECONDS_BETWEEN_LOOKS = 4
SECONDS_AFTER_A_FAILURE = 60  # what failed is tried again, not in every tick: each time after twice as long
MOST_FAILURES = 12  # more do not make the wait longer: it ends at the interval of the schedules
BEHIND = {"label": ["NEEDS SYNC", "STALE"]}
RUNNING = dg.DefaultSensorStatus.RUNNING


@dg.sensor(
    jobs=[refresh_account, refresh_report],
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=RUNNING,
    description="Builds inventory and report again when they are behind: offers read another way, levels, orders and "
    "price lists that people or the ERP changed, accounts configured anew, a new day. Unless a run that has not ended "
    "will do it.",
)
@tick_told_plainly
def refresh_stale_tables(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """One run per account whose inventory is stale, else one for the report."""
    settings = seller.settings()
    db = database.open()
    apply_configuration(db, settings)
    needs = [row for row in read_rows(db, "refresh_needed") if row["account_type"] in settings.accounts]
    runs = unfinished_runs(context.instance)
    requests: list[dg.RunRequest] = []
    reasons: list[str] = []
    for account in [row["account_type"] for row in needs if row["needs_inventory"]]:
        mine = [run for run in runs if run.tags.get(PARTITION_TAG) == account]
        reason = _why_not(context.instance, mine, "inventory_items", "refresh_account", account)
        if reason:
            reasons.append(reason)
        else:
            requests.append(_request("refresh_account", account))
    if not requests and any(row["needs_report"] for row in needs):
        if count_rows(db, "supplier_verification_labels", BEHIND) and not _failures(
            context.instance, "verify_suppliers", None
        ):
            reasons.append("a verification is due first, and ends with the report")
        else:
            reason = _why_not(context.instance, runs, "low_stock_report", "refresh_report", None)
            if reason:
                reasons.append(reason)
            else:
                requests.append(_request("refresh_report", None))
    return requests or dg.SkipReason("; ".join(reasons) or "inventory and report are up to date")


@dg.sensor(
    job=verify_suppliers,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=RUNNING,
    description="Verifies suppliers when marks and confirmed matches disagree: one run for however many of them.",
)
@tick_told_plainly
def sync_verification_marks(
    context: dg.SensorEvaluationContext, database: DatabaseResource
) -> dg.RunRequest | dg.SkipReason:
    """One run while there is a difference and none is on its way."""
    behind = count_rows(database.open(), "supplier_verification_labels", BEHIND)
    if not behind:
        return dg.SkipReason("every mark follows its match")
    runs = [run for run in unfinished_runs(context.instance) if run.job_name == "verify_suppliers"]
    reason = _why_not(context.instance, runs, "supplier_verification", "verify_suppliers", None)
    return dg.SkipReason(f"{behind} marks are behind: {reason}") if reason else _request("verify_suppliers", None)


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=RUNNING,
    description="Looks whether every account is fresh, also when no sync runs; says so when that changes, and hourly.",
)
@tick_told_plainly
def watch_freshness(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult | dg.SkipReason:
    """The check every_account_is_fresh, evaluated without a run."""
    result = evaluate(database.open(), seller.settings(), "every_account_is_fresh")
    said: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    now = datetime.now(UTC)
    is_new = said.get("description") != result.description
    if not is_new and datetime.fromisoformat(said["at"]) > now - timedelta(hours=1):
        return dg.SkipReason(f"nothing new: {result.description}")
    (key,) = every_account_is_fresh.check_keys
    return dg.SensorResult(
        asset_events=[as_event(key, result)],
        cursor=json.dumps({"description": result.description, "at": now.isoformat()}),
    )


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=RUNNING,
    description="Evaluates checks again whose table was written after them, or whose run failed before them: the UI "
    "would show them as not evaluated, or as failed.",
)
@tick_told_plainly
def evaluate_outdated_checks(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult | dg.SkipReason:
    """What runs of several accounts at the same time leave behind."""
    evaluations = evaluate_outdated(context.instance, database.open(), seller.settings())
    return dg.SensorResult(asset_events=evaluations) if evaluations else dg.SkipReason("every check is up to date")


def _request(job: str, account: str | None) -> dg.RunRequest:
    """Without a run key: what failed has to be asked for again."""
    tags = {TRIGGERED_BY_TAG: "sensor"} | ({ACCOUNT_TAG: account} if account else {})
    return dg.RunRequest(job_name=job, partition_key=account, tags=tags)


def _why_not(
    instance: dg.DagsterInstance, runs: list[dg.DagsterRun], asset: str, job: str, account: str | None
) -> str | None:
    """Why no run is asked for: one of `runs` will do it, or the last one has just failed."""
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
    """The newest runs of `job`, newest first, as far as they failed one after the other."""
    tags: dict[str, Any] = {PARTITION_TAG: account} if account else {}
    newest = instance.get_run_records(dg.RunsFilter(job_name=job, tags=tags), limit=MOST_FAILURES)
    return list(takewhile(lambda record: record.dagster_run.status is dg.DagsterRunStatus.FAILURE, newest))
