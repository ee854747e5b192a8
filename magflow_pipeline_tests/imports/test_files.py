"""Files as people and their spreadsheets write them: encodings, separators, titles, headings, sheets."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from magflow_pipeline.imports.files import Table, read_table
from magflow_pipeline.imports.kinds import SALES, STOCK
from magflow_pipeline.imports.values import Formula
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.imports.conftest import workbook

NEEDED = ("sku", "day", "quantity")


def read(path: Path) -> Table:
    return read_table(path, SALES.columns, NEEDED)


def cells(table: Table) -> list[tuple[int, Any, Any, Any]]:
    return [(row.line, row.cells["sku"], row.cells["day"], row.cells["quantity"]) for row in table.rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_a_csv_of_any_office_is_read(tmp_path: Path, separator: str, encoding: str):
    """A Romanian Excel writes semicolons in cp1250, a shop's export commas in UTF-8, and both must do."""
    text = separator.join(("Cod produs", "Data", "Bucăți")) + "\r\n" + separator.join(("AUR516", "25.11.2026", "3"))
    file = tmp_path / "own shop.CSV"
    file.write_bytes(text.encode(encoding, errors="replace"))
    if encoding == "cp1250":  # it has no comma below: Windows writes the letter with a cedilla
        file.write_bytes(text.replace("ț", "ţ").encode("cp1250"))
    table = read(file)
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
    assert [row.cells["quantity"] for row in read(file).rows] == ["3,0", "1,0"]


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
        read_table(file, STOCK.columns, NEEDED)


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


def test_every_sheet_with_the_header_is_read_and_the_others_are_named(tmp_path: Path):
    sheets = {
        "Ianuarie": [["SKU", "Date", "Qty"], ["A", "1.1.2026", 1]],
        "Note": [["x"]],
        "Februarie": [["Qty", None, "Date", "SKU"], [2, None, "1.2.2026", "A"]],
    }
    table = read(workbook(tmp_path / "a.xlsx", sheets))
    assert [(row.where("quantity"), row.cells["quantity"]) for row in table.rows] == [
        ("Ianuarie!C2", 1),
        ("Februarie!A2", 2),
    ]
    assert (table.sheets, table.other_sheets) == (("Ianuarie", "Februarie"), ("Note",))


def test_a_hidden_sheet_is_named_and_not_read(tmp_path: Path):
    """Last year's prices stay in the workbook, hidden."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name in ("New", "Old"):
            book.add_worksheet(name).write_row(0, 0, ["sku", "day", "qty"])
        book.get_worksheet_by_name("Old").hide()
        book.get_worksheet_by_name("Old").write_row(1, 0, ["A", "1.1.2025", 1])
    table = read(tmp_path / "a.xlsx")
    assert (table.rows, table.other_sheets) == ([], ("Old (hidden)",))


def test_merged_titles_and_merged_cells(tmp_path: Path):
    """A title over all columns, a header of two rows, and a text that is merged over the rows it counts for."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("S")
        sheet.merge_range("A1:D1", "Vânzări 2026")
        sheet.merge_range("A2:A3", "SKU")
        sheet.merge_range("B2:B3", "Data")
        sheet.merge_range("C2:D2", "Cantitate")
        sheet.write_row("C3", ["buc", "total"])
        sheet.merge_range("A4:A5", "A")
        sheet.write_row("B4", ["1.1.2026", 1])
        sheet.write_row("B5", ["2.1.2026", 2])
        sheet.merge_range("C6:C7", 5)
        sheet.write_row("A6", ["B", "1.1.2026"])
        sheet.write_row("A7", ["B", "2.1.2026"])
    assert cells(read(tmp_path / "a.xlsx")) == [
        (4, "A", "1.1.2026", 1),
        (5, "A", "2.1.2026", 2),
        (6, "B", "1.1.2026", 5),
        (7, "B", "2.1.2026", ""),
    ]


def test_an_error_of_a_formula_is_not_an_empty_cell(tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("S & T")
        sheet.write_row(0, 0, ["sku", "day", "qty"])
        sheet.write_row(1, 0, ["A", "1.1.2026"])
        sheet.write_formula(1, 2, "=B9/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["A", "1.1.2026"])
        sheet.write_formula(2, 2, "=1+1", None, 2)
    assert [row.cells["quantity"] for row in read(tmp_path / "a.xlsx").rows] == [Formula("#DIV/0!"), Formula(2)]


def test_a_stray_cell_far_away_does_not_take_all_memory(tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["sku", "day", "qty"])
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(
        ConfigurationError, match="the sheet S spans 1048576 rows and 16384 columns: delete what is far"
    ):
        read(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("encoding", "heading", "word"),
    [
        ("gb18030", "货号,日期,数量", "科美星电子"),
        ("gb2312", "货号,日期,数量", "深圳市"),
        ("utf-8", "货号,日期,数量", "科美星"),
        ("cp1250", "sku,data,bucăţi", "două bucăţi, viaţă"),
        ("cp1250", "sku,data,buc", "Şurub lung îngust"),
        ("cp1250", "sku,data,buc", "ţăţă ăăăă"),
    ],
)
def test_romanian_and_chinese_of_windows_are_told_apart(tmp_path: Path, encoding: str, heading: str, word: str):
    file = tmp_path / "a.csv"
    file.write_bytes(f'{heading}\n"{word}",1.1.2026,1\n'.encode(encoding))
    assert cells(read(file)) == [(2, word, "1.1.2026", "1")]


def test_a_number_that_holds_the_separator_is_not_two_cells(tmp_path: Path):
    """12,50 between commas made a price of 12 from 50 pieces on."""
    file = tmp_path / "a.csv"
    file.write_text("sku,day,qty\nA,1.1.2026,12,50\nA,1.1.2026,3,\n")
    assert [row.problem for row in read(file).rows] == [
        "it has 4 cells and the header 3: a text or number that holds the separator must be in quotes",
        None,
    ]


def test_a_header_on_each_page_is_no_row(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("sku,day,qty,colour\nA,1.1.2026,1,red\nsku,day,qty,colour\nB,1.1.2026,1,red\n")
    table = read(file)
    assert ([line for line, *_ in cells(table)], table.unread) == ([2, 4], ("'colour' (D)",))


def test_commas_of_a_title_do_not_make_the_separator(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("sep=;\nVânzări, magazin, depozit, noiembrie, 2026, final\nsku;day;qty\nA;1.1.2026;1\n")
    assert cells(read(file)) == [(4, "A", "1.1.2026", "1")]
