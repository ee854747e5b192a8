"""Traps of the speed limit: two windows, refused requests that count, the order routes apart."""

import asyncio
import multiprocessing
import re

import pytest

from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline_tests.emag.test_client import Unlimited
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.traps.asking import ask_in_a_process


class Paced:
    """A permit every quarter of a second."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()

    async def acquire(self) -> None:
        async with self.turn:
            await asyncio.sleep(0.25)


def test_trap_14_throttled_without_a_time_waits_its_own(accounts, make_simulator, make_seller):
    """Equal waits of many callers would meet again: each is drawn anew, up to a limit."""
    simulator = make_simulator(main=offers(3))
    simulator.switch("main", faults=[{"kind": "429", "times": 7}])
    make_seller(simulator)
    told: list[str] = []

    async def read() -> None:
        retries = Retries(attempts=8, max_wait=0.3)
        async with open_marketplace(
            accounts()["main"], {OFFERS.limit: Unlimited()}, retries=retries, tell=told.append
        ) as marketplace:
            assert len((await marketplace.read(OFFERS, {}, 1, 100)).rows) == 3

    asyncio.run(read())
    waits = [float(re.findall(r"again in ([0-9.]+) s", line)[0]) for line in told]
    assert [request["status"] for request in simulator.requests()] == [429] * 7 + [200]
    assert len(waits) == 7
    assert min(waits) < max(waits) <= 0.3


@pytest.mark.slow
@pytest.mark.parametrize("style", ["seconds", "date"])
def test_trap_14_nothing_is_sent_before_the_time_asked_for(accounts, make_simulator, make_seller, style):
    """Refused requests count too: other pages sent meanwhile would keep the account over its limit."""
    simulator = make_simulator(main=offers(9))
    simulator.switch("main", retry_after=style, retry_after_seconds=1, faults=[{"kind": "429", "times": 1}])
    make_seller(simulator)

    async def read() -> None:
        async with open_marketplace(accounts()["main"], {OFFERS.limit: Paced()}, retries=Retries(3, 0)) as marketplace:
            await asyncio.gather(*(marketplace.read(OFFERS, {}, number, 3) for number in (1, 2, 3)))

    asyncio.run(read())
    refused, *others = simulator.requests("main")
    assert [refused["status"], *(request["status"] for request in others)] == [429, 200, 200, 200]
    assert min(request["arrived"] for request in others) - refused["arrived"] >= 1


@pytest.mark.slow
def test_trap_15_both_windows_hold_over_all_routes(database, accounts, make_simulator, make_seller):
    """Reads and counts share the window: a burst of four in one second is refused, whatever they ask for."""
    simulator = make_simulator(main=offers(3))
    simulator.switch("main", enforce_rate_limit=True)
    make_seller(simulator)

    _ask(database, accounts()["main"], reads=3, counts=2, orders=0)
    seen = simulator.requests("main")
    arrived = [request["arrived"] for request in seen]
    assert ({request["status"] for request in seen}, len(seen)) == ({200}, 5)
    assert all(fourth - first > 1 for first, fourth in zip(arrived, arrived[3:], strict=False))


@pytest.mark.slow
def test_trap_16_order_routes_have_a_window_of_their_own(database, accounts, make_simulator, make_seller):
    """12 a second beside the 3 of all other routes; the 13th waits, and so does the 4th."""
    simulator = make_simulator(main=offers(3))
    simulator.switch("main", enforce_rate_limit=True)
    make_seller(simulator)

    _ask(database, accounts()["main"], reads=4, counts=0, orders=14)
    seen = simulator.requests("main")
    assert {request["status"] for request in seen} == {200}
    orders = [request["arrived"] for request in seen if request["route"] == "order/count"]
    reads = [request["arrived"] for request in seen if request["route"] == "read"]
    assert (len(orders), len(reads)) == (14, 4)
    assert all(late - early > 1 for early, late in zip(orders, orders[12:], strict=False))
    assert reads[3] - reads[0] > 1
    # Counted together, the orders would have waited for the window of the reads.
    assert orders[11] - orders[0] < 3


def _ask(database, account, **asked: int) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=ask_in_a_process, args=(database, account), kwargs=asked
    )
    process.start()
    process.join(60)
    assert process.exitcode == 0
