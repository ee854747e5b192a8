"""`magflow order` and back: drafts out, a workbook edited by hand, in again, on order, received, learned."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.plan import PLANNED, build_plan
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.reports.wording import headings
from magflow_pipeline.settings import load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.offers import offer

ORDERED = ("purchase_orders", "purchase_order_items", "purchase_order_shares", "purchase_decisions")


def in_days(days: int) -> date:
    return datetime.now(BUCHAREST).date() + timedelta(days=days)


def run(*arguments: object, code: int = 0) -> str:
    """What a verb prints, and why it fails if it should."""
    done = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "250"})
    assert (done.exit_code != 0) == (code != 0), f"{done.output}{done.exception!r}"
    return f"{done.output}{done.exception or ''}"


@pytest.fixture
def seller(database, sync, make_simulator, make_seller, tmp_path) -> Path:
    """Three items on both accounts that are short, by levels set by hand; TZT sells two, WANKE one."""
    make_seller(
        make_simulator(
            main=[offer(number, stock_value=0) for number in (1, 2, 3)],
            fbe=[offer(number, stock_value=4) for number in (1, 2)],
        )
    )
    for account in ("main", "fbe"):
        sync(account)
        refresh_inventory(database, account)
    for kind, text in {
        "sheets": "sku,supplier,price,article name\nSKU1,TZT,10,一号\nSKU2,TZT,20,\nSKU3,WANKE,30,\n",
        "terms": "supplier,moq,pack,freight per kg,freight per m3,freight per order\nTZT,10,5,,,\n",
        "policy": "account,sku,min,rop,max\nmain,SKU1,5,10,41\nfbe,SKU1,5,10,30\nmain,SKU2,5,10,50\nmain,SKU3,1,3,7\n",
    }.items():
        (tmp_path / f"{kind}.csv").write_text(text)
        run("import", kind, tmp_path / f"{kind}.csv")
    run("rates", "set", "CNY", "0.62")
    build_plan(database)
    return tmp_path


def stale(database: Database) -> set[str]:
    """The parts of the plan that are older than what they are made from."""
    return {row["name"] for row in read_rows(database, "stale_tables")} & set(PLANNED)


def edit(path: Path, names: dict[str, str], edits: dict[str, dict[str, Any]]) -> int:
    """Write into the cells of lines, by SKU and column, as a person does; returns how many were found."""
    book, found = openpyxl.load_workbook(path), 0
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for number, row in enumerate(rows):
            if names["draft_number"] in row and names["sku"] in row:
                places = {heading: place for place, heading in enumerate(row)}
                for line, cells in enumerate(rows[number + 1 :], start=number + 2):
                    for column, value in edits.get(str(cells[places[names["sku"]]]), {}).items():
                        sheet.cell(line, places[names[column]] + 1, value)
                        found += 1
    book.save(path)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", [Language.EN, Language.RO])
def test_a_workbook_goes_out_is_edited_and_comes_back_once(seller, database, session, language):
    """The buyer filtered a list, added two accounts up, and wrote the order by SQL."""
    assert "Name the suppliers to order from, or say --all." in run("order", code=1)
    assert "Did you mean WANKE?" in run("order", "Wanko", code=1)
    told = run("order", "--all")
    assert "D101" in told and "2 drafts, 3 lines: 3 new, 0 changed, 0 as they were." in told
    assert "2 drafts, 3 lines: 0 new, 0 changed, 3 as they were." in run("order", "wanke", "TZT")
    told = run("order", "--all", "--language", "ro")
    assert "Ciorne: 2; linii: 3, din care 0 noi, 0 schimbate, 3 ca înainte." in told
    assert "Ciornă" in told and " da " in told and "True" not in told
    proposed = {row["sku"]: row["quantity"] for row in read_rows(database, "draft_order_lines")}
    assert proposed == {"SKU1": 70, "SKU2": 50, "SKU3": 7}

    path, names = seller / "orders.xlsx", dict(headings(database, language))
    run("order", "--all", "--output", path, "--language", language.value)
    assert "0 new, 0 changed" in run("import", "purchase-orders", path), "unedited, it changes nothing"
    sent = {"sent_on": in_days(-1)}
    edits = {
        "SKU1": {**sent, "quantity": 90, "expected_on": in_days(40), "note": "urgent"},
        "SKU2": {"snoozed_until": in_days(30)},
        "SKU3": {"refused_because": "prea scump"},
    }
    assert edit(path, names, edits) == 6
    before = [session.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ORDERED]
    assert "Nothing was changed: --dry-run." in run("import", "purchase-orders", path, "--dry-run")
    assert before == [session.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ORDERED]
    told = run("import", "purchase-orders", path)
    assert "D101 to TZT: sent, 1 line, 90 pieces; 1 line changed; 1 line put off." in told
    before = [session.execute(f"SELECT xmin::text, * FROM {table} ORDER BY 2, 3").fetchall() for table in ORDERED]
    assert "0 new, 0 changed" in run("import", "purchase-orders", path)
    after = [session.execute(f"SELECT xmin::text, * FROM {table} ORDER BY 2, 3").fetchall() for table in ORDERED]
    assert after == before

    assert not stale(database), "what was sent is on order in the report that comes next, whoever else is running"
    report = {
        (row["account_type"], row["sku"]): row
        for row in json.loads(run("report", "--format", "json").split("\n", 0)[0])
    }
    on_order = {key: row["on_order_quantity"] for key, row in report.items()}
    assert on_order["main", "SKU1"] + on_order["fbe", "SKU1"] == 90 and on_order["fbe", "SKU1"] > 26
    assert on_order["main", "SKU2"] == on_order["main", "SKU3"] == 0
    assert report["main", "SKU1"]["next_arrival"] == f"{in_days(40)}"
    snoozed, refused = report["main", "SKU2"], report["main", "SKU3"]
    assert (snoozed["blocked"], refused["blocked"]) == (f"snoozed {in_days(30)}", f"refused {in_days(90)}")
    assert (snoozed["reorder_quantity"], snoozed["reason_code"]) == (0, "not_proposed")
    assert f"Order 0: a person put it off, and it is proposed again on {in_days(30)}." in snoozed["reason"]
    assert f"De comandat 0: cineva l-a refuzat, se propune din nou la {in_days(90)}." in refused["reason_ro"]
    assert "because: prea scump" in run("explain", "SKU3") and "prea scump" in run(
        "explain", "SKU3", "--language", "ro"
    )
    proposals = run("proposals")
    assert "Put off by a person" in proposals and "prea scump" in proposals
    assert "and no draft is open" in run("order", "--all"), "nothing is ordered twice"

    receipts = seller / "receipts.csv"
    lines = [f"SKU1,TZT,{in_days(-60)},{in_days(-1)},30,{note}" for note in ("D101", "d101 ", "N-1")]
    lines[1] = lines[1].replace(f"{in_days(-1)}", f"{in_days(-2)}")
    receipts.write_text("\n".join(["sku,supplier,ordered on,received on,quantity,reference", *lines]) + "\n")
    run("import", "receipts", receipts)
    [learned] = read_rows(database, "supplier_offers", only={"sku": ["SKU1"]})
    assert learned["lead_time_source"] == "receipts"
    assert session.execute("SELECT status FROM purchase_orders WHERE draft_key = 'D101'").fetchone() == (
        "partially_received",
    )
    assert session.execute("SELECT sum(quantity) FROM open_order_lines").fetchone() == (30,)


@pytest.mark.slow
def test_each_supplier_gets_his_file_with_nothing_of_the_sellers(seller, database, monkeypatch):
    """An export to a supplier had the selling prices in it, and whom else the seller buys from."""
    folder = seller / "out"
    told = run("order", "--all", "--for-supplier", folder, "--no-pictures")
    files = sorted(folder.iterdir())
    assert len(files) == 2 and all(f"{file}: " in told for file in files)
    assert "No file names you: MAGFLOW_COMPANY" in told
    cells = {file: cells_of(file) for file in files}
    [tzt] = [file for file in files if "一号" in cells[file]]
    [wanke] = [file for file in files if file != tzt]
    assert {70, 10, 700, 50, 20, 1000, 1700} <= cells[tzt] and {7, 30, 210} <= cells[wanke]
    for file in files:
        for own in ("SKU", "84.03", "WANKE" if file == tzt else "TZT"):
            assert not any(own in str(cell) for cell in cells[file]), own

    monkeypatch.setenv("MAGFLOW_COMPANY", "Zamfir SRL")
    load_settings.cache_clear()
    chosen = seller / "english"
    told = run(*("order", "wanke", "--for-supplier", chosen, "--no-pictures"), *("--supplier-language", "en"))
    [file] = chosen.iterdir()
    assert "No file names you" not in told and {"Quantity"} <= cells_of(file)
    assert any("Zamfir SRL" in str(cell) for cell in cells_of(file))
    file.unlink()
    chosen.rmdir()
    chosen.write_text("a file, where the folder is to be")
    assert f"{chosen} cannot be written to: " in run("order", "wanke", "--for-supplier", chosen, code=1)


def cells_of(path: Path) -> set[Any]:
    """All values of all sheets; of a formula the result that is kept with it."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}


