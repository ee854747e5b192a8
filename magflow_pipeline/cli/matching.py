"""Verbs about suppliers: verify, confirm, unconfirm, conflicts."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo, who
from magflow_pipeline.text import printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.screen import Screen
    from magflow_pipeline.suppliers.matches import Change

Sku = Annotated[str, typer.Argument(help="Our SKU, case counts.")]
Supplier = Annotated[str, typer.Argument(help="The supplier's name; case and spaces do not count.")]


@app.command()
def verify(
    skus: Annotated[list[str] | None, typer.Argument(help="SKUs to look at and repair.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All SKUs.")] = False,
) -> None:
    """Bring the verified marks of the price list in line with the confirmed matches, and show them."""
    from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

    from magflow_pipeline.purchasing.plan import build_plan
    from magflow_pipeline.reports.printing import print_counted, print_rows
    from magflow_pipeline.reports.tables import count_rows
    from magflow_pipeline.suppliers import matches

    if every == bool(skus):
        raise ConfigurationError("Name the SKUs to verify, or say --all.")
    database, console = open_seller_database(load_settings(), "read"), make_console()
    chosen = skus or None
    try:
        changes = matches.verify(database, chosen, changed_by=who())
    except (ReadOnlySqlTransaction, InsufficientPrivilege):
        changes = []
        nothing = "Nothing was changed: this database, or this user, is for reading only."
    else:
        nothing = "Nothing to change."
    if changes:
        build_plan(database)
    labels = matches.labels(database, chosen)
    say_if_demo(console, load_settings())
    if chosen is None:
        print_counted(console, [label.label for label in labels])
        if unused := count_rows(database, "unused_prices"):
            console.print(
                printable(f"Prices with a SKU that no product on sale has: {unused}. `magflow conflicts` names them.")
            )
    else:
        unknown = sorted(set(chosen) - {label.sku for label in labels})
        if unknown:
            console.print(printable(f"No supplier's price list has: {', '.join(unknown)}"))
        print_rows(console, [vars(label) for label in labels], ["sku", "supplier_name", "label", "confirmed_by"])
        for sku, nearest in matches.unknown_skus(database, chosen).items():
            console.print(printable(f"No product has the SKU {sku}.{f' Did you mean {nearest}?' if nearest else ''}"))
        for sku, supplier in matches.left_suppliers(database, chosen):
            console.print(printable(f"{sku}: the price of {supplier} does not count, the supplier is inactive."))
    _tell_changes(console, changes, nothing)


@app.command()
def confirm(sku: Sku, supplier: Supplier) -> None:
    """Confirm that a supplier sells a SKU: it is verified in the price list and in the report at once."""
    from magflow_pipeline.suppliers.matches import confirm

    _decide(confirm, sku, supplier, "The confirmation is noted.")


@app.command()
def unconfirm(sku: Sku, supplier: Supplier) -> None:
    """Take a confirmation back."""
    from magflow_pipeline.suppliers.matches import unconfirm

    _decide(unconfirm, sku, supplier, "The confirmation is taken back.")


@app.command()
def conflicts() -> None:
    """List suppliers, prices and matches that cannot both be right, and SKUs that no product has, with what to do."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows
    from magflow_pipeline.suppliers.conflicts import to_rename, to_settle, to_use, unused_rows

    database, console = open_seller_database(load_settings(), "read"), make_console()
    rows = read_rows(database, "supplier_conflicts", order_by=["conflict", "sku"])
    say_if_demo(console, load_settings())
    if rows:
        print_rows(console, rows, ["conflict", "sku", "supplier_name", "other_supplier_name", "detail"])
        _tell_commands(console, map(to_settle, rows))
    else:
        console.print("No supplier and no match is in conflict.")
    unused = read_rows(database, "unused_prices", order_by=["sku", "supplier_name"])
    if unused:
        console.print("No product that is sold has the SKU of these rows of the price list, so they count nowhere:")
        print_rows(console, unused, ["sku", "nearest_sku", "supplier_name", "price_cny"])
        own = read_rows(database, "product_supplier_sheets", only={"sku": [row["nearest_sku"] for row in unused]})
        listed = {(row["sku"], row["supplier_name"]) for row in own}
        _tell_commands(console, (to_use(row, listed) for row in unused))
    if others := unused_rows(database):
        console.print("No product has the SKU of these rows of other tables, so they count nowhere:")
        print_rows(console, others, ["sku", "nearest_sku", "table_name"])
        _tell_commands(console, map(to_rename, others))


def _tell_commands(console: "Screen", commands: Iterable[str]) -> None:
    """One line per row of the table above, in its order, whole, so that it can be copied."""
    console.print("What to do, row by row:")
    for command in commands:
        console.out(f"  {console.fit(command)}", highlight=False)


def _decide(decide: "Callable[[Database, str, str, str], list[Change]]", sku: str, supplier: str, noted: str) -> None:
    """Note a person's word on a match; the report follows."""
    from magflow_pipeline.purchasing.plan import build_plan

    database = open_seller_database(load_settings())
    changes = decide(database, sku, supplier, who())
    unchanged = (
        f"No mark in the price list changes by it: `magflow verify {sku}` shows the suppliers that have a price."
    )
    _tell_changes(make_console(), changes, f"{noted} {unchanged}")
    build_plan(database)


def _tell_changes(console: "Screen", changes: "Sequence[Change]", nothing: str) -> None:
    for change in changes:
        mark = "verified" if change.is_verified else "not verified any more"
        console.print(printable(f"{change.sku} {change.supplier_name}: {mark} ({change.reason})"))
    if not changes:
        console.print(nothing)
