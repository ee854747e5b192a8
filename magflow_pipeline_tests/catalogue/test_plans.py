"""What a sync asks of its tables costs what its offers do, whatever the planner last saw of them."""

import pytest

from magflow_pipeline.database.statements import statement
from magflow_pipeline_tests.catalogue.test_inventory import MANY, many_offers, rows_touched
from magflow_pipeline_tests.conftest import both_servers


@pytest.mark.slow
@both_servers
def test_offers_that_are_due_are_found_in_one_look_however_little_memory_there_is(session):
    """Of 1,000,000 offers, 20,000 of which have more than was asked for, it took hours: NOT IN, too large to hash."""
    many_offers(session, 3 * MANY)
    session.execute("ANALYZE")
    session.execute("UPDATE emag_product_contents SET stock_above = 20, stock_above_since = now()")
    parameters = {"account_type": "main", "sync_log_id": 1, "bound": 5, "budget": 40}
    with session.transaction():
        session.execute("SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1")
        assert rows_touched(session, statement("catalogue/offers_to_read_singly"), parameters) < 100 * MANY
