"""The scan: every page in, committed rows and a closed log out, against the simulator on real PostgreSQL."""

import asyncio

from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync.options import make_options
from magflow_pipeline.sync.scan import ScanResult, sync_account
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offers


def run(database, account, **options) -> ScanResult:
    settings = load_settings()
    return asyncio.run(sync_account(database, settings, account, make_options(settings, **options)))


@both_servers
def test_every_page_is_stored_and_the_log_is_closed(database, session, make_simulator, make_seller, accounts):
    make_seller(make_simulator(main=offers(203)))
    result = run(database, accounts()["main"])
    assert result.outcome == "completed" and result.is_complete
    assert session.execute("SELECT count(*) FROM emag_products_v2").fetchone() == (203,)
    assert session.execute("SELECT count(*) FROM emag_product_offers_v2").fetchone() == (203,)
    log = session.execute(
        "SELECT status, total_items, processed_items, created_items, pages_processed, errors FROM emag_sync_logs"
    ).fetchone()
    assert log == ("completed", 203, 203, 203, 3, [])
