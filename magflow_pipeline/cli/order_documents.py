"""What `magflow order` writes of its drafts: the buyer's workbook and the suppliers' files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from magflow_pipeline.reports.choices import DocumentLanguage, SupplierLanguage
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.screen import Screen
    from magflow_pipeline.settings import Settings


def check_output(output: Path | None) -> None:
    """Refuse a file that is no workbook by its name, before anything is done.

    Raises:
        ConfigurationError: its name does not end in .xlsx.
    """
    if output is not None and output.suffix.lower() != ".xlsx":
        raise ConfigurationError(f"{printable(str(output))} is to be a workbook: name it .xlsx.")


def write_workbook(
    console: "Screen",
    database: "Database",
    settings: "Settings",
    output: Path,
    language: DocumentLanguage,
    orders: Sequence[int],
) -> None:
    """Write the buyer's workbook of these orders, and say so.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    from magflow_pipeline.reports.order_workbook import write_buyers_workbook

    try:
        written = write_buyers_workbook(database, output, language, settings, orders=orders)
    except OSError as error:
        raise ConfigurationError(f"{printable(str(output))} cannot be written: {error.strerror or error}.") from None
    console.print(
        printable(
            f"{counted(written.drafts, 'draft')}, {counted(written.lines, 'line')} and {counted(written.items, 'item')}"
            f" in {output}. Change its yellow cells, then: magflow import purchase-orders {output}"
        )
    )


def write_files(
    console: "Screen",
    database: "Database",
    settings: "Settings",
    folder: Path,
    language: SupplierLanguage | None,
    orders: Sequence[int],
    *,
    with_pictures: bool,
) -> None:
    """Write a file for each supplier of these orders, and say so.

    Raises:
        ConfigurationError: the folder or a file cannot be written.
    """
    from magflow_pipeline.reports.supplier_file import lines_without_a_name, write_supplier_files

    try:
        files = write_supplier_files(database, folder, language, settings, orders=orders, with_pictures=with_pictures)
    except OSError as error:
        raise ConfigurationError(f"{printable(str(folder))} cannot be written to: {error.strerror or error}.") from None
    for file in files:
        pictures = f", {file.pictures} with their picture, {file.linked} with a link to it"
        console.print(printable(f"{file.path}: {counted(file.lines, 'line')}{pictures}"))
    for line in lines_without_a_name(database, orders):
        console.print(
            printable(
                f"{line['draft_number']}, {line['supplier_name']}: {line['sku']} has no name, variant or picture, so"
                " the supplier has to guess. Give it the article's name with: magflow import sheets FILE"
                " (columns SKU, supplier, article name)"
            ),
            style="yellow",
        )
    if settings.company is None:
        console.print("No file names you: MAGFLOW_COMPANY is the buyer's name on them.", style="yellow")
