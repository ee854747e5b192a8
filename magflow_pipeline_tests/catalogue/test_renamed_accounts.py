"""An account with a new name in EMAG_ACCOUNTS is the same account, if marketplace and user are the same."""

from typing import Any

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.known_accounts import former_name
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

SHOP = {"EMAG_SHOP_USERNAME": "main", "EMAG_SHOP_PASSWORD": "demo"}
WITH_ACCOUNT = """
    SELECT table_name FROM information_schema.columns
    INNER JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'app' AND table_type = 'BASE TABLE' AND column_name = 'account_type'
"""


@pytest.fixture
def build(database, sync):
    """Sync accounts, then build their inventory and the report; what was told."""

    def run(*names: str) -> list[str]:
        told: list[str] = []
        for name in names:
            sync(name, tell=told.append)
            refresh_inventory(database, name)
        build_low_stock_report(database)
        return told

    return run


@pytest.fixture
def seller(make_simulator, make_seller):
    """Configure these accounts on one simulator, which has 30 offers of main and 5 of fbe."""
    simulator = make_simulator(main=offers(30), fbe=offers(5, start=101))

    def configure(accounts: str, **variables: str) -> Any:
        make_seller(simulator, EMAG_ACCOUNTS=accounts, EMAG_SHOP_BASE_URL=simulator.url, **{**SHOP, **variables})
        return simulator

    return configure


def names_in(session, table: str) -> set[str]:
    named = session.execute(f"SELECT DISTINCT account_type FROM {table}")
    return {name for (name,) in named} - {""}  # what is of all accounts


@both_servers
def test_a_renamed_account_takes_all_its_rows_along(session, rows, database, build, newest_log, seller):
    """Under its new name it was a new seller: the old rows stayed for ever, and history and levels began anew."""
    simulator = seller("main,fbe")
    simulator.patch_offers("main", [offer(1, name="")])
    build("main", "fbe")
    tables = [table for (table,) in session.execute(WITH_ACCOUNT)]
    had = {table for table in tables if "main" in names_in(session, table)}
    assert {
        "emag_product_contents",
        "emag_offers_seen",
        "emag_offer_history",
        "stock_snapshots",
        "raw_emag_product_pages",
    } <= had
    first = session.execute("SELECT min(created_at) FROM emag_products_v2 WHERE account_type = 'main'").fetchone()

    seller("shop,fbe")
    told = build("shop")
    assert any("account 'main' under a new name" in line for line in told)
    log = newest_log()
    assert (log["status"], log["created_items"], log["unchanged_items"]) == ("completed", 0, 30)
    for table in tables:
        assert names_in(session, table) == ({"shop", "fbe"} if table in had else set()), table
    assert session.execute("SELECT min(created_at) FROM emag_products_v2").fetchone() == first
    [shop] = rows("SELECT * FROM sync_status WHERE account_type = 'shop'")
    assert (shop["renamed_from"], shop["is_configured"]) == ("main", True)
    assert former_name(database, "shop", log["id"]) == "main"
    build("shop")
    assert former_name(database, "shop", newest_log()["id"]) is None


def test_levels_that_people_set_go_on_under_the_new_name(session, rows, build, seller):
    """The default warehouse has the account's name in its code: a new one would begin without the levels."""
    seller("main,fbe")
    build("main", "fbe")
    session.execute("UPDATE inventory_items SET manual_reorder_point = 77")
    seller("shop,fbe")
    build("shop")
    assert rows("SELECT code, kind FROM warehouses ORDER BY code") == [
        {"code": "EMAG-FBE", "kind": "fbe"},
        {"code": "EMAG-SHOP", "kind": "main"},
    ]
    reported = rows("SELECT DISTINCT account_type, warehouse, reorder_point FROM low_stock_report ORDER BY 1")
    assert [tuple(row.values()) for row in reported] == [("fbe", "EMAG-FBE", 77), ("shop", "EMAG-SHOP", 77)]


def test_a_warehouse_that_others_use_keeps_its_name_and_that_is_said(session, rows, build, seller):
    seller("main,fbe", EMAG_FBE_WAREHOUSE="EMAG-MAIN")
    build("main", "fbe")
    seller("shop,fbe", EMAG_FBE_WAREHOUSE="EMAG-MAIN")
    told = build("shop")
    assert any("EMAG_SHOP_WAREHOUSE=EMAG-MAIN" in line for line in told)
    assert [row["code"] for row in rows("SELECT code FROM warehouses ORDER BY code")] == ["EMAG-MAIN", "EMAG-SHOP"]


def test_an_account_that_is_still_configured_is_never_taken_for_another_name(session, build, seller):
    seller("main")
    build("main")
    seller("main,shop")
    assert not any("new name" in line for line in build("shop"))
    assert names_in(session, "emag_products_v2") == {"main", "shop"}


def test_another_user_or_marketplace_is_another_account(session, build, seller, make_simulator):
    """Two sellers' rows under one name could not be told apart afterwards."""
    seller("main")
    build("main")
    seller("shop", EMAG_SHOP_USERNAME="fbe")
    build("shop")
    assert names_in(session, "emag_products_v2") == {"main", "shop"}
    other = make_simulator(main=offers(3))
    seller("hu", EMAG_HU_USERNAME="main", EMAG_HU_PASSWORD="demo", EMAG_HU_BASE_URL=other.url)
    build("hu")
    assert names_in(session, "emag_products_v2") == {"main", "shop", "hu"}


def test_of_two_former_names_none_is_guessed(session, build, seller):
    seller("main,old", EMAG_OLD_USERNAME="main", EMAG_OLD_PASSWORD="demo", EMAG_OLD_BASE_URL=seller("main").url)
    build("main", "old")
    seller("shop")
    assert any("'main' and 'old'" in line for line in build("shop"))
    assert names_in(session, "emag_products_v2") == {"main", "old", "shop"}


def test_an_account_that_is_being_read_under_its_old_name_is_not_renamed(session, database, build, sync, seller):
    seller("main")
    build("main")
    seller("shop")
    with database.connect() as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
        with pytest.raises(SyncFailedError, match="'shop' was called 'main' before, and a sync of 'main'"):
            sync("shop")
    assert names_in(session, "emag_products_v2") == {"main"}
    build("shop")
    assert names_in(session, "emag_products_v2") == {"shop"}


def test_a_first_try_with_a_wrong_user_does_not_stand_in_the_way(session, build, sync, seller):
    seller("main")
    build("main")
    seller("shop", EMAG_SHOP_USERNAME="mian")
    with pytest.raises(SyncFailedError):
        sync("shop")
    seller("shop")
    build("shop")
    assert names_in(session, "emag_accounts") == names_in(session, "emag_products_v2") == {"shop"}
