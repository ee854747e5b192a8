"""`magflow replay`: derives products and offers of some accounts again, then inventory and what is planned."""

from collections.abc import Sequence

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.replay import ReplayResult, replay_account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import LockTimeoutError
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.settings import ConfigurationError


async def replay_all(database: Database, accounts: Sequence[str]) -> list[ReplayResult]:
    """Replay the accounts one after another, then build what is planned.

    Raises:
        ConfigurationError: an account has nothing to replay, or is being synced.
    """
    results: list[ReplayResult] = []
    try:
        for account in accounts:
            results.append(await replay_account(database, account))
            refresh_inventory(database, account)
    except LockTimeoutError as error:
        raise ConfigurationError(str(error)) from None
    build_plan(database)
    return results
