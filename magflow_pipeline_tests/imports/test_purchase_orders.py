"""A workbook of drafts that comes back: edited, put off, sent; all of it, once, or nothing."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from magflow_pipeline.imports.files import headings
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.imports.loading import Imported, import_file
from magflow_pipeline.imports.values import plain
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.imports.conftest import workbook

TABLES = ("purchase_orders", "purchase_order_items", "purchase_order_shares", "purchase_decisions")
HEADER = ["Draft", "SKU", "Quantity", "Expected on", "Remark", "Not before", "Refused because", "Sent on"]
HOSTILE = "=SUM(1)"


def in_days(days: int) -> date:
    return datetime.now(BUCHAREST).date() + timedelta(days=days)


@pytest.fixture
def drafts(seller: psycopg.Connection) -> psycopg.Connection:
    """D101 to TZT with three lines, D102 to WANKE with one; TZT asks for 50 in packs of 10, at 4 CNY, from 100 at 3."""
    seller.execute("INSERT INTO products (sku) VALUES (%s)", [HOSTILE])
    seller.execute("INSERT INTO suppliers (id, name) VALUES (1, 'TZT'), (2, 'WANKE')")
    seller.execute(
        "INSERT INTO purchase_orders (id, supplier_id, shipping, currency, draft_key) VALUES"
        " (1, 1, 'sea', 'CNY', 'D101'), (2, 2, 'usual', 'CNY', 'D102')"
    )
    seller.execute(
        "INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity, proposed_quantity, unit_price)"
        " SELECT wanted.number, products.id, quantity, quantity, 4 FROM (VALUES (1, 'A', 50), (1, 'B', 60),"
        " (1, %s, 70), (2, '00469', 5)) AS wanted (number, sku, quantity) INNER JOIN products USING (sku)",
        [HOSTILE],
    )
    seller.execute(
        "INSERT INTO supplier_offers (sku, supplier_id, shipping, supplier_name, is_preferred, is_verified,"
        " lead_time_days, lead_time_spread_days, lead_time_source, minimum_order_quantity, pack_size,"
        " planning_quantity, rank, rule) SELECT sku, 1, 'sea', 'TZT', FALSE, FALSE, 45, 10, 'default', 50, 10, 50, 1,"
        " 'only one' FROM products"
    )
    seller.execute(
        "INSERT INTO supplier_unit_prices (sku, supplier_id, minimum_quantity, unit_price, currency)"
        " SELECT sku, 1, 1, 4, 'CNY' FROM products UNION ALL SELECT sku, 1, 100, 3, 'CNY' FROM products"
    )
    return seller


@pytest.fixture
def stored(drafts: psycopg.Connection) -> Callable[[], list[Any]]:
    """All rows of orders, with their versions: a row that was written again is another one."""
    return lambda: [
        drafts.execute(f"SELECT xmin::text, * FROM {table} ORDER BY 2, 3, 4").fetchall() for table in TABLES
    ]


def lines(session: psycopg.Connection, columns: str = "quantity") -> dict[Any, Any]:
    rows = session.execute(
        f"SELECT draft_key, sku, {columns} FROM purchase_orders JOIN purchase_order_items AS line"
        " ON purchase_orders.id = purchase_order_id JOIN products ON products.id = product_id"
    ).fetchall()
    return {(number, sku): rest[0] if len(rest) == 1 else tuple(rest) for number, sku, *rest in rows}


@both_servers
def test_what_a_person_edited_is_stored_once(drafts, bring, stored):
    """Imported twice is once, whatever the order of rows and sheets."""
    sheets = {
        "Notes": [["These are our orders"]],
        "WANKE": [["Ciornă", "Cod", "Cantitate", "Notă"], ["d 102", "00469", 5, "nimic"]],
        "TZT": [
            ["Orders to TZT"],
            ["Notă", "Preț", "Nu înainte de", "Așteptată la", "Refuzat pentru că", "Cantitate", "SKU", "Ciornă"],
            ["grăbit", 9, None, None, None, 120, "B", 101],
            [None, 9, None, in_days(40), None, 50, "A", "D-101"],
            [None, None, None, None, None, 170, None, None],
            [None, 9, in_days(20), None, "prea scump", 70, HOSTILE, "D101"],
        ],
    }
    done = bring("purchase-orders", sheets)
    assert done.is_stored and done.unusable == ()
    assert (done.created, done.changed, done.unchanged) == (0, 3, 1)
    assert done.told == ("D101 to TZT: 2 lines changed; 1 line put off.",)
    assert "'Preț' (B)" in done.table.unread
    assert lines(drafts, "quantity, line.expected_on, line.note, unit_price, edited_by") == {
        ("D101", "A"): (50, in_days(40), None, Decimal(4), "ana"),
        ("D101", "B"): (120, None, "grăbit", Decimal(3), "ana"),
        ("D102", "00469"): (5, None, None, Decimal(4), None),
    }
    decided = (
        "SELECT sku, decision, held_until, refused_because, draft_number, quantity, decided_by FROM purchase_holds"
    )
    assert drafts.execute(decided).fetchall() == [(HOSTILE, "refused", in_days(20), "prea scump", "D101", 70, "ana")]
    before = stored()
    again = bring("purchase-orders", dict(reversed(sheets.items())))
    assert (again.created, again.changed, again.unchanged, again.told) == (0, 0, 4, ())
    assert stored() == before


def test_a_draft_that_is_sent_without_what_was_put_off(drafts, bring, stored):
    """The order was sent with all lines, also those that the buyer had put off."""
    text = (
        "draft,sku,quantity,snoozed until,refused because,sent on\n"
        f"D101,A,80,,,{in_days(-1)}\nD101,B,60,{in_days(9)},,{in_days(-1)}\nD101,'{HOSTILE},70,,discontinued,\n"
    )
    done = bring("purchase-orders", text)
    assert done.told == ("D101 to TZT: sent, 1 line, 80 pieces; 1 line changed; 2 lines put off.",)
    assert lines(drafts) == {("D101", "A"): 80, ("D102", "00469"): 5}
    assert drafts.execute(
        "SELECT draft_key, status, (ordered_at AT TIME ZONE 'Europe/Bucharest')::text FROM purchase_orders ORDER BY id"
    ).fetchall() == [("D101", "sent", f"{in_days(-1)} 00:00:00"), ("D102", "draft", None)]
    assert drafts.execute("SELECT sku, decision, held_until FROM purchase_holds ORDER BY sku").fetchall() == [
        (HOSTILE, "refused", in_days(90)),
        ("B", "snoozed", in_days(9)),
    ]
    before = stored()
    again = bring("purchase-orders", text)
    assert (again.is_stored, again.created, again.changed, again.told) == (True, 0, 0, ())
    assert stored() == before


def test_one_row_of_a_summary_sends_the_whole_draft(drafts, bring, stored):
    sheets = {
        "Summary": [
            ["Draft", "Supplier", "Pieces", "Order status", "Arrives on", "Remark"],
            ["D101", "TZT", 180, "trimisă", in_days(50), "container 3"],
            ["D102", "WANKE", 5, "draft", None, None],
        ]
    }
    assert bring("purchase-orders", sheets).told == ("D101 to TZT: sent, 3 lines, 180 pieces.",)
    assert drafts.execute(
        "SELECT status, (ordered_at AT TIME ZONE 'Europe/Bucharest')::date, expected_on, note FROM purchase_orders"
        " ORDER BY id"
    ).fetchall() == [("sent", in_days(0), in_days(50), "container 3"), ("draft", None, None, None)]
    before = stored()
    assert (bring("purchase-orders", sheets).changed, stored()) == (0, before)
    nothing = {
        "All": [["Draft", "Sent on"], ["D102", "da"]],
        "Lines": [[*HEADER[:2], HEADER[6]], ["D102", "00469", "no"]],
    }
    done = bring("purchase-orders", nothing)
    assert [(each.where, each.reason) for each in done.unusable] == [("All!B2", "no line of D102 is left to be sent")]
    later = "draft,order status,sent on\nD101,confirmed,yes\n"
    assert bring("purchase-orders", later).told == ("D101 to TZT: confirmed, 3 lines, 180 pieces.",)
    before = stored()
    assert (bring("purchase-orders", sheets).changed, stored()) == (0, before), "an older file takes nothing back"


def test_a_line_may_be_added_and_what_was_put_off_may_come_back(drafts, bring, stored):
    bring("purchase-orders", f"draft,sku,snoozed until,note\nD101,A,{in_days(9)},wait\n")
    assert ("D101", "A") not in lines(drafts)
    text = "draft,sku,quantity,snoozed until\nD101,A,,none\nD101,AUR516,100,\n"
    done = bring("purchase-orders", text)
    assert (done.created, done.told) == (2, ("D101 to TZT: 2 lines added.",))
    assert lines(drafts, "quantity, proposed_quantity, line.note, unit_price, edited_by") == {
        ("D101", "A"): (50, 50, "wait", Decimal(4), "ana"),
        ("D101", "AUR516"): (100, 0, None, Decimal(3), "ana"),
        ("D101", "B"): (60, 60, None, Decimal(4), None),
        ("D101", HOSTILE): (70, 70, None, Decimal(4), None),
        ("D102", "00469"): (5, 5, None, Decimal(4), None),
    }
    assert drafts.execute("SELECT count(*) FROM purchase_decisions").fetchone() == (0,)
    before = stored()
    assert (bring("purchase-orders", text).created, stored()) == (0, before)


def test_a_decision_may_change_after_the_order_was_sent(drafts, bring, stored):
    bring("purchase-orders", f"draft,sku,snoozed until,sent on\nD102,00469,,x\nD101,A,{in_days(9)},x\n"
                             f"D101,B,,x\nD101,{HOSTILE},,x\n")  # fmt: skip
    for until, held in ((in_days(5), [in_days(5)]), ("none", [])):
        text = f"draft,sku,quantity,snoozed until\nD101,A,50,{until}\nD101,B,60,\n"
        assert bring("purchase-orders", text).changed == 1
        assert [day for (day,) in drafts.execute("SELECT held_until FROM purchase_holds").fetchall()] == held
        before = stored()
        assert (bring("purchase-orders", text).changed, stored()) == (0, before)


def test_a_cell_that_was_emptied_takes_nothing_back_and_says_so(drafts, bring, stored):
    bring("purchase-orders", f"draft,sku,quantity,snoozed until\nD101,A,50,{in_days(5)}\n")
    before = stored()
    [told] = bring("purchase-orders", "draft,sku,quantity,snoozed until\nD101,A,50,\n").doubtful
    assert told.where == "line 2, column D"
    assert told.reason == f"A stays put off until {in_days(5)}: 'none' in this cell takes it back"
    assert stored() == before
    [told] = bring("purchase-orders", "draft,sku,quantity\nD101,B,6000\n").doubtful
    assert told.reason == "6000 is very much more than the 60 that were proposed"


def test_a_line_is_found_by_what_a_cell_shows_of_its_sku(drafts, bring):
    """One SKU with two spaces, and no line of any draft could be taken back."""
    odd = ["A  B ", "x\u200by", "1E5", "L" * 250]
    for sku in odd:
        drafts.execute("INSERT INTO products (sku) VALUES (%s)", [sku])
        drafts.execute(
            "INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity, proposed_quantity)"
            " SELECT 2, id, 5, 5 FROM products WHERE sku = %s",
            [sku],
        )
    shown = ["A B", "xy", "1E5", "L" * 250]
    done = bring("purchase-orders", {"WANKE": [["draft", "sku", "quantity"], *(["D102", sku, 6] for sku in shown)]})
    assert (done.unusable, done.changed) == ((), 4)
    assert {sku: quantity for (_, sku), quantity in lines(drafts).items() if sku in odd} == dict.fromkeys(odd, 6)


def test_the_headings_of_our_own_documents_are_understood(database):
    """A workbook in Romanian came back, and its yellow columns were not read."""
    known = headings(KINDS["purchase-orders"].columns)
    own = {column.name for column in KINDS["purchase-orders"].columns}
    read = {
        (row["language"], row["column_name"]): known.get(plain(row["heading"]), ("",))[0]
        for row in read_rows(database, "column_texts")
    }
    assert {key: column for key, column in read.items() if key[1] in own} == {
        key: key[1] for key in read if key[1] in own
    }
    assert {key[1] for key in read if key[0] == "ro"} >= own - {"order_status"}


BAD = {
    "unknown draft": ("D999,A,50,,,,,", "line 2, column A", "no draft has the number D999. Open drafts: D101, D102"),
    "no number": (",A,50,,,,,", "line 2, column A", "the draft number is empty"),
    "odd number": ("third,A,50,,,,,", "line 2, column A", "the draft number 'third' is none such as D101"),
    "no SKU": ("D101,,50,,,,,", "line 2, column B", "the SKU is empty"),
    "unknown SKU": ("D101,0469,50,,,,,", "line 2, column B", "no product has the SKU 0469. Did you mean 00469?"),
    "not on it": ("D101,00469,,,,,,", "line 2, column C", "00469 is not on D101: to add it, write how many"),
    "negative": ("D101,A,-5,,,,,", "line 2, column C", "the quantity -5 is not between 0 and 999999999"),
    "a part": ("D101,A,5.5,,,,,", "line 2, column C", "the quantity '5.5' is not a whole number"),
    "formula": ("D101,A,=5+5,,,,,", "line 2, column C", "the quantity '=5+5' is not a number"),
    "none": ("D101,A,0,,,,,", "line 2, column C", "0 pieces: write a day in 'Not before', or why"),
    "past": ("D101,A,50,,,2020-01-01,,", "line 2, column F", "2020-01-01 is over, so that nothing would be put off"),
    "two days": (
        "D101,A,50,,,,,2026-01-01\nD101,B,60,,,,,2026-01-02\nD101,=SUM(1),70,,,,,",
        "line 2, column H",
        "the rows of D101 say 2026-01-01 and 2026-01-02: an order is sent whole",
    ),
    "not told": (
        "D101,A,50,,,,,2026-01-01\nD101,B,60,,,,,\nD101,=SUM(1),70,,,,,2026-01-01",
        "line 3, column H",
        "other lines of D101 are sent, and this one is neither sent nor put off until a day",
    ),
    "left out": (
        "D101,A,50,,,,,2026-01-01",
        "line 2, column A",
        "D101 is to be sent, and has 2 lines that the file does not name: =SUM(1), B. Put the rows back; where one is"
        " not to be ordered, write a day in 'Not before' or why not in 'Refused because'",
    ),
    "two rows": ("D101,A,50,,,,,\nD101,A,51,,,,,", "line 2", "rows of one draft number and SKU say of the quantity"),
    "future": (f"D101,A,50,,,,,{in_days(9)}", "line 2, column H", "is in the future"),
}


def test_a_row_that_does_not_fit_is_named_and_nothing_is_stored(drafts, bring, stored, subtests):
    """Half of an order is worse than none."""
    before = stored()
    for case, (rows, where, why) in BAD.items():
        with subtests.test(case):
            done = bring("purchase-orders", f"{','.join(HEADER)}\n{rows}\nD102,00469,77,,,,,\n")
            assert not done.is_stored
            assert (done.unusable[0].where, why in done.unusable[0].reason) == (where, True), done.unusable
    assert stored() == before


def test_a_missing_line_is_explained_in_the_words_of_the_sheet(drafts, bring):
    """A buyer deleted a row of a Romanian workbook, and no column was called what the message said."""
    head = "Ciornă,SKU,Cantitate,Nu înainte de,Refuzat pentru că,Trimisă la"
    [missing] = bring("purchase-orders", f"{head}\nD101,A,50,,,2026-01-01\n").unusable
    assert "write a day in 'Nu înainte de' or why not in 'Refuzat pentru că'" in missing.reason
    [unnamed] = bring("purchase-orders", "draft,SKU,quantity,sent on\nD101,A,50,2026-01-01\n").unusable
    assert "write a day in 'snoozed until' or why not in 'refused because'" in unnamed.reason


def test_a_line_of_a_sent_order_stays_as_it_was_sent(drafts, bring, stored):
    bring("purchase-orders", "draft,order status\nD101,sent\n")
    before = stored()
    for row, where, why in (
        ("D101,A,51,,,,,", "line 2, column C", "D101 was sent with 50 pieces of A: a line that was sent keeps its"),
        (f"D101,A,50,,,{in_days(9)},,", "line 2, column F", "D101 was sent with A, which can no longer be put off"),
        ("D101,AUR516,50,,,,,", "line 2, column B", "D101 was sent without AUR516"),
    ):
        done = bring("purchase-orders", f"{','.join(HEADER)}\n{row}\n")
        assert [(each.where, why in each.reason) for each in done.unusable] == [(where, True)], done.unusable
    assert stored() == before
    done = bring("purchase-orders", f"{','.join(HEADER)}\nD101,A,50,{in_days(30)},with B,,,\n")
    assert (done.is_stored, done.changed) == (True, 1)
    assert lines(drafts, "line.expected_on, line.note")["D101", "A"] == (in_days(30), "with B")


def test_a_quantity_that_the_supplier_does_not_sell_is_stored_and_told(drafts, bring):
    done = bring("purchase-orders", "draft,sku,quantity\nD101,A,45\nD101,B,65\n")
    assert done.is_stored and [(each.where, each.reason) for each in done.doubtful] == [
        ("line 2, column C", "45 is less than the supplier's least quantity 50"),
        ("line 2, column C", "45 is not a multiple of the supplier's pack 10"),
        ("line 3, column C", "65 is not a multiple of the supplier's pack 10"),
    ]


def test_a_formula_and_a_hidden_sheet_of_a_workbook(drafts, database, tmp_path: Path, stored):
    """What a formula gave when the file was saved may be of another day; openpyxl saves no result at all."""
    path = tmp_path / "orders.xlsx"
    book = openpyxl.load_workbook(workbook(path, {"TZT": [HEADER, ["D101", "A", 50], ["D101", HOSTILE, 70]],
                                                 "Old": [HEADER, ["D101", "B", 1]]}))  # fmt: skip
    book["Old"].sheet_state = "hidden"
    book["TZT"].column_dimensions["A"].hidden = True
    book["TZT"]["C2"] = "=25*2"
    book["TZT"]["B3"].data_type = "s"
    book.save(path)
    before = stored()
    done = bring_file(database, path)
    assert [(each.where, each.reason) for each in done.unusable] == [
        ("TZT!C2", "the quantity is a formula: write what it gives")
    ]
    assert done.table.other_sheets == ("Old (hidden)",) and stored() == before
    book["TZT"]["C2"] = 90
    book.save(path)
    assert bring_file(database, path, dry_run=True).changed == 1 and stored() == before
    assert bring_file(database, path).changed == 1 and lines(drafts)["D101", "A"] == 90


def bring_file(database: Any, path: Path, *, dry_run: bool = False) -> Imported:
    return import_file(database, KINDS["purchase-orders"], path, by="ana", dry_run=dry_run)


def test_what_came_of_an_order_is_no_longer_to_come(drafts, bring, stored):
    """A receipt was imported, and the pieces counted as stock and as on order."""
    bring("purchase-orders", "draft,order status\nD101,sent\n")
    head = "sku,supplier,shipping,ordered on,received on,quantity,reference\n"
    first = f"{head}A,tzt,sea,2026-01-01,2026-02-01,30,D101\nA,TZT,sea,2026-01-01,2026-02-02,5,other\n"
    status = "SELECT status FROM purchase_orders WHERE draft_key = 'D101'"
    bring("receipts", first)
    assert lines(drafts, "received_quantity")["D101", "A"] == 30
    assert drafts.execute(status).fetchone() == ("partially_received",)
    before = stored()
    bring("receipts", first)
    assert stored() == before
    bring("receipts", f"{head}A,TZT,sea,2026-01-01,2026-02-09,20,d-101\nB,TZT,sea,2026-01-01,2026-02-09,60,D101\n"
                      f"{HOSTILE},TZT,sea,2026-01-01,2026-02-09,70,D101\n")  # fmt: skip
    assert lines(drafts, "received_quantity") == {
        ("D101", "A"): 50,
        ("D101", "B"): 60,
        ("D101", HOSTILE): 70,
        ("D102", "00469"): None,
    }
    assert drafts.execute(status).fetchone() == ("received",)
