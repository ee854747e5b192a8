"""The buyer's workbook: what it says, what may be edited, and that it comes back."""

import html
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from rich.cells import cell_len

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.imports.loading import Imported, import_file
from magflow_pipeline.reports import order_workbook
from magflow_pipeline.reports.choices import DocumentLanguage, Language
from magflow_pipeline.reports.order_workbook import Written, write_buyers_workbook
from magflow_pipeline.reports.printing import in_words
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.reports.drafts import HOSTILE, draft, item, shop

EDITABLE = {
    DocumentLanguage.EN: ("Quantity", "Expected on", "Remark", "Not before", "Refused because", "Sent on"),
    DocumentLanguage.RO: ("Cantitate", "Așteptată la", "Notă", "Nu înainte de", "Refuzat pentru că", "Trimisă la"),
}
Rows = Callable[..., list[dict[str, Any]]]


class Book:
    """A workbook as openpyxl sees it: `cached` has the values that formulas were written with."""

    def __init__(self, path: Path) -> None:
        self.formulas = openpyxl.load_workbook(path)
        self.cached = openpyxl.load_workbook(path, data_only=True)

    @property
    def names(self) -> list[str]:
        return self.cached.sheetnames

    def rows(self, name: str, heading: str = "SKU", *, formulas: bool = False) -> list[dict[str, Any]]:
        """The rows below the header that has a cell `heading`."""
        sheet = (self.formulas if formulas else self.cached)[name]
        lines = [list(line) for line in sheet.iter_rows(values_only=True)]
        header = next(number for number, line in enumerate(lines) if heading in line)
        return [dict(zip(map(str, lines[header]), line, strict=True)) for line in lines[header + 1 :]]

    def text(self, name: str) -> str:
        """What stands above the header."""
        return "\n".join(str(line[0]) for line in self.cached[name].iter_rows(max_row=12, values_only=True) if line[0])


@dataclass(frozen=True)
class Seen:
    """A shop with two drafts, which nobody changes, and its workbook in each language."""

    orders: dict[str, dict[str, Any]]
    books: dict[str, Book]


@pytest.fixture(scope="module")
def seen(servers, tmp_path_factory) -> Iterator[Seen]:
    with contextmanager(_new_database)(servers("embedded"), TEMPLATE) as url:
        settings = Settings(MAGFLOW_DATABASE_URL=url)
        database = open_database(settings)
        books = {}
        with database.connect("test") as session:
            two_drafts(session)
            orders = session.cursor(row_factory=dict_row).execute("SELECT * FROM draft_orders").fetchall()
        for language in DocumentLanguage:
            path = tmp_path_factory.mktemp("orders") / "orders.xlsx"
            write_buyers_workbook(database, path, language, settings)
            books[language.value] = Book(path)
        yield Seen({order["draft_number"]: order for order in orders}, books)


@pytest.fixture
def english(seen) -> Book:
    return seen.books["en"]


@pytest.fixture
def written(database, tmp_path) -> Callable[..., Book]:
    def write(language: Language | DocumentLanguage = Language.EN, **options: Any) -> Book:
        write_buyers_workbook(database, tmp_path / "orders.xlsx", language, **options)
        return Book(tmp_path / "orders.xlsx")

    return write


@pytest.fixture
def taken_back(database, tmp_path) -> Callable[[Any], Imported]:
    """Save a workbook that openpyxl has changed, and import it."""

    def take(book: openpyxl.Workbook | None = None) -> Imported:
        path = tmp_path / "orders.xlsx"
        if book is not None:
            book.save(path)
        return import_file(database, KINDS["purchase-orders"], path, by="a test")

    return take


def two_drafts(session: psycopg.Connection) -> None:
    shop(session)
    first, second = item(session, "A-1"), item(session, "A-2", accounts=["main"])
    line = {"product_id": first, "sku": "A-1", "url": "https://detail.1688.com/offer/1.html", "specification": "alb"}
    draft(session, 1, "NEWTEC", [line, {"product_id": second, "quantity": 100, "unit_price": None}], minimum="5000")
    lines = [{"product_id": item(session, "00469"), "quantity": 7, "unit_price": "1.005"}]
    draft(session, 2, "Lumini SRL", lines, currency="EUR", shipping="usual")


