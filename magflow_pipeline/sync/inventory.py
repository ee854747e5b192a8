"""Inventory of one account, derived from its offers (domain.md 7)."""

import psycopg

from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import transform
from magflow_pipeline.settings import ConfigurationError


def refresh_inventory(database: Database, account: str) -> None:
    """Make and update the items of the account's warehouse, in one transaction.

    Every active product gets an item; a SKU that `products` does not know gets a row there. Columns that people
    write are left alone.

    Raises:
        ConfigurationError: the account was never synced.
        LockedError: somebody holds one of its tables; the message says who.
    """
    patiently(lambda: _refresh(database, account))


def _refresh(database: Database, account: str) -> None:
    with database.connect(f"magflow inventory {account}") as session, session.transaction():
        known = session.execute("SELECT kind, warehouse FROM emag_accounts WHERE account_type = %s", [account])
        row = known.fetchone()
        if row is None:
            raise ConfigurationError(f"Account {account!r} has no offers yet: magflow sync {account}.")
        parameters = {"account_type": account, "kind": row[0], "warehouse": row[1]}
        psycopg.ClientCursor(session).execute(transform("inventory_items"), parameters)
