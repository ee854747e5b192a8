"""What an account has sold: its orders up to any moment, and the stock that goes with them.

Belongs here: the order of days, from the history before the opening to what is sold while the clock moves.
Not here: what is wanted (customers.py), what is in stock (shelves.py), filters and paging (order_reading.py).

The history ends at the opening with the stock that the offers show. Equal arguments give equal sales.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import numpy as np

from magflow_pipeline.simulator.bucharest import HOUR, ZONE, day_of, midnight, to_local
from magflow_pipeline.simulator.customers import (
    Campaign,
    Flags,
    Lines,
    Real,
    Whole,
    campaigns,
    make_customers,
    well_formed,
)
from magflow_pipeline.simulator.orders import (
    FULFILLED_BY_EMAG,
    FULFILLED_BY_SELLER,
    Goods,
    Line,
    Order,
    life,
)
from magflow_pipeline.simulator.shelves import Day, Shelves

HISTORY_DAYS = 400
SEED = 42

FIRST_ID = 2**31
FIRST_DAY = date(2020, 1, 1).toordinal()
IDS_A_DAY = 1_000_000
"""Order ids ascend with time, and are above 31 bits; accounts differ in the last digit."""

OTHER_TYPE = 0.03
"""The share of an account's orders that eMAG ships though the seller does the others, or the other way round."""

DELIVERY_HOUR = 7


@dataclass(frozen=True)
class Truth:
    """What is true of an account's sales: arrays of shape (days, offers), and what each offer is.

    All but `sold` tell the last day as it will end.
    """

    account: str
    days: tuple[date, ...]
    offer_ids: tuple[int, ...]
    skus: tuple[str, ...]
    classes: tuple[str, ...]
    expected: Real
    """Pieces that customers want on average on that day, whether there is stock or not; without the spike."""
    sold: Whole
    """Pieces ordered on that day, less those cancelled or returned until now: what the rows of the orders tell now."""
    taken: Whole
    """Pieces that left the shelf on that day: sold ones, and returned ones."""
    delivered: Whole
    stock: Whole
    """At the end of the day."""
    could_sell: Flags
    """Whether there was something to sell on that day."""
    spike: tuple[str, date] | None
    """SKU and day of the one order of 800 pieces."""
    campaigns: tuple[Campaign, ...]

    def of(self, sku: str) -> int:
        """The position of a SKU in the arrays."""
        return self.skus.index(sku)


