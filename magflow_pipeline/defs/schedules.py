# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""Schedules: per account a sync of offers and one of orders, on by default, at minutes of their own; the retention."""

import zlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.defs.jobs import (
    apply_retention,
    back_up_database,
    read_exchange_rates,
    sync_account,
    sync_orders,
    write_report_files,
)
from magflow_pipeline.defs.load_time import SETTINGS
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.runs import unfinished_runs
from magflow_pipeline.defs.tags import ACCOUNT_TAG, LANE_TAG, MODE_BY_SIZE, MODE_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.reports.tables import count_rows, read_rows
from magflow_pipeline.suppliers.rates import newest_day_read
from magflow_pipeline.sync.account_lock import is_account_locked
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS, lane_of
from magflow_pipeline.times import BUCHAREST, ZONE

NIGHT_HOUR = 2  # there is a 02:xx in Bucharest every night, also when the clocks change


def off_minutes(names: Sequence[str], interval_minutes: int, used: Collection[int] = ()) -> dict[str, int]:
    """A minute within the interval for each account, taken from its name.

    Never a round one: eMAG asks clients not to start when all others do (emag-api.md: Requests). Accounts share a
    minute, or have a used one, only when there are not enough.
    """
    possible = [minute for minute in range(min(interval_minutes, 60)) if minute % 5]
    minutes = [minute for minute in possible if minute not in used] or possible
    taken: dict[str, int] = {}
    for name in sorted(names):
        first = zlib.crc32(name.encode()) % len(minutes)
        free = [minute for minute in minutes[first:] + minutes[:first] if minute not in taken.values()]
        taken[name] = (free or minutes[first:])[0]
    return taken


def cron(minute: int, interval_minutes: int) -> str:
    """Every `interval_minutes`, from `minute` on.

    >>> cron(7, 30), cron(7, 60), cron(7, 240)
    ('7,37 * * * *', '7 * * * *', '7 0,4,8,12,16,20 * * *')
    """
    if interval_minutes < 60:
        return f"{','.join(str(each) for each in range(minute, 60, interval_minutes))} * * * *"
    hours = interval_minutes // 60
    return f"{minute} {'*' if hours == 1 else ','.join(str(hour) for hour in range(0, 24, hours))} * * *"


def sync_schedule(account: str, minute: int) -> dg.ScheduleDefinition:
    """The schedule of one account; while the account is busy, ticks are skipped with the reason."""
    interval = SETTINGS.sync_interval_minutes

    @dg.schedule(
        name=f"sync_{account.replace('-', '_')}",
        job=sync_account,
        cron_schedule=cron(minute, interval),
        execution_timezone=ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Reads account {account} every {interval} minutes; the first sync after "
        f"{NIGHT_HOUR:02d}:00 reads every page.",
    )
    @tick_told_plainly
    def tick(
        context: dg.ScheduleEvaluationContext, database: DatabaseResource, seller: SellerResource
    ) -> dg.RunRequest | dg.SkipReason:
        db = database.open()
        busy = _busy(context.instance, db, CATALOGUE, account)
        if busy:
            return dg.SkipReason(busy)
        at = context.scheduled_execution_time.astimezone(UTC)
        mode = "full" if _is_first_of_the_night(db, account, at) else seller.settings().sync_mode
        return dg.RunRequest(
            run_key=f"{account}@{at.isoformat()}",  # in UTC: in autumn an hour comes twice
            partition_key=account,
            run_config={"ops": {"catalogue": {"config": {"mode": mode} if mode else {}}}},
            tags={ACCOUNT_TAG: account, MODE_TAG: mode or MODE_BY_SIZE, TRIGGERED_BY_TAG: "schedule"},
        )

    return tick


def orders_schedule(account: str, minute: int) -> dg.ScheduleDefinition:
    """The schedule of one account's orders, as often as its offers; while its orders are being read, ticks skip."""
    interval = SETTINGS.sync_interval_minutes

    @dg.schedule(
        name=f"sync_orders_{account.replace('-', '_')}",
        job=sync_orders,
        cron_schedule=cron(minute, interval),
        execution_timezone=ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Reads the orders of account {account} every {interval} minutes, and history that is missing.",
    )
    @tick_told_plainly
    def tick(context: dg.ScheduleEvaluationContext, database: DatabaseResource) -> dg.RunRequest | dg.SkipReason:
        busy = _busy(context.instance, database.open(), ORDERS, account)
        if busy:
            return dg.SkipReason(busy)
        at = context.scheduled_execution_time.astimezone(UTC)
        return dg.RunRequest(
            run_key=f"{account}@{at.isoformat()}",  # in UTC: in autumn an hour comes twice
            partition_key=account,
            tags={ACCOUNT_TAG: account, TRIGGERED_BY_TAG: "schedule"},
        )

    return tick


