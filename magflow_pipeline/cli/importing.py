"""Verbs that bring files in: import sales, import stock, import suppliers and the others of `imports/kinds.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, make_group, open_seller_database, who
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.imports.loading import Imported
    from magflow_pipeline.reports.screen import Screen
    from magflow_pipeline.settings import Settings

# Until the plan has seen these files, it orders once more what they say is on its way.
CHANGE_ORDERS = frozenset({"purchase-orders", "receipts"})
MOST_TOLD = 20
"""So many SKUs or suppliers of a sort are named; cells that cannot be used are all named."""
PARTIAL = 3

import_app = make_group("Files of yours, CSV or XLSX: sales, counts, suppliers, price lists, costs, levels.")
app.add_typer(import_app, name="import")

File = Annotated[Path, typer.Argument(help="CSV or XLSX, with a header; docs/data.md has the headings.")]
OfAccount = Annotated[
    str | None, typer.Option("--account", help="Whose pieces they are, where the file names no account.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, and tell what would change.")]

WHOLE = (
    "What the file does not name stays, an empty cell leaves what is stored, and 'none' takes it away. "
    "Exit code 0: all is stored; 2: the file cannot be used, or a cell of it, and nothing is stored."
)
WHOLE_FILES: Mapping[str, str] = {
    "suppliers": "Enter suppliers: their name, and whether they are preferred, and active, if there are such columns.",
    "terms": "Store the terms of suppliers, for all of their articles or for a SKU, by way of shipping: lead time and "
    "its spread, MOQ, pack, minimum order value, freight.",
    "sheets": "Store price lists: SKU, supplier, price, and currency, minimum quantity, URL, date. A minimum quantity "
    "or another currency than CNY makes a price break.",
    "matches": "Store which supplier sells a SKU: SKU, supplier, and URL, confirmed.",
    "receipts": "Store what came from suppliers, from which lead times are learned: SKU, supplier, ordered on, "
    "received on, quantity.",
    "costs": "Store what a product's landed cost needs: SKU, and weight, volume, duty, carton.",
    "fees": "Store what eMAG keeps of a sale: commission and fulfilment fee, by account and category.",
    "purchase-orders": "Take back drafts of orders, edited and sent, as `magflow order` wrote them: draft number, SKU, "
    "quantity, expected on, note, snoozed until, refused because, order status, sent on.",
    "closures": "Store when suppliers neither work nor ship: from, to, and supplier (empty: all of them), name.",
}


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
    _import("sales", file, dry_run, account=account, channel=channel)


@import_app.command("stock")
def import_stock(file: File, account: OfAccount = None, dry_run: DryRun = False) -> None:
    """Store what was counted on the shelf: columns SKU, day, quantity, and account if there is.

    A count takes the place of an earlier one of the same SKU and day.
    Exit code 0: all rows; 3: all but those that are named; 2: the file cannot be used.
    """
    _import("stock", file, dry_run, account=account)


@import_app.command("policy", help=f"Store levels and other decisions of items, as `magflow policy` does.\n\n{WHOLE}")
def import_policy(
    file: File,
    account: Annotated[
        str | None, typer.Option(help="Of rows that name no account; by default every one that has the item.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Store levels and other decisions of items."""
    _import("policy", file, dry_run, account=account)


def _add_verb(name: str, about: str) -> None:
    def run(file: File, dry_run: DryRun = False) -> None:
        _import(name, file, dry_run)

    import_app.command(name, help=f"{about}\n\n{WHOLE}")(run)


for _name, _about in WHOLE_FILES.items():
    _add_verb(_name, _about)