@pytest.mark.slow
def test_the_report_says_that_an_item_is_on_a_draft(seller, database, session):
    session.execute("UPDATE products SET name = NULL WHERE sku = 'SKU3'")
    assert "Something has changed since this report was built" in run("report")
    run("order", "--all", "--output", seller / "orders.xlsx")
    assert "Something has changed since this report was built" not in run("report")
    book = openpyxl.load_workbook(seller / "orders.xlsx")
    cells = [
        str(cell) for sheet in book for row in sheet.iter_rows(max_row=12, values_only=True) for cell in row if cell
    ]
    assert any("2 of 2 offers read" in cell for cell in cells) and not any("STALE" in cell for cell in cells)
    [action] = [row for row in read_rows(database, "proposed_actions") if row["sku"] == "SKU3"]
    assert action["name"] == "Produs numărul 3", "eMAG's, where nobody wrote one"
    [row] = read_rows(database, "low_stock_report", only={"sku": ["SKU3"]})
    assert row["flags"].endswith("on_draft D102") and row["reorder_quantity"] == 7
    assert row["reason"].endswith("It is on draft D102, which is not sent yet.")
    assert row["reason_ro"].endswith("Este pe ciorna D102, care nu este trimisă încă.")
    assert "it is on draft D102, which is not sent yet" in run("proposals")
    assert "On draft D102 to WANKE, which is not sent yet: 7" in run("explain", "SKU3")
