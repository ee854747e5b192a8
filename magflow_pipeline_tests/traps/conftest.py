"""The parts of the tests of the sync, for the numbered traps of the marketplace (emag-api.md: Traps)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.scan import ScanResult, sync_account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.emag.client import Marketplace
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.sync.in_flight import IN_FLIGHT
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.emag.test_client import call

ACCOUNTS = 200
STORED = """
    SELECT product.*, offer.*
    FROM emag_products_v2 AS product
    INNER JOIN emag_product_offers_v2 AS offer
        ON product.account_type = offer.account_type AND product.emag_id = offer.emag_offer_id
    WHERE product.account_type = %s
    ORDER BY product.emag_id
"""


@dataclass
class Shop:
    """An account of a test's own: a database and a marketplace for each test would cost more than the test."""

    account: str
    simulator: Simulator
    database: Database
    settings: Settings
    session: psycopg.Connection = field(repr=False)
    password: str = "demo"

    def sell(self, *offers: Any) -> None:
        """Sell exactly these."""
        self.simulator.put_offers(self.account, [*offers])

    def switch(self, **fields: Any) -> None:
        """Let the marketplace answer so."""
        self.simulator.switch(self.account, **fields)

    def set(self, **settings: Any) -> None:
        """Change settings, by the names of their fields."""
        self.settings = self.settings.model_copy(update=settings)

    def start(
        self,
        tell: Callable[[str], None] = print,
        tell_limit: Callable[[float], None] = lambda _: None,
        in_flight: int = IN_FLIGHT,
        **options: Any,
    ) -> Any:
        """The coroutine of a sync."""
        wishes = SyncOptions(**options)
        return sync_account(
            *(self.database, self.settings, self._login, wishes), tell=tell, tell_limit=tell_limit, in_flight=in_flight
        )

    def sync(self, **options: Any) -> ScanResult:
        """Sync to the end."""
        return asyncio.run(self.start(**options))

    def ask(self, action: Callable[[Marketplace], Awaitable[Any]], **options: Any) -> Any:
        """What a call of the client gives; it is tried three times without waits."""
        return call(self._login, action, **options)

    @property
    def _login(self) -> Account:
        password = SecretStr(self.password)
        return Account(self.account, self.account, password, self.simulator.url, "simulator", "main", self.account)

    def requests(self) -> list[dict[str, Any]]:
        """What the marketplace was asked."""
        return self.simulator.requests(self.account)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query about the account, which is its only parameter."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [self.account]).fetchall()

    def stored(self) -> dict[int, dict[str, Any]]:
        """What the tables say of each offer: columns of the product and of the offer."""
        return {row["emag_id"]: row for row in self.rows(STORED)}

    def errors(self) -> str:
        """What the newest log says went wrong."""
        [log] = self.rows("SELECT errors FROM emag_sync_logs WHERE account_type = %s ORDER BY id DESC LIMIT 1")
        return "\n".join(error["error"] for error in log["errors"])

    def scanned(self, *offers: Any) -> dict[int, dict[str, Any]]:
        """The tables after a complete sync of these offers."""
        self.sell(*offers)
        assert self.sync().is_complete
        return self.stored()


@pytest.fixture(scope="module")
def open_shop(servers: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Shop]]:
    names = [f"shop{number}" for number in range(ACCOUNTS)]
    unused = iter(names)
    limits = {"EMAG_REQUESTS_PER_SECOND": 1000, "EMAG_REQUESTS_PER_MINUTE": 60000, "EMAG_RETRY_MAX_WAIT_SECONDS": 0}
    settings = Settings(MAGFLOW_HOME=tmp_path_factory.mktemp("home"), EMAG_ACCOUNTS=",".join(names), **limits)
    switches = {name: Switches(enforce_rate_limit=False) for name in names}
    with (
        running(Catalogue({name: [] for name in names}), switches) as simulator,
        contextmanager(_new_database)(servers("embedded"), TEMPLATE) as url,
        Database(url, "").connect("test") as session,
    ):
        yield lambda: Shop(next(unused), simulator, Database(url, ""), settings, session)


@pytest.fixture
def shop(open_shop: Callable[[], Shop]) -> Shop:
    """An account that nobody else uses."""
    return open_shop()
