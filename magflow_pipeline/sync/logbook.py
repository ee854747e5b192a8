"""The log of a sync, committed in its own transactions: visible while it runs, kept after a crash.

Texts are made storable here, so that none prevents closing the log.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import psycopg

from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.sending import RequestStats
from magflow_pipeline.text import noted, storable

Outcome = Literal["completed", "partial", "failed"]
LONGEST_ERROR = 1000  # characters of an error message, which may quote several foreign texts


@dataclass
class SyncCounts:
    """Counts of one sync so far. fetched = created + updated + unchanged + rejected + duplicate."""

    fetched: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicate: int = 0
    pages: int = 0
    pages_failed: int = 0
    removed: int = 0
    held_back: int = 0
    unseen: int = 0
    refused: int = 0
    announced: int | None = None
    requests: int = 0
    throttled: int = 0
    requests_per_minute: int | None = None
    answers: dict[str, int] = field(default_factory=dict[str, int])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def note(self, error: str, **also: str) -> None:
        """Add an error for `emag_sync_logs.errors`, with what else is known of it."""
        self.errors.append({"error": as_error(error), "timestamp": _now(), **also})

    def add_page(
        self, *, fetched: int, created: int, updated: int, unchanged: int, rejected: int, duplicate: int
    ) -> None:
        """Count a stored page."""
        self.pages += 1
        self.fetched += fetched
        self.created += created
        self.updated += updated
        self.unchanged += unchanged
        self.rejected += rejected
        self.duplicate += duplicate

    def count_requests(self, stats: RequestStats) -> None:
        """Copy the numbers of requests so far."""
        self.requests, self.throttled, self.answers = stats.requests, stats.throttled, dict(stats.answers)

    @property
    def stored(self) -> int:
        """Distinct rows that are in the database now."""
        return self.created + self.updated + self.unchanged

    @property
    def seen(self) -> int:
        """`stored`, without rows that a later reading of the sync no longer showed."""
        return self.stored - self.unseen


@dataclass
class Logbook:
    """The row of `emag_sync_logs` of one sync, and its row of `emag_sync_progress` while it runs.

    `operation` is the mode; a sync that falls back to another one changes it before `announce`.
    """

    session: psycopg.AsyncConnection
    sync_log_id: int
    started_at: datetime
    operation: str

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return (datetime.now(UTC) - self.started_at).total_seconds()

    async def progress(
        self, counts: SyncCounts, pages_total: int | None, items_per_page: int, seconds_left: float
    ) -> None:
        """Store how far the sync is, and the seconds until its deadline."""
        elapsed = max(self.seconds, 0.001)
        end = None
        if pages_total and counts.pages:
            end = self.started_at + timedelta(seconds=elapsed * pages_total / counts.pages)
        await self._execute(
            "sync/emag_sync_progress",
            pages_done=counts.pages,
            pages_total=pages_total,
            items_done=counts.fetched,
            items_per_second=round(counts.fetched / elapsed, 1),
            expected_end_at=end,
            rate_limit_hits=counts.throttled,
            items_per_page=items_per_page,
            seconds_left=seconds_left,
        )

    async def announce(self, rows: int) -> None:
        """Store the marketplace's count of rows: a sync that resumes this one compares it."""
        await self._execute("sync/emag_sync_log_announced", total_items=rows, operation=self.operation)

    async def close(
        self, counts: SyncCounts, outcome: Outcome, *, is_complete: bool = False, is_proven: bool = False
    ) -> None:
        """Write the end of the sync."""
        numbers = {name: value for name, value in vars(counts).items() if name not in ("errors", "answers")}
        await self._execute(
            "sync/emag_sync_log_closed",
            status=outcome,
            is_complete=is_complete,
            is_proven=is_proven,
            errors=json.dumps(counts.errors),
            answers=json.dumps(counts.answers),
            **numbers,
        )

    def over(self, session: psycopg.AsyncConnection) -> "Logbook":
        """The same log, written over another session."""
        return replace(self, session=session)

    async def leave_open(self, reason: str) -> None:
        """Store beside the log how the sync ended, for the process that closes it."""
        await self._execute("sync/emag_sync_log_unclosed", reason=as_error(reason))

    async def _execute(self, name: str, **parameters: object) -> None:
        await run_statement(self.session, name, sync_log_id=self.sync_log_id, **parameters)


async def open_logbook(
    session: psycopg.AsyncConnection,
    sync_type: str,
    account_type: str,
    operation: str,
    parameters: str,
    triggered_by: str,
    dagster_run_id: str | None,
) -> Logbook:
    """Begin the log of a sync; `parameters` is JSON.

    The caller owns the lock of type and account, so a log that is still open is orphaned (its process died or
    could not close it) and is closed here.
    """
    [(sync_log_id, started_at)] = await run_statement(
        session,
        "sync/emag_sync_log_opened",
        account_type=account_type,
        operation=operation,
        parameters=parameters,
        triggered_by=noted(triggered_by),
        dagster_run_id=dagster_run_id and storable(dagster_run_id),
        sync_type=sync_type,
    )
    return Logbook(session, sync_log_id, started_at, operation)


def as_error(text: str) -> str:
    """An error message made safe for logs, events and terminals; quoted text is cut before, by `noted`."""
    return noted(text, LONGEST_ERROR)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
