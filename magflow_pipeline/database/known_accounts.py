"""Where the rows of each account came from: sellers and demo never mix in one database."""

from collections.abc import Iterable

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import ConfigurationError

SOURCE = "SELECT marketplace, username FROM emag_accounts WHERE account_type = %s"


def refuse_other_sources(database: Database, accounts: Iterable[Account]) -> None:
    """Make sure that the rows in this database, if any, came from these marketplaces and users.

    Raises:
        ConfigurationError: they came from others.
    """
    with database.connect() as session:
        for account in accounts:
            _compare(account, session.execute(SOURCE, [account.name]).fetchone())


async def remember_source(session: psycopg.AsyncConnection, account: Account) -> None:
    """Note where the account's rows come from, the first time; afterwards refuse another source.

    Raises:
        ConfigurationError: the rows in this database came from another marketplace or user.
    """
    async with session.transaction():
        cursor = await session.execute(f"{SOURCE} FOR UPDATE", [account.name])
        _compare(account, await cursor.fetchone())
        await session.execute(
            "INSERT INTO emag_accounts AS known (account_type, kind, marketplace, username, warehouse)"
            " VALUES (%(name)s, %(kind)s, %(marketplace)s, %(username)s, %(warehouse)s)"
            " ON CONFLICT (account_type) DO UPDATE SET kind = excluded.kind, warehouse = excluded.warehouse"
            " WHERE (known.kind, known.warehouse) IS DISTINCT FROM (excluded.kind, excluded.warehouse)",
            {
                "name": account.name,
                "kind": account.kind,
                "marketplace": account.marketplace,
                "username": account.username,
                "warehouse": account.warehouse,
            },
        )


def _compare(account: Account, known: tuple[str, str] | None) -> None:
    if known not in (None, (account.marketplace, account.username)):
        raise ConfigurationError(
            f"The rows of account {account.name!r} in this database came from another marketplace or user than "
            f"{account.marketplace} as {account.username}. Set MAGFLOW_HOME to another folder or MAGFLOW_DATABASE_URL "
            "to another database; `magflow demo --reset` empties a demo home."
        )
