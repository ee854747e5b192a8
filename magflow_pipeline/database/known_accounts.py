"""Where the rows of each account came from: sellers and demo never mix in one database."""

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.settings import ConfigurationError


async def remember_account(session: psycopg.AsyncConnection, account: Account) -> None:
    """Note where the account's rows come from, the first time; afterwards refuse another source.

    Raises:
        ConfigurationError: the rows in this database came from another marketplace or user.
    """
    async with session.transaction():
        await session.execute(
            "INSERT INTO emag_accounts (account_type, kind, marketplace, username, warehouse)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (account_type) DO NOTHING",
            [account.name, account.kind, account.marketplace, account.username, account.warehouse],
        )
        cursor = await session.execute(
            "SELECT marketplace, username FROM emag_accounts WHERE account_type = %s FOR UPDATE", [account.name]
        )
        if await cursor.fetchone() != (account.marketplace, account.username):
            raise ConfigurationError(
                f"The rows of account {account.name!r} in this database came from another marketplace or user than "
                f"{account.marketplace}. Set MAGFLOW_HOME to another folder or MAGFLOW_DATABASE_URL to another "
                "database; in a demo home, `magflow demo --reset` empties it."
            )
        await session.execute(
            "UPDATE emag_accounts SET kind = %s, warehouse = %s WHERE account_type = %s"
            " AND (kind, warehouse) IS DISTINCT FROM (%s, %s)",
            [account.kind, account.warehouse, account.name, account.kind, account.warehouse],
        )
