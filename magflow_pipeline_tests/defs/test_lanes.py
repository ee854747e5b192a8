"""Lanes in Dagster's queue: a sync follows the one before it, and waits for no sync of another type."""

import asyncio

import dagster as dg
import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock
from magflow_pipeline.defs.lanes import lane_of_run
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline_tests.shop.driver import ENDED, RUNS, Shop, until

CATALOGUE = ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2")
BUSY_SECONDS = 600
SCRATCH = {"magflow/lane": "main:scratch"}


@pytest.mark.parametrize(
    ("job", "assets", "account", "lane"),
    [
        ("sync_account", None, "main", "main:catalogue"),
        ("refresh_account", None, "fbe", "fbe:catalogue"),
        ("__ASSET_JOB", CATALOGUE[:1], "main", "main:catalogue"),
        ("__ASSET_JOB", ("low_stock_report",), "main", None),
        ("refresh_report", None, None, None),
        ("sync_orders", None, "main", "main:orders"),
        ("refresh_demand", None, "main", None),
        ("__ASSET_JOB", ("emag_order_lines",), "fbe", "fbe:orders"),
    ],
)
def test_a_run_has_the_lane_of_what_it_builds(job, assets, account, lane):
    """Runs of the asset graph and of backfills come with no tag but that of their partition."""
    tags = {"dagster/partition": account} if account else {}
    run = dg.DagsterRun(job, asset_selection=frozenset(map(dg.AssetKey, assets)) if assets else None, tags=tags)
    assert lane_of_run(run) == lane


@pytest.mark.slow
def test_a_long_run_of_another_type_does_not_delay_the_catalogue(shop: Shop):
    """By the partition's tag alone, reading orders for an hour kept the account's offers unread for an hour."""
    with shop.up():
        asyncio.run(_sync_beside_another_type(shop))


@pytest.mark.slow
def test_the_half_hourly_catalogue_keeps_its_pace_while_a_back_fill_of_orders_runs(shop: Shop):
    """The marketplace answers no page of orders until a scheduled job of the account has come and gone."""
    shop.more = {"EMAG_ORDER_HISTORY_DAYS": "30"}
    with shop.up():
        shop.misbehave("main", faults=[{"kind": "hold", "route": "order/read"}])
        shop.launch("sync_orders", "main")  # or one that the shop began by itself is held, and this one waits for it
        held = "SELECT FROM running_syncs WHERE (sync_type, account_type) = ('orders', 'main')"
        until(lambda: _is_held(shop) and shop.rows(held), BUSY_SECONDS)
        job = shop.launch("sync_account", "main")
        until(lambda: shop.status(job) in ENDED, BUSY_SECONDS)
        assert shop.status(job) == "SUCCESS"
        assert _is_held(shop) and shop.rows(held), "the orders were read from begin to end meanwhile"
        log = "SELECT sync_type, status FROM emag_sync_logs WHERE dagster_run_id = %s"
        assert shop.rows(log, job) == [("products", "completed")]
        shop.misbehave("main", faults=[])
        until(
            lambda: all(status in ENDED for name, status in shop.runs().values() if name == "sync_orders"), BUSY_SECONDS
        )
        read = "SELECT min(starts_at) < now() - interval '25 days' FROM emag_order_windows WHERE read_to IS NOT NULL"
        assert shop.rows(read) == [(True,)]


def _is_held(shop: Shop) -> bool:
    """Whether a page of orders was asked for that has no answer yet."""
    return any(each["status"] is None for each in shop.asked("main") if each["route"] == "order/read")


async def _sync_beside_another_type(shop: Shop) -> None:
    """Offers are read while a run of a scratch type works for the account, and a second one waits for the first."""

    def launch_scratch() -> str:
        return shop.launch("refresh_report", "main", tags=SCRATCH)

    database = Database(shop.database_url, "")
    with database.connect("test") as blocker:
        async with database.connect_async("scratch") as session, account_lock(session, "scratch", "main", 1, print):
            blocker.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [build_lock("low_stock_report")]
            )  # so it works for long
            long_run = await asyncio.to_thread(launch_scratch)
            await asyncio.to_thread(until, lambda: shop.status(long_run) == "STARTED")
            waiting = await asyncio.to_thread(launch_scratch)
            scan = await asyncio.to_thread(shop.launch, "__ASSET_JOB", "main", CATALOGUE)
            await asyncio.to_thread(until, lambda: shop.status(scan) == "SUCCESS")
            assert (shop.status(long_run), shop.status(waiting)) == ("STARTED", "QUEUED")
            blocker.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [build_lock("low_stock_report")])
        await asyncio.to_thread(until, lambda: shop.status(waiting) == "SUCCESS")
    results = shop.ask(RUNS)["runsOrError"]["results"]
    [tags] = [run["tags"] for run in results if run["runId"] == scan]
    assert {"key": "magflow/lane", "value": "main:catalogue"} in tags
