"""The log of a sync, written in transactions of its own: visible while it runs, there after a crash."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import psycopg

Outcome = Literal["completed", "partial", "failed"]


@dataclass
class Tally:
    """Counts of one sync so far. fetched = created + updated + unchanged + rejected + duplicate."""

    fetched: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicate: int = 0
    pages: int = 0
    pages_failed: int = 0
    announced: int | None = None
    requests: int = 0
    throttled: int = 0
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def note(self, error: str) -> None:
        """Add an error for `emag_sync_logs.errors`."""
        self.errors.append({"error": error, "timestamp": _now()})

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

    @property
    def stored(self) -> int:
        """Distinct offers that are in the database now."""
        return self.created + self.updated + self.unchanged


@dataclass(frozen=True)
class Logbook:
    """The row of `emag_sync_logs` of one sync, and its row of `emag_sync_progress` while it runs."""

    session: psycopg.AsyncConnection
    sync_log_id: int
    started_at: datetime

    @property
    def seconds(self) -> float:
        """Since the start."""
        return (datetime.now(UTC) - self.started_at).total_seconds()

    async def progress(self, tally: Tally, pages_total: int | None) -> None:
        """Say how far the sync is."""
        elapsed = max(self.seconds, 0.001)
        end = None
        if pages_total and tally.pages:
            end = self.started_at + timedelta(seconds=elapsed * pages_total / tally.pages)
        await self.session.execute(
            "INSERT INTO emag_sync_progress"
            " (sync_log_id, pages_done, pages_total, items_done, items_per_second, expected_end_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (sync_log_id) DO UPDATE SET pages_done = excluded.pages_done,"
            " pages_total = excluded.pages_total, items_done = excluded.items_done,"
            " items_per_second = excluded.items_per_second, expected_end_at = excluded.expected_end_at,"
            " updated_at = now()",
            [self.sync_log_id, tally.pages, pages_total, tally.fetched, round(tally.fetched / elapsed, 1), end],
        )

    async def close(self, tally: Tally, outcome: Outcome, *, is_complete: bool) -> None:
        """Write the end of the sync."""
        async with self.session.transaction():
            await self.session.execute(
                "UPDATE emag_sync_logs SET status = %s, completed_at = clock_timestamp(), is_complete = %s,"
                " total_items = %s, processed_items = %s, created_items = %s, updated_items = %s,"
                " unchanged_items = %s, failed_items = %s, duplicate_items = %s, pages_processed = %s,"
                " pages_failed = %s, api_requests_made = %s, rate_limit_hits = %s, errors = %s"
                " WHERE id = %s AND status = 'running'",
                [
                    *(outcome, is_complete, tally.announced, tally.fetched, tally.created, tally.updated),
                    *(tally.unchanged, tally.rejected, tally.duplicate, tally.pages, tally.pages_failed),
                    *(tally.requests, tally.throttled, json.dumps(tally.errors), self.sync_log_id),
                ],
            )
            await self.session.execute("DELETE FROM emag_sync_progress WHERE sync_log_id = %s", [self.sync_log_id])


async def open_logbook(
    session: psycopg.AsyncConnection,
    account_type: str,
    operation: str,
    parameters: str,
    triggered_by: str,
    dagster_run_id: str | None,
) -> Logbook:
    """Begin the log of a sync; `parameters` is JSON.

    The caller holds the account's lock, so a log that is still open belongs to a process that died: it is closed.
    """
    died = [{"error": "The process of this sync died before its end.", "timestamp": _now()}]
    await session.execute(
        "UPDATE emag_sync_logs SET status = 'failed', completed_at = clock_timestamp(), errors = errors || %s::jsonb"
        " WHERE account_type = %s AND status = 'running' AND sync_type = 'products'",
        [json.dumps(died), account_type],
    )
    await session.execute(
        "DELETE FROM emag_sync_progress WHERE sync_log_id IN (SELECT id FROM emag_sync_logs WHERE account_type = %s"
        " AND sync_type = 'products')",
        [account_type],
    )
    cursor = await session.execute(
        "INSERT INTO emag_sync_logs (account_type, operation, parameters, triggered_by, dagster_run_id, started_at)"
        " VALUES (%s, %s, %s, %s, %s, clock_timestamp()) RETURNING id, started_at",
        [account_type, operation, parameters, triggered_by, dagster_run_id],
    )
    row = await cursor.fetchone()
    assert row is not None
    return Logbook(session, *row)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
