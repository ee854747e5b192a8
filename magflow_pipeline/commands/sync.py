"""`magflow sync`: a process per account, each one Dagster run; this one shows how far they are."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.known_accounts import former_name
from magflow_pipeline.database.logbook import CATALOGUE
from magflow_pipeline.orchestrator import Runner, RunResult
from magflow_pipeline.reports.tables import read_rows

COMPLETE, FAILED, PARTIAL = 0, 1, 3
POLL_SECONDS = 0.25
PLAIN_LINE_SECONDS = 2.0


@dataclass(frozen=True)
class AccountResult:
    """How the run of one account ended, for the exit code and for people."""

    account: str
    exit_code: int
    message: str


def results_of(database: Database, accounts: Sequence[str], runner: Runner) -> list[AccountResult]:
    """How each account ended, once the runner has."""
    return [_result(database, account, runner.result_of(account)) for account in accounts]


def failed(account: str, reason: str) -> AccountResult:
    """An account that could not be synced."""
    return AccountResult(account, FAILED, f"{account}: failed. {reason}")


def exit_code(results: Sequence[AccountResult]) -> int:
    """1 when any failed, else 3 when any is partial, else 0."""
    codes = {result.exit_code for result in results}
    return FAILED if FAILED in codes else PARTIAL if PARTIAL in codes else COMPLETE


def show_progress(database: Database, accounts: Sequence[str], runner: Runner, console: Console) -> None:
    """Show how far the syncs are until the runner ends: bars on a terminal, else a line now and then."""
    before = {row["account_type"]: row["sync_log_id"] for row in read_rows(database, "sync_status")}
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        *(BarColumn(), MofNCompleteColumn(), TextColumn("pages")),
        TextColumn("{task.fields[items]} offers"),
        TextColumn("{task.fields[doing]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    said = dict.fromkeys(accounts, "")
    next_line = time.monotonic()
    with bar:
        tasks = {name: bar.add_task(name, total=None, items=0, doing="starting") for name in accounts}
        while runner.process.poll() is None:
            rows = {row["account_type"]: row for row in read_rows(database, "sync_status")}
            for account, task in tasks.items():
                row = rows.get(account)
                if row is not None and row["sync_log_id"] != before.get(account):
                    _update(bar, task, row)
            if not console.is_terminal and time.monotonic() >= next_line:
                next_line += PLAIN_LINE_SECONDS
                for account in accounts:
                    line = _line(rows.get(account), before.get(account))
                    if line and line != said[account]:
                        console.print(f"  {account}: {line}")
                        said[account] = line
            time.sleep(POLL_SECONDS)


def _update(bar: Progress, task: TaskID, row: Mapping[str, Any]) -> None:
    if row["status"] == "running":
        bar.update(
            task,
            completed=row["pages_done"] or 0,
            total=row["pages_total"],
            items=row["items_done"] or 0,
            doing=_doing(row),
        )
    else:
        bar.update(task, completed=1, total=1, items=row["processed_items"], doing=_ended(row))


def _line(row: Mapping[str, Any] | None, before: int | None) -> str:
    if row is None or row["sync_log_id"] == before:
        return ""
    if row["status"] != "running":
        return f"{row['processed_items']} offers read; {_ended(row)}"
    return (
        f"page {row['pages_done'] or 0} of {row['pages_total'] or '?'}, {row['items_done'] or 0} offers, {_doing(row)}"
    )


def _doing(row: Mapping[str, Any]) -> str:
    """Speed, time left, and what slows it down."""
    parts = [f"{row['items_per_second'] or 0}/s"]
    if row["expected_end_at"] is not None:
        left = (row["expected_end_at"] - datetime.now(UTC)).total_seconds()
        parts.append(f"{max(0, left):.0f} s left")
    if row["rate_limit_hits"]:
        parts.append(f"asked to slow down {row['rate_limit_hits']} times")
    return ", ".join(parts)


def _ended(row: Mapping[str, Any]) -> str:
    return "failed" if row["status"] == "failed" else "inventory and report"


def _result(database: Database, account: str, run: RunResult | None) -> AccountResult:
    if run is None:
        return failed(account, "The run's process was ended from outside. Start again; see `magflow history`.")
    only = {"dagster_run_id": [run.run_id], "sync_type": [CATALOGUE]}
    logs = read_rows(database, "emag_sync_logs", only=only)
    if not run.success:
        if logs and logs[0]["status"] == "failed":
            return failed(account, logs[0]["errors"][-1]["error"])
        stored = " Products and offers are stored." if logs else ""
        return failed(account, f"{run.error}{stored}")
    log = logs[0]
    offers = log["processed_items"] - log["duplicate_items"] - log["failed_items"] - log["unseen_items"]
    removed = f", {log['removed_items']} removed" if log["removed_items"] else ""
    message = (
        f"{account}: {log['status']}, {offers} of {log['total_items'] if log['total_items'] is not None else '?'} "
        f"offers in {log['duration_seconds']:.1f} s ({log['created_items']} new, {log['updated_items']} changed, "
        f"{log['unchanged_items']} unchanged, {log['failed_items']} rejected{removed}; "
        f"{log['api_requests_made']} requests)"
    )
    former = former_name(database, account, log["id"])
    if former is not None:
        message += f". It is account {former} under a new name (same marketplace and user): its rows are kept"
    if log["operation"] == "full":
        [status] = read_rows(database, "sync_status", only={"account_type": [account]})
        message += f"; {status['proof']}" if status["proof"] not in (None, "proven") else ""
    if log["status"] == "partial":
        reasons = "; ".join(error["error"] for error in log["errors"])
        return AccountResult(account, PARTIAL, f"{message}. Missing: {reasons}")
    return AccountResult(account, COMPLETE, message)
