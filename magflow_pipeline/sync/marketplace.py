"""The marketplace of an account with its speed limit kept in the database, over all processes and hosts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import Marketplace, open_marketplace
from magflow_pipeline.emag.limits import window
from magflow_pipeline.settings import Settings


@asynccontextmanager
async def open_account(
    database: Database, settings: Settings, account: Account, **options: Any
) -> AsyncGenerator[Marketplace]:
    """The API of `account`; `options` are those of `open_marketplace`."""
    options = {"read_timeout": settings.read_timeout_seconds, **options}
    limit = window(settings.requests_per_second, settings.requests_per_minute)
    with open_permits(database, account.limit_name, *limit) as permits:
        async with open_marketplace(account, permits, **options) as marketplace:
            yield marketplace
