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


def test_csv_tells_the_time_of_bucharest():
    [summer, winter] = csv.DictReader(
        io.StringIO(to_csv([row(scanned_at=WINTER.replace(month=7)), row()]).decode("utf-8-sig"))
    )
    assert summer["scanned_at"] == "2026-08-01 01:30:15"
    assert winter["scanned_at"] == "2026-02-01 00:30:15"


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
    header = [("s", name) for name in row()]
    low, everything = read_sheet(content, 1), read_sheet(content, 2)
    assert low[0] == everything[0] == header
    assert [cells[1] for cells in low[1:]] == [("s", "out_of_stock"), ("s", "low_stock")]
    assert len(everything) == 5


def test_a_workbook_of_a_full_shop_has_an_empty_list():
    content = to_xlsx([row(status="in_stock")])
    assert [len(read_sheet(content, number)) for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("https://evil")', "https://1688.com/x", "{=1}"]
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
    assert [name for _, name in header] == list(rows[0])
    assert ("s", "=1+1") in cells


def test_a_report_without_rows_is_written_too():
    """`--status overstock --format xlsx` of a shop without overstock."""
    assert sheet_names(to_xlsx([])) == ["Low stock", "All items"]
    assert to_csv([]).startswith(b"\xef\xbb\xbf")
