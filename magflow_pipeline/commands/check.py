"""`magflow check`: can each account be read, and how many offers does it have."""

from dataclasses import dataclass

import psycopg

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.database.connection import Database
from magflow_pipeline.emag.client import Retries
from magflow_pipeline.emag.errors import MarketplaceError
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.sync.marketplace import open_account
from magflow_pipeline.troubles import reason_of

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
    except (psycopg.Error, OSError) as error:  # of this account; the others are asked all the same
        return CheckResult(name, is_ok=False, message=reason_of(error))
    return CheckResult(name, is_ok=True, message=f"{account.marketplace} as {account.username}: {total} offers")


async def _ask(database: Database, settings: Settings, account: Account) -> int:
    timeout = min(TIMEOUT_SECONDS, settings.read_timeout_seconds)
    async with open_account(database, settings, account, read_timeout=timeout, retries=ONE_TRY) as marketplace:
        total = await marketplace.count_offers()
        await marketplace.read_page(1, 1)
        return total
