"""Where the rows of each account came from: sellers and demo never mix in one database."""

from collections.abc import Collection
from pathlib import Path

import psycopg

from magflow_pipeline.accounts import SIMULATOR, Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import ConfigurationError

# An account without rows may still change its mind: its first user name may have been a typing error.
SOURCE = (
    "SELECT marketplace, username FROM emag_accounts WHERE account_type = %(name)s"
    " AND EXISTS (SELECT FROM emag_products_v2 WHERE account_type = %(name)s)"
)


def refuse_other_sources(database: Database, accounts: Collection[Account]) -> None:
    """Make sure that the rows of at least one account came from its marketplace and user.

    Raises:
        ConfigurationError: those of none did. Where those of some did not, their own runs refuse.
    """
    refused: list[ConfigurationError] = []
    with database.connect() as session:
        for account in accounts:
            try:
                _compare(account, session.execute(SOURCE, {"name": account.name}).fetchone())
            except ConfigurationError as error:
                refused.append(error)
    if len(refused) == len(accounts):
        raise ConfigurationError("\n".join(str(error) for error in refused))


async def remember_source(session: psycopg.AsyncConnection, account: Account) -> None:
    """Note where the account's rows come from; once there are rows, refuse another source.

    Raises:
        ConfigurationError: the rows in this database came from another marketplace or user.
    """
    async with session.transaction():
        cursor = await session.execute(SOURCE, {"name": account.name})
        _compare(account, await cursor.fetchone())
        await session.execute(
            "INSERT INTO emag_accounts AS known (account_type, kind, marketplace, username, warehouse)"
            " VALUES (%(name)s, %(kind)s, %(marketplace)s, %(username)s, %(warehouse)s)"
            " ON CONFLICT (account_type) DO UPDATE SET kind = excluded.kind, marketplace = excluded.marketplace,"
            " username = excluded.username, warehouse = excluded.warehouse"
            " WHERE (known.kind, known.marketplace, known.username, known.warehouse)"
            " IS DISTINCT FROM (excluded.kind, excluded.marketplace, excluded.username, excluded.warehouse)",
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


def real_accounts(socket_folder: Path) -> list[str]:
    """The accounts of an embedded server that were read from anything but the simulator; nothing is migrated."""
    try:
        with psycopg.connect(
            host=str(socket_folder), hostaddr="", port=5432, user="postgres", dbname="magflow"
        ) as session:
            rows = session.execute(
                "SELECT account_type FROM app.emag_accounts WHERE marketplace <> %s ORDER BY account_type", [SIMULATOR]
            ).fetchall()
    except psycopg.errors.UndefinedTable:
        return []
    except psycopg.OperationalError as error:
        if 'database "magflow" does not exist' in str(error):
            return []
        raise
    return [name for (name,) in rows]
