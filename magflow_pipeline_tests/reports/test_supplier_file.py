"""The file that a supplier gets: what he needs, and nothing of the seller's."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest

from magflow_pipeline.cli.order_documents import write_files
from magflow_pipeline.reports.choices import SupplierLanguage
from magflow_pipeline.reports.screen import Screen
from magflow_pipeline.reports.supplier_file import write_supplier_files
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.drafts import HOSTILE, draft, item, shop
from magflow_pipeline_tests.reports.picture_server import HERE, only, picture, picture_server

ZH = ["图片", "名称", "规格名", "数量", "零售价", "金额", "商品链接", "图片链接"]
# What the seller knows of the item, and no supplier may: each in a form that is found wherever it stands.
PLANTED = {
    "sku": "SKU-PLANTED-77",
    "price": Decimal("98765.4321"),
    "available_quantity": 7_654_321,
    "expected_daily_demand": Decimal("8642.9753"),
    "margin_ron": Decimal("5432.6789"),
    "landed_unit_cost_ron": Decimal("4321.8765"),
    "unit_cost_ron": Decimal("3219.7654"),
    "reason": "WHY-PLANTED",
    "reason_ro": "DE-CE-PLANTED",
    "flags": "FLAG-PLANTED",
    "supplier_name": "OTHER-SUPPLIER-PLANTED",
    "cheapest_supplier_name": "CHEAPEST-PLANTED",
    "ron_at_risk_per_day": Decimal("7531.24"),
    "maximum_stock": 6_543_217,
}


def rows_of(path: Path, heading: str, *, formulas: bool = False) -> list[list[Any]]:
    """The header that begins with `heading`, and what is below it."""
    sheet = openpyxl.load_workbook(path, data_only=not formulas).worksheets[0]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    return lines[next(number for number, line in enumerate(lines) if line[0] == heading) :]


def test_nothing_of_the_sellers_is_in_it(database, session, tmp_path, monkeypatch):
    """Whatever is in the file can be read: hidden sheets, comments, names, properties, pictures."""
    monkeypatch.setenv("MAGFLOW_COMPANY", "Buyer SRL")
    load_settings.cache_clear()
    shop(session)
    product = item(session, name="Lamp", **PLANTED)
    note = {"note": "NOTE-PLANTED", "quantity": 12, "proposed_quantity": 8_191_919}
    line = {"product_id": product, "sku": PLANTED["sku"], "url": "https://detail.1688.com/offer/1.html", **note}
    draft(session, 1, "NEWTEC", [{**line, "article_name": "台灯", "specification": "白色"}], minimum="8642.13")
    session.execute("UPDATE purchase_orders SET note = 'ORDER-PLANTED', expected_on = '2031-07-19'")
    draft(session, 2, "OTHER-SUPPLIER-PLANTED", [{"product_id": product, "unit_price": "6666.7777"}])
    insert(session, "product_costs", sku=PLANTED["sku"], weight_kg="7.7771")
    [file, _] = write_supplier_files(database, tmp_path, with_pictures=False)
    assert (file.supplier_name, file.drafts, file.lines) == ("NEWTEC", ["D101"], 1)
    numbers = [8_191_919, Decimal("8642.13"), Decimal("6666.7777"), Decimal("7.7771"), "2031-07-19", "NOTE-PLANTED"]
    planted = [str(each) for each in (*PLANTED.values(), *numbers, "ORDER-PLANTED", "shop.example", "Nordwell")]
    planted += [each.replace(".", ",") for each in planted] + [quote(each) for each in planted]
    with zipfile.ZipFile(file.path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    everything = b"\n".join(name.encode() + body for name, body in parts.items())
    assert "台灯".encode() in everything and b"2.3456" in everything  # it is searched where things stand
    assert [each for each in planted if each.encode() in everything] == []
    assert not [name for name in parts if "comment" in name or "custom" in name or "externalLink" in name]
    book = openpyxl.load_workbook(file.path)
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible"]
    about = book.properties
    assert not any((about.creator, about.lastModifiedBy, about.description, about.keywords, about.subject))


def test_it_has_the_layout_of_his_shop(database, session, tmp_path, monkeypatch):
    monkeypatch.setenv("MAGFLOW_COMPANY", "Buyer SRL")
    load_settings.cache_clear()
    shop(session)
    lamp, belt = item(session, "A-1"), item(session, "A-2", name="Curea")
    line = {"product_id": lamp, "sku": "A-1", "url": "https://detail.1688.com/offer/1.html"}
    lines = [
        {**line, "article_name": "台灯", "specification": "白色"},
        {"product_id": belt, "unit_price": "1.005", "quantity": 3},
    ]
    draft(session, 1, "广州市新锐 GXR", [*lines, {"product_id": item(session, "A-3"), "unit_price": None}])
    [file] = write_supplier_files(database, tmp_path, with_pictures=False)
    header, *below, total = rows_of(file.path, ZH[0])
    assert header == ZH
    by_name = {row[1]: row for row in below}
    assert by_name["台灯"][2:7] == ["白色", 12, 2.3456, 28.15, "https://detail.1688.com/offer/1.html"]
    assert by_name["Curea"][2:6] == [None, 3, 1.005, 3.02]  # 3.015, as Excel rounds it
    assert by_name["Lampă A-3"][4:6] == [None, None]  # he fills the price in
    assert str(by_name["台灯"][7]).startswith("https://pictures.invalid/")
    assert total[1:6] == ["合计 CNY", None, 27, None, 31.17]
    formulas = rows_of(file.path, ZH[0], formulas=True)
    assert formulas[1][5].startswith("=IF(") and formulas[-1][5].startswith("=SUM(")
    sheet = openpyxl.load_workbook(file.path).worksheets[0]
    assert sheet["A1"].value == "Buyer SRL · 采购单 D101" and "广州市新锐 GXR" in sheet["A2"].value
    assert "海运" in sheet["A2"].value and "CNY" in sheet["A2"].value and "请" in sheet["A3"].value
    assert sheet.freeze_panes == "A5" and sheet["E5"].number_format.endswith('"CNY"')
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)


@pytest.mark.parametrize(
    ("currency", "language", "first"),
    [
        ("CNY", None, "图片"),
        ("RON", None, "Imagine"),
        ("EUR", None, "Picture"),
        (None, None, "Picture"),
        ("CNY", SupplierLanguage.RO, "Imagine"),
        ("RON", SupplierLanguage.ZH, "图片"),
    ],
)
def test_it_is_in_his_language(database, session, tmp_path, currency, language, first):
    shop(session)
    draft(session, 1, "NEWTEC", [{"product_id": item(session, "A-1")}], currency=currency)
    [file] = write_supplier_files(database, tmp_path, language, with_pictures=False)
    header, line, _ = rows_of(file.path, first)
    assert len(header) == len(ZH) and line[3] == 12


def test_pictures_that_can_be_had_are_in_it_and_others_are_linked(database, session, tmp_path):
    shop(session)
    products = [item(session, f"A-{number}") for number in range(3)]
    draft(session, 1, "NEWTEC", [{"product_id": product} for product in products])
    with picture_server() as server:
        addresses = [
            server.put("/a", picture()),
            server.put("/b", picture("JPEG", 90, 300)),
            server.put("/c", b"<html>"),
        ]
        for product, address in zip(products, addresses, strict=True):
            images = f'[{{"url": "{address}", "display_type": 1}}]'
            session.execute("UPDATE emag_products_v2 SET images = %s WHERE emag_id = %s", [images, product])
        [file] = write_supplier_files(database, tmp_path, may_reach=only(HERE))
        assert (file.pictures, file.linked) == (2, 1)
        asked = len(server.asked)
        [linked] = write_supplier_files(database, tmp_path / "linked", with_pictures=False)
        assert (linked.pictures, linked.linked, len(server.asked)) == (0, 3, asked)
    sheet = openpyxl.load_workbook(file.path).worksheets[0]
    rows = {image.anchor._from.row + 1: image for image in sheet._images}
    shown = {sheet.cell(row, 8).value for row in rows}
    assert shown == set(addresses[:2])
    assert sheet.cell(min(rows), 8).hyperlink.target in addresses


def test_a_demo_asks_for_no_picture_and_says_that_it_is_one(database, session, tmp_path):
    """A made-up order went to a supplier."""
    shop(session, marketplace="simulator")
    session.execute("UPDATE low_stock_report SET marketplace = 'simulator'")
    draft(session, 1, "NEWTEC", [{"product_id": item(session, "A-1", marketplace="simulator")}])
    [file] = write_supplier_files(database, tmp_path)
    assert file.path.name == "DEMO D101 NEWTEC.xlsx" and (file.pictures, file.linked) == (0, 1)
    sheet = openpyxl.load_workbook(file.path).worksheets[0]
    assert sheet.title.startswith("DEMO ") and "演示数据" in sheet["A4"].value


def test_each_supplier_has_a_file_whatever_his_name_is(database, session, tmp_path):
    """Two names were one file; a name led out of the folder, or was a formula."""
    shop(session)
    for number, name in enumerate(HOSTILE, 1):
        about = {"article_name": name, "specification": name, "url": f'https://evil.example/"{number}'}
        draft(session, number, name, [{"product_id": item(session, f"SKU-{number}"), "sku": f"SKU-{number}", **about}])
    folder = tmp_path / "deep" / "folder"
    files = write_supplier_files(database, folder, with_pictures=False)
    # Names that differ in case alone are one supplier: he has one file, with a sheet for each order.
    assert len(files) == len(HOSTILE) - 1 == len({file.path.name.casefold() for file in files})
    assert sorted(folder.iterdir()) == sorted(file.path for file in files)
    for file in files:
        assert len(file.path.name.encode()) < 200 and not set('<>:"/\\|?*\x1b\x07') & set(file.path.name)
        header, line, *_ = rows_of(file.path, "图片")
        assert header == ZH and line[3] == 12
        article = rows_of(file.path, "图片", formulas=True)[1][1]
        sheet = openpyxl.load_workbook(file.path).worksheets[0]
        assert sheet.cell(5, 2).data_type == "s" and article
    written = {file.supplier_name: rows_of(file.path, "图片")[1][1] for file in files}
    assert written["=1+1"] == "=1+1"


def test_an_order_has_a_sheet_and_a_supplier_a_file(database, session, tmp_path):
    shop(session)
    first, second = item(session, "A-1"), item(session, "A-2")
    draft(session, 1, "NEWTEC", [{"product_id": first}])
    order = {"id": 2, "supplier_id": 1, "currency": "EUR", "shipping": "air", "draft_key": "D102"}
    insert(session, "purchase_orders", **order)
    insert(session, "purchase_order_items", purchase_order_id=2, product_id=second, quantity=5, proposed_quantity=5)
    [file] = write_supplier_files(database, tmp_path, with_pictures=False)
    assert file.drafts == ["D101", "D102"] and file.lines == 2
    book = openpyxl.load_workbook(file.path, data_only=True)
    assert book.sheetnames == ["D101 NEWTEC", "D102 NEWTEC"]
    totals = [[cell for cell in list(sheet.values)[-1] if cell is not None] for sheet in book.worksheets]
    assert totals == [["合计 CNY", 12, 28.15], ["Total EUR", 5, 0]]
    [only_second] = write_supplier_files(database, tmp_path, orders=[2], with_pictures=False)
    assert only_second.drafts == ["D102"]


def test_a_line_that_says_nothing_is_told_to_the_buyer(database, session, tmp_path):
    """A supplier got 349 pieces of nothing but a link, and had to guess."""
    shop(session)
    bare, named, shown = (item(session, sku, name=None) for sku in ("BARE", "NAMED", "SHOWN"))
    session.execute("UPDATE products SET name = NULL")
    session.execute("UPDATE emag_products_v2 SET images = '[]', name = ' ' WHERE sku IN ('BARE', 'NAMED')")
    lines = [
        {"product_id": bare, "sku": "BARE", "url": "https://detail.1688.com/offer/1.html"},
        {"product_id": named, "sku": "NAMED", "article_name": "台灯"},
        {"product_id": shown, "sku": "SHOWN"},
    ]
    orders = [draft(session, 1, "NEWTEC", lines), draft(session, 2, "TZT", lines[1:])]
    for wanted, told in ((orders, ["D101, NEWTEC: BARE"]), (orders[1:], [])):
        console = Screen(file=io.StringIO())
        write_files(console, database, load_settings(), tmp_path, None, wanted, with_pictures=False)
        said = [line for line in console.file.getvalue().splitlines() if "has no name" in line]
        assert [line.partition(" has no name, variant or picture")[0] for line in said] == told
        assert all("magflow import sheets FILE" in line for line in said)
