"""Stuck syncs: dead ones with an open log, and ones past their deadline."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement

YOUNG_SECONDS = 30  # a sync that just began, or is just closing its log, is left alone


@dataclass(frozen=True)
class StuckSync:
    """A sync that was closed, and why."""

    id: int
    sync_type: str
    account_type: str
    started_at: datetime
    reason: str


def close_stuck_syncs(database: Database, older_than_minutes: int) -> list[StuckSync]:
    """Close the logs of dead syncs of any type, and end syncs past their deadline (rules.md: Limits).

    A sync whose lock has no owner is dead after `YOUNG_SECONDS`. One that another program logged, or whose lock still
    has an owner, has to be older than `older_than_minutes`.
    """
    parameters = {"older_than": older_than_minutes, "young": YOUNG_SECONDS}
    with database.connect("magflow clean-up") as session, session.cursor(row_factory=class_row(StuckSync)) as cursor:
        return cursor.execute(statement("sync/stuck_syncs"), parameters).fetchall()
