"""The report as a file: what Excel and other programs make of it."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from magflow_pipeline.reports.choices import Excel
from magflow_pipeline.reports.formats import to_csv, to_json, to_xlsx
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert

WINTER = datetime(2026, 1, 31, 22, 30, 15, 123456, tzinfo=UTC)
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def row(**columns: Any) -> dict[str, Any]:
    return {
        "account_type": "main",
        "sku": "0012",
        "name": "Șurub țiglă ăîâ",
        "status": "critical",
        "available_quantity": -3,
        "price": Decimal("84.0336"),
        "supplier_name": "科美星 KMX-7",
        "supplier_price_cny": Decimal("0.1000"),
        "is_verified": True,
        "scan_total": None,
        "scanned_at": WINTER,
        **columns,
    }


def read_sheet(content: bytes, number: int) -> list[list[tuple[str | None, str]]]:
    """The cells of a sheet as (type, text); type `s` is text, none is a number, and a formula fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        texts = [
            "".join(part.itertext())
            for part in ElementTree.fromstring(file.read("xl/sharedStrings.xml")).iter(f"{SPREADSHEET}si")
        ]
        sheet = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(sheet.iter(f"{SPREADSHEET}f"))
    found = []
    for line in sheet.iter(f"{SPREADSHEET}row"):
        cells = []
        for cell in line.iter(f"{SPREADSHEET}c"):
            value = cell.findtext(f"{SPREADSHEET}v", "")
            kind = cell.get("t")
            cells.append((kind, texts[int(value)] if kind == "s" else value))
        found.append(cells)
    return found


def sheet_names(content: bytes) -> list[str | None]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        workbook = ElementTree.fromstring(file.read("xl/workbook.xml"))
    return [sheet.get("name") for sheet in workbook.iter(f"{SPREADSHEET}sheet")]


def test_csv_is_read_by_excel_with_its_diacritics():
    content = to_csv([row(), row(name='1" șurub, "zincat"\nlung')])
    assert content.startswith(b"\xef\xbb\xbf")
    assert not content[3:].startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert (first["name"], first["supplier_name"], first["sku"]) == ("Șurub țiglă ăîâ", "科美星 KMX-7", "0012")
    assert second["name"] == '1" șurub, "zincat"\nlung'
    assert (first["price"], first["supplier_price_cny"], first["available_quantity"]) == ("84.0336", "0.1000", "-3")
    assert (first["scan_total"], first["is_verified"]) == ("", "True")


def test_a_csv_for_programs_has_times_with_their_offset():
    """Times of Bucharest without a word were taken for UTC."""
    [read] = csv.DictReader(io.StringIO(to_csv([row()]).decode("utf-8-sig")))
    assert datetime.fromisoformat(read["scanned_at"]) == WINTER
    assert read["scanned_at"].endswith("+00:00")


def test_a_csv_for_a_romanian_excel_is_read_right():
    """A comma file opened in one column; 84.0336 became text or 840336."""
    summer = WINTER.replace(month=7)
    content = to_csv([row(scanned_at=summer), row(price=Decimal("-0.50"))], excel=Excel.RO)
    assert content.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert (first["price"], second["price"], first["supplier_price_cny"]) == ("84,0336", "-0,50", "0,1000")
    assert (first["available_quantity"], first["sku"], first["name"]) == ("-3", "0012", "Șurub țiglă ăîâ")
    assert (first["scanned_at (Europe/Bucharest)"], second["scanned_at (Europe/Bucharest)"]) == (
        "01.08.2026 01:30:15",
        "01.02.2026 00:30:15",
    )
    assert (first["is_verified"], first["scan_total"]) == ("da", "")


FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\tA",
    "\r=1",
    "  =1",
    "＝1+1",
    "\u200b=1",
    '=HYPERLINK("https://evil")',
)


@pytest.mark.parametrize("excel", [None, Excel.RO])
@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula_in_a_csv_and_numbers_stay_numbers(text, excel):
    """A supplier's name ran as a formula on the buyer's machine."""
    content = to_csv([row(name=text, supplier_name=text, sku="-3")], excel=excel).decode("utf-8-sig")
    [read] = csv.DictReader(io.StringIO(content, newline=""), delimiter=";" if excel else ",")
    assert read["name"] == read["supplier_name"] == f"'{text}"
    assert read["available_quantity"] == read["sku"] == "-3"


def test_a_comma_file_split_by_an_excel_of_semicolons_has_no_formula():
    [read] = csv.DictReader(io.StringIO(to_csv([row(name="Cablu;=1+1")]).decode("utf-8-sig")))
    assert read["name"] == "Cablu;'=1+1"