def columns_of(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the header, and its columns."""
    for row in sheet.iter_rows(max_row=20):
        found = {str(cell.value): cell.column for cell in row if cell.value}
        if "SKU" in found:
            return row[0].row, found
    raise AssertionError(sheet.title)


def test_the_summary_adds_up_what_the_sheets_say(seen, english):
    """An order was added up by hand: each sum is a formula, and its value is right before anything computes it."""
    book, stored = english, seen.orders
    assert book.names == ["Summary", "NEWTEC", "Lumini SRL", "All items"]
    newtec, lumini = book.rows("Summary", "Draft")
    for row in (newtec, lumini):
        draft_order = stored[row["Draft"]]
        for heading, column in {
            "Lines": "lines",
            "Pieces": "pieces",
            "Value": "value",
            "Value (RON)": "value_ron",
        }.items():
            assert Decimal(str(row[heading])) == draft_order[column], (row["Draft"], heading)
    assert (newtec["Supplier"], newtec["Lines"], newtec["Pieces"], newtec["Value"]) == ("NEWTEC", 2, 112, 28.1472)
    assert newtec["Value (RON)"] == 17.23
    assert (newtec["Minimum order reached"], lumini["Minimum order reached"]) == ("NOT reached", "none asked")
    assert newtec["Oldest price of"].date() == stored["D101"]["oldest_price_on"] is not None
    formulas = book.rows("Summary", "Draft", formulas=True)[0]
    assert all(str(formulas[name]).startswith("=") for name in ("Lines", "Pieces", "Value", "Minimum order reached"))
    totals = next(line for line in book.cached["Summary"].iter_rows(values_only=True) if line[0] == "Total")
    assert totals[4:6] == (3, 119) and totals[7] == float(sum(each["value_ron"] for each in stored.values()))


def test_a_line_says_what_is_ordered_and_why(english):
    lines = english.rows("NEWTEC")
    assert [line["SKU"] for line in lines] == ["A-1", "A-2"]
    [a1] = [line for line in lines if line["SKU"] == "A-1"]
    assert (a1["Draft"], a1["Quantity"], a1["Price of a piece"], a1["Currency"]) == ("D101", 12, 2.3456, "CNY")
    assert (a1["Total"], a1["Variant"], a1["Minimum order quantity"], a1["Pack"]) == (28.1472, "alb", 6, 6)
    assert a1["Status"] == "out of stock"
    assert a1["Reason"] == "fbe: why fbe\nmain: why main"
    [a2] = [line for line in lines if line["SKU"] == "A-2"]
    assert (a2["Price of a piece"], a2["Total"], a2["Value (RON)"]) == (None, None, None)
    [of_zeros] = english.rows("Lumini SRL")
    assert of_zeros["SKU"] == "00469"


def test_all_items_have_their_accounts_side_by_side(english):
    """A buyer added up two accounts by hand."""
    items = {row["SKU"]: row for row in english.rows("All items")}
    assert list(items) and set(items) == {"READ", "A-1", "A-2", "00469"}
    a1, a2 = items["A-1"], items["A-2"]
    assert (a1["Status"], a1["Status, main"], a1["Status, fbe"]) == ("out of stock", "critical", "out of stock")
    assert (a1["Available, main"], a1["Available, fbe"], a1["On order"]) == (7, 0, 20)
    assert (a2["Available, main"], a2["Available, fbe"], a2["Status, fbe"]) == (7, None, None)
    assert (a1["In draft"], items["READ"]["In draft"]) == ("D101", None)
    assert a1["To know"] == "an order is overdue; it never sold"
    assert a1["Reason"] == "main: why main\nfbe: why fbe"
    assert a1["RON a day at risk"] == 5


@pytest.mark.parametrize("language", list(DocumentLanguage))
def test_headings_are_of_the_language_and_sentences_of_one_that_has_them(seen, language):
    book = seen.books[language]
    words = {"ro": ("Denumire", "Motiv", "stoc epuizat", "fbe: de ce fbe\nmain: de ce main")}
    name, reason, status, why = words.get(language, ("Name", "Reason", "out of stock", "fbe: why fbe\nmain: why main"))
    lines = book.rows("NEWTEC", "SKU")
    assert next(iter(lines[0].values())) == status
    assert why in lines[0].values()
    if language in {"en", "ro"}:
        assert name in lines[0] and reason in lines[0]
        assert not [heading for heading in lines[0] if "_" in heading]


def test_a_way_of_shipping_is_in_the_language_and_another_ones_own_words_stay(session, written, database):
    two_drafts(session)
    session.execute("UPDATE purchase_orders SET shipping = 'sea express' WHERE shipping <> 'usual'")
    book = written(Language.RO)
    assert sorted(row["Transport"] for row in book.rows("Sumar", "Ciornă") if row["Transport"]) == [
        "obișnuit",
        "sea express",
    ]
    assert " · obișnuit · " in book.text("Lumini SRL")
    [row] = read_rows(database, "value_texts", only={"language": ["ro"], "code": ["air"]})
    assert (row["column_name"], row["words"]) == ("", "aerian")
    codes, words = "sea; sea express; no_rate HUF", {"sea": "maritim", "no_rate": "fără curs {}"}
    told = session.execute("SELECT app.in_words(%s, %s)", [codes, Jsonb(words)]).fetchone()
    assert told == (in_words(codes, words),) == ("maritim; sea express; fără curs HUF",)


@pytest.mark.parametrize("language", list(EDITABLE))
def test_a_workbook_that_nobody_edited_changes_nothing(session, written, taken_back, language):
    two_drafts(session)
    session.execute("UPDATE purchase_order_items SET note = 'fragil', expected_on = '2027-02-03' WHERE quantity = 7")
    written(language)
    done = taken_back()
    assert done.unusable == () and (done.created, done.changed, done.unchanged) == (0, 0, 5)


@pytest.mark.parametrize("language", list(EDITABLE))
def test_what_a_buyer_writes_in_yellow_cells_comes_back_whatever_the_order_of_rows(
    session, written, taken_back, rows, language
):
    """Issue 14: an exported order, edited, imported back; importing it again changes nothing."""
    two_drafts(session)
    book = written(language).formulas
    sheet = book["NEWTEC"]
    header, columns = columns_of(sheet)
    quantity, expected, note, snoozed, *_ = (columns[name] for name in EDITABLE[language])
    first, second = (
        [sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)] for row in (header + 1, header + 2)
    )
    for row, values in ((header + 1, second), (header + 2, first)):
        for column, value in enumerate(values, 1):
            sheet.cell(row, column).value = value
    skus = {sheet.cell(row, columns["SKU"]).value: row for row in (header + 1, header + 2)}
    sheet.cell(skus["A-1"], quantity).value = 24
    sheet.cell(skus["A-1"], expected).value = datetime(2027, 3, 4)  # noqa: DTZ001, a spreadsheet's day has no zone
    sheet.cell(skus["A-1"], note).value = "fără ambalaj"
    tomorrow = date.today() + timedelta(days=40)  # noqa: DTZ011, 40 days away from any zone
    sheet.cell(skus["A-2"], snoozed).value = datetime(tomorrow.year, tomorrow.month, tomorrow.day)  # noqa: DTZ001, the same
    done = taken_back(book)
    assert done.unusable == ()
    [a1] = rows("SELECT * FROM draft_order_lines WHERE draft_number = 'D101'")
    assert (a1["sku"], a1["quantity"], a1["expected_on"], a1["note"]) == ("A-1", 24, date(2027, 3, 4), "fără ambalaj")
    [hold] = rows("SELECT * FROM purchase_holds")
    assert (hold["sku"], hold["held_until"]) == ("A-2", tomorrow)
    again = taken_back()
    assert again.unusable == () and (again.created, again.changed) == (0, 0)


def test_what_nobody_changed_in_an_older_workbook_takes_nothing_back(session, written, taken_back, rows):
    """Two buyers had a workbook each, and the second import undid the first."""
    two_drafts(session)
    session.execute("UPDATE purchase_order_items SET note = 'x', expected_on = '2027-02-03' WHERE quantity = 7")
    session.execute("UPDATE purchase_order_items SET note = %s WHERE quantity = 100", ["long " * 600])
    book = written().formulas
    old = (
        "SELECT sku, quantity, note, expected_on, is_edited FROM draft_order_lines WHERE sku <> 'A-2' ORDER BY sku DESC"
    )
    session.execute(  # meanwhile: what is proposed changed, another person changed a note
        "UPDATE purchase_order_items SET quantity = 500, proposed_quantity = 500 WHERE product_id ="
        " (SELECT id FROM products WHERE sku = 'A-1')"
    )
    session.execute("UPDATE purchase_order_items SET note = 'newer', edited_at = now() WHERE quantity = 7")
    before = rows(old)
    done = taken_back(book)
    assert (done.unusable, done.changed, rows(old)) == ((), 0, before)
    sheet = book["NEWTEC"]
    header, columns = columns_of(sheet)
    line = next(row for row in (header + 1, header + 2) if sheet.cell(row, columns["SKU"]).value == "A-1")
    sheet.cell(line, columns["Quantity"]).value = 30
    other = book["Lumini SRL"]
    other.cell(header + 1, columns["Expected on"]).value = None
    done = taken_back(book)
    assert (done.unusable, done.changed) == ((), 2)
    assert [tuple(row.values()) for row in rows(old)] == [
        ("A-1", 30, None, None, True),
        ("00469", 7, "newer", None, True),
    ]
    assert taken_back(book).changed == 0


def test_a_line_as_it_was_proposed_follows_the_proposals_again(session, written, taken_back, rows):
    two_drafts(session)
    session.execute(
        "UPDATE purchase_order_items SET quantity = 9, proposed_quantity = 7, note = 'x', edited_at = now()"
        " WHERE quantity = 7"
    )
    book = written().formulas
    sheet = book["Lumini SRL"]
    header, columns = columns_of(sheet)
    sheet.cell(header + 1, columns["Quantity"]).value = 7
    sheet.cell(header + 1, columns["Remark"]).value = None
    assert taken_back(book).changed == 1
    [line] = rows("SELECT quantity, note, is_edited FROM draft_order_lines WHERE draft_number = 'D102'")
    assert line == {"quantity": 7, "note": None, "is_edited": False}


def test_what_was_sent_was_sent_as_the_file_has_it(session, written, taken_back, rows):
    """The supplier has the file; what would be proposed by now does not count."""
    two_drafts(session)
    book = written().formulas
    session.execute("UPDATE purchase_order_items SET quantity = 800, proposed_quantity = 800 WHERE quantity = 7")
    sheet = book["Lumini SRL"]
    header, columns = columns_of(sheet)
    sheet.cell(header + 1, columns["Sent on"]).value = "yes"
    assert taken_back(book).unusable == ()
    assert rows("SELECT quantity FROM purchase_order_items WHERE purchase_order_id = 2") == [{"quantity": 7}]


@pytest.mark.parametrize("language", list(EDITABLE))
def test_an_order_is_sent_by_its_row_of_the_summary(session, written, taken_back, rows, language):
    two_drafts(session)
    book = written(language).formulas
    summary = book.worksheets[0]
    [number] = [cell for row in summary.iter_rows() for cell in row if cell.value == "D102"]
    heading = EDITABLE[language][-1]
    [sent] = [cell for row in summary.iter_rows() for cell in row if cell.value == heading]
    summary.cell(number.row, sent.column).value = "da" if language == "ro" else "yes"
    assert taken_back(book).unusable == ()
    [order] = rows("SELECT status FROM purchase_orders WHERE draft_key = 'D102'")
    assert order["status"] == "sent"
    assert rows("SELECT status FROM purchase_orders WHERE draft_key = 'D101'") == [{"status": "draft"}]


def test_only_yellow_cells_are_open(english):
    book = english.formulas
    for name, first in (("NEWTEC", "SKU"), ("Summary", "Supplier")):
        sheet = book[name]
        assert sheet.protection.sheet
        header = next(row for row in sheet.iter_rows(max_row=20) if first in [cell.value for cell in row])
        for cell in header:
            assert cell.font.b
            below = sheet.cell(cell.row + 1, cell.column)
            is_yours = cell.value in EDITABLE[DocumentLanguage.EN] and (name == "NEWTEC" or cell.value != "Quantity")
            assert below.protection.locked is not is_yours, cell.value
            assert (below.fill.fgColor.rgb == "FFFFF2CC") is is_yours, cell.value
    validated = {str(each.sqref)[0]: each.type for each in book["NEWTEC"].data_validations.dataValidation}
    assert sorted(validated.values()) == ["date", "date", "list", "whole"]


def test_sheets_print_on_a4_landscape_with_their_header_on_each_page(english):
    """It printed as 780 pages."""
    for sheet in english.formulas.worksheets:
        page = sheet.page_setup
        assert (page.orientation, int(page.paperSize), page.fitToWidth, page.fitToHeight) == ("landscape", 9, None, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        header = int(str(sheet.print_title_rows).split(":")[0].strip("$"))
        assert sheet.cell(header, 1).font.b and sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith(str(header + 1))


def test_colours_follow_the_status(english):
    sheet = english.formulas["All items"]
    fills = {}
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            fills.setdefault(cell.value, cell.fill.fgColor.rgb)
    assert fills["out of stock"] == "FFF4B6B6" and fills["critical"] == "FFF8CBAD"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"marketplace": "simulator"}, "DEMO"),
        ({"scan_status": "partial"}, "PARTIAL"),
        ({"scanned_at": datetime.now(UTC) - timedelta(hours=9)}, "STALE: older than 90 minutes"),
    ],
)
def test_numbers_that_are_not_whole_say_so_on_top_of_each_sheet(session, written, how, said):
    shop(session)
    draft(session, 1, "NEWTEC", [{"product_id": item(session, "A-1")}])
    assignments = ", ".join(f"{column} = %({column})s" for column in how)
    session.execute(f"UPDATE low_stock_report SET {assignments}", how)
    book = written()
    for name in book.names:
        assert said in book.text(name)
        assert name.startswith("DEMO ") is (said == "DEMO")


def test_a_report_that_is_whole_says_of_when(session, written):
    shop(session)
    session.execute("DELETE FROM input_changes")
    session.execute("UPDATE builds SET stale_at = NULL")
    text = written().text("Summary")
    assert "main: 3 of 3 offers read" in text and "Europe/Bucharest" in text
    assert "no drafts" in " ".join(
        str(cell) for row in written().cached["Summary"].iter_rows(values_only=True) for cell in row
    )


def test_a_shop_that_was_never_read_has_a_workbook_that_says_so(written):
    book = written()
    assert "no report" in book.text("Summary") and book.names == ["Summary", "All items"]


def hostile_drafts(session: psycopg.Connection) -> None:
    shop(session)
    for number, name in enumerate(HOSTILE, 1):
        stored = name.replace("\x00", "")
        product = item(session, f"SKU-{number}", name=stored, reason=stored, flags=stored)
        url = f'https://evil.example/"&cmd|{number}' if number % 2 else f"https://good.example/?a=1&b='{number}"
        note = "".join(each for each in stored if each.isprintable())[:1000]  # as an import would have stored it
        line = {"product_id": product, "note": note, "sku": f"SKU-{number}", "url": url}
        draft(session, number, stored, [{**line, "article_name": stored, "specification": stored}], shipping="sea")


def formulas_of(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        for name in file.namelist():
            if name.startswith("xl/worksheets/sheet"):
                yield from re.findall(r"<f[ >](.*?)</f>", file.read(name).decode(), re.DOTALL)


def test_hostile_names_are_harmless(session, written, taken_back, tmp_path):
    """A supplier's name ran as a formula on the buyer's machine; two names were one when they were cut."""
    hostile_drafts(session)
    book = written()
    assert len(book.names) == 2 + len(HOSTILE)
    assert len({name.casefold() for name in book.names}) == len(book.names)
    for name in book.names:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f\u202e]", name) and name.casefold() != "history"
    # Whatever is foreign in a formula is within quotes: of a sheet's name or of an address, doubled where it has some.
    literal = re.compile(r"""'(?:[^']|'')*'!|"(?:[^"]|"")*\"""")
    own = re.compile(r"(?:SUM|SUMIF|COUNTIFS|SUMPRODUCT|ROUND|IF|HYPERLINK|[$A-Z0-9:*=,()>.])+")
    for formula in formulas_of(tmp_path / "orders.xlsx"):
        assert own.fullmatch(literal.sub("", html.unescape(formula))), formula
    everything = book.rows("All items")
    assert len(everything) == len(HOSTILE) + 1
    shown = {row["SKU"]: row["Name"] for row in everything}
    assert shown["SKU-1"] == "=1+1" and shown["SKU-3"] == HOSTILE[2]
    assert shown["SKU-7"] == f"{'x' * 1000}… (3000 characters)"
    assert shown["SKU-8"] == "[2J escape gnp.exe"
    done = taken_back()
    assert done.unusable == () and (done.created, done.changed) == (0, 0)


