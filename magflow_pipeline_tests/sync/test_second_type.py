"""A scratch type of sync, of orders, through the parts that every type shares, beside the catalogue of the account."""

import asyncio
from collections.abc import Callable, Hashable

import psycopg
import pytest

from magflow_pipeline.emag.client import Page
from magflow_pipeline.emag.orders import ORDERS
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.lifecycle import Caller, Plan, Verdict, run_sync
from magflow_pipeline.sync.pages import PageCounts, PageReader
from magflow_pipeline.sync.paging import Paging
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.orders.marketplace import MONTH
from magflow_pipeline_tests.sync.looks import until

SLOW = {"kind": "slow", "route": "order/read", "seconds": 3, "times": 1}
LOGS = "SELECT sync_type, operation, status, total_items, api_requests_made FROM emag_sync_logs ORDER BY id"


class Counted:
    """Orders that are only counted: what another type stores is its own."""

    pages = 0

    async def store(self, page: Page) -> PageCounts:
        self.pages += 1
        return PageCounts(len(page.rows), 0, 0, 0, 0, 0)

    def identities(self, page: Page) -> list[Hashable]:
        return [row["id"] for row in page.rows]


class OrdersOfAMonth:
    """The work of the type: nothing in it knows lock, log, time limit or retries."""

    sync_type = "orders"
    resource = ORDERS

    def __init__(self) -> None:
        self.store = Counted()

    async def begin(self, session: psycopg.AsyncConnection, say: Callable[[str], None]) -> Plan:
        say(f"main: orders of a month, by session {session.info.backend_pid}")
        return Plan("full", "{}", 100)

    async def read(self, context: SyncContext) -> Verdict:
        paging = Paging(PageReader(context, self.resource, self.store), MONTH)
        await paging.reader.all_of([paging.count, paging.first_page()])
        await paging.read_all()
        return Verdict("completed", answered=bool(paging.reads))

    async def conclude(self, context: SyncContext, verdict: Verdict) -> Verdict:
        assert context.logbook.operation == "full"
        return verdict


@pytest.mark.slow
def test_another_type_is_read_beside_the_catalogue(database, rows, accounts, start_sync, make_simulator, make_seller):
    """One lock for all types of an account: offers waited for the longest reading of anything."""
    simulator = make_simulator(main=offers(5))
    simulator.put_orders("main", [])
    simulator.switch("main", faults=[SLOW])
    settings, work, told = make_seller(simulator), OrdersOfAMonth(), []

    async def both() -> tuple[str, str]:
        caller = Caller("test", None, told.append, lambda _: None)
        orders = asyncio.create_task(run_sync(database, settings, accounts()["main"], work, caller))
        await until(lambda: any(request["route"] == "order/read" for request in simulator.requests("main")))
        catalogue = await start_sync()
        running = rows("SELECT sync_type FROM running_syncs WHERE holder_pid IS NOT NULL")
        assert running == [{"sync_type": "orders"}], "the catalogue was read from begin to end meanwhile"
        return (await orders).verdict.outcome, catalogue.outcome

    assert asyncio.run(both()) == ("completed", "completed")
    assert work.store.pages == 1
    orders, catalogue = rows(LOGS)
    assert orders == {
        "sync_type": "orders",
        "operation": "full",
        "status": "completed",
        "total_items": 0,
        "api_requests_made": 2,
    }
    assert (catalogue["sync_type"], catalogue["total_items"]) == ("products", 5)
    assert any(line.startswith("main: page 1 of") and "0 orders" in line for line in told)


def test_a_second_sync_of_the_type_waits_for_the_first(database, rows, accounts, make_simulator, make_seller):
    simulator = make_simulator()
    simulator.put_orders("main", [])
    simulator.switch("main", faults=[{**SLOW, "seconds": 1}])
    settings, told = make_seller(simulator), []

    async def both() -> None:
        caller = Caller("test", None, told.append, lambda _: None)
        account = accounts()["main"]
        await asyncio.gather(*(run_sync(database, settings, account, OrdersOfAMonth(), caller) for _ in range(2)))

    asyncio.run(both())
    assert [row["status"] for row in rows(LOGS)] == ["completed", "completed"]
    assert sum("another sync is running" in line for line in told) == 1
