"""The state of a running simulator: its accounts, their offers, and a log of the requests they got.

Belongs here: what the marketplace routes and the control routes share. Not here: HTTP. Only the
event loop of the server touches it, so nothing is locked.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.limits import RateLimit
from magflow_pipeline.simulator.switches import Switches

LOG_LENGTH = 100_000
"""A simulator left running for weeks must not fill the memory."""


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
    limit: RateLimit = field(default_factory=RateLimit)

    def replace(self, offers: Iterable[Any]) -> None:
        """Sell exactly these offers."""
        self.offers = sorted(offers, key=_by_id)

    def upsert(self, offers: Iterable[Any]) -> None:
        """Put whole offers in place of those with the same id, or add them."""
        new = {str(id_of(offer)): offer for offer in offers}
        kept = [offer for offer in self.offers if str(id_of(offer)) not in new]
        self.replace([*kept, *new.values()])

    def remove(self, offer_id: str) -> bool:
        """Stop selling an offer; false when there is none with this id."""
        kept = [offer for offer in self.offers if str(id_of(offer)) != offer_id]
        found = len(kept) < len(self.offers)
        self.offers = kept
        return found

    def rows(self) -> list[Any]:
        """The offers in the order of the switch; the shuffled order is stable when offers come and go."""
        if self.switches.order_of_rows == "shuffled":
            return sorted(self.offers, key=lambda offer: zlib.crc32(str(id_of(offer)).encode()))
        return self.offers


@dataclass
class Market:
    """Everything the simulator remembers."""

    accounts: dict[str, Account]
    requests: deque[LoggedRequest] = field(default_factory=lambda: deque[LoggedRequest](maxlen=LOG_LENGTH))


def open_market(catalogue: Catalogue, switches: dict[str, Switches]) -> Market:
    """Copy what was given, so that two simulators made from it do not disturb each other."""
    market = Market(accounts={})
    for name, offers in catalogue.accounts.items():
        own = switches.get(name, Switches()).model_copy(deep=True)
        market.accounts[name] = Account(offers=[], switches=own)
        market.accounts[name].replace(offers)
    return market


def id_of(offer: Any) -> Any:
    """The id of a row, or None for a row that cannot have one."""
    return cast("dict[str, Any]", offer).get("id") if isinstance(offer, dict) else None


def _by_id(offer: Any) -> tuple[bool, int]:
    """Rows without a readable id come last, in the order in which they were given."""
    try:
        return False, int(id_of(offer))
    except (TypeError, ValueError):
        return True, 0
