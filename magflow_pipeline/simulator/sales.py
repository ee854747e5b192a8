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
from magflow_pipeline.simulator.shelves import Shelves, history

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

    A line without `sold` pieces is in no array: what was cancelled, or came back later, is not sold.
    """

    account: str
    days: tuple[date, ...]
    offer_ids: tuple[int, ...]
    skus: tuple[str, ...]
    classes: tuple[str, ...]
    expected: Real
    """Pieces that customers want on average on that day, whether there is stock or not; without the spike."""
    sold: Whole
    """Pieces ordered on that day, less those cancelled or returned since."""
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
        self._stock = np.asarray([_stock(row) for row in rows], dtype=np.int64)
        self.orders: list[Order] = []
        """By id, which is also by time; also those of later today."""
        self._events: list[tuple[int, int, int]] = []
        """Moment, offer, and by how much its stock changes: those after `now`, by moment."""
        self._days: list[int] = []
        self._expected: list[Real] = []
        self._taken: list[Whole] = []
        self._delivered: list[Whole] = []
        self._end: list[Whole] = []
        self._could_sell: list[Flags] = []
        self._make_history(range(today - days, today + 1))
        self._shelves = Shelves(self._customers, self._stock)
        self._begin(today)

    def advance(self, moment: int) -> dict[int, int]:
        """Move the clock on to a moment; returns by how much the stock of each offer has changed."""
        while self._days[-1] < day_of(moment):
            self._shelves.close(self._days[-1])
            self._begin(self._days[-1] + 1)
        self.now = max(self.now, moment)
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
        """What is true now; of today what is wanted all day, and what was sold so far."""
        days = self._days
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
            taken=np.stack(self._taken),
            delivered=np.stack(self._delivered),
            stock=np.stack(self._end),
            could_sell=np.stack(self._could_sell),
            spike=(self._customers.skus[spike[0]], date.fromordinal(spike[1])) if spike else None,
            campaigns=tuple(campaigns(first, last)),
        )

    def _make_history(self, days: range) -> None:
        expected = self._customers.expected(days)
        wanted = np.zeros(expected.shape, dtype=np.int64)
        lines: list[Lines] = []
        for row, day in enumerate(days):
            drawn = self._lines(day, expected[row])
            lines.append(drawn)
            counts = ~drawn.is_cancelled & ~drawn.is_line_cancelled & (self._moments(drawn) <= self.opened)
            np.add.at(wanted[row], drawn.offer[counts], drawn.pieces[counts])
        made = history(self._customers, self._stock, days, wanted)
        for row, drawn in enumerate(lines):
            kept = made.could_sell[row][drawn.offer] & (self._moments(drawn) <= self.opened)
            self._add_orders(drawn, kept)
        self._days += days
        for values, rows in (
            (self._expected, expected),
            (self._taken, made.taken),
            (self._delivered, made.delivered),
            (self._end, made.end),
            (self._could_sell, made.could_sell),
        ):
            values += list(rows)

    def _begin(self, day: int) -> None:
        """Make the orders of a day after the opening, and of the rest of the day of the opening itself."""
        if day == self._days[-1]:
            delivered = np.zeros_like(self._stock)
            taken, could_sell = self._taken.pop(), self._could_sell.pop()
            self._end.pop()
        else:
            self._days.append(day)
            self._expected.append(self._customers.expected([day])[0])
            delivered = self._shelves.deliver(day)
            self._delivered.append(delivered)
            taken, could_sell = np.zeros_like(self._stock), np.zeros(len(self._stock), dtype=np.bool_)
        on_sale = (self._customers.since <= day) & (day <= self._customers.until)
        could_sell |= (self._shelves.stock > 0) & on_sale
        drawn = self._lines(day, self._expected[-1])
        moments = self._moments(drawn)
        kept = moments > self.opened
        arrival = midnight(day) + DELIVERY_HOUR * HOUR
        events = [(arrival, int(offer), int(delivered[offer])) for offer in np.flatnonzero(delivered)]
        for line in np.flatnonzero(kept):
            offer, pieces = int(drawn.offer[line]), int(drawn.pieces[line])
            if drawn.is_cancelled[line] or drawn.is_line_cancelled[line]:
                continue
            kept[line] = self._shelves.take(offer, pieces)
            if kept[line]:
                taken[offer] += pieces
                events.append((max(int(moments[line]), arrival), offer, -pieces))
        self._add_orders(drawn, kept)
        self._taken.append(taken)
        self._could_sell.append(could_sell)
        self._end.append(self._shelves.stock.copy())
        self._events = sorted(self._events + events)

    def _lines(self, day: int, expected: Real) -> Lines:
        return self._customers.lines(day, expected, midnight(day + 1) - midnight(day))

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
