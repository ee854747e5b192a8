"""The verb order: drafts of orders to suppliers, and the documents that they are sent and edited with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo
from magflow_pipeline.cli.order_documents import check_output, write_files, write_workbook
from magflow_pipeline.reports.choices import DocumentLanguage, SupplierLanguage
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magflow_pipeline.purchasing.drafts import Draft
    from magflow_pipeline.reports.screen import Screen

DRAFTS = (
    *("draft_number", "supplier_name", "shipping", "lines", "pieces", "value", "currency", "value_ron"),
    *("is_minimum_reached", "oldest_price_on", "order_by_date"),
)


@app.command()
def order(
    suppliers: Annotated[
        list[str] | None, typer.Argument(help="Whom to order from, however his name is spelled.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="From all suppliers of what is proposed.")] = False,
    shipping: Annotated[str | None, typer.Option(help="Only what comes by this way, such as sea or air.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Workbook of the drafts and of all items, to be edited and taken back: .xlsx.")
    ] = None,
    language: Annotated[
        DocumentLanguage | None, typer.Option(help="Language of the workbook; by default MAGFLOW_LANGUAGE.")
    ] = None,
    for_supplier: Annotated[
        Path | None, typer.Option(help="Folder for one file per supplier, in which nothing is your own.")
    ] = None,
    supplier_language: Annotated[
        SupplierLanguage | None,
        typer.Option(help="Language of the suppliers' files; by default Chinese for CNY, Romanian for RON."),
    ] = None,
    pictures: Annotated[
        bool, typer.Option(help="Fetch the pictures for the suppliers' files; else they are linked.")
    ] = True,
) -> None:
    """Turn what is proposed into numbered drafts of orders, one for each supplier, way of shipping and currency.

    Asked again, it is the same draft: lines that nobody edited follow the proposals, edited ones are kept. A draft is
    not on order before it is sent: `magflow import purchase-orders FILE` takes back what a person made of it.
    """
    from magflow_pipeline.purchasing.drafts import draft_orders, told
    from magflow_pipeline.purchasing.plan import bring_up_to_date

    if bool(suppliers) == everyone:
        raise ConfigurationError("Name the suppliers to order from, or say --all.")
    check_output(output)
    settings, console = load_settings(), make_console()
    database = open_seller_database(settings)
    drafted = draft_orders(database, settings, suppliers or None, shipping.strip().lower() if shipping else None)
    bring_up_to_date(database, settings)  # report and workbook say of an item that it is on a draft
    say_if_demo(console, settings)
    _show(console, drafted.drafts)
    for sentence in told(drafted):
        console.print(printable(sentence))
    orders = [draft.row["purchase_order_id"] for draft in drafted.drafts]
    if output is not None:
        write_workbook(console, database, settings, output, language, orders)
    if for_supplier is not None:
        write_files(console, database, settings, for_supplier, supplier_language, orders, with_pictures=pictures)


def _show(console: "Screen", drafts: "Sequence[Draft]") -> None:
    from magflow_pipeline.reports.printing import print_rows

    if not drafts:
        console.print("Nothing is proposed from them, and no draft is open.")
        return
    print_rows(console, [draft.row for draft in drafts], DRAFTS)
    added, changed = sum(draft.added for draft in drafts), sum(draft.changed for draft in drafts)
    lines = sum(draft.row["lines"] for draft in drafts)
    console.print(
        f"{counted(len(drafts), 'draft')}, {counted(lines, 'line')}: {added} new, {changed} changed,"
        f" {lines - added - changed} as they were."
    )
