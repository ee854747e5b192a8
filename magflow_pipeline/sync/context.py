"""The context of a sync of any type, from the opening of its log on."""

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
from magflow_pipeline.sync.logbook import Logbook, SyncCounts
from magflow_pipeline.sync.sizes import PageSizes

Value = TypeVar("Value")


@dataclass(frozen=True)
class TimeLimit:
    """The deadline of a sync. `began` and `deadline` are in the event loop's clock, `window` is its speed limit.

    `tell` is called with the seconds from begin to deadline whenever they grow.
    """

    deadline: asyncio.Timeout
    began: float
    window: Window
    tell: Callable[[float], None]

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return (self.deadline.when() or 0) - asyncio.get_running_loop().time()

    def extend(self, requests: int) -> None:
        """Extend the deadline to twice the time that `requests` take from now on, if later (rules.md: Limits)."""
        enough = 2 * requests * self.window.seconds / self.window.permits
        if enough > self.left:
            end = asyncio.get_running_loop().time() + enough
            self.deadline.reschedule(end)
            self.tell(end - self.began)


@dataclass(frozen=True)
class SyncContext:
    """One sync of one type and account. Its session is not shared and owns the lock of both."""

    account: Account
    settings: Settings
    session: psycopg.AsyncConnection
    logbook: Logbook
    counts: SyncCounts
    limit: TimeLimit
    marketplace: Marketplace
    sizes: PageSizes
    in_flight: int
    tell: Callable[[str], None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def say(self, line: str) -> None:
        """Tell the caller a line."""
        self.tell(f"{self.account.name}: {line}")

    def note(self, error: str) -> None:
        """Add an error to the log, and tell the caller."""
        self.counts.note(error)
        self.say(error)

    async def execute(self, work: Callable[..., Coroutine[Any, Any, Value]], *arguments: Any) -> Value:
        """Run work on the session: one at a time, never cancelled half-way."""
        async with self._turn:
            return await uninterrupted(work(*arguments))

    async def query(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows that the statement `name` returns; account and sync are passed to it."""
        known = {"account_type": self.account.name, "sync_log_id": self.logbook.sync_log_id}
        return await self.execute(partial(run_statement, self.session, name, **known, **parameters))
