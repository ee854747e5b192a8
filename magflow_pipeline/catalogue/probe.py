"""`magflow check`: can each account be read, and how many offers does it have."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import psycopg

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.database.connection import Database
from magflow_pipeline.emag.client import CONNECT_TIMEOUT_SECONDS, Retries
from magflow_pipeline.emag.errors import MarketplaceError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.sync.marketplace import open_account
from magflow_pipeline.troubles import reason_of

ONE_TRY = Retries(attempts=1)
TIMEOUT_SECONDS = 30  # for each of two answers
LIMIT_SECONDS = 2 * (CONNECT_TIMEOUT_SECONDS + TIMEOUT_SECONDS) + 10  # and a while for permits

NO_PERMIT = (
    f"Not answered within {LIMIT_SECONDS:g} s: other processes use the whole speed limit of the account's user, "
    "or somebody holds a lock on the tables of the schema limits. Try again when the syncs have ended."
)


@dataclass(frozen=True)
class CheckResult:
    """Whether an account can be read, and a sentence for people."""

    account: str
    is_ok: bool
    message: str


async def check_accounts(database: Database, settings: Settings, names: Sequence[str]) -> AsyncGenerator[CheckResult]:
    """Ask all accounts at once; each result comes as soon as it is known. Accounts of one user share its limit."""
    checks = [asyncio.create_task(check_account(database, settings, name)) for name in names]
    for check in asyncio.as_completed(checks):
        yield await check


async def check_account(database: Database, settings: Settings, name: str) -> CheckResult:
    """Ask the account for its count and for one offer, once each: a user may be allowed only to count."""
    try:
        account = load_accounts(settings, (name,))[0]
        async with asyncio.timeout(LIMIT_SECONDS):
            total = await _ask(database, settings, account)
    except TimeoutError:
        return CheckResult(name, is_ok=False, message=NO_PERMIT)
    except (ConfigurationError, MarketplaceError) as error:
        return CheckResult(name, is_ok=False, message=str(error))
    except (psycopg.Error, OSError) as error:  # of this account; the others are still checked
        return CheckResult(name, is_ok=False, message=reason_of(error))
    return CheckResult(name, is_ok=True, message=f"{account.marketplace} as {account.username}: {total} offers")


async def _ask(database: Database, settings: Settings, account: Account) -> int:
    options = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "read_timeout": min(TIMEOUT_SECONDS, settings.read_timeout_seconds),
        "retries": ONE_TRY,
    }
    async with open_account(database, settings, account, OFFERS, **options) as marketplace:
        total = await marketplace.count(OFFERS)
        await marketplace.read(OFFERS, {}, 1, 1)
        return total
