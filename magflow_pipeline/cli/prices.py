"""The verb prices: where each price stands among the others', and what could be done."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo
from magflow_pipeline.reports.choices import Language, PriceFormat
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.screen import Screen


@app.command()
def prices(
    skus: Annotated[list[str] | None, typer.Argument(help="SKUs of ours, case counts; all by default.")] = None,
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    crossed: Annotated[
        bool, typer.Option("--crossed", help="Only what was won or lost, or has more sellers, since yesterday.")
    ] = False,
    suggested: Annotated[
        bool, typer.Option("--suggested", help="Only offers for which another price is suggested.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, max=1_000_000_000, help="How many rows; by default all.")] = None,
    language: Annotated[
        Language, typer.Option(help="Language of the table, and of words and reasons in a file.")
    ] = Language.EN,
    file_format: Annotated[
        PriceFormat | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else a table."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write: .csv or .json.")] = None,
) -> None:
    """Show own prices against the best offers: who has the buy button, since when, and which price would win.

    The table shows what others have the buy button of, what crossed since yesterday, and what another price is
    suggested for; SKUs and files show all. A suggestion leaves MAGFLOW_LEAST_MARGIN: nothing is written to eMAG.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.reports.formats import rows_as_csv, rows_as_json
    from magflow_pipeline.reports.output import put_out
    from magflow_pipeline.reports.prices import price_rows, print_prices

    settings, console = load_settings(), make_console()
    file_format = _format(file_format, output)
    accounts = known_names(settings, tuple(account or ()))
    database = open_seller_database(settings, "read")
    is_table = file_format is PriceFormat.TABLE
    rows = price_rows(
        database,
        settings,
        accounts,
        skus or (),
        crossed=crossed,
        suggested=suggested,
        beaten=is_table and not skus,
        limit=limit,
    )
    if not is_table:
        if language is not Language.EN:
            rows = [{**row, "reason": row["reason_ro"]} for row in rows]
        put_out((rows_as_csv if file_format is PriceFormat.CSV else rows_as_json)(rows), output)
        if output is not None:
            console.print(f"{counted(len(rows), 'row')} in {output}")
        return
    say_if_demo(console, settings)
    if rows:
        print_prices(console, database, rows, language)
    is_lacking = skus and _tell_unknown(console, database, set(skus) - {row["sku"] for row in rows})
    if not rows and not is_lacking:
        console.print(_nothing(database, crossed, suggested))
    if skus and not rows:
        raise typer.Exit(2)


def _format(file_format: PriceFormat | None, output: Path | None) -> PriceFormat:
    if file_format is None:
        suffix = output.suffix.lower().removeprefix(".") if output else PriceFormat.TABLE.value
        if suffix not in (known := [each.value for each in PriceFormat]):
            raise ConfigurationError(f"{output} says no format: name it .csv or .json, or add --format.")
        file_format = PriceFormat(known[known.index(suffix)])
    if file_format is PriceFormat.TABLE and output is not None:
        raise ConfigurationError("A table is for the terminal; --output takes --format csv or json.")
    return file_format


def _tell_unknown(console: "Screen", database: "Database", skus: set[str]) -> bool:
    """Name those that no product has; returns whether there are any."""
    from magflow_pipeline.suppliers.matches import unknown_skus

    unknown = unknown_skus(database, sorted(skus))
    for sku, nearest in unknown.items():
        hint = f" Did you mean {nearest}?" if nearest else ""
        console.print(printable(f"No product has the SKU {sku}.{hint}"), style="red")
    return bool(unknown)


def _nothing(database: "Database", crossed: bool, suggested: bool) -> str:
    from magflow_pipeline.reports.tables import read_rows

    if not read_rows(database, "emag_products_v2", limit=1):
        return "No offer is stored yet: run `magflow sync` first, or `magflow demo` to look around."
    if suggested:
        return "Another price is suggested for none of these offers."
    return "Nothing crossed since yesterday." if crossed else "Nobody is known to be ahead of these offers."
