"""Verbs that bring files in: import sales, import stock."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, make_console, open_seller_database, who
from magflow_pipeline.reports.screen import Screen
from magflow_pipeline.settings import load_settings
from magflow_pipeline.text import counted, printable

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.imports.loading import Imported

MOST_TOLD = 20
"""So many rows that cannot be used, or unknown SKUs, are named."""

import_app = typer.Typer(help="Files of yours: what other channels sold, what was counted.", no_args_is_help=True)
app.add_typer(import_app, name="import")

File = Annotated[Path, typer.Argument(help="CSV or XLSX, with a header.")]
OfAccount = Annotated[
    str | None, typer.Option("--account", help="Whose pieces they are, where the file names no account.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, and tell what would change.")]


@import_app.command("sales")
def import_sales(
    file: File,
    channel: Annotated[
        str | None, typer.Option(help="Where they were sold, such as 'own shop', where the file names no channel.")
    ] = None,
    account: OfAccount = None,
    dry_run: DryRun = False,
) -> None:
    """Store what was sold elsewhere than on eMAG: columns SKU, day, quantity, and channel, account if there are.

    Pieces of one SKU, day and channel are added up, and take the place of what an earlier file said of them.
    Exit code 0: all rows; 3: all but those that are named; 2: the file cannot be used.
    """
    from magflow_pipeline.imports import loading

    database = open_seller_database(load_settings())
    imported = loading.import_sales(database, file, channel=channel, account=account, by=who(), dry_run=dry_run)
    _tell(make_console(), database, file, imported, dry_run)


@import_app.command("stock")
def import_stock(file: File, account: OfAccount = None, dry_run: DryRun = False) -> None:
    """Store what was counted on the shelf: columns SKU, day, quantity, and account if there is.

    A count takes the place of an earlier one of the same SKU and day.
    Exit code 0: all rows; 3: all but those that are named; 2: the file cannot be used.
    """
    from magflow_pipeline.imports import loading

    database = open_seller_database(load_settings())
    imported = loading.import_stock(database, file, account=account, by=who(), dry_run=dry_run)
    _tell(make_console(), database, file, imported, dry_run)


def _tell(console: Screen, database: "Database", file: Path, imported: "Imported", dry_run: bool) -> None:
    from magflow_pipeline.suppliers.matches import unknown_skus

    of_whom = ", ".join((*imported.accounts, *imported.channels))
    became = f"{imported.created} new, {imported.changed} changed, {imported.unchanged} as they were"
    span = f"{imported.first_day} to {imported.last_day}"
    rows = f"{counted(imported.rows_read, 'row')}, {counted(len(imported.skus), 'SKU')} of {of_whom}"
    console.print(printable(f"{file.name}: {rows}, {span}: {became}."))
    if imported.other_sheets:
        console.print(
            printable(f"Only the first sheet with a header was read, not: {', '.join(imported.other_sheets)}")
        )
    unknown = unknown_skus(database, imported.skus)
    for sku, nearest in list(unknown.items())[:MOST_TOLD]:
        console.print(printable(f"No product has the SKU {sku}.{f' Did you mean {nearest}?' if nearest else ''}"))
    if len(unknown) > MOST_TOLD:
        console.print(f"... nor {len(unknown) - MOST_TOLD} others. What no product has counts nowhere.")
    for each in imported.unusable[:MOST_TOLD]:
        console.print(printable(f"line {each.line} was left out: {each.reason}"), style="red")
    if len(imported.unusable) > MOST_TOLD:
        console.print(f"... and {len(imported.unusable) - MOST_TOLD} more lines.", style="red")
    if dry_run:
        console.print("Nothing was changed: --dry-run.")
    if imported.unusable:
        raise typer.Exit(3)
