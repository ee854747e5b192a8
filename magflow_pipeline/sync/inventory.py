"""Inventory of one account, derived from its offers (domain.md 7)."""

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import transform


def refresh_inventory(database: Database, account: Account) -> None:
    """Make and update the items of the account's warehouse, in one transaction.

    Every active product gets an item; a SKU that `products` does not know gets a row there. Columns that people
    write are left alone.
    """
    parameters = {"account_type": account.name, "kind": account.kind, "warehouse": account.warehouse}
    with database.connect(f"magflow inventory {account.name}") as session, session.transaction():
        psycopg.ClientCursor(session).execute(transform("inventory_items"), parameters)
