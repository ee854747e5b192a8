"""Tables of all accounts after syncs of several at the same time: built once, and again whenever something changed."""

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.purchasing.proposals import build_reorder_proposals
from magflow_pipeline.suppliers.offers import build_supplier_offers
from magflow_pipeline_tests.offers import offer

BUILDS = {
    "supplier_offers": build_supplier_offers,
    "demand_levels": build_demand_levels,
    "reorder_proposals": build_reorder_proposals,
    "low_stock_report": build_low_stock_report,
}


@pytest.fixture
def read(database, sync, make_simulator, make_seller):
    """Reads an account, as the first part of its run does."""
    make_seller(make_simulator(main=[offer(1)], fbe=[offer(1)]))

    def read_account(account: str) -> None:
        sync(account)
        refresh_inventory(database, account)

    return read_account


@pytest.fixture
def is_built_by(database, session):
    """Whether a build, in the order of a run, builds its table; it is of the newest state in any case."""

    def is_built(table: str, synced: str | None) -> bool:
        times = "SELECT min(built_at) FROM builds WHERE name = %s"
        [before] = session.execute(times, [table]).fetchone()
        BUILDS[table](database, synced=synced)
        [after] = session.execute(times, [table]).fetchone()
        assert not session.execute("SELECT FROM stale_tables WHERE name = %s", [table]).fetchall()
        return before != after

    return is_built


def test_accounts_that_were_read_at_the_same_time_build_each_table_once(read, is_built_by):
    read("main")
    read("fbe")
    assert {table: is_built_by(table, "main") for table in BUILDS} == dict.fromkeys(BUILDS, True)
    assert {table: is_built_by(table, "fbe") for table in BUILDS} == dict.fromkeys(BUILDS, False)
    assert {table: is_built_by(table, None) for table in BUILDS} == dict.fromkeys(BUILDS, True), "asked for"


def test_each_sync_has_a_build_that_began_after_it(read, is_built_by):
    read("main")
    read("fbe")
    for table in BUILDS:
        is_built_by(table, "main")
    read("main")
    assert {table: is_built_by(table, "main") for table in BUILDS} == dict.fromkeys(BUILDS, True)
    assert {table: is_built_by(table, "fbe") for table in BUILDS} == dict.fromkeys(BUILDS, False)


def test_what_changes_between_two_runs_is_built_by_the_second(read, is_built_by, session):
    read("main")
    read("fbe")
    for table in BUILDS:
        is_built_by(table, "main")
    session.execute("UPDATE inventory_items SET manual_minimum_stock = 5")
    assert is_built_by("low_stock_report", "fbe")
    session.execute("UPDATE builds SET stale_at = now() WHERE name = 'demand_levels'")
    assert is_built_by("demand_levels", "fbe"), "a new day"
