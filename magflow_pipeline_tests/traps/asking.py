"""A process of its own that asks the marketplace: a module apart, because each process imports it anew."""

import asyncio
import time
from typing import Any

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.limits import Limiter, Window, window
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.orders import ORDERS
from magflow_pipeline_tests.orders.marketplace import MONTH


class Timed:
    """Permits, with the moments at which each one was there to be used."""

    def __init__(self, permits: Limiter) -> None:
        self.permits = permits
        self.times: list[float] = []

    async def acquire(self) -> None:
        await self.permits.acquire()
        self.times.append(time.monotonic())


def read_in_a_process(database: Database, account: Account, limit: Window, pages: int, start: Any, sent: Any) -> None:
    """Ask for pages as fast as the limit lets; `sent` receives when each request left."""

    async def read() -> list[float]:
        with open_permits(database, account.name, *limit) as permits:
            timed = Timed(permits)
            async with open_marketplace(account, {OFFERS.limit: timed}, retries=Retries(5, 0)) as marketplace:
                start.wait(60)
                await asyncio.gather(*(marketplace.read(OFFERS, {}, number, 2) for number in range(1, pages + 1)))
            return timed.times

    sent.put(asyncio.run(read()))


def ask_in_a_process(database: Database, account: Account, reads: int, counts: int, orders: int) -> None:
    """Ask several routes at once, under the limits of the API.

    In a process of its own, because in the simulator's the two are in each other's way, and requests arrive late.
    """

    async def ask() -> None:
        with (
            open_permits(database, "main", *window(3, 180)) as permits,
            open_permits(database, "main_orders", *window(12, 720)) as order_permits,
        ):
            limiters = {OFFERS.limit: permits, ORDERS.limit: order_permits}
            async with open_marketplace(account, limiters) as marketplace:
                await asyncio.gather(
                    *(marketplace.read(OFFERS, {}, 1, 2) for _ in range(reads)),
                    *(marketplace.count(OFFERS) for _ in range(counts)),
                    *(marketplace.count(ORDERS, MONTH) for _ in range(orders)),
                )

    asyncio.run(ask())