def _import(name: str, file: Path, dry_run: bool, account: str | None = None, channel: str | None = None) -> None:
    from magflow_pipeline.imports.kinds import KINDS
    from magflow_pipeline.imports.loading import import_file

    settings = load_settings()
    database, kind = open_seller_database(settings), KINDS[name]
    done = import_file(database, kind, file, by=who(), account=account, channel=channel, dry_run=dry_run)
    console = make_console()
    if done.is_stored:
        _tell_counts(console, file, done, kind.stored_as)
    _tell_names(console, done, name)
    for each in done.unusable:
        left_out = " was left out" if done.is_stored else ""
        console.print(printable(f"{each.where}{left_out}: {each.reason}"), style="red")
    for sentence in done.told if done.is_stored else ():
        console.print(printable(sentence))
    for each in done.doubtful:
        console.print(printable(f"{each.where}: {each.reason}"), style="yellow")
    if not done.is_stored:
        raise ConfigurationError(
            f"Nothing of {file.name} was stored: what is named above cannot be used ({len(done.unusable)})."
        )
    if dry_run:
        console.print("Nothing was changed: --dry-run.")
    elif name in CHANGE_ORDERS and (done.created or done.changed):
        _plan_anew(console, database, settings)
    if done.unusable:
        raise typer.Exit(PARTIAL)


def _plan_anew(console: "Screen", database: "Database", settings: "Settings") -> None:
    from magflow_pipeline.database.blockers import LockedError
    from magflow_pipeline.purchasing.plan import bring_up_to_date

    try:
        bring_up_to_date(database, settings)
    except LockedError as error:
        told = printable(str(error))
        console.print(f"All of it is stored, and the report does not know it yet: {told}", style="yellow")


def _tell_counts(console: "Screen", file: Path, done: "Imported", stored_as: str) -> None:
    of_whom = ", ".join((*done.accounts, *done.channels))
    if not of_whom and done.suppliers:
        of_whom = counted(len(done.suppliers), "supplier")
    became = f"{done.created} new, {done.changed} changed, {done.unchanged} as they were"
    if done.created + done.changed + done.unchanged != done.rows_read and stored_as:
        became += f" ({stored_as})"
    span = f", {done.first_day} to {done.last_day}" if done.first_day else ""
    skus = counted(len(done.skus), "SKU") if done.skus else ""
    subject = " of ".join(each for each in (skus, of_whom) if each)
    about = ", ".join(each for each in (counted(done.rows_read, "row"), subject) if each)
    console.print(printable(f"{file.name}: {about}{span}: {became}."))


def _tell_names(console: "Screen", done: "Imported", name: str) -> None:
    """What was not read, and names that are probably misspelled."""
    from magflow_pipeline.imports.files import spoken

    table = done.table
    if len(table.sheets) > 1:
        console.print(printable(f"Sheets that were read: {', '.join(table.sheets)}"))
    if table.other_sheets:
        console.print(printable(f"Sheets that were not read: {', '.join(table.other_sheets)}"))
    if table.unread and name == "purchase-orders":  # a workbook of ours has many that nobody fills in
        console.print(f"Columns that were read: {', '.join(sorted(map(spoken, table.columns)))}; no other one is.")
    elif table.unread:
        console.print(printable(f"Columns that were not read: {', '.join(table.unread)}"))
    _tell_nearest(console, done.unknown, "No product has the SKU {}.", "What no product has counts nowhere.")
    _tell_nearest(console, done.unknown_categories, "No offer is in the category {}.", "Their fees count nowhere.")
    _tell_nearest(console, done.new_suppliers, "{} is a new supplier.", "")
    for supplier in done.inactive_suppliers[:MOST_TOLD]:
        console.print(printable(f"{supplier} is inactive (suppliers.is_active), so nothing of him counts."))


def _tell_nearest(console: "Screen", names: Mapping[str, str | None], sentence: str, end: str) -> None:
    # Those with a near one first: they are the likely mistakes.
    for name, nearest in sorted(names.items(), key=lambda each: (each[1] is None, each[0]))[:MOST_TOLD]:
        console.print(printable(f"{sentence.format(name)}{f' Did you mean {nearest}?' if nearest else ''}"))
    if len(names) > MOST_TOLD:
        console.print(f"... and {len(names) - MOST_TOLD} others. {end}".rstrip())
