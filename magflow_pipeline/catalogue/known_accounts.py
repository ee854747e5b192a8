"""The accounts in this database: the source of their rows, which are configured now, and their former names.

Sellers and demo never share a database. Only configured accounts take part in stock, report and decisions; the others
keep their history. The configuration is stored, because views and statements depend on it.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.accounts import SIMULATOR, Account, Stock, configured_stock
from magflow_pipeline.catalogue.renaming import take_old_name
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError, Settings

# Until rows exist, the source may change, so that a typing error in the first user name can be fixed.
SOURCE = (
    "SELECT marketplace, username FROM emag_accounts WHERE account_type = %(name)s"
    " AND (EXISTS (SELECT FROM emag_products_v2 WHERE account_type = %(name)s)"
    " OR EXISTS (SELECT FROM emag_orders WHERE account_type = %(name)s))"
)
# Syncs of different types may begin at once, and only one of them may take the rows of a former name.
ONE_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('magflow: source', 0))"
KNOWN = "SELECT account_type, is_configured, place, kind, warehouse, country FROM emag_accounts ORDER BY account_type"
CONFIGURED = "SELECT account_type, is_configured FROM emag_accounts ORDER BY place"
LEFT_OUT = (
    "SELECT account_type FROM emag_accounts AS account WHERE account_type <> ALL(%s)"
    " AND EXISTS (SELECT FROM emag_products_v2 AS offer WHERE offer.account_type = account.account_type)"
    " ORDER BY account_type"
)
# Renamed by this sync: after the one before it began.
FORMER_NAME = (
    "SELECT renamed_from FROM emag_accounts WHERE account_type = %(name)s AND renamed_at > coalesce((SELECT"
    " max(started_at) FROM emag_sync_logs WHERE account_type = %(name)s AND id < %(sync_log_id)s), '-infinity')"
)


def refuse_other_sources(database: Database, accounts: Collection[Account]) -> None:
    """Make sure that the rows of at least one account came from its marketplace and user.

    Raises:
        ConfigurationError: no account's rows did. Where only some did not, their own runs refuse.
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


async def remember_source(
    database: Database,
    settings: Settings,
    session: psycopg.AsyncConnection,
    account: Account,
    tell: Callable[[str], None],
) -> None:
    """Store the source of the account's rows (marketplace and user); once rows exist, refuse another one.

    A renamed account keeps its rows.

    Raises:
        ConfigurationError: the rows in this database came from another marketplace or user.
        LockTimeoutError: the account was renamed, and a sync under its old name is running.
    """
    async with session.transaction():
        await session.execute(ONE_SOURCE)
        cursor = await session.execute(SOURCE, {"name": account.name})
        known = await cursor.fetchone()
        _compare(account, known)
        if known is None:
            await take_old_name(session, settings, account, tell)
        await session.execute(
            "INSERT INTO emag_accounts AS known (account_type, kind, marketplace, username, warehouse, country, place)"
            " VALUES (%(name)s, %(kind)s, %(marketplace)s, %(username)s, %(warehouse)s, %(country)s, %(place)s)"
            " ON CONFLICT (account_type) DO UPDATE SET marketplace = excluded.marketplace,"
            " username = excluded.username"
            " WHERE (known.marketplace, known.username) IS DISTINCT FROM (excluded.marketplace, excluded.username)",
            {
                "name": account.name,
                "kind": account.kind,
                "marketplace": account.marketplace,
                "username": account.username,
                "warehouse": account.warehouse,
                "country": account.country,
                "place": settings.accounts.index(account.name) + 1,
            },
        )
    await asyncio.to_thread(apply_configuration, database, settings)


def apply_configuration(database: Database, settings: Settings) -> bool:
    """Store which accounts are configured, in which order, with which kind, warehouse and country.

    A change takes effect at once: if it affects stock, the inventory of all configured accounts is derived again in
    the same transaction, and the report is stale until it is built. Nothing is written when nothing changed.

    Returns:
        Whether something changed.
    """
    configured = configured_stock(settings)
    with database.connect("magflow configuration") as session:
        changed = _changed(session, configured)
        if not changed:
            return False
        with session.transaction(), psycopg.ClientCursor(session) as cursor:
            one_at_a_time(session, build_lock("inventory_items"))
            cursor.execute(
                statement("catalogue/configured_accounts"),
                {
                    "names": [*configured],
                    "kinds": [stock and stock.kind for stock in configured.values()],
                    "warehouses": [stock and stock.warehouse for stock in configured.values()],
                    "countries": [stock and stock.country for stock in configured.values()],
                },
            )
            if changed - {"place", "country"}:
                derive_inventory(cursor)
    return True


def derive_inventory(cursor: psycopg.ClientCursor, accounts: Collection[str] | None = None) -> int:
    """Derive the inventory of some configured accounts, or of all, in the caller's transaction; how many they are.

    Serialised by an advisory lock: accounts may share products and warehouses.
    """
    one_at_a_time(cursor.connection, build_lock("inventory_items"))
    known = cursor.execute("SELECT account_type, warehouse FROM configured_accounts").fetchall()
    chosen = [(name, warehouse) for name, warehouse in known if accounts is None or name in accounts]
    for name, warehouse in chosen:
        cursor.execute(statement("catalogue/inventory_items"), {"account_type": name, "warehouse": warehouse})
    cursor.execute(statement("catalogue/inventory_left_behind"))
    cursor.execute(statement("catalogue/statistics"))
    return len(chosen)


def configured_otherwise(database: Database, settings: Settings) -> list[str]:
    """The accounts configured in the database, if the settings of this process would change them; else empty."""
    with database.connect() as session:
        known = session.execute(CONFIGURED).fetchall()
    before = [name for name, is_configured in known if is_configured]
    now = [name for name in settings.accounts if name in {name for name, _ in known}]
    return before if before != now else []


def accounts_left_out(database: Database, settings: Settings) -> list[str]:
    """Accounts with stored offers that `EMAG_ACCOUNTS` does not name: only their history is kept."""
    with database.connect() as session:
        return [name for (name,) in session.execute(LEFT_OUT, [list(settings.accounts)])]


def former_name(database: Database, account: str, sync_log_id: int) -> str | None:
    """The account's former name, if that sync was the first one under the new name."""
    with database.connect() as session:
        row = session.execute(FORMER_NAME, {"name": account, "sync_log_id": sync_log_id}).fetchone()
    return row[0] if row else None


def _changed(session: psycopg.Connection, configured: Mapping[str, Stock | None]) -> set[str]:
    """The columns in which known accounts differ from the configuration."""
    places = {name: place for place, name in enumerate(configured, 1)}
    changed: set[str] = set()
    with session.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(KNOWN):
            place, stock = places.get(row["account_type"]), configured.get(row["account_type"])
            now = {"is_configured": place is not None, "place": place}
            if stock is not None:
                now |= {"kind": stock.kind, "warehouse": stock.warehouse, "country": stock.country}
            changed |= {column for column, value in now.items() if row[column] != value}
    return changed


def _compare(account: Account, known: tuple[str, str] | None) -> None:
    if known not in (None, (account.marketplace, account.username)):
        raise ConfigurationError(
            f"The rows of account {account.name!r} in this database came from another marketplace or user than "
            f"{account.marketplace} as {account.username}. Set MAGFLOW_HOME to another folder or MAGFLOW_DATABASE_URL "
            "to another database; `magflow demo --reset` empties a demo home."
        )


def real_accounts(socket_folder: Path) -> list[str]:
    """The accounts of an embedded server that were not read from the simulator. Migrates nothing."""
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