@pytest.mark.parametrize(("language", "heading"), [(DocumentLanguage.EN, "Reason"), (DocumentLanguage.RO, "Motiv")])
def test_the_whole_reason_of_both_accounts_is_on_the_page(session, written, language, heading):
    """On paper the reason ended where its row did, so that one account's was missing, and its letters had 4 points."""
    sentence = "14 ± 3 days until an order is there (by the supplier's terms), 科美星 is closed for 9 of them. " * 9
    shop(session)
    product = item(session, "LONG", reason=sentence + "ends.", reason_ro=sentence + "ends.", name="Lampă " * 900)
    draft(session, 1, "NEWTEC", [{"product_id": product, "quantity": 7}])
    sheet = written(language).cached["NEWTEC"]
    header, places = columns_of(sheet)
    cell = sheet.cell(header + 1, places[heading])
    assert re.findall(r"(?m)^(\w+): .*ends\.$", cell.value) == ["fbe", "main"] and len(cell.value) > 1000
    lines = cell_len(cell.value) / (sheet.column_dimensions[cell.column_letter].width * 10 / cell.font.sz)
    assert cell.font.sz >= 9 and sheet.row_dimensions[cell.row].height >= lines * cell.font.sz * 1.2
    *_, last, _ = range_boundaries(sheet.print_area.rpartition("!")[2])
    assert last == cell.column, "the reason is the last that is printed"
    printed = sum(sheet.column_dimensions[get_column_letter(place)].width for place in range(1, last + 1))
    assert printed <= 215, "A4 landscape, at 70 % of its size"


