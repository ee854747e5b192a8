"""A process of its own that asks the marketplace: a module apart, because each process imports it anew."""

import asyncio
import time
from typing import Any

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.limits import ORDERS, Limiter, Window, window

MONTH = {"createdAfter": "2026-01-01 00:00:00", "createdBefore": "2026-01-31 00:00:00"}


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
            async with open_marketplace(account, timed, retries=Retries(5, 0)) as marketplace:
                start.wait(60)
                await asyncio.gather(*(marketplace.read_page(number, 2) for number in range(1, pages + 1)))
            return timed.times

    sent.put(asyncio.run(read()))


def ask_in_a_process(database: Database, account: Account, reads: int, counts: int, orders: int) -> None:
    """Ask several routes at once, under the limits of the API.

    In a process of its own, because in the simulator's the two are in each other's way, and requests arrive late.
    """

    async def ask() -> None:
        with (
            open_permits(database, "main", *window(3, 180)) as permits,
            open_permits(database, "main_orders", *ORDERS) as order_permits,
        ):
            async with open_marketplace(account, permits, order_limiter=order_permits) as marketplace:
                await asyncio.gather(
                    *(marketplace.read_page(1, 2) for _ in range(reads)),
                    *(marketplace.count_offers() for _ in range(counts)),
                    *(marketplace.count_orders(MONTH) for _ in range(orders)),
                )

    asyncio.run(ask())
