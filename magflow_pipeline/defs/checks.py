"""Asset checks from `sql/checks`: a check passes when its query finds no row.

To add one: write the query, then its line in `sql_checks` beside the asset it is about.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import check
from magflow_pipeline.defs.keys import key_of
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.settings import Settings
from magflow_pipeline.text import noted

if TYPE_CHECKING:  # Dagster has no public name for it
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

SHOWN = 10
AT_ONCE = 2  # as many sessions as a process keeps: a command that ends waits for them
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
_severities: dict[dg.AssetCheckKey, dg.AssetCheckSeverity] = {}  # of every check that `sql_checks` made


def sql_checks(asset: str, **checks: dg.AssetCheckSeverity) -> dg.AssetChecksDefinition:
    """The checks `sql/checks/NAME.sql` on `asset`; the comment at the top of each is its description.

    One step evaluates them all, because a step costs more than a check. Each can be executed alone all the same.

    Evaluates all accounts in every run: Dagster shows only a check's latest result, so one account's pass would hide
    another's failure. In Dagster 1.13 the `partitions_def` of a check, a result for each account, is in preview ("may
    have breaking changes in patch version releases"). It would not make `evaluate_outdated` unnecessary: the report
    has no partitions, and a run that fails before a check leaves it without a result, partitioned or not.
    """
    keys = [check_key(asset, name) for name in checks]

    @dg.multi_asset_check(
        name=f"checks_of_{asset}",
        specs=[dg.AssetCheckSpec(key.name, asset=key.asset_key, description=_description(key.name)) for key in keys],
        can_subset=True,
    )
    @told_plainly
    def run_checks(
        context: dg.AssetCheckExecutionContext, database: DatabaseResource, seller: SellerResource
    ) -> Iterator[dg.AssetCheckResult]:
        db, settings = database.open(), seller.settings()
        failures: list[psycopg.Error] = []
        for key in keys:
            if key in context.selected_asset_check_keys:
                try:
                    yield evaluate(db, settings, key)
                except psycopg.Error as error:  # the others are evaluated all the same
                    failures.append(error)
        for error in failures:
            raise error

    _severities.update(zip(keys, checks.values(), strict=True))
    return run_checks


def check_key(asset: str, name: str) -> dg.AssetCheckKey:
    """The key of a check."""
    return dg.AssetCheckKey(key_of(asset), name)


def _description(name: str) -> str:
    comment = " ".join(line.removeprefix("--").strip() for line in check(name).splitlines() if line.startswith("--"))
    return f"Passes when there are none of these: {comment}"


def evaluate(database: Database, settings: Settings, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    """The result of a check; it names the accounts, and how many rows were found of each."""
    parameters = {
        "accounts": list(settings.accounts),
        "interval": settings.sync_interval_minutes,
        "rate_age_days": settings.rate_age_days,
    }
    with database.connect(f"magflow check {key.name}") as session, session.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(check(key.name), parameters).fetchall()
    of_each = Counter(noted(row.get("account_type", "all accounts")) for row in found)
    first = [{column: _shown(value) for column, value in row.items()} for row in found[:SHOWN]]
    shown = {f"first {SHOWN}": dg.MetadataValue.json(first)} if found else {}
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not found,
        severity=_severities[key],
        description="; ".join(f"{account}: {number} found" for account, number in sorted(of_each.items()))
        or f"{', '.join(settings.accounts)}: none found",
        metadata={
            **of_each,
            "found": len(found),
            **shown,
        },
    )


def evaluate_outdated(
    instance: dg.DagsterInstance, database: Database, settings: Settings
) -> list[dg.AssetCheckEvaluation]:
    """New evaluations of the checks that Dagster's UI would show as not evaluated, or as failed without a result.

    The UI goes by the run that *planned* a check last. Where accounts are read at the same time, the table may have
    been materialised again since; where that run failed before the check, it left no result. A result that belongs to
    no run is newer than both. Dagster has no public name for a check's latest execution: it is read from the storage.
    """
    records = instance.get_asset_records(list({key.asset_key for key in _severities}))
    written = {each.asset_entry.asset_key: each.asset_entry.last_materialization_record for each in records}
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([*_severities])
    outdated = [key for key in _severities if _is_outdated(instance, written.get(key.asset_key), latest.get(key))]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [as_event(result) for result in threads.map(partial(evaluate, database, settings), outdated)]


def as_event(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """What `evaluate` found without a run, as an event for Dagster."""
    assert result.asset_key is not None
    assert result.check_name is not None
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata,
    )


def _is_outdated(
    instance: dg.DagsterInstance, written: dg.EventLogRecord | None, record: "AssetCheckExecutionRecord | None"
) -> bool:
    """Whether the latest execution of a check is older than the newest materialisation of its asset, if it has one."""
    if written is None:
        return False
    if record is None:
        return True
    if record.status.value == "PLANNED":  # the enumeration is private
        run = instance.get_run_by_id(record.run_id)
        return run is None or run.is_finished
    if record.run_id == written.run_id:
        return False
    target = record.evaluation.target_materialization_data if record.evaluation else None
    if target is None:
        return record.create_timestamp < written.timestamp
    return target.storage_id != written.storage_id


def _shown(value: object) -> str:
    """Times in ISO 8601; foreign text escaped and cut."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else noted(value)