class Sales:
    """The orders of one account, and the stock of its offers, as the clock moves on."""

    def __init__(
        self, account: str, offers: Iterable[Any], opened: datetime, days: int = HISTORY_DAYS, seed: int = SEED
    ) -> None:
        """Make the history up to `opened`.

        Args:
            account: Its name; one that begins with `fbe` is fulfilled by eMAG.
            offers: Those on sale, in wire shape.
            opened: An aware time; its whole second counts.
            days: How many days before that of `opened` have orders.
            seed: Decides everything that looks random.
        """
        self.account = account
        self.opened = self.now = int(opened.timestamp())
        rows = list(well_formed(offers).values())
        today = day_of(self.opened)
        self._customers = make_customers(account, rows, date.fromordinal(today), days, seed)
        self._goods = [_goods(row) for row in rows]
        self.orders: list[Order] = []
        """By id, which is also by time; also those of later today."""
        self._events: list[tuple[int, int, int]] = []
        """Moment, offer, and by how much its stock changes: those after `now`, by moment."""
        self._days: list[Day] = []
        self._expected = list(self._customers.expected(range(today - days, today + 1)))
        self._shelves = Shelves(self._customers, today - days)
        for day in range(today - days, today):
            self._sell(day)
        lines = self._begin(today)
        is_past = self._moments(lines) <= self.opened
        self._add_orders(lines, self._take(lines, is_past))
        self._shelves.match(self._days, np.asarray([_stock(row) for row in rows], dtype=np.int64))
        self._events.clear()
        self._add_orders(lines, self._take(lines, ~is_past))
        self._shelves.close(today)

    def advance(self, moment: int) -> dict[int, int]:
        """Move the clock on to a moment; returns by how much the stock of each offer has changed."""
        for day in range(self._days[-1].number + 1, day_of(moment) + 1):
            self._expected.append(self._customers.expected([day])[0])
            self._sell(day)
        self.now = max(self.now, moment)
        self._events.sort()
        place = bisect_right(self._events, (self.now, len(self._goods), 0))
        changed: dict[int, int] = {}
        for _, offer, pieces in self._events[:place]:
            number = self._customers.ids[offer]
            changed[number] = changed.get(number, 0) + pieces
        del self._events[:place]
        return changed

    def visible(self) -> list[Order]:
        """The orders made up to now, by id."""
        return self.orders[: bisect_right(self.orders, self.now, key=lambda order: order.moment)]

    def truth(self) -> Truth:
        """What is true now."""
        days = [day.number for day in self._days]
        place = {number: position for position, number in enumerate(self._customers.ids)}
        sold = np.zeros((len(days), len(place)), dtype=np.int64)
        for order in self.visible():
            for number, pieces in order.sold(self.now):
                sold[day_of(order.moment) - days[0], place[number]] += pieces
        first, last = date.fromordinal(days[0]), date.fromordinal(days[-1])
        spike = self._customers.spike
        return Truth(
            account=self.account,
            days=tuple(date.fromordinal(day) for day in days),
            offer_ids=self._customers.ids,
            skus=self._customers.skus,
            classes=self._customers.classes,
            expected=np.stack(self._expected),
            sold=sold,
            taken=np.stack([day.taken for day in self._days]),
            delivered=np.stack([day.delivered for day in self._days]),
            stock=np.stack([day.end for day in self._days]),
            could_sell=np.stack([day.could_sell for day in self._days]),
            spike=(self._customers.skus[spike[0]], date.fromordinal(spike[1])) if spike else None,
            campaigns=tuple(campaigns(first, last)),
        )

    def _sell(self, day: int) -> None:
        """A whole day."""
        lines = self._begin(day)
        self._add_orders(lines, self._take(lines, np.ones(len(lines.offer), dtype=np.bool_)))
        self._shelves.close(day)

    def _begin(self, day: int) -> Lines:
        """Deliver what is due on a day; returns what is wanted on it."""
        expected = self._expected[len(self._days)]
        self._days.append(self._shelves.begin(day))
        delivered = self._days[-1].delivered
        self._events += [(_delivery(day), int(offer), int(delivered[offer])) for offer in np.flatnonzero(delivered)]
        return self._customers.lines(day, expected, midnight(day + 1) - midnight(day))

    def _take(self, lines: Lines, chosen: Flags) -> Flags:
        """Take the chosen lines from the shelf; returns those for which there was enough."""
        moments = self._moments(lines)
        # Nobody can order, and cancel, what is not in stock.
        kept = chosen & (self._shelves.stock[lines.offer] >= lines.pieces)
        for line in np.flatnonzero(chosen & ~lines.is_cancelled & ~lines.is_line_cancelled):
            offer, pieces = int(lines.offer[line]), int(lines.pieces[line])
            kept[line] = self._shelves.take(self._days[-1], offer, pieces)
            if kept[line]:
                self._events.append((max(int(moments[line]), _delivery(lines.day)), offer, -pieces))
        return kept

    @staticmethod
    def _moments(lines: Lines) -> Whole:
        return lines.second + midnight(lines.day)

    def _add_orders(self, lines: Lines, kept: Flags) -> None:
        """Make the orders of a day from those of its lines that are kept."""
        usual = FULFILLED_BY_EMAG if self.account.startswith("fbe") else FULFILLED_BY_SELLER
        other = FULFILLED_BY_EMAG + FULFILLED_BY_SELLER - usual
        places = np.flatnonzero(kept)
        ends = np.flatnonzero(np.diff(lines.order[places])) + 1
        for members in np.split(places, ends) if len(places) else ():
            head = int(members[0])
            moment = int(lines.second[head]) + midnight(lines.day)
            inside = tuple(
                Line(
                    self._goods[int(lines.offer[line])],
                    int(lines.pieces[line]),
                    0 if lines.is_line_cancelled[line] else int(lines.returned[line]),
                    bool(lines.is_line_cancelled[line]),
                )
                for line in members
            )
            chance = cast("tuple[float, float, float, float]", tuple(lines.chance[head].tolist()))
            changes = life(moment, chance, bool(lines.is_cancelled[head]), _returns(inside))
            self.orders.append(
                Order(
                    id=FIRST_ID
                    + (lines.day - FIRST_DAY) * IDS_A_DAY
                    + int(lines.order[head]) * 10
                    + zlib.crc32(self.account.encode()) % 10,
                    type=other if chance[3] < OTHER_TYPE else usual,
                    moment=moment,
                    local=to_local(moment),
                    payment_mode_id=(1, 1, 3, 3, 3, 2)[int(chance[2] * 6)],
                    lines=inside,
                    changes=tuple(changes),
                )
            )


def make_sales(
    accounts: dict[str, list[Any]], opened: datetime, days: int = HISTORY_DAYS, seed: int = SEED
) -> dict[str, Sales]:
    """The sales of every account of a catalogue: what a simulator with the same arguments answers."""
    return {name: Sales(name, offers, opened, days, seed) for name, offers in accounts.items()}


def now_in_bucharest() -> datetime:
    """The present, to the second."""
    return datetime.now(ZONE).replace(microsecond=0)


def _returns(lines: Sequence[Line]) -> str:
    sold = [line for line in lines if not line.is_cancelled]
    if not any(line.returned for line in sold):
        return "none"
    return "all" if all(line.returned == line.pieces for line in sold) else "some"


def _delivery(day: int) -> int:
    return midnight(day) + DELIVERY_HOUR * HOUR


def _stock(row: dict[str, Any]) -> int:
    stock = row.get("general_stock")
    return max(0, stock) if isinstance(stock, int) else 0


def _goods(row: dict[str, Any]) -> Goods:
    try:
        price = float(row.get("sale_price") or 0)
    except (TypeError, ValueError):
        price = 0.0
    return Goods(
        id=row["id"],
        sku=row["part_number"],
        part_number_key=row.get("part_number_key"),
        name=str(row.get("name") or row["part_number"]),
        price=price,
        currency=str(row.get("currency") or "RON"),
    )