def test_drafts_beyond_the_most_sheets_share_one(session, written, taken_back, monkeypatch):
    """Each sheet is an open file while it is written; a system gives so many."""
    monkeypatch.setattr(order_workbook, "MOST_DRAFT_SHEETS", 1)
    two_drafts(session)
    draft(session, 3, "Third", [{"product_id": item(session, "A-3"), "quantity": 5}])
    book = written()
    assert book.names[0] == "Summary" and book.names[2:] == ["Other suppliers", "All items"]
    rows = {row["Draft"]: row for row in book.rows("Summary", "Draft")}
    assert {number: row["Pieces"] for number, row in rows.items()} == {"D101": 112, "D102": 7, "D103": 5}
    assert len(book.rows(book.names[1])) + len(book.rows("Other suppliers")) == 4
    assert taken_back().unusable == ()


def test_only_the_orders_that_were_asked_for(session, database, tmp_path):
    two_drafts(session)
    done = write_buyers_workbook(database, tmp_path / "one.xlsx", Language.EN, orders=[2])
    assert done == Written(drafts=1, lines=1, items=4)
    assert Book(tmp_path / "one.xlsx").names == ["Summary", "Lumini SRL", "All items"]


def test_many_lines_are_all_there(session, written, rows, monkeypatch):
    """More lines than are read at once: none is lost, and none is on another supplier's sheet."""
    monkeypatch.setattr(order_workbook, "ROWS_AT_ONCE", 7)
    shop(session)
    session.execute(
        """
        WITH made AS (
            INSERT INTO products (sku, name) SELECT 'M-' || n, 'Bec ' || n FROM generate_series(1, 60) AS n
            RETURNING id, sku
        ), supplier AS (INSERT INTO suppliers (id, name) VALUES (1, 'Many'), (2, 'Other') RETURNING id),
        orders AS (
            INSERT INTO purchase_orders (id, supplier_id, currency, shipping, draft_key)
            SELECT id, id, 'CNY', 'sea', 'D' || (100 + id) FROM supplier RETURNING id
        )
        INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity, proposed_quantity, unit_price)
        SELECT 1 + mod(made.id, 2), made.id, 1 + mod(made.id, 9), 1, 0.35 FROM made, (SELECT count(*) FROM orders) AS o
        """
    )
    book = written()
    for order in rows("SELECT * FROM draft_orders"):
        lines = book.rows(order["supplier_name"])
        assert len(lines) == order["lines"] and {line["Draft"] for line in lines} == {order["draft_number"]}
        assert sum(line["Quantity"] for line in lines) == order["pieces"]
        assert sum(Decimal(str(line["Total"])) for line in lines) == order["value"]
