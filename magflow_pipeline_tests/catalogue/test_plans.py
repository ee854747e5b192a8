"""What a sync asks of its tables costs what its offers do, whatever the planner last saw of them."""

import time
from collections.abc import Callable

import psycopg
import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database.statements import statement
from magflow_pipeline_tests.catalogue.test_inventory import MANY, many_offers, rows_touched
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

NUMBER = 400
READ = (
    "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables"
    " WHERE relname IN ('emag_product_contents', 'emag_offer_contents', 'emag_offers_seen', 'inventory_items')"
)


@pytest.fixture
def rows_read(session: psycopg.Connection) -> Callable[[Callable[[], object]], int]:
    """How many rows of the offers' tables are read by what is done, by the server's own counters."""

    def counted() -> int:
        time.sleep(1.5)  # a session that ends hands in its counts a moment later
        [(number,)] = session.execute(READ).fetchall()
        return number

    def run(work: Callable[[], object]) -> int:
        before = counted()
        work()
        return counted() - before

    return run


@pytest.mark.slow
@both_servers
def test_a_second_account_costs_what_the_first_did(database, session, make_simulator, make_seller, sync, rows_read):
    """Where statistics know the first one only, a row of the other is taken for one alone: each met all the others."""
    low = [offer(number, stock_value=number % 30) for number in range(1, 101)]
    simulator = make_simulator(main=offers(NUMBER), fbe=[*low, *offers(NUMBER - 100, start=101)])
    make_seller(simulator)
    for table in ("emag_product_contents", "emag_offer_contents", "emag_offers_seen"):
        session.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    assert sync("main").is_complete
    refresh_inventory(database, "main")
    session.execute("ANALYZE")
    for mode in ("full", "full", "incremental"):
        assert rows_read(lambda mode=mode: sync("fbe", mode=mode)) < 50 * NUMBER, mode
        simulator.patch_offers("fbe", [offer(number, stock_value=80) for number in range(1, 61)])


@pytest.mark.slow
@both_servers
def test_offers_that_are_due_are_found_in_one_look_however_little_memory_there_is(session):
    """Of 1,000,000 offers, 20,000 of which are above a bound, it took over a minute: NOT IN, too large to hash."""
    many_offers(session, 3 * MANY)
    session.execute("ANALYZE")
    session.execute("UPDATE emag_product_contents SET stock_above = 20, stock_above_since = now()")
    parameters = {"account_type": "main", "sync_log_id": 1, "bound": 5, "budget": 40}
    with session.transaction():
        session.execute("SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1")
        assert rows_touched(session, statement("catalogue/offers_to_read_singly"), parameters) < 100 * MANY
