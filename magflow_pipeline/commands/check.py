"""`magflow check`: can each account be read, and how many offers does it have."""

from dataclasses import dataclass

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.errors import MarketplaceError
from magflow_pipeline.emag.limits import window_seconds
from magflow_pipeline.settings import ConfigurationError, Settings

ONE_TRY = Retries(attempts=1)
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class CheckResult:
    """Whether an account can be read, and a sentence for people."""

    account: str
    is_ok: bool
    message: str


async def check_account(database: Database, settings: Settings, name: str) -> CheckResult:
    """Ask the account for its count and for one offer, once each: who may count may still not read."""
    try:
        account = load_accounts(settings, (name,))[0]
        total = await _ask(database, settings, account)
    except (ConfigurationError, MarketplaceError) as error:
        return CheckResult(name, is_ok=False, message=str(error))
    return CheckResult(name, is_ok=True, message=f"{account.marketplace} as {account.username}: {total} offers")


async def _ask(database: Database, settings: Settings, account: Account) -> int:
    window = window_seconds(settings.requests_per_second, settings.requests_per_minute)
    timeout = min(TIMEOUT_SECONDS, settings.read_timeout_seconds)
    with open_permits(database, account.name, settings.requests_per_second, window) as permits:
        async with open_marketplace(account, permits, read_timeout=timeout, retries=ONE_TRY) as marketplace:
            total = await marketplace.count_offers()
            await marketplace.read_page(1, 1)
            return total
