"""The marketplace of an account, its permits counted in the database for all processes and hosts."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import Marketplace, open_marketplace
from magflow_pipeline.emag.limits import OTHERS, SpeedLimit, Window, window
from magflow_pipeline.emag.resources import Resource
from magflow_pipeline.settings import Settings


@asynccontextmanager
async def open_account(
    database: Database, settings: Settings, account: Account, *resources: Resource, **options: Any
) -> AsyncGenerator[Marketplace]:
    """The API of `account`, to read these resources; `options` are those of `open_marketplace`."""
    options = {"read_timeout": settings.read_timeout_seconds, **options}
    with ExitStack() as stack:
        limiters = {
            limit: stack.enter_context(
                open_permits(database, _permits_name(account, limit), *window_of(limit, settings))
            )
            for limit in {resource.limit for resource in resources}
        }
        async with open_marketplace(account, limiters, **options) as marketplace:
            yield marketplace


def window_of(limit: SpeedLimit, settings: Settings) -> Window:
    """The window that keeps a limit; that of most routes comes from the settings."""
    if limit == OTHERS:
        return window(settings.requests_per_second, settings.requests_per_minute)
    return window(limit.per_second, limit.per_minute)


def requests_per_minute(limit: SpeedLimit, settings: Settings) -> int:
    """The requests that a limit allows in a minute, without the safety of `window_of`."""
    if limit == OTHERS:
        return min(60 * settings.requests_per_second, settings.requests_per_minute)
    return min(60 * limit.per_second, limit.per_minute)


def _permits_name(account: Account, limit: SpeedLimit) -> str:
    """The name that permits are counted by. That of most routes lacks the limit, to share it with older versions."""
    return account.limit_name if limit == OTHERS else f"{account.limit_name}_{limit.name}"
