"""`magflow sync` and `magflow orders`: a process per account, each one Dagster run; this one shows how far they are."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from magflow_pipeline.catalogue.known_accounts import former_name
from magflow_pipeline.database.connection import Database
from magflow_pipeline.orchestrator import Runner, RunResult
from magflow_pipeline.reports.printing import every_error, last_error
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS
from magflow_pipeline.text import times
from magflow_pipeline.troubles import trouble_of

COMPLETE, FAILED, PARTIAL = 0, 1, 3
POLL_SECONDS = 0.25
PLAIN_LINE_SECONDS = 2.0
NOUNS = {CATALOGUE: "offers", ORDERS: "orders"}
CODES = {"completed": COMPLETE, "partial": PARTIAL}


@dataclass(frozen=True)
class AccountResult:
    """How the run of one account ended, for the exit code and for people."""

    account: str
    exit_code: int
    message: str


def results_of(
    database: Database, accounts: Sequence[str], runner: Runner, sync_type: str = CATALOGUE
) -> list[AccountResult]:
    """How each account ended, once the runner has."""
    return [_result(database, account, sync_type, runner.result_of(account)) for account in accounts]


def failed(account: str, reason: str) -> AccountResult:
    """An account that could not be synced."""
    return AccountResult(account, FAILED, f"{account}: failed. {reason}")


def exit_code(results: Sequence[AccountResult]) -> int:
    """1 when any failed, else 3 when any is partial, else 0."""
    codes = {result.exit_code for result in results}
    return FAILED if FAILED in codes else PARTIAL if PARTIAL in codes else COMPLETE


def show_progress(
    database: Database, run_ids: Mapping[str, str], runner: Runner, console: Console, sync_type: str = CATALOGUE
) -> None:
    """Show how far the syncs are until the runner ends: bars on a terminal, else a line now and then.

    Those of these runs, by account: the account's newest sync may be another's, for which this one waits.
    Only a display: what it cannot read or show now, it does not show, and the syncs go on.
    """
    kind = _Bars if console.is_terminal else _Lines
    display: _Bars | _Lines = kind(list(run_ids), console, NOUNS[sync_type])
    own = set[int]()
    with display:
        while runner.process.poll() is None:
            with suppress(Exception):
                newest = read_rows(
                    database, "newest_syncs", only={"sync_type": [sync_type], "account_type": list(run_ids)}
                )
                if new := [row["sync_log_id"] for row in newest if row["sync_log_id"] not in own]:
                    only = {"id": new, "dagster_run_id": list(run_ids.values())}
                    own.update(row["id"] for row in read_rows(database, "emag_sync_logs", only=only))
                for row in newest:
                    if row["sync_log_id"] in own:
                        display.show(row["account_type"], row)
            runner.wait(POLL_SECONDS)


class _Shortened(TextColumn):
    """Words on one line; a column that may wrap is the first to be made narrower, before those of the numbers."""

    def render(self, task: Task) -> Text:
        text = super().render(task)
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


class _Bars(Progress):
    """A bar for each account; bar and last words take the room that names and numbers leave."""

    def __init__(self, accounts: Sequence[str], console: Console, noun: str = "offers") -> None:
        self._noun = noun
        super().__init__(
            TextColumn("{task.description}", markup=False, style="bold"),
            BarColumn(bar_width=None, table_column=Column(max_width=40)),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("pages"),
            TextColumn(f"{{task.fields[items]}} {noun}"),
            _Shortened("{task.fields[doing]}", markup=False, table_column=Column()),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
            console=console,
            transient=True,
        )
        self._of = {name: self.add_task(name, total=None, items=0, doing="starting") for name in accounts}

    def show(self, account: str, row: Row) -> None:
        """Move the bar."""
        task: TaskID = self._of[account]
        if row["status"] == "running":
            done = row["pages_done"] or 0
            self.update(task, completed=done, total=row["pages_total"], items=row["items_done"] or 0, doing=_doing(row))
        else:
            ended = _ended(row, self._noun)
            self.update(task, completed=1, total=1, items=row["processed_items"] or 0, doing=ended)


class _Lines:
    """A line for each account, now and then, when there is news."""

    def __init__(self, accounts: Sequence[str], console: Console, noun: str) -> None:
        self._console = console
        self._noun = noun
        self._said = dict.fromkeys(accounts, "")
        self._next = dict.fromkeys(accounts, time.monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, account: str, row: Row) -> None:
        """Say it, unless it was said or something has just been said."""
        line = _line(row, self._noun)
        if time.monotonic() >= self._next[account] and line != self._said[account]:
            self._console.print(f"  {account}: {line}")
            self._said[account] = line
            self._next[account] = time.monotonic() + PLAIN_LINE_SECONDS


def _line(row: Row, noun: str) -> str:
    if row["status"] != "running":
        return f"{row['processed_items'] or 0} {noun} read; {_ended(row, noun)}"
    of = f"page {row['pages_done'] or 0} of {row['pages_total'] or '?'}"
    return f"{of}, {row['items_done'] or 0} {noun}, {_doing(row)}"


def _doing(row: Mapping[str, Any]) -> str:
    """Speed, time left, and what slows it down."""
    parts = [f"{row['items_per_second'] or 0}/s"]
    if row["expected_end_at"] is not None:
        left = (row["expected_end_at"] - datetime.now(UTC)).total_seconds()
        parts.append(f"{max(0, left):.0f} s left")
    if hits := row["rate_limit_hits"]:
        parts.append(f"asked to slow down {times(hits)}")
    return ", ".join(parts)


def _ended(row: Mapping[str, Any], noun: str) -> str:
    if row["status"] == "failed":
        return "failed"
    return "inventory and report" if noun == NOUNS[CATALOGUE] else "checks"


def _result(database: Database, account: str, sync_type: str, run: RunResult | None) -> AccountResult:
    if run is None:
        return failed(account, "The run's process was ended from outside. Start again; see `magflow history`.")
    try:
        return _from_log(database, account, sync_type, run)
    except Exception as error:
        told = trouble_of(error)
        if told is None:
            raise
        return _without_log(account, run, f"Its log cannot be read now. {told.sentence}")


def _from_log(database: Database, account: str, sync_type: str, run: RunResult) -> AccountResult:
    only = {"dagster_run_id": [run.run_id], "sync_type": [sync_type]}
    logs = read_rows(database, "emag_sync_logs", only=only)
    if not run.success:
        if logs and logs[0]["status"] == "failed":
            return failed(account, last_error(logs[0]["errors"]) or f"{run.error}")
        stored = f" What was read is stored: {NOUNS[sync_type]}." if logs else ""
        return failed(account, f"{run.error}{stored}")
    if not logs:
        return _without_log(account, run, "Its log is gone.")
    return (_of_log if sync_type == CATALOGUE else _of_orders)(database, account, logs[0])


def _without_log(account: str, run: RunResult, why: str) -> AccountResult:
    """The result of a run that opened no log."""
    if not run.success:
        return failed(account, f"{run.error} {why}")
    return AccountResult(account, CODES.get(run.outcome or "", COMPLETE), f"{account}: {run.outcome or 'ended'}. {why}")


def _of_log(database: Database, account: str, log: Row) -> AccountResult:
    number = {name: value or 0 for name, value in log.items() if name.endswith(("_items", "_seconds", "_made"))}
    unseen = number["duplicate_items"] + number["failed_items"] + number["unseen_items"]
    offers = number["processed_items"] - unseen
    removed = f", {log['removed_items']} removed" if log["removed_items"] else ""
    message = (
        f"{account}: {log['status']}, {offers} of {log['total_items'] if log['total_items'] is not None else '?'} "
        f"offers in {number['duration_seconds']:.1f} s ({number['created_items']} new, "
        f"{number['updated_items']} changed, {number['unchanged_items']} unchanged, {number['failed_items']} rejected"
        f"{removed}; {number['api_requests_made']} requests)"
    )
    former = former_name(database, account, log["id"])
    if former is not None:
        message += f". It is account {former} under a new name (same marketplace and user): its rows are kept"
    if log["operation"] == "full":
        [status] = read_rows(database, "sync_status", only={"account_type": [account]})
        message += f"; {status['proof']}" if status["proof"] not in (None, "proven") else ""
    if log["status"] == "partial":
        return AccountResult(account, PARTIAL, f"{message}. Missing: {'; '.join(every_error(log['errors']))}")
    return AccountResult(account, COMPLETE, message)


def _of_orders(database: Database, account: str, log: Row) -> AccountResult:
    number = {name: value or 0 for name, value in log.items() if name.endswith(("_items", "_seconds", "_made"))}
    [status] = read_rows(database, "order_status", only={"account_type": [account]})
    message = (
        f"{account}: {log['status']}, orders in {number['duration_seconds']:.1f} s ({number['created_items']} new, "
        f"{number['updated_items']} changed, {number['unchanged_items']} unchanged, {number['failed_items']} rejected; "
        f"{number['api_requests_made']} requests)"
    )
    if status["read_back_to"] is not None:
        message += f"; every order since {status['read_back_to']} is there"
    if log["status"] == "partial":
        return AccountResult(account, PARTIAL, f"{message}. Missing: {'; '.join(every_error(log['errors']))}")
    if status["windows_left"]:
        left = f"{status['windows_left']} windows of history are left: start again, or leave them to the schedule"
        return AccountResult(account, PARTIAL, f"{message}. {left}")
    return AccountResult(account, COMPLETE, message)
