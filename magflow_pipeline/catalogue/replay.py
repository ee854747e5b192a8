"""Derives the tables again from the raw pages, without the API, after the code that reads a row was improved.

First-seen times, series, snapshots, manual values and matches stay as they are. Idempotent.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from magflow_pipeline.catalogue.bodies import body_of
from magflow_pipeline.catalogue.store import REPLAY, PageStore
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import run_statement, statement
from magflow_pipeline.emag.answers import rows_of
from magflow_pipeline.emag.client import Page
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline.sync.sync_types import CATALOGUE

WAIT_SECONDS = 60  # for a sync of the account to end


@dataclass(frozen=True)
class ReplayResult:
    """The numbers of replayed pages and distinct offers."""

    account: str
    pages: int
    offers: int


async def replay_account(database: Database, account: str) -> ReplayResult:
    """Write products and offers again from the last complete scan and all later pages, in one transaction.

    Raises:
        ConfigurationError: the account has no complete scan with pages.
        LockTimeoutError: a sync of the account is running.
    """
    async with (
        database.connect_async(f"magflow replay {account}") as session,
        account_lock(session, CATALOGUE, account, WAIT_SECONDS, print),
    ):
        pages = await run_statement(session, "catalogue/pages_to_replay", account_type=account)
        if not pages:
            raise ConfigurationError(
                f"There is no complete scan of account {account!r} to replay: magflow sync {account}."
            )
        offers: set[object] = set()
        async with session.transaction():
            await run_statement(session, "catalogue/inventory_outdated", account_type=account)
            await session.execute(statement("catalogue/incoming_offers"))
            for sync_log_id, kept in itertools.groupby(pages, key=lambda page: page[0]):
                # All syncs are in one transaction: the temporary table has the rows of the one before.
                store = PageStore(session, account, sync_log_id, statements=REPLAY, is_filled=True)
                for page in kept:
                    await store.rewrite(await _load(session, page))
                offers |= {identity for identity in store.seen if isinstance(identity, int)}
    return ReplayResult(account, len(pages), len(offers))


async def _load(session: psycopg.AsyncConnection, row: Sequence[Any]) -> Page:
    """The page as the client returned it, rebuilt from its stored row."""
    _, number, size, filters, http_status, fetched_at, duration_ms, sha256 = row
    [(body_compressed,)] = await run_statement(session, "catalogue/kept_body", sha256=sha256)
    body = body_of(body_compressed)
    return Page(number, size, filters, rows_of(body), body, http_status, fetched_at, duration_ms / 1000)
