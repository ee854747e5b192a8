"""Traps in what an answer means: success that is none, trouble that passes or lasts, refusals."""

import asyncio
import base64
import time

import pytest

from magflow_pipeline.emag.client import CONNECT_TIMEOUT_SECONDS
from magflow_pipeline.emag.errors import MalformedError, TransientError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.emag.test_client import call
from magflow_pipeline_tests.offers import offers

WRONG_PASSWORD = "c0rrect-horse"


def test_trap_01_a_200_is_not_a_success(shop):
    """The refusal of an address comes under HTTP 200."""
    shop.sell(*offers(3))
    shop.switch(refuse_ip=True)
    with pytest.raises(SyncFailedError, match="Add the address to the account's IP list"):
        shop.sync()
    assert {request["status"] for request in shop.requests()} == {200}
    assert ("IP list" in shop.errors(), shop.stored()) == (True, {})


def test_trap_02_without_is_error_an_answer_is_no_empty_page(shop):
    shop.scanned(*offers(5))
    shop.switch(faults=[{"kind": "null", "page": 2}])
    for _ in range(2):
        result = shop.sync(items_per_page=1)  # a larger page would be cut smaller, and read
        assert (result.outcome, result.counts.removed) == ("partial", 0)
    assert "page 2 was given up: the answer has no usable isError; it starts: 'null'" in shop.errors()
    assert [row["is_active"] for row in shop.stored().values()] == [True] * 5


@pytest.mark.parametrize("style", ["strings", "ints"])
def test_trap_07_a_count_is_strings_or_numbers(shop, style):
    shop.sell(*offers(3))
    shop.switch(count_style=style)
    result = shop.sync()
    assert (result.outcome, result.counts.announced) == ("completed", 3)


def test_trap_07_a_count_that_fails_does_not_stop_the_scan(shop):
    shop.sell(*offers(5))
    shop.set(retry_attempts=1)
    shop.switch(faults=[{"kind": "502-html", "route": "count"}])
    result = shop.sync(items_per_page=2)
    assert (result.outcome, result.counts.stored) == ("partial", 5)


def test_trap_13_a_page_that_fails_removes_nothing(shop):
    """Two scans in a row did not see the offers of page 2: what failed says nothing of them."""
    shop.scanned(*offers(7))
    shop.set(retry_attempts=3)
    shop.switch(faults=[{"kind": "504-html", "page": 2}])
    for _ in range(2):
        shop.simulator.clear()
        result = shop.sync(items_per_page=3)
        assert (result.outcome, result.counts.removed, result.counts.fetched) == ("partial", 0, 4)
        assert [request["body"].get("currentPage") for request in shop.requests()].count(2) == 3
    assert {(row["is_active"], row["removed_at"]) for row in shop.stored().values()} == {(True, None)}


@pytest.mark.parametrize(("kind", "error"), [("502-html", TransientError), ("200-html", MalformedError)])
def test_trap_17_html_is_an_error_that_shows_its_start(shop, kind, error):
    """JSON was expected, and the message told only of a character at position 0."""
    shop.sell(*offers(3))
    shop.switch(faults=[{"kind": kind}])
    with pytest.raises(error, match="<html><head><title>") as caught:
        shop.ask(lambda marketplace: marketplace.read(OFFERS, {}, 1, 100))
    assert type(caught.value) is error


def test_trap_18_a_permanent_500_is_not_repeated(shop):
    shop.sell(*offers(5))
    shop.switch(faults=[{"kind": "bad-request-500", "page": 2}])
    assert shop.sync(items_per_page=2).outcome == "partial"
    assert [request["status"] for request in shop.requests()].count(500) == 1
    assert "Error processing data" in shop.errors()


def test_trap_19_a_page_may_take_minutes_and_can_be_cancelled(shop):
    """156 s were seen; whoever stops the sync does not wait for them, nor for a host that is not there."""
    shop.sell(*offers(5))
    shop.switch(faults=[{"kind": "slow", "seconds": 156}])
    assert shop.settings.read_timeout_seconds >= 180
    assert CONNECT_TIMEOUT_SECONDS <= 10

    async def cancel() -> float:
        task = asyncio.create_task(shop.start())
        async with asyncio.timeout(5):
            while "read" not in {request["route"] for request in shop.requests()}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # the marketplace knows nothing of events
        task.cancel()
        start = time.monotonic()
        await asyncio.wait([task])
        return time.monotonic() - start

    assert asyncio.run(cancel()) < 2


@pytest.mark.parametrize("slash", ["", "/"])
def test_trap_43_the_address_is_joined_once(make_simulator, make_seller, accounts, slash):
    simulator = make_simulator(main=offers(1))
    make_seller(simulator, EMAG_MAIN_BASE_URL=simulator.url + slash)
    assert call(accounts()["main"], lambda marketplace: marketplace.count(OFFERS)) == 1
    assert [request["route"] for request in simulator.requests()] == ["count"]


@pytest.mark.parametrize("trouble", [{"refuse_ip": True}, {"faults": [{"kind": "503-html"}]}])
def test_trap_44_one_account_that_fails_leaves_the_other_alone(shop, open_shop, trouble):
    other = open_shop()
    for each in (shop, other):
        each.sell(*offers(3))
        each.set(retry_attempts=1)
    shop.switch(**trouble)

    async def both():
        return await asyncio.gather(shop.start(), other.start(), return_exceptions=True)

    failed, result = asyncio.run(both())
    assert isinstance(failed, SyncFailedError)
    assert result.outcome == "completed"


@pytest.mark.parametrize("style", [200, 401, 403])
def test_trap_45_a_refusal_stops_the_account_at_once(shop, style):
    """Each further request burns the budget of invalid ones: at most page 1 was on its way beside the count."""
    shop.sell(*offers(9))
    shop.switch(auth_style=style)
    shop.password = WRONG_PASSWORD
    with pytest.raises(SyncFailedError):
        shop.sync(items_per_page=2)
    assert len(shop.requests()) <= 2


def test_trap_47_no_secret_is_told_or_stored(shop):
    shop.sell(*offers(3))
    shop.switch(faults=[{"kind": "429", "times": 1}, {"kind": "reset", "times": 1}])
    told: list[str] = []
    shop.password = WRONG_PASSWORD
    with pytest.raises(SyncFailedError) as caught:
        shop.sync(tell=told.append)
    shop.password = "demo"
    shop.sync(tell=told.append)
    assert len(told) > 3
    tables = shop.session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'app'").fetchall()
    stored = [str(row) for (table,) in tables for row in shop.session.execute(f"SELECT * FROM app.{table}").fetchall()]
    everything = "\n".join([repr(caught.value), *told, *stored])
    assert shop.account in everything
    for password in (WRONG_PASSWORD, "demo"):
        assert base64.b64encode(f"{shop.account}:{password}".encode()).decode() not in everything
    assert WRONG_PASSWORD not in everything
    assert "Authorization" not in everything
