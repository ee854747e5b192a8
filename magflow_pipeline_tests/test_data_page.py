"""The statements of docs/data.md, run one after the other: each does what the page says."""

import psycopg
import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database.owners import ERP
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline.shop.demo import load_demo_suppliers
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.servers import of_role

REPORT = """
    SELECT supplier_name, is_verified, reorder_point, maximum_stock, on_order_quantity FROM low_stock_report
    WHERE sku = 'AUR516' AND account_type = 'main'
"""


def statements() -> list[str]:
    """What is indented, in the order of the page."""
    page = (PROJECT_ROOT / "docs" / "data.md").read_text()
    blocks = [block for block in page.split("\n\n") if block.startswith("    ")]
    return [statement for block in blocks for statement in block.split(";\n\n")]


@pytest.fixture
def demo(database, session, sync, make_simulator, make_seller) -> None:
    """What the demo holds of the page's SKU: its offer, its suppliers, their prices and matches."""
    catalogue = make_catalogue()
    offers = {
        name: [each for each in all_of_it if each["part_number"] == "AUR516"]
        for name, all_of_it in catalogue.accounts.items()
    }
    make_seller(make_simulator(**offers))
    load_demo_suppliers(database)
    sync()
    refresh_inventory(database, "main")


def test_each_statement_of_the_page_does_in_the_demo_what_it_says_for_the_erp(database, database_url, session, demo):
    new, preferred, price, confirm, unconfirm, history, levels, order, sale, counted = statements()

    def report() -> tuple[object, ...]:
        verify(database)
        build_plan(database)
        return session.execute(REPORT).fetchone()

    def run(statement: str) -> None:
        with psycopg.connect(of_role(database_url, ERP)) as erp:
            assert erp.execute(statement.encode()).rowcount > 0, statement

    assert report() == ("KEMEISING", True, 20, 100, 0)
    run(new)
    run(preferred)
    run(price)
    run(price)  # the next list
    assert report() == ("TZT", False, 20, 100, 0)
    run(confirm)
    assert report() == ("TZT", True, 20, 100, 0)
    run(unconfirm)
    assert report() == ("TZT", False, 20, 100, 0)
    reasons = [row[4] for row in session.execute(history).fetchall()]
    assert reasons[-2] == "match confirmed by Ana" and len(reasons) == 3
    run(levels)
    run(order)
    assert report() == ("TZT", False, 40, 200, 60)
    for statement in (sale, sale, counted, counted):
        run(statement)
    assert session.execute("SELECT channel, quantity FROM sales_elsewhere").fetchall() == [("own shop", 3)]
    assert session.execute("SELECT sku, quantity FROM stock_counts").fetchall() == [("AUR516", 7)]


def test_a_statement_for_a_sku_that_is_not_there_changes_nothing_and_says_so(session, demo):
    """psql answers with the number of rows; a row that refers to nothing would be "1" and a lie."""
    _, _, _, confirm, unconfirm, history, levels, order, _, _ = statements()
    for statement in (confirm, unconfirm, history, levels, order):
        assert session.execute(statement.replace("AUR516", "NO-SUCH")).rowcount == 0, statement
    assert session.execute("SELECT FROM purchase_orders").rowcount == 0, "an order without lines"
