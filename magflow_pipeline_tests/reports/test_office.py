"""Workbooks in LibreOffice: formulas computed anew say what they were written with; pages are few, and not empty."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image

from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.order_workbook import write_buyers_workbook
from magflow_pipeline.reports.supplier_file import write_supplier_files
from magflow_pipeline_tests.reports.drafts import draft, item, shop
from magflow_pipeline_tests.reports.office import converted, pages, picture_of, text_of
from magflow_pipeline_tests.reports.picture_server import HERE, only, picture, picture_server
from magflow_pipeline_tests.reports.test_order_workbook import hostile_drafts, two_drafts

pytestmark = pytest.mark.slow
ITEMS = 400
MANY = """
INSERT INTO low_stock_report (
    account_type, sku, emag_id, product_id, name, warehouse, status, reason, reason_ro, quantity, reserved_quantity,
    available_quantity, on_order_quantity, minimum_stock, reorder_point, maximum_stock, reorder_quantity,
    has_manual_levels, is_verified, supplier_count
)
SELECT
    account, 'ITEM' || n, n, 1000 + n, repeat('Lampă de birou ', 6), 'W', 'critical', repeat('Because. ', 40),
    repeat('Pentru că. ', 40), 5, 0, 5, 0, 10, 20, 100, 95, FALSE, FALSE, 1
FROM generate_series(1, %s) AS n, unnest(ARRAY['main', 'fbe']) AS account
"""


def values_of(path: Path) -> dict[str, Any]:
    """What each formula of a workbook says, by its sheet and cell."""
    formulas, cached = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        f"{sheet.title}!{cell.coordinate}": cached[sheet.title][cell.coordinate].value
        for sheet in formulas.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def assert_same_when_computed_anew(path: Path, folder: Path) -> None:
    written, computed = values_of(path), values_of(converted(path, "xlsx", folder))
    assert written.keys() <= computed.keys() and written
    for cell, value in written.items():
        anew = computed[cell]
        if isinstance(value, int | float):
            assert anew == pytest.approx(value, abs=1e-9), cell
        else:
            assert (anew or "") == (value or ""), cell


@pytest.mark.parametrize("language", list(Language))
def test_the_buyers_workbook_prints_on_few_pages_and_adds_up(database, session, tmp_path, language):
    """It printed as 780 pages, and sums were of what another program had computed."""
    two_drafts(session)
    session.execute(MANY, [ITEMS])
    path = tmp_path / "orders.xlsx"
    write_buyers_workbook(database, path, language)
    assert_same_when_computed_anew(path, tmp_path)
    pdf = converted(path, "pdf", tmp_path)
    assert 4 <= pages(pdf) <= 3 + ITEMS // 25  # a page each for the summary and the drafts, then all items
    summary, items = text_of(pdf, 1), [text_of(pdf, number) for number in (4, 5)]
    assert "NEWTEC" in summary and "D101" in summary
    heading = "Furnizor" if language is Language.RO else "Supplier"
    assert all(heading in each for each in items)  # the header is on each page
    for number in (1, 2, 4):
        with Image.open(picture_of(pdf, number, tmp_path / f"page-{number}")) as page:
            assert page.width > page.height and len(page.convert("L").getcolors(256) or ()) > 10


def test_hostile_names_do_no_harm_in_another_program(database, session, tmp_path):
    hostile_drafts(session)
    path = tmp_path / "orders.xlsx"
    write_buyers_workbook(database, path, Language.EN)
    assert_same_when_computed_anew(path, tmp_path)


def test_the_suppliers_file_is_a_page_with_its_pictures(database, session, tmp_path):
    shop(session)
    product = item(session, "A-1")
    line = {"product_id": product, "sku": "A-1", "url": "https://detail.1688.com/offer/1.html"}
    draft(
        session,
        1,
        "NEWTEC",
        [{**line, "article_name": "台灯"}, {"product_id": item(session, "A-2"), "unit_price": None}],
    )
    with picture_server() as server:
        images = f'[{{"url": "{server.put("/a", picture())}", "display_type": 1}}]'
        session.execute("UPDATE emag_products_v2 SET images = %s WHERE emag_id = %s", [images, product])
        [file] = write_supplier_files(database, tmp_path / "files", may_reach=only(HERE))
    assert_same_when_computed_anew(file.path, tmp_path)
    pdf = converted(file.path, "pdf", tmp_path)
    assert pages(pdf) == 1 and "NEWTEC" in text_of(pdf, 1)
    with Image.open(picture_of(pdf, 1, tmp_path / "page")) as page:
        colours = page.convert("RGB").getcolors(2**20) or []
    reds = sum(count for count, (red, green, blue) in colours if red > 150 and green < 80 and blue < 80)
    assert reds > 500  # the picture itself is on the page
