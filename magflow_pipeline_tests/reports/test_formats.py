"""The report as a file: what Excel and other programs make of it."""

import csv
import html
import io
import json
import random
import re
import tempfile
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.reports import formats
from magflow_pipeline.reports.choices import Excel, Format, Language, View
from magflow_pipeline.reports.formats import reading, rows_as_csv, rows_as_json, write
from magflow_pipeline.reports.output import show_view
from magflow_pipeline.reports.selection import Filters, select
from magflow_pipeline.reports.sheets import writing_workbook
from magflow_pipeline.reports.wording import rate
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import in_reading_order, in_spreadsheet, visible
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert

WINTER = datetime(2026, 1, 31, 22, 30, 15, 123456, tzinfo=UTC)
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tA", "\r=1", "  =1", "＝1+1", "\u200b=1", '=HYPERLINK("https://evil")'),
    *("Cablu;=1+1", "{=1}", "internal:A1", "https://1688.com/x", "-3", "a,b", 'Țeavă 1" "zincată"\nlungă', "[x](y)"),
    *("<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>", "&lt;b&gt;", "科美星 KMX-7", "🔧👩‍🔧"),
    *("\x1b[2J\x1b]0;owned\x07", "\x9b2J", "\u202egnp.exe", "x" * 3000, "'=1", "\\N", "NULL", "%s %(a)s", ""),
    *("\u202e=1+1", "\x9f=1", "שלום \u200f(5)\u2066a"),
)


def store(session: Any, *rows: dict[str, Any]) -> None:
    """Rows of the report with these columns, and others that are usual."""
    for number, columns in enumerate(rows, 1):
        insert(
            session,
            "low_stock_report",
            **dict.fromkeys(("reserved_quantity", "on_order_quantity", "minimum_stock", "reorder_point"), 0),
            **{
                "account_type": "main",
                "sku": f"S{number:04}",
                "emag_id": number,
                "product_id": number,
                "warehouse": "EMAG-MAIN",
                "status": "critical",
                "reason": "3 left.",
                "reason_ro": "Au rămas 3.",
                "quantity": 3,
                "available_quantity": -3,
                "maximum_stock": 9,
                "has_manual_levels": False,
                "is_verified": True,
                "supplier_count": 1,
                "price": Decimal("84.0336"),
                "scanned_at": WINTER,
                **columns,
            },
        )


def written(
    database: Database,
    file_format: Format,
    language: str | None = None,
    view: View = View.LOW_STOCK_REPORT,
    excel: Excel | None = None,
    **filters: Any,
) -> bytes:
    file = io.BytesIO()
    selection = select(database, view, Filters(**filters), language)
    with reading(database) as session:
        write(session, selection, file_format, file, excel)
    return file.getvalue()


