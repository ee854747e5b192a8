"""Renames an account that has a new name in `EMAG_ACCOUNTS` and the same marketplace and user."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from magflow_pipeline.accounts import Account, configured_stock, default_warehouse
from magflow_pipeline.database.locks import LockTimeoutError, build_lock
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.settings import Settings, variable_prefix
from magflow_pipeline.sync.account_lock import try_account_lock
from magflow_pipeline.sync.sync_types import TYPES

# Rows of an account that is still configured are never renamed: two names in use are two accounts.
CANDIDATES = (
    "SELECT account_type, warehouse FROM emag_accounts AS account"
    " WHERE marketplace = %(marketplace)s AND username = %(username)s"
    " AND account_type <> ALL(%(configured)s) AND account_type <> %(name)s"
    " AND (EXISTS (SELECT FROM emag_products_v2 AS offer WHERE offer.account_type = account.account_type)"
    " OR EXISTS (SELECT FROM emag_orders AS sold WHERE sold.account_type = account.account_type))"
)
TABLES = (
    "SELECT relname FROM pg_attribute INNER JOIN pg_class ON attrelid = pg_class.oid"
    " WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    " AND attname = 'account_type' AND NOT attisdropped ORDER BY relname"
)
# Blocks builds of the report, the inventory and the account's demand.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


async def take_old_name(
    session: psycopg.AsyncConnection, settings: Settings, account: Account, tell: Callable[[str], None]
) -> None:
    """Rename the rows of the account's former name, in the caller's transaction; the new name has none yet.

    Raises:
        LockTimeoutError: a sync under the old name is running.
    """
    source = {"marketplace": account.marketplace, "username": account.username, "name": account.name}
    cursor = await session.execute(CANDIDATES, {**source, "configured": list(settings.accounts)})
    candidates: list[tuple[str, str]] = await cursor.fetchall()
    if not candidates:
        return
    if len(candidates) > 1:
        names = " and ".join(repr(name) for name, _ in candidates)
        tell(f"{account.name}: {names} were read with the same user, so none of them is taken for its former name")
        return
    [(old, warehouse)] = candidates
    if not all([await try_account_lock(session, each, old) for each in TYPES]):
        raise LockTimeoutError(
            f"Account {account.name!r} was called {old!r} before, and a sync of {old!r} is still running. "
            "Start again when it has ended; after a change of EMAG_ACCOUNTS start `magflow up` again too."
        )
    for lock in (build_lock("low_stock_report"), build_lock("inventory_items"), build_lock("demand", old)):
        await session.execute(LOCK, [lock])
    await _rename_rows(session, old, account.name)
    tell(f"{account.name}: this is account {old!r} under a new name (same marketplace and user): its rows are kept")
    await _rename_warehouse(session, settings, account, old, warehouse, tell)


async def _rename_rows(session: psycopg.AsyncConnection, old: str, new: str) -> None:
    # Left by an earlier sync that stored no offers.
    await session.execute("DELETE FROM emag_accounts WHERE account_type = %s", [new])
    await session.execute("DELETE FROM builds WHERE account_type = %s", [new])
    await session.execute("SET CONSTRAINTS ALL DEFERRED")
    tables = await (await session.execute(TABLES)).fetchall()
    for (table,) in tables:
        await session.execute(
            sql.SQL("UPDATE app.{} SET account_type = %(new)s WHERE account_type = %(old)s").format(
                sql.Identifier(table)
            ),
            {"old": old, "new": new},
        )
    await session.execute(
        "UPDATE emag_accounts SET renamed_from = %(old)s, renamed_at = clock_timestamp() WHERE account_type = %(new)s",
        {"old": old, "new": new},
    )


async def _rename_warehouse(
    session: psycopg.AsyncConnection,
    settings: Settings,
    account: Account,
    old: str,
    warehouse: str,
    tell: Callable[[str], None],
) -> None:
    """If both names have their default warehouse, rename it too, so that the levels that people set stay."""
    if warehouse == account.warehouse:
        return
    is_default = (warehouse, account.warehouse) == (default_warehouse(old), default_warehouse(account.name))
    is_shared = any(stock and stock.warehouse == warehouse for stock in configured_stock(settings).values())
    renamed: list[tuple[object, ...]] = []
    if is_default and not is_shared:
        renamed = await run_statement(session, "catalogue/warehouse_renamed", old=warehouse, new=account.warehouse)
    if not renamed:
        tell(
            f"{account.name}: its warehouse is {account.warehouse} now. Levels that people set stay in {warehouse}; "
            f"to go on with them, set {variable_prefix(account.name)}WAREHOUSE={warehouse}"
        )
