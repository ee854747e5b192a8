"""The statements of docs/data.md, run one after the other: each does what the page says."""

from magflow_pipeline.database.matches import verify
from magflow_pipeline.reports.low_stock import build_low_stock_report
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline.sync.inventory import refresh_inventory
from magflow_pipeline_tests.offers import offer

REPORT = "SELECT supplier_name, is_verified, reorder_point, maximum_stock, on_order_quantity FROM low_stock_report"


def statements() -> list[str]:
    """What is indented, in the order of the page."""
    page = (PROJECT_ROOT / "docs" / "data.md").read_text()
    blocks = [block for block in page.split("\n\n") if block.startswith("    ")]
    return [statement for block in blocks for statement in block.split(";\n\n")]


def test_each_statement_of_the_page_does_what_it_says(database, session, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, part_number="ACU1001", stock_value=5)]))
    sync()
    refresh_inventory(database, "main")
    supplier, price, confirm, unconfirm, history, levels, order = statements()

    def report() -> tuple[object, ...]:
        verify(database)
        build_low_stock_report(database)
        return session.execute(REPORT).fetchone()

    session.execute(supplier)
    session.execute(price)
    session.execute(price)  # the next list
    assert report() == ("TZT", False, 20, 100, 0)
    session.execute(confirm)
    assert report() == ("TZT", True, 20, 100, 0)
    session.execute(unconfirm)
    assert report() == ("TZT", False, 20, 100, 0)
    reasons = [row[4] for row in session.execute(history).fetchall()]
    assert reasons[0] == "match confirmed by Ana" and len(reasons) == 2
    session.execute(levels)
    session.execute(order)
    assert report() == ("TZT", False, 40, 200, 60)
