"""Inventory of one account, derived from its offers (rules.md: Inventory)."""

import psycopg

from magflow_pipeline.catalogue.known_accounts import apply_configuration, derive_inventory
from magflow_pipeline.catalogue.outcomes import noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import ConfigurationError, Settings, load_settings


def refresh_inventory(database: Database, account: str, settings: Settings | None = None) -> None:
    """Upsert the items of the account's warehouse, in one transaction.

    Every active product gets an item; a SKU missing from `products` gets a row there. Columns that people write
    stay as they are. `settings` say which accounts count; without them, those of this process.

    Raises:
        ConfigurationError: the account was never synced.
        LockedError: one of its tables stayed locked; the message names the owner.
    """
    with noting_outcome(database, "inventory_items", account):
        patiently(lambda: _refresh(database, account, settings or load_settings()))


def _refresh(database: Database, account: str, settings: Settings) -> None:
    apply_configuration(database, settings)
    with database.connect(f"magflow inventory {account}") as session, session.transaction():
        if not derive_inventory(psycopg.ClientCursor(session), [account]):
            raise ConfigurationError(f"Account {account!r} has no offers yet: magflow sync {account}.")