@dg.schedule(
    name="read_exchange_rates",
    job=read_exchange_rates,
    # The National Bank publishes shortly after 13:00 on working days.
    cron_schedule="17 13-18 * * 1-5",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Reads the exchange rates on working days, hourly from 13:17 on, until those of the day are there.",
)
@tick_told_plainly
def rates_schedule(
    context: dg.ScheduleEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.RunRequest | dg.SkipReason:
    """A run while the rates of the day are missing; what is missing at the start, the sensor of that name reads."""
    if seller.settings().rates_url is None:
        return dg.SkipReason("MAGFLOW_RATES_URL is set to nothing: rates are entered by hand")
    at = context.scheduled_execution_time.astimezone(BUCHAREST)
    newest = newest_day_read(database.open())
    if newest is not None and newest >= at.date():
        return dg.SkipReason(f"the rates of {newest} are there")
    return dg.RunRequest(run_key=f"rates@{at.astimezone(UTC).isoformat()}", tags={TRIGGERED_BY_TAG: "schedule"})


@dg.schedule(
    name="write_report_files",
    job=write_report_files,
    cron_schedule="23 6 * * *",  # before people begin to work
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Writes the report and its views to MAGFLOW_REPORT_FOLDER each morning.",
)
@tick_told_plainly
def files_schedule(context: dg.ScheduleEvaluationContext, database: DatabaseResource) -> dg.RunRequest | dg.SkipReason:
    """A run, once there is a report."""
    if not count_rows(database.open(), "builds", {"name": ["low_stock_report"]}):
        return dg.SkipReason("there is no report yet")
    at = context.scheduled_execution_time.astimezone(UTC)
    return dg.RunRequest(run_key=f"files@{at.isoformat()}", tags={TRIGGERED_BY_TAG: "schedule"})


def _busy(instance: dg.DagsterInstance, db: Database, sync_type: str, account: str) -> str | None:
    """Why the account's rows of a type cannot be read now; None when they can."""
    runs = unfinished_runs(instance, **{LANE_TAG: lane_of(sync_type, account)})
    if runs:
        return f"account {account} is busy: run {runs[0].run_id[:8]} of {runs[0].job_name} has not ended"
    with db.connect("magflow schedule") as session:
        if is_account_locked(session, sync_type, account):
            return f"account {account} is busy: a sync outside Dagster holds its lock"
    return None


def _is_first_of_the_night(db: Database, account: str, at: datetime) -> bool:
    """Whether no full scan of every page has begun since two o'clock in Bucharest; one that failed does not count."""
    local = at.astimezone(BUCHAREST)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    night = night if night <= local else night - timedelta(days=1)
    only: dict[str, Sequence[str | int]] = {
        "account_type": [account],
        "sync_type": [CATALOGUE],
        "operation": ["full"],
    }
    newest = read_rows(db, "emag_sync_logs", only=only, newest_first="started_at", limit=50)
    return not any(
        log["started_at"] >= night
        and log["status"] != "failed"
        and not log["parameters"].get("max_pages")
        and log["parameters"].get("include_inactive", True)
        for log in newest
    )


def _of_accounts() -> list[Any]:
    names, interval = SETTINGS.accounts, SETTINGS.sync_interval_minutes
    offers = off_minutes(names, interval)
    orders = off_minutes(names, interval, offers.values())
    return [
        *(sync_schedule(account, minute) for account, minute in offers.items()),
        *(orders_schedule(account, minute) for account, minute in orders.items()),
    ]


of_accounts = _of_accounts()
nightly = dg.ScheduleDefinition(
    name="apply_retention",
    job=apply_retention,
    cron_schedule="23 4 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Deletes what is older than its retention, Dagster's own history included.",
)
backup = dg.ScheduleDefinition(
    name="back_up_database",
    job=back_up_database,
    cron_schedule="41 1 * * *",  # before the night's full scans; a time that comes once every night
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Backs up both databases while everything runs, proves it, and removes what is past its retention.",
)
