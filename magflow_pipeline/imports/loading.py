"""Brings sales of other channels, and counts of stock, from a file into the tables.

A row of a file takes the place of the stored one of the same account, SKU and day (and channel); what the file does
not name stays. A row that cannot be used is told with its line, and the others are stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import copy_rows
from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.files import Table, read_table
from magflow_pipeline.imports.values import UnusableError, read_day, read_pieces, read_text
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.times import BUCHAREST

SKU = ("sku", "cod", "cod produs", "cod articol", "part number", "product code")
ACCOUNT = ("account", "account type", "cont")
SALES_HEADINGS = {
    "sku": SKU,
    "day": ("day", "date", "order date", "data", "zi", "ziua", "data comenzii", "data vânzării"),
    "quantity": ("quantity", "qty", "pieces", "units", "sold", "cantitate", "cant", "bucăți", "buc", "vândut"),
    "channel": ("channel", "shop", "source", "canal", "magazin", "sursă"),
    "account": ACCOUNT,
}
STOCK_HEADINGS = {
    "sku": SKU,
    "day": ("day", "date", "counted on", "data", "zi", "ziua", "data inventarului", "numărat la"),
    "quantity": (
        "quantity",
        "qty",
        "pieces",
        "stock",
        "counted",
        "cantitate",
        "cant",
        "bucăți",
        "buc",
        "stoc",
        "faptic",
    ),
    "account": ACCOUNT,
}

MARKETPLACE = "emag"
"""Not a channel: what eMAG sold is read from eMAG, and would count twice."""


@dataclass(frozen=True)
class Unusable:
    """A row that was not stored, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    """What a file brought: rows of the tables by what became of them, and the rows that cannot be used."""

    created: int
    changed: int
    unchanged: int
    rows_read: int
    first_day: date | None
    last_day: date | None
    skus: tuple[str, ...]
    accounts: tuple[str, ...]
    channels: tuple[str, ...]
    unusable: tuple[Unusable, ...]
    other_sheets: tuple[str, ...]

    @property
    def stored(self) -> int:
        """Rows of the table that are as the file says."""
        return self.created + self.changed + self.unchanged


def import_sales(
    database: Database,
    path: Path,
    *,
    channel: str | None,
    account: str | None,
    by: str,
    dry_run: bool = False,
) -> Imported:
    """Store pieces sold elsewhere, by account, channel, SKU and day; rows of the file with the same key are added up.

    Args:
        database: Where to.
        path: CSV or XLSX.
        channel: Of rows that name none.
        account: The account whose pieces were sold, of rows that name none; by default the first one of kind main.
        by: Who imports.
        dry_run: Change nothing, and tell what would change.

    Raises:
        ConfigurationError: the file cannot be read, no account is known, or none of the rows can be used.
    """
    table = read_table(path, SALES_HEADINGS, ("sku", "day", "quantity"))

    def read(cells: Any, accounts: _Accounts, today: date) -> tuple[Any, ...]:
        named = cells.get("channel")
        channel_name = read_text(named if named not in {None, ""} else channel, "channel (or name it: --channel)")
        if channel_name.casefold() == MARKETPLACE:
            raise UnusableError("what eMAG sold is read from eMAG itself, and would count twice")
        return (
            accounts.of(cells.get("account")),
            channel_name.casefold(),
            read_text(cells["sku"], "SKU"),
            read_day(cells["day"], today),
            read_pieces(cells["quantity"]),
        )

    def add(pieces: Sequence[int]) -> int:
        return read_pieces(sum(pieces))

    return _import(database, table, "sales", read, add, account, by, dry_run)


def import_stock(database: Database, path: Path, *, account: str | None, by: str, dry_run: bool = False) -> Imported:
    """Store counted stock, by account, SKU and day; two different counts of one SKU on one day are both refused.

    Arguments and errors are those of `import_sales`.
    """
    table = read_table(path, STOCK_HEADINGS, ("sku", "day", "quantity"))

    def read(cells: Any, accounts: _Accounts, today: date) -> tuple[Any, ...]:
        return (
            accounts.of(cells.get("account")),
            read_text(cells["sku"], "SKU"),
            read_day(cells["day"], today),
            read_pieces(cells["quantity"]),
        )

    def same(pieces: Sequence[int]) -> int:
        if len(set(pieces)) > 1:
            raise UnusableError(f"its SKU was counted on that day as {' and as '.join(map(str, pieces))}")
        return pieces[0]

    return _import(database, table, "stock", read, same, account, by, dry_run)


