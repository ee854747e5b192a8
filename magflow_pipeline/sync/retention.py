"""Retention of logs with their rejected rows, raw pages, stock samples, incidents and deliveries."""

import psycopg

from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.settings import Settings


async def delete_old(session: psycopg.AsyncConnection, settings: Settings) -> None:
    """Delete rows past their retention, in one transaction."""
    await run_statement(
        session,
        "sync/retention",
        log_days=settings.log_retention_days,
        raw_days=settings.raw_retention_days,
        snapshot_days=settings.snapshot_retention_days,
        alert_days=settings.alert_retention_days,
    )