def lines(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf") and not content[3:].startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def skus(database: Database, view: View = View.LOW_STOCK_REPORT, **filters: Any) -> set[str]:
    return {row["sku"] for row in json.loads(written(database, Format.JSON, view=view, **filters))}


def read_sheet(content: bytes, number: int) -> list[list[tuple[str | None, str]]]:
    """The cells of a sheet as (type, text); `inlineStr` is text, none is a number, and a formula or a link fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        sheet = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(sheet.iter(f"{SPREADSHEET}f")) and not list(sheet.iter(f"{SPREADSHEET}hyperlink"))
    return [
        [
            (cell.get("t"), "".join(cell.itertext()) if cell.get("t") == "inlineStr" else _value(cell))
            for cell in line.iter(f"{SPREADSHEET}c")
        ]
        for line in sheet.iter(f"{SPREADSHEET}row")
    ]


def _value(cell: ElementTree.Element) -> str:
    return cell.findtext(f"{SPREADSHEET}v", "")


def sheet_names(content: bytes) -> list[str | None]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        workbook = ElementTree.fromstring(file.read("xl/workbook.xml"))
    return [sheet.get("name") for sheet in workbook.iter(f"{SPREADSHEET}sheet")]


def column(content: bytes, number: int, heading: str) -> list[str]:
    """The cells below a heading of a sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheet = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml"))
    cells = {cell.attrib["r"]: "".join(cell.itertext()) for cell in sheet.iter(f"{SPREADSHEET}c")}
    [letters] = [place[:-1] for place, text in cells.items() if text == heading and re.fullmatch("[A-Z]+1", place)]
    return [text for place, text in cells.items() if re.fullmatch(rf"{letters}[0-9]+", place)][1:]


def test_csv_and_json_are_read_by_programs_exactly(database, session):
    """0.1 became 0.1000000000000000055 on its way, and times without a word were taken for UTC."""
    name = 'Șurub țiglă ăîâ 1", "zincat"\nlung'
    store(session, {"sku": "0012", "name": name, "supplier_price_cny": Decimal("0.1000"), "category_id": 2**40})
    [line], [read] = lines(written(database, Format.CSV)), json.loads(written(database, Format.JSON))
    assert (line["name"], line["sku"], line["price"], line["supplier_price_cny"]) == (name, "0012", "84.0336", "0.1000")
    assert (line["available_quantity"], line["scan_total"], line["is_verified"]) == ("-3", "", "True")
    assert (read["price"], read["supplier_price_cny"], read["category_id"]) == ("84.0336", "0.1000", 2**40)
    assert (read["available_quantity"], read["is_verified"], read["scan_total"]) == (-3, True, None)
    assert (read["name"], read["sku"], read["status"]) == (name, "0012", "critical")
    assert line["scanned_at"] == read["scanned_at"] == "2026-01-31T22:30:15.123456+00:00"
    assert datetime.fromisoformat(read["scanned_at"]) == WINTER
    assert list(line) == list(read), "the names of the columns, in their order"


def test_a_csv_for_a_romanian_excel_is_read_right(database, session):
    """A comma file opened in one column; 84.0336 became text or 840336."""
    store(session, {"scanned_at": WINTER.replace(month=7), "stock_out_date": "2026-12-05"}, {"price": Decimal("-0.50")})
    first, second = lines(written(database, Format.CSV, excel=Excel.RO), ";")
    assert (first["price"], second["price"]) == ("84,0336", "-0,5000")
    assert (first["available_quantity"], first["stock_out_date"], first["is_verified"]) == ("-3", "05.12.2026", "da")
    times = [line["scanned_at (Europe/Bucharest)"] for line in (first, second)]
    assert times == ["01.08.2026 01:30:15", "01.02.2026 00:30:15"]


def test_a_hostile_name_is_harmless_in_every_format(database, session):
    """A supplier's name ran as a formula on the buyer's machine, another one as a script in his browser."""
    store(session, *({"name": each, "supplier_name": each} for each in HOSTILE))
    for excel in (None, Excel.RO):
        content = written(database, Format.CSV, excel=excel)
        controls = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
        assert not re.search(controls, content.decode()), "a terminal would obey them, or they turn a text around"
        found = lines(content, ";" if excel else ",")
        assert [line["name"] for line in found] == [re.sub(controls, "", in_spreadsheet(each)) for each in HOSTILE]
        assert [line["supplier_name"] for line in found] == [line["name"] for line in found]
    content = written(database, Format.JSON)
    assert [row["name"] for row in json.loads(content)] == list(HOSTILE)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", content.decode())
    workbook = written(database, Format.XLSX)
    for number in (1, 2):
        texts = {text for row in read_sheet(workbook, number) for kind, text in row if kind == "inlineStr"}
        shown = {in_reading_order(each) for each in HOSTILE if each and not re.search("[\x00-\x1f]", each)}
        assert shown <= texts and "gnp.exe" in shown
    page = written(database, Format.HTML).decode()
    assert "<script" not in page and "<img" not in page and "\x1b" not in page and "\u202e" not in page
    cells = [html.unescape(each) for each in re.findall(r"<td>([^<]*)</td>", page)]
    assert {visible(each) for each in HOSTILE} <= set(cells)


def test_sql_escapes_cells_as_python_does(session):
    """`app.in_spreadsheet` writes the files, `text.in_spreadsheet` what Python makes: one must not know less."""
    random.seed(14)
    letters = "=+-@＝﹢ \t\r\n;,'\"a3.\u200b\u2060\u00a0\u3000\x1c\x85\ufeffș\x7f\x9f\u061c\u200e\u202e\u2066"
    texts = [*HOSTILE, *("".join(random.choices(letters, k=random.randint(1, 6))) for _ in range(3000))]
    found = session.execute(
        "SELECT app.in_spreadsheet(text) FROM unnest(%s::text[]) WITH ORDINALITY AS a (text, n) ORDER BY n", [texts]
    ).fetchall()
    assert [(text, cell) for text, (cell,) in zip(texts, found, strict=True) if cell != in_spreadsheet(text)] == []


def test_rows_that_python_made_are_written_alike():
    rows = [{"name": "=1 \x9b2J", "price": Decimal("0.10"), "at": WINTER, "none": None}]
    [line], [read] = lines(rows_as_csv(rows)), json.loads(rows_as_json(rows))
    assert line == {"name": "'=1 2J", "price": "0.10", "at": WINTER.isoformat(), "none": ""}
    assert read == {"name": "=1 \x9b2J", "price": "0.10", "at": WINTER.isoformat(), "none": None}
    assert "\x9b" not in rows_as_json(rows).decode()
    assert json.loads(rows_as_json([])) == []


def test_a_workbook_has_what_runs_out_and_everything(database, session):
    store(session, *({"sku": each, "status": each} for each in ("out_of_stock", "low_stock", "in_stock", "overstock")))
    content = written(database, Format.XLSX)
    assert sheet_names(content) == ["Low stock", "All items"]
    assert column(content, 1, "sku") == ["out_of_stock", "low_stock"]
    assert len(column(content, 2, "sku")) == 4
    insert(session, "emag_accounts", account_type="main", marketplace="simulator", username="main", warehouse="W")
    assert sheet_names(written(database, Format.XLSX, "ro")) == ["DEMO Stoc scăzut", "DEMO Toate articolele"]


def test_a_workbook_keeps_leading_zeros_and_adds_up_numbers(database, session):
    store(session, {"sku": "0012"})
    _, cells = read_sheet(written(database, Format.XLSX), 2)
    assert cells[1] == ("inlineStr", "0012")
    assert (None, "-3") in cells and (None, "84.0336") in cells


def test_a_workbook_that_failed_leaves_nothing(tmp_path, monkeypatch):
    """Sheets that had found no room stayed in the temporary folder, and kept its disk full."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
    with full, pytest.raises(OSError, match="No space"), writing_workbook(full) as book:
        book.add_worksheet("A").write_string(0, 0, "x")
    with (
        pytest.raises(ConfigurationError, match=re.escape(f"{tmp_path}, which cannot be written: No space left")),
        writing_workbook(io.BytesIO()),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"a sheet")
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_none_ends_no_format_and_no_table(database, session):
    store(session, {"price": Decimal("NaN"), "expected_daily_demand": Decimal("NaN"), "unit_rate": Decimal("0E-10")})
    for file_format in (Format.CSV, Format.JSON, Format.XLSX, Format.HTML):
        assert written(database, file_format), file_format
    assert ">NaN<" in written(database, Format.HTML, "ro").decode()
    assert rate(Decimal("NaN"), Language.RO) == "NaN"


def test_a_workbook_takes_what_excel_does_not(database, session):
    """NaN ended the file, a text of 40,000 characters left its cell empty, a long number was rounded."""
    odd = {"name": "x" * 40_000, "price": Decimal("NaN"), "reorder_quantity": 1234567890123456789}
    store(session, {**odd, "supplier_name": "a\x01b\ufffe", "stock_out_date": "0001-01-01"})
    cells = read_sheet(written(database, Format.XLSX), 1)[1]
    [cut] = [text for kind, text in cells if kind == "inlineStr" and text.startswith("xxx")]
    assert "40000 characters" in cut
    assert ("inlineStr", "NaN") in cells and ("inlineStr", "1234567890123456789") in cells


def test_what_does_not_fit_into_a_sheet_goes_on_in_another_one(database, session, monkeypatch):
    """Excel has 1,048,576 lines a sheet: the rows after them were lost."""
    monkeypatch.setattr(formats, "MOST_ROWS", 2)
    store(session, *({} for _ in range(5)))
    content = written(database, Format.XLSX, view=View.LOW_STOCK_REPORT, status=["critical"])
    assert sheet_names(content) == [
        "Low stock",
        "Low stock 2",
        "Low stock 3",
        "All items",
        "All items 2",
        "All items 3",
    ]
    assert [len(column(content, number, "sku")) for number in range(1, 7)] == [2, 2, 1] * 2


@pytest.mark.parametrize("view", list(View))
def test_a_view_without_rows_is_written_too(database, view):
    """`--status overstock --format xlsx` of a shop without overstock."""
    assert len(written(database, Format.CSV, view=view).splitlines()) == 1
    assert written(database, Format.JSON, view=view) == b"[]\n"
    content = written(database, Format.XLSX, "en", view=view)
    assert len(sheet_names(content)) == (2 if view is View.LOW_STOCK_REPORT else 1)
    assert len(read_sheet(content, 1)) == 1
    assert b"<tbody>\n</tbody>" in written(database, Format.HTML, "ro", view=view)


def test_a_language_rules_headings_statuses_and_sentences_in_every_format(database, session):
    """A Romanian buyer got `out_of_stock` and English reasons under `available_quantity`."""
    store(session, {"status": "out_of_stock", "flags": "emag_only; no_rate HUF", "level_source": "default"})
    [line] = lines(written(database, Format.CSV, "ro"))
    assert (line["Stare"], line["Motiv"], line["Disponibil"]) == ("stoc epuizat", "Au rămas 3.", "-3")
    assert line["Observație"].startswith("doar eMAG; ") and line["Observație"].endswith(" HUF")
    assert (line["Verificat"], line["Sursa nivelurilor"]) == ("da", "implicite")
    assert "reason" not in line and "Motiv (în engleză)" not in line
    [read] = json.loads(written(database, Format.JSON, "ro"))
    assert (read["status"], read["reason_ro"], read["is_verified"]) == ("stoc epuizat", "Au rămas 3.", True)
    assert "reason" not in read, "keys stay the names of the columns"
    content = written(database, Format.XLSX, "ro")
    assert column(content, 1, "Stare") == ["stoc epuizat"] and column(content, 1, "Motiv") == ["Au rămas 3."]
    page = written(database, Format.HTML, "ro").decode()
    assert '<html lang="ro">' in page and "<h1>Raport de stoc scăzut</h1>" in page
    assert all(
        f"<{each}" in page for each in ("th>Stare<", "td>stoc epuizat<", "td>Au rămas 3.<", "td class=n>84,0336<")
    )
    [line] = lines(written(database, Format.CSV, "hu"))
    assert (line["Állapot"], line["Indoklás (angolul)"]) == ("out of stock", "3 left.")


def test_a_code_without_words_stays(database, session):
    store(session, {"flags": "emag_only; brand_new_flag"})
    [line] = lines(written(database, Format.CSV, "en"))
    assert line["Note"] == "eMAG only; brand_new_flag"


def test_rows_are_chosen_by_every_filter(database, session):
    store(
        session,
        {"sku": "A", "brand": "Nordwell", "category_id": 5, "price": Decimal(10), "supplier_name": "Shenzhen  TZT"},
        {"sku": "B", "brand": "Other", "category_id": 6, "price": Decimal(20), "status": "in_stock"},
        {"sku": "C", "account_type": "fbe", "price": None},
    )
    assert skus(database) == {"A", "B", "C"}
    assert skus(database, account=["fbe"]) == {"C"}
    assert skus(database, status=["in_stock"]) == {"B"}
    assert skus(database, brand=["nordWELL", "none"]) == {"A"}
    assert skus(database, supplier=[" shenzhen tzt"]) == {"A"}
    assert skus(database, category=[6, 7]) == {"B"}
    assert skus(database, min_price=Decimal(10), max_price=Decimal("19.99")) == {"A"}
    assert skus(database, account=["main"], brand=["Other"], category=[5]) == set()
    assert skus(database, brand=["' OR true --", "%s"]) == set()


def test_rows_of_a_view_are_chosen_by_what_the_report_knows_of_their_items(database, session):
    """The category and the price of what is to be bought stand in the report only."""
    store(session, {"sku": "A", "category_id": 5}, {"sku": "B", "category_id": 6})
    insert(session, "suppliers", name="TZT")
    for price, name in enumerate(("TZT", "tzt"), 1):
        for sku in "AB":
            insert(session, "product_supplier_sheets", sku=sku, supplier_name=name, price_cny=price)
    conflicts = View.SUPPLIER_CONFLICTS
    assert skus(database, conflicts) == {"A", "B"}
    assert skus(database, conflicts, category=[5], max_price=Decimal(100)) == {"A"}
    with pytest.raises(ConfigurationError, match=r"cannot be chosen by --brand: they have no brand"):
        skus(database, View.LOW_STOCK_BY_SUPPLIER, brand=["Nordwell"])


def test_a_file_is_of_one_moment(database, session):
    """A build between two sheets of a workbook made them contradict each other."""
    store(session, {})
    selection = select(database, View.LOW_STOCK_REPORT, Filters(), None)
    with reading(database) as reader:
        assert selection.count(reader) == 1
        store(session, {"sku": "LATER"})
        assert selection.count(reader) == 1
    with reading(database) as reader:
        assert selection.count(reader) == 2


@both_servers
def test_every_version_of_the_server_writes_every_format(database, session):
    store(session, {"name": "=1+1", "flags": "emag_only"})
    [line] = lines(written(database, Format.CSV, "ro", excel=Excel.RO), ";")
    assert (line["Denumire"], line["Observație"]) == ("'=1+1", "doar eMAG")
    assert [row["name"] for row in json.loads(written(database, Format.JSON, "en"))] == ["=1+1"]
    assert column(written(database, Format.XLSX, "en"), 2, "SKU") == ["S0001"]
    assert "=1+1" in written(database, Format.HTML, "en").decode()


@pytest.mark.parametrize(("language", "yes"), [("ro", "da"), ("en", "yes"), (None, "True")])
def test_a_list_on_the_screen_says_yes_in_its_language(database, session, language, yes):
    """The screen said True where the file of the same list said `da`."""
    store(session, {"reason_code": "lasts_too_long"})
    insert(session, "builds", name="low_stock_report", account_type="", built_from=0, built_at=WINTER)
    shown = io.StringIO()
    chosen = select(database, View.LOW_STOCK_REPORT, Filters(), language)
    show_view(database, Console(file=shown, width=6000), chosen)
    assert re.search(rf"\b{yes}\b", shown.getvalue())
    assert yes == "True" or not re.search(r"True|False|lasts_too_long", shown.getvalue())


def test_percent_signs_in_words_are_no_parameters(database, session):
    """psycopg takes a % in a statement for a parameter: a translation with one ended every file."""
    session.execute(
        "CREATE OR REPLACE VIEW app.value_texts AS SELECT 'en'::text AS language, column_name, code, words"
        " FROM (VALUES ('status', 'critical', 'under 10 %s'), ('', 'true', 'y'), ('', 'false', 'n'),"
        " ('view', 'low_stock', 'L'), ('view', 'all_items', 'A')) AS t (column_name, code, words)"
    )
    store(session, {})
    assert [line["Status"] for line in lines(written(database, Format.CSV, "en"))] == ["under 10 %s"]