class _Accounts:
    """The configured accounts, and the one that a row means which names none."""

    def __init__(self, session: psycopg.Connection, chosen: str | None) -> None:
        rows = session.execute("SELECT account_type FROM configured_accounts ORDER BY ordering_rank").fetchall()
        self._names = [name for (name,) in rows]
        if not self._names:
            raise ConfigurationError("No account was read yet, so nobody owns what was sold: run `magflow sync` first.")
        self._usual = self._known(chosen) if chosen else self._names[0]
        if self._usual is None:
            raise ConfigurationError(f"There is no account {chosen}: there are {', '.join(self._names)}.")

    def of(self, cell: Any) -> str:
        if cell in {None, ""}:
            return str(self._usual)
        name = self._known(read_text(cell, "account"))
        if name is None:
            raise UnusableError(f"there is no account '{cell}': there are {', '.join(self._names)}")
        return name

    def _known(self, name: str) -> str | None:
        return name.lower() if name.lower() in self._names else None


def _import(
    database: Database,
    table: Table,
    kind: str,
    read: Callable[[Any, _Accounts, date], tuple[Any, ...]],
    join: Callable[[Sequence[int]], int],
    account: str | None,
    by: str,
    dry_run: bool,
) -> Imported:
    today = datetime.now(BUCHAREST).date()
    with database.connect("magflow import") as session, session.transaction() as whole:
        accounts = _Accounts(session, account)
        found, unusable = _usable(table, read, join, accounts, today)
        if not found:
            why = f": line {unusable[0].line}: {unusable[0].reason}" if unusable else ", it has none below its header"
            raise ConfigurationError(f"No row of {table.file} can be used{why}.")
        days = [key[-1] for key in found]
        columns = ("account_type", "channel", "sku", "day", "quantity")
        columns = columns if kind == "sales" else tuple(column for column in columns if column != "channel")
        session.execute(statement(f"imports/incoming_{kind}"))
        copy_rows(session, f"incoming_{kind}", columns, [(*key, pieces) for key, pieces in found.items()])
        [(number,)] = session.execute(
            statement("imports/opened"),
            {
                "kind": kind,
                "file_name": table.file,
                "file_hash": table.digest,
                "imported_by": by,
                "rows_read": len(table.rows),
                "rejected_rows": len(unusable),
                "first_day": min(days),
                "last_day": max(days),
            },
        ).fetchall()
        [(created, changed)] = session.execute(statement(f"imports/{kind}"), {"import_id": number}).fetchall()
        unchanged = len(found) - created - changed
        session.execute(
            statement("imports/closed"), {"id": number, "created": created, "changed": changed, "unchanged": unchanged}
        )
        if dry_run:
            raise psycopg.Rollback(whole)
    return Imported(
        created=created,
        changed=changed,
        unchanged=unchanged,
        rows_read=len(table.rows),
        first_day=min(days),
        last_day=max(days),
        skus=tuple(sorted({key[-2] for key in found})),
        accounts=tuple(sorted({key[0] for key in found})),
        channels=tuple(sorted({key[1] for key in found})) if kind == "sales" else (),
        unusable=tuple(unusable),
        other_sheets=table.other_sheets,
    )


def _usable(
    table: Table,
    read: Callable[[Any, _Accounts, date], tuple[Any, ...]],
    join: Callable[[Sequence[int]], int],
    accounts: _Accounts,
    today: date,
) -> tuple[dict[tuple[Any, ...], int], Sequence[Unusable]]:
    """Key (account, …, SKU, day) to pieces, and the rows that cannot be used."""
    told: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    unusable: list[Unusable] = []
    for line, cells in table.rows:
        try:
            *key, pieces = read(cells, accounts, today)
        except UnusableError as error:
            unusable.append(Unusable(line, str(error)))
        else:
            told.setdefault(tuple(key), []).append((line, pieces))
    found: dict[tuple[Any, ...], int] = {}
    for key, lines in told.items():
        try:
            found[key] = join([pieces for _, pieces in lines])
        except UnusableError as error:
            unusable += [Unusable(line, str(error)) for line, _ in lines]
    return found, sorted(unusable, key=lambda each: each.line)
