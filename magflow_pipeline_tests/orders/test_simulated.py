"""Orders of the simulator, which sells like a real seller: what is stored is what was sold, line by line."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.statements import check
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.sync import sync_orders
from magflow_pipeline.settings import SQL_FOLDER, load_settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.orders.conftest import fast

assert fast  # a fixture

DAYS = 60
STORED = """
    SELECT sold.order_id, sold.order_type, sold.status, line.line_id, line.product_id, line.quantity, line.initial_qty,
        line.storno_qty
    FROM emag_orders AS sold LEFT JOIN emag_order_lines AS line USING (account_type, order_id)
    WHERE sold.account_type = 'main' ORDER BY 1, 4
"""
ANALYSED = "SELECT bool_and(reltuples > 0) FROM pg_class WHERE relname IN ('emag_orders', 'emag_order_lines')"
KEYS = ("id", "product_id", "quantity", "initial_qty", "storno_qty")
CHECKS = {
    file.stem for file in (SQL_FOLDER / "checks").glob("*order*.sql") if file.stem != "every_order_line_has_its_offer"
}


@pytest.mark.slow
@pytest.mark.parametrize("hollow", [0, 1])
def test_what_is_stored_is_what_was_sold(database, session, fast, hollow):
    """Also where each of eMAG's own orders comes without products and customer when it is asked for by its change."""
    switches = {"main": Switches(enforce_rate_limit=False, hollow_orders=hollow, order_of_rows="shuffled")}
    for table in ("emag_orders", "emag_order_lines"):
        session.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    now = datetime.now(UTC).replace(microsecond=0)
    opened = now - timedelta(days=1)
    with running(make_catalogue(main=300, fbe=1), switches, days=DAYS, opened=opened) as simulator:
        account = Account("main", "main", SecretStr("demo"), simulator.url, "simulator", "main", "EMAG-MAIN")

        def sync(days: int):
            return asyncio.run(sync_orders(database, load_settings(), account, OrderOptions(days=days), tell=print))

        def compare() -> None:
            sold = simulator.orders("main")
            lines = [
                (*(int(row[key]) for key in ("id", "type", "status")), *(line[key] and int(line[key]) for key in KEYS))
                for row in sold
                for line in row["products"]
            ]
            assert session.execute(STORED).fetchall() == sorted(lines)
            assert len(lines) > 300

        assert sync(20).outcome == "completed"
        assert sync(DAYS + 5).outcome == "completed"
        compare()
        assert session.execute(ANALYSED).fetchall() == [(True,)], "the next build is planned for empty tables"
        simulator.move_clock(now)
        result = sync(DAYS + 5)
        assert (result.outcome, result.counts.created > 0, result.counts.updated > 0) == ("completed", True, True)
        compare()
        again = sync(DAYS + 5)
        assert (again.counts.created, again.counts.updated) == (0, 0)
        assert {each["status"] for each in simulator.requests("main")} == {200}
    parameters = {"accounts": ["main"], "interval": 30}
    for name in CHECKS:
        assert session.execute(check(name), parameters).fetchall() == [], name
