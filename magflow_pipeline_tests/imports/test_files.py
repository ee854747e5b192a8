"""Files as people and their spreadsheets write them: encodings, separators, titles, headings, sheets."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from magflow_pipeline.imports.files import Table, read_table
from magflow_pipeline.imports.loading import SALES_HEADINGS, STOCK_HEADINGS
from magflow_pipeline.settings import ConfigurationError

NEEDED = ("sku", "day", "quantity")


def read(path: Path) -> Table:
    return read_table(path, SALES_HEADINGS, NEEDED)


def cells(table: Table) -> list[tuple[int, Any, Any, Any]]:
    return [(line, row["sku"], row["day"], row["quantity"]) for line, row in table.rows]


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_a_csv_of_any_office_is_read(tmp_path: Path, separator: str, encoding: str):
    """A Romanian Excel writes semicolons in cp1250, a shop's export commas in UTF-8, and both must do."""
    text = separator.join(("Cod produs", "Dată", "Bucăți")) + "\r\n" + separator.join(("AUR516", "25.11.2026", "3"))
    file = tmp_path / "own shop.CSV"
    file.write_bytes(text.encode(encoding, errors="replace"))
    if encoding == "cp1250":  # it has no comma below: Windows writes the letter with a cedilla
        file.write_bytes(text.replace("ț", "ţ").encode("cp1250"))
    table = read_table(file, {**SALES_HEADINGS, "day": ("dată",)}, NEEDED)
    assert cells(table) == [(2, "AUR516", "25.11.2026", "3")]
    assert table.file == "own shop.CSV"


@pytest.mark.parametrize("heading", ["SKU", "sku ", "Part_Number", "COD ARTICOL", "Cod"])
@pytest.mark.parametrize("quantity", ["Cantitate", "qty", "BUCĂŢI", "Vândut"])
def test_headings_are_known_by_their_letters(tmp_path: Path, heading: str, quantity: str):
    file = tmp_path / "a.csv"
    file.write_text(f"{heading},Zi,{quantity},else\nA,2026-11-25,1,x\n")
    assert cells(read(file)) == [(2, "A", "2026-11-25", "1")]


def test_a_title_may_stand_above_and_empty_lines_between(tmp_path: Path):
    """The line that is told is the line in the file, also below an empty one and after a text of two lines."""
    file = tmp_path / "a.csv"
    file.write_text('Vânzări magazin;;;\n\nsku;data;buc;notă\nA;1.11.2026;1;"două\nrânduri"\n;;;\nB;2.11.2026\n')
    assert cells(read(file)) == [(4, "A", "1.11.2026", "1"), (7, "B", "2.11.2026", None)]


def test_a_comma_in_numbers_is_not_the_separator(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("sku;day;qty;price\nA;2026-11-01;3,0;1,99\nB;2026-11-02;1,0;2,99\n")
    assert [row["quantity"] for _, row in read(file).rows] == ["3,0", "1,0"]


def test_a_workbook_keeps_days_and_numbers(tmp_path: Path):
    day = datetime.date(2026, 11, 25)
    sheets = {
        "Notes": [["nothing"]],
        "Sales": [["Sales of November"], ["SKU", "Date", "Qty"], ["A", day, 3]],
        "Old": [],
    }
    table = read(workbook(tmp_path / "a.xlsx", sheets))
    assert cells(table) == [(3, "A", day, 3.0)]
    assert table.other_sheets == ("Notes", "Old")


def test_two_columns_that_could_be_the_same_are_named(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("sku,cod,day,qty\n")
    with pytest.raises(ConfigurationError, match="Line 1: 'sku' and 'cod' both could be the sku: rename one of them"):
        read(file)


def test_a_file_without_a_header_says_what_is_expected(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("A,2026-11-25,3\n")
    with pytest.raises(
        ConfigurationError, match=r"no header with the columns sku and day and quantity.*Sku may be headed"
    ):
        read_table(file, STOCK_HEADINGS, NEEDED)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"x", "is read as .csv, .txt or .xlsx"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b" \r\n;;;\r\n", "is empty"),
        ("a.xlsx", b"no workbook", "is no workbook that can be read"),
        ("a.csv", b'sku,day,qty\n"' + b"x" * 200_000, "cannot be read at line 2"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, content: bytes, said: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path / name)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"gone\.csv cannot be read: No such file or directory"):
        read(tmp_path / "gone.csv")