def test_json_is_exact_and_holds_nothing_that_a_terminal_obeys():
    name = "=1+1 \x1b[2J \x9b2J"
    content = to_json([row(name=name)])
    assert json.loads(content)[0]["name"] == name
    assert "\x1b" not in content.decode() and "\x9b" not in content.decode()


def test_json_holds_money_exactly_and_times_in_utc():
    """0.1 became 0.1000000000000000055 on its way."""
    [read] = json.loads(to_json([row(price=Decimal("12345678901.1234"))]))
    assert (read["price"], read["supplier_price_cny"]) == ("12345678901.1234", "0.1000")
    assert Decimal(read["price"]) == Decimal("12345678901.1234")
    assert read["scanned_at"] == "2026-01-31T22:30:15.123456+00:00"
    assert (read["available_quantity"], read["is_verified"], read["scan_total"]) == (-3, True, None)
    assert (read["name"], read["supplier_name"]) == ("Șurub țiglă ăîâ", "科美星 KMX-7")
    assert "科美星" in to_json([row()]).decode()


def test_a_workbook_has_what_runs_out_and_everything():
    rows = [row(sku=status, status=status) for status in ("out_of_stock", "low_stock", "in_stock", "overstock")]
    content = to_xlsx(rows)
    assert sheet_names(content) == ["Low stock", "All items"]
    header = [("s", f"{name} (Europe/Bucharest)" if name == "scanned_at" else name) for name in row()]
    low, everything = read_sheet(content, 1), read_sheet(content, 2)
    assert low[0] == everything[0] == header
    assert [cells[1] for cells in low[1:]] == [("s", "out_of_stock"), ("s", "low_stock")]
    assert len(everything) == 5


def test_a_workbook_of_a_full_shop_has_an_empty_list():
    content = to_xlsx([row(status="in_stock")])
    assert [len(read_sheet(content, number)) for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("https://evil")', "https://1688.com/x", "{=1}", "internal:A1"],
)
def test_text_is_never_a_formula_in_a_workbook(text):
    """A supplier's name ran as a formula on the buyer's machine."""
    content = to_xlsx([row(name=text, supplier_name=text)])
    for number in (1, 2):
        cells = read_sheet(content, number)[1]
        assert cells[2] == ("s", text) and cells[6] == ("s", text)


def test_a_workbook_keeps_leading_zeros_and_adds_up_numbers():
    _, cells = read_sheet(to_xlsx([row()]), 2)
    assert cells[1] == ("s", "0012")
    assert cells[4] == (None, "-3")
    assert cells[5] == (None, "84.0336")


def test_json_of_nothing_is_an_empty_list():
    assert json.loads(to_json([])) == []


@both_servers
def test_rows_of_the_database_are_written_in_every_format(database, session):
    numbers = ("product_id", "emag_id", "quantity", "reserved_quantity", "available_quantity", "on_order_quantity")
    levels = ("minimum_stock", "reorder_point", "maximum_stock", "reorder_quantity")
    values = dict.fromkeys((*numbers, *levels), 2**40) | {
        "account_type": "main",
        "sku": "A",
        "warehouse": "EMAG-MAIN",
        "status": "critical",
        "reason": "=1+1",
        "reason_ro": "=1+1",
        "has_manual_levels": False,
        "is_verified": False,
        "supplier_count": 0,
        "price": Decimal("84.0336"),
    }
    insert(session, "low_stock_report", **values)
    rows = read_rows(database, "low_stock_report")
    [written] = csv.DictReader(io.StringIO(to_csv(rows).decode("utf-8-sig")))
    assert (written["emag_id"], written["price"], written["scan_total"]) == (str(2**40), "84.0336", "")
    [read] = json.loads(to_json(rows))
    assert (read["emag_id"], read["price"], read["scan_total"]) == (2**40, "84.0336", None)
    header, cells = read_sheet(to_xlsx(rows), 1)
    assert [name.removesuffix(" (Europe/Bucharest)") for _, name in header] == list(rows[0])
    assert ("s", "=1+1") in cells


def test_a_report_without_rows_is_written_too():
    """`--status overstock --format xlsx` of a shop without overstock."""
    assert sheet_names(to_xlsx([], ["sku", "name"])) == ["Low stock", "All items"]
    assert to_csv([], ["sku", "name"]) == b"\xef\xbb\xbfsku,name\r\n"


def test_a_workbook_takes_what_excel_does_not():
    """NaN ended the file, a text of 40,000 characters left its cell empty, a long number was rounded."""
    odd = row(name="x" * 40_000, price=Decimal("NaN"), scan_total=1234567890123456789, supplier_name="a\x01b\ufffe")
    cells = read_sheet(to_xlsx([odd]), 1)[1]
    assert cells[2][0] == "s" and cells[2][1].startswith("xxx") and "40000 characters" in cells[2][1]
    assert cells[5] == ("s", "NaN")
    assert ("s", "1234567890123456789") in cells
