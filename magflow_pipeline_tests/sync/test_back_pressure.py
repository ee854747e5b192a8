"""However slow the database is: what was read and is not stored yet stays a handful of pages."""

import asyncio
import gc

import pytest

from magflow_pipeline.emag.client import Page
from magflow_pipeline.sync.pages import MOST_WAITING
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import until
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

LOCK = "LOCK TABLE emag_offers_seen IN SHARE MODE"
HANDFUL = 3 * MOST_WAITING  # and what was on its way when the database fell behind


def answered(shop) -> int:
    return sum(request["status"] == 200 for request in shop.requests() if request["route"] == "read")


def stored(shop) -> int:
    [row] = shop.rows("SELECT count(*) AS pages FROM raw_emag_product_pages WHERE account_type = %s")
    return row["pages"]


def parsed_pages() -> int:
    return sum(isinstance(each, Page) and bool(each.rows) for each in gc.get_objects())


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"brand": "Alta"}], ids=["pages", "single reads"])
def test_a_store_that_stands_still_is_not_read_ahead_of(shop, options):
    """A whole catalogue waited in memory while an analyst held a lock."""
    if options:
        shop.scanned(*(offer(number, brand="Alta") for number in range(1, 61)))
        shop.simulator.clear()
    else:
        shop.sell(*offers(120))
        options = {"items_per_page": 2}
    shop.set(requests_per_second=10, requests_per_minute=600)
    before = stored(shop)

    async def watch() -> None:
        with shop.database.connect("analyst") as analyst, analyst.transaction():
            task = asyncio.create_task(shop.start(**options))
            await until(lambda: stored(shop) > before, 20)
            await asyncio.to_thread(analyst.execute, LOCK)
            await asyncio.sleep(3)
            assert 0 < answered(shop) - (stored(shop) - before) <= HANDFUL
        result = await task
        assert result.outcome == "completed"

    asyncio.run(watch())


@pytest.mark.slow
def test_a_slow_store_is_never_far_behind(shop):
    shop.sell(*offers(120))
    shop.session.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.account_type = TG_ARGV[0] THEN PERFORM pg_sleep(0.05); END IF; RETURN NEW; END $$"
    )
    shop.session.execute(
        "CREATE TRIGGER dawdle BEFORE INSERT ON raw_emag_product_pages FOR EACH ROW"
        f" EXECUTE FUNCTION dawdle('{shop.account}')"
    )
    ahead: list[int] = []

    async def watch() -> None:
        task = asyncio.create_task(shop.start(items_per_page=3))
        while not task.done():
            ahead.append(answered(shop) - stored(shop))
            await asyncio.sleep(0.05)
        assert (await task).outcome == "completed"

    try:
        asyncio.run(watch())
    finally:
        shop.session.execute("DROP TRIGGER dawdle ON raw_emag_product_pages")
        shop.session.execute("DROP FUNCTION dawdle()")
    assert max(ahead) <= HANDFUL


@pytest.mark.slow
def test_answers_that_were_on_their_way_wait_packed(shop):
    """Sixty slow answers come at once while the database stands still: as pages they would take a gigabyte."""
    shop.sell(*offers(120))
    shop.switch(latency_seconds=1)

    async def watch() -> None:
        with shop.database.connect("analyst") as analyst, analyst.transaction():
            task = asyncio.create_task(shop.start(items_per_page=2))
            await until(lambda: len(shop.requests()) > 40, 20)
            await asyncio.to_thread(analyst.execute, LOCK)
            await until(lambda: answered(shop) > 40, 20)
            await asyncio.sleep(0.5)
            assert answered(shop) - stored(shop) > HANDFUL, "the test is about many answers"
            assert parsed_pages() <= HANDFUL
        result = await task
        assert (result.outcome, [*shop.stored()]) == ("completed", [*range(1, 121)])

    asyncio.run(watch())
