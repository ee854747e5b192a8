"""What every sync works with, from its opened log on, whatever it reads."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.client import Marketplace
from magflow_pipeline.emag.limits import Window
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.in_flight import uninterrupted
from magflow_pipeline.sync.logbook import Logbook, Tally
from magflow_pipeline.sync.sizes import PageSizes

Value = TypeVar("Value")


@dataclass(frozen=True)
class TimeLimit:
    """When a sync ends by itself. `began` and `deadline` by the clock of the event loop, `window` that of its requests.

    `tell` is told the seconds from begin to end whenever they grow.
    """

    deadline: asyncio.Timeout
    began: float
    window: Window
    tell: Callable[[float], None]

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return (self.deadline.when() or 0) - asyncio.get_running_loop().time()

    def extend(self, requests: int) -> None:
        """Make it twice the time that so many requests take from now on, where that is longer (rules.md: Limits)."""
        enough = 2 * requests * self.window.seconds / self.window.permits
        if enough > self.left:
            end = asyncio.get_running_loop().time() + enough
            self.deadline.reschedule(end)
            self.tell(end - self.began)


@dataclass(frozen=True)
class SyncContext:
    """One sync of one type and account. The session is its own, and holds the lock of both."""

    account: Account
    settings: Settings
    session: psycopg.AsyncConnection
    logbook: Logbook
    tally: Tally
    limit: TimeLimit
    marketplace: Marketplace
    sizes: PageSizes
    in_flight: int
    tell: Callable[[str], None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def say(self, line: str) -> None:
        """To whoever watches."""
        self.tell(f"{self.account.name}: {line}")

    def note(self, error: str) -> None:
        """Into the log, and to whoever watches."""
        self.tally.note(error)
        self.say(error)

    async def execute(self, work: Callable[..., Coroutine[Any, Any, Value]], *arguments: Any) -> Value:
        """Work on the session: one at a time, and never cut short."""
        async with self._turn:
            return await uninterrupted(work(*arguments))

    async def query(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows that the statement `name` returns; it knows the account and the sync."""
        known = {"account_type": self.account.name, "sync_log_id": self.logbook.sync_log_id}
        return await self.execute(partial(run_statement, self.session, name, **known, **parameters))
