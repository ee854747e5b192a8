"""The verb order: drafts of orders to suppliers, and the documents that they are sent and edited with."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo
from magflow_pipeline.cli.order_documents import check_output, write_files, write_workbook
from magflow_pipeline.reports.choices import DocumentLanguage, Language, SupplierLanguage
from magflow_pipeline.text import counted, noted, printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.purchasing.drafts import Drafted
    from magflow_pipeline.reports.screen import Screen

DRAFTS = (
    *("draft_number", "supplier_name", "shipping", "lines", "pieces", "value", "currency", "value_ron"),
    *("is_minimum_reached", "oldest_price_on", "order_by_date"),
)
ORDER_TEXTS: dict[Language, dict[str, str]] = {
    Language.EN: {
        "nothing": "Nothing is proposed from them, and no draft is open.",
        "drafts": "{drafts}, {lines}: {added} new, {changed} changed, {same} as they were.",
        "kept": "{sku} on {draft}: a person edited it, so {quantity} are kept{elsewhere};"
        " {proposed} would be proposed now.",
        "elsewhere": ", though it is now proposed for another draft",
        "none": "none",
        "removed": "Taken out, because no longer proposed there: {lines}.",
        "without_supplier": "{items} that nobody is known to sell cannot be drafted.",
        "not_bought": "{items} of quantity 0: short, but not bought. The flags say why.",
    },
    Language.RO: {
        "nothing": "De la ei nu este nimic propus și nu este deschisă nicio ciornă.",
        "drafts": "Ciorne: {drafts}; linii: {lines}, din care {added} noi, {changed} schimbate, {same} ca înainte.",
        "kept": "{sku} pe {draft}: o persoană a modificat linia, așa că rămân {quantity}{elsewhere};"
        " acum s-ar propune {proposed}.",
        "elsewhere": ", deși acum este propus pe altă ciornă",
        "none": "nimic",
        "removed": "Linii scoase, fiindcă nu mai sunt propuse acolo: {lines}.",
        "without_supplier": "Articole pe care nu se știe cine le vinde, și care nu pot fi puse pe o ciornă: {items}.",
        "not_bought": "Articole cu cantitatea 0: {items}; lipsesc, dar nu se cumpără. Semnele spun de ce.",
    },
}


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
        DocumentLanguage | None,
        typer.Option(help="Language of the table and the workbook; by default MAGFLOW_LANGUAGE."),
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
    from magflow_pipeline.purchasing.drafts import draft_orders
    from magflow_pipeline.purchasing.plan import bring_up_to_date

    if bool(suppliers) == everyone:
        raise ConfigurationError("Name the suppliers to order from, or say --all.")
    check_output(output)
    settings, console = load_settings(), make_console()
    database = open_seller_database(settings)
    drafted = draft_orders(database, settings, suppliers or None, shipping.strip().lower() if shipping else None)
    bring_up_to_date(database, settings)  # report and workbook say of an item that it is on a draft
    say_if_demo(console, settings)
    language = language or DocumentLanguage(settings.language)
    _show(console, database, drafted, Language.RO if language is DocumentLanguage.RO else Language.EN)
    orders = [draft.row["purchase_order_id"] for draft in drafted.drafts]
    if output is not None:
        write_workbook(console, database, settings, output, language, orders)
    if for_supplier is not None:
        write_files(console, database, settings, for_supplier, supplier_language, orders, with_pictures=pictures)


def _show(console: "Screen", database: "Database", drafted: "Drafted", language: Language) -> None:
    from magflow_pipeline.reports.output import words_of_codes
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.selection import words_of_values
    from magflow_pipeline.reports.wording import headings

    if drafted.drafts:
        ways, answers = words_of_codes(database, language), words_of_values(database, language.value)[""]
        rows = [
            {
                **draft.row,
                "shipping": ways.get(draft.row["shipping"], draft.row["shipping"]),
                "is_minimum_reached": answers.get(str(draft.row["is_minimum_reached"]).lower()),
            }
            for draft in drafted.drafts
        ]
        print_rows(console, rows, DRAFTS, headings(database, language.value))
    for sentence in (_became(drafted, language), *told(drafted, language)):
        console.print(printable(sentence))


def _became(drafted: "Drafted", language: Language) -> str:
    """What became of the drafts that were asked for."""
    texts, drafts = ORDER_TEXTS[language], drafted.drafts
    if not drafts:
        return texts["nothing"]
    added, changed = sum(each.added for each in drafts), sum(each.changed for each in drafts)
    lines = sum(each.row["lines"] for each in drafts)
    return texts["drafts"].format(
        drafts=_count(len(drafts), "draft", language),
        lines=_count(lines, "line", language),
        added=added,
        changed=changed,
        same=lines - added - changed,
    )


def told(drafted: "Drafted", language: Language) -> Iterator[str]:
    """What a person should know beside the drafts, as sentences."""
    texts = ORDER_TEXTS[language]
    for line in drafted.kept:
        yield texts["kept"].format(
            sku=noted(line.sku, 60),
            draft=line.draft_number,
            quantity=line.quantity,
            elsewhere=texts["elsewhere"] if line.is_elsewhere else "",
            proposed=line.proposed or texts["none"],
        )
    if drafted.removed:
        yield texts["removed"].format(lines=_count(drafted.removed, "line", language))
    if drafted.without_supplier:
        yield texts["without_supplier"].format(items=_count(drafted.without_supplier, "item", language))
    if drafted.not_bought:
        yield texts["not_bought"].format(items=_count(drafted.not_bought, "item", language))


def _count(count: int, noun: str, language: Language) -> str:
    # The sentences of the other languages have the noun.
    return counted(count, noun) if language is Language.EN else str(count)
