"""The state of a running simulator: its clock, its accounts with offers and orders, and a log of their requests.

Belongs here: what the marketplace routes and the control routes share. Not here: HTTP. Only the
event loop of the server touches it, so nothing is locked.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.competition import MOST_STEPS, STEP_SECONDS, compete
from magflow_pipeline.simulator.limits import ORDER_WINDOWS, RateLimit
from magflow_pipeline.simulator.order_book import OrderBook
from magflow_pipeline.simulator.reading import Filters, id_of, matching
from magflow_pipeline.simulator.sales import HISTORY_DAYS, SEED, Sales, now_in_bucharest
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.simulator.wire import with_stock

LOG_LENGTH = 100_000
"""A simulator left running for weeks must not fill the memory."""

ANSWERS_KEPT = 32
"""Cached lists of found offers per account: a scan asks for page after page of the same list."""

TICK_SECONDS = 900
"""A clock that follows the real one moves every quarter of an hour, so that a scan sees a shop that stands still."""


@dataclass
class LoggedRequest:
    """A request as it came; `status` stays None when it was never answered."""

    account: str | None
    route: str
    body: Any
    arrived: float
    status: int | None = None


@dataclass
class Account:
    """One seller account; rows may be hostile (no id, not even an object) because tests put them there."""

    offers: list[Any]
    switches: Switches
    book: OrderBook
    limit: RateLimit = field(default_factory=RateLimit)
    order_limit: RateLimit = field(default_factory=lambda: RateLimit(ORDER_WINDOWS))
    arrivals: int = 0
    """How many offers drift has brought; their SKUs are numbered by it."""
    _found: dict[Any, list[Any]] = field(default_factory=dict[Any, list[Any]])

    def replace(self, offers: Iterable[Any]) -> None:
        """Sell exactly these offers."""
        self.offers = sorted(offers, key=by_id)
        self._found.clear()

    def upsert(self, offers: Iterable[Any]) -> None:
        """Put whole offers in place of those with the same id, or add them."""
        new = {str(id_of(offer)): offer for offer in offers}
        kept = [offer for offer in self.offers if str(id_of(offer)) not in new]
        self.replace([*kept, *new.values()])

    def remove(self, offer_id: str) -> bool:
        """Stop selling an offer; false when there is none with this id."""
        kept = [offer for offer in self.offers if str(id_of(offer)) != offer_id]
        found = len(kept) < len(self.offers)
        self.replace(kept)
        return found

    def change_stock(self, pieces: dict[int, int]) -> None:
        """Add pieces (or take them) to the stock of the offers with these ids."""
        if pieces:
            changed = {str(number): more for number, more in pieces.items()}
            self.offers = [with_stock(offer, changed.get(str(id_of(offer)), 0)) for offer in self.offers]
            self._found.clear()

    def compete(self, step: int) -> None:
        """Let competitors look at their prices."""
        self.offers = [compete(offer, step) for offer in self.offers]
        self._found.clear()

    def found(self, filters: Filters) -> list[Any]:
        """The offers that pass the filters, in the order of the switch; cached until the offers change."""
        if "id" in filters:
            # They are sorted: a read of one offer need not scan 200,000.
            place = (False, int(cast("int", filters["id"])))
            first, last = bisect_left(self.offers, place, key=by_id), bisect_right(self.offers, place, key=by_id)
            return matching(self.offers[first:last], filters)
        asked = (self.switches.order_of_rows, *sorted(filters.items()))
        if asked not in self._found:
            if len(self._found) == ANSWERS_KEPT:
                self._found.clear()
            self._found[asked] = matching(self._rows(), filters)
        return self._found[asked]

    def _rows(self) -> list[Any]:
        """The offers in the order of the switch; the shuffled order is stable when offers come and go."""
        if self.switches.order_of_rows == "shuffled":
            return sorted(self.offers, key=lambda offer: zlib.crc32(str(id_of(offer)).encode()))
        return self.offers


@dataclass
class Market:
    """The state of the simulator."""

    accounts: dict[str, Account]
    opened: datetime
    """What was sold before is history, and ends with the stock that the offers show."""
    is_live: bool
    requests: deque[LoggedRequest] = field(default_factory=lambda: deque[LoggedRequest](maxlen=LOG_LENGTH))
    _now: int = 0

    @property
    def now(self) -> int:
        """The simulated time, in seconds since 1970. It stands still unless it is moved or `is_live`."""
        return max(self._now, int(self.opened.timestamp()))

    async def move_clock(self, moment: int) -> None:
        """Sell until a moment: orders come and change, stock falls and is delivered.

        Raises:
            ValueError: It lies before the present one.
        """
        await self._ready()
        self._move(moment)

    async def tick(self, wall: float) -> None:
        """Follow the real clock, which shows `wall` seconds since 1970, if that is wanted."""
        if self.is_live:
            opened = int(self.opened.timestamp())
            moment = opened + int(wall - opened) // TICK_SECONDS * TICK_SECONDS
            if moment > self.now:
                await self._ready()
            if moment > self.now:  # another request may have moved it meanwhile
                self._move(moment)

    async def _ready(self) -> None:
        for account in self.accounts.values():
            await account.book.ready()

    def _move(self, moment: int) -> None:
        if moment < self.now:
            raise ValueError("the clock cannot go back")
        before, now = self.now // STEP_SECONDS, moment // STEP_SECONDS
        self._now = moment
        for account in self.accounts.values():
            for step in range(max(before, now - MOST_STEPS) + 1, now + 1):
                account.compete(step)
        for account in self.accounts.values():
            account.change_stock(account.book.sales.advance(moment))


def open_market(
    catalogue: Catalogue,
    switches: dict[str, Switches],
    opened: datetime | None = None,
    is_live: bool = False,
    days: int = HISTORY_DAYS,
) -> Market:
    """Copy what was given, so that two simulators made from it do not disturb each other.

    Args:
        catalogue: The accounts and their offers.
        switches: How accounts behave.
        opened: When the history of sales ends; now, if it is not given.
        is_live: Whether it goes on selling as time passes.
        days: The length of that history.
    """
    market = Market(accounts={}, opened=opened or now_in_bucharest(), is_live=is_live)
    for name, offers in catalogue.accounts.items():
        own = switches.get(name, Switches()).model_copy(deep=True)
        book = OrderBook(partial(Sales, name, offers, market.opened, days, SEED))
        market.accounts[name] = Account(offers=[], switches=own, book=book)
        market.accounts[name].replace(offers)
    return market


def by_id(offer: Any) -> tuple[bool, int]:
    """The sort key of offers: those without a readable id come last, in the order in which they were given."""
    try:
        return False, int(id_of(offer))
    except (TypeError, ValueError, OverflowError):
        return True, 0
