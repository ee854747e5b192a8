"""What the customers of the simulated seller want: the truth behind its orders, per offer and day.

Belongs here: how often an offer is wanted (class, week, season, campaigns, steps) and what is drawn
from that for one day. Not here: what can be delivered (shelves.py) and the JSON of an order (orders.py).
Everything is drawn from the seed, the account and the day, so that a process which starts later draws the same.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Real: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

DemandClass: TypeAlias = Literal["fast", "medium", "slow", "intermittent", "never"]
CLASSES: tuple[tuple[DemandClass, float, float, float], ...] = (
    ("fast", 0.013, 1.2, 4.5),
    ("medium", 0.10, 0.10, 0.45),
    ("slow", 0.35, 0.01, 0.05),
    ("intermittent", 0.20, 0.02, 0.08),
    ("never", 0.337, 0.0, 0.0),
)
"""Class, share of the SKUs, lowest and highest pieces a day in one account."""

HERO_RATES: dict[str, tuple[DemandClass, float]] = {
    "AUR516": ("fast", 1.4),
    "BMX136": ("medium", 0.6),
    "EMG469": ("fast", 2.1),
}

WEEK = (1.15, 1.10, 1.05, 1.00, 0.95, 0.85, 0.90)
"""Monday to Sunday; the mean is 1."""

SEASONS: dict[str, tuple[float, int]] = {
    "VNT": (0.7, 196),
    "LED": (0.5, 350),
    "BND": (0.5, 350),
    "ACU": (0.25, 15),
}
"""SKU prefix to the swing around the mean, and the day of the year at its top. What is not named has no season."""

HOURS = (6, 3, 2, 2, 1, 2, 4, 10, 22, 38, 48, 50, 50, 48, 46, 46, 48, 50, 56, 62, 66, 58, 38, 18)
"""How likely an order is in each hour of the day."""

DAY_SECONDS = 86_400

SPIKE_PIECES = 800
SPIKE_DAYS_AGO = 45

JOINS = 0.15
"""The share of lines that belong to the order of the line before."""
CANCELLED, LINE_CANCELLED, RETURNED = 0.04, 0.01, 0.05
"""The shares of orders that are cancelled, and of lines that are cancelled, or returned in part or whole."""


@dataclass(frozen=True)
class Campaign:
    """Days on which the marketplace sells more; both ends belong to it."""

    name: str
    start: date
    end: date
    strength: float
    """The share of an offer's own uplift that it brings."""


def campaigns(first: date, last: date) -> list[Campaign]:
    """The campaigns of the marketplace that touch the days from `first` to `last`, by start."""
    found: list[Campaign] = []
    for year in range(first.year, last.year + 1):
        november = date(year, 11, 1)
        friday = november + timedelta((4 - november.weekday()) % 7)
        found += [
            Campaign("Stock Busters", date(year, 3, 16), date(year, 3, 19), 0.4),
            Campaign("Back to School", date(year, 8, 28), date(year, 9, 1), 0.3),
            Campaign("Black Friday", friday, friday + timedelta(3), 1.0),
        ]
    return [each for each in found if each.start <= last and each.end >= first]


@dataclass(frozen=True)
class Lines:
    """The order lines that customers want on one day, by second; the arrays are equally long.

    `order` numbers the orders of the day from 0: lines that share a number are one order, at one second.
    `chance` holds four numbers from 0 to 1 for each line: those of an order's first line date what becomes of it.
    """

    day: int
    second: Whole
    order: Whole
    offer: Whole
    pieces: Whole
    returned: Whole
    is_cancelled: Flags
    is_line_cancelled: Flags
    chance: Real


@dataclass(frozen=True)
class Customers:
    """How much each offer of an account is wanted; days are ordinals of the proleptic calendar.

    The arrays have one element for each offer, in the order in which they were given.
    """

    account: str
    seed: int
    opened: int
    ids: tuple[int, ...]
    skus: tuple[str, ...]
    classes: tuple[DemandClass, ...]
    rate: Real
    """Pieces a day at the end of the history, without week, season and campaigns."""
    pieces: Real
    """The mean pieces of a line."""
    since: Whole
    until: Whole
    """The first and the last day on which it can be ordered."""
    step_day: Whole
    before_step: Real
    """Until the day before `step_day` it is wanted so many times as much as `rate` says."""
    swing: Real
    peak: Real
    uplift: Real
    spike: tuple[int, int] | None
    """Position and day of the offer of which one customer orders 800 pieces."""

    @cached_property
    def key(self) -> int:
        """The account as a number, for generators."""
        return zlib.crc32(self.account.encode())

    def generator(self, *purpose: int) -> np.random.Generator:
        """A generator of the account that depends on nothing but the seed and its purpose."""
        return np.random.default_rng([self.seed, self.key, *purpose])

    def expected(self, days: Sequence[int]) -> Real:
        """The pieces that are wanted on each day: shape (days, offers), without what one customer orders at once."""
        ordinals = np.asarray(days, dtype=np.int64)[:, None]
        of_year = np.asarray([date.fromordinal(day).timetuple().tm_yday for day in days], dtype=np.float64)[:, None]
        week = np.asarray([WEEK[date.fromordinal(day).weekday()] for day in days])[:, None]
        season = 1 + self.swing * np.cos(2 * np.pi * (of_year - self.peak) / 365.25)
        step = np.where(ordinals < self.step_day, self.before_step, 1.0)
        on_sale = (ordinals >= self.since) & (ordinals <= self.until)
        strength = np.zeros((len(days), 1))
        for campaign in campaigns(date.fromordinal(min(days)), date.fromordinal(max(days))) if len(days) else ():
            inside = (ordinals >= campaign.start.toordinal()) & (ordinals <= campaign.end.toordinal())
            strength[inside] = campaign.strength
        return self.rate * week * season * step * (1 + strength * self.uplift) * on_sale

    def lines(self, day: int, expected: Real, seconds: int) -> Lines:
        """What is wanted on a day that lasts so many seconds, drawn from its row of `expected`."""
        rng = self.generator(0, day)
        # A gamma-mixed Poisson: real demand scatters more than Poisson's.
        wanted = rng.poisson(expected / self.pieces * rng.gamma(3.0, 1 / 3.0, len(expected)))
        offer = np.repeat(np.arange(len(expected)), wanted)
        large = self.pieces[offer] > 2
        small_pieces = rng.choice(np.asarray((1, 2, 3, 5)), len(offer), p=(0.82, 0.12, 0.04, 0.02))
        pieces = np.where(large, 2 + rng.poisson(2.0, len(offer)), small_pieces)
        if self.spike is not None and self.spike[1] == day:
            offer, pieces = np.append(offer, self.spike[0]), np.append(pieces, SPIKE_PIECES)
        count = len(offer)
        # Nobody sleeps when the clocks change: the hour that comes twice, or never, must have orders around it.
        hours = np.asarray(HOURS if seconds == DAY_SECONDS else (1,) * 24)
        hour = rng.choice(24, count, p=hours / hours.sum())
        second = ((hour + rng.random(count)) / 24 * seconds).astype(np.int64)
        chance = rng.random((count, 8))
        in_time = np.argsort(second, kind="stable")
        offer, pieces, second, chance = offer[in_time], pieces[in_time], second[in_time], chance[in_time]
        is_first = (chance[:, 4] >= JOINS) | (pieces == SPIKE_PIECES)
        if count:
            is_first[0] = True
        order = np.cumsum(is_first) - 1
        first = np.flatnonzero(is_first)[order]
        is_spike = pieces == SPIKE_PIECES
        is_returned = (chance[:, 7] < RETURNED) & ~is_spike
        return Lines(
            day=day,
            second=second[first],
            order=order,
            offer=offer,
            pieces=pieces,
            returned=np.where(is_returned, np.ceil(pieces * chance[:, 0]).astype(np.int64), 0),
            is_cancelled=(chance[first, 5] < CANCELLED) & ~is_spike[first],
            is_line_cancelled=(chance[:, 6] < LINE_CANCELLED) & ~is_spike,
            chance=chance[:, :4],
        )


def make_customers(account: str, offers: Iterable[dict[str, Any]], opened: date, days: int, seed: int) -> Customers:
    """The customers of an account's offers.

    A SKU is of one class in all accounts and in every catalogue; how often it is wanted differs by account.

    Args:
        account: Its name.
        offers: In wire shape, with an id and a SKU.
        opened: The last day of the history.
        days: The length of the history.
        seed: Decides everything that looks random.
    """
    last = opened.toordinal()
    rows = [_Habit(account, row, last, days, seed) for row in offers]
    spiked = [
        (zlib.crc32(row.sku.encode()), place) for place, row in enumerate(rows) if row.kind == "medium" and row.is_old
    ]
    ago = SPIKE_DAYS_AGO if days > SPIKE_DAYS_AGO + 10 else days // 2
    return Customers(
        account=account,
        seed=seed,
        opened=last,
        ids=tuple(row.id for row in rows),
        skus=tuple(row.sku for row in rows),
        classes=tuple(row.kind for row in rows),
        rate=np.asarray([row.rate for row in rows], dtype=np.float64),
        pieces=np.asarray([4.0 if row.kind == "intermittent" else 1.28 for row in rows], dtype=np.float64),
        since=np.asarray([row.since for row in rows], dtype=np.int64),
        until=np.asarray([row.until for row in rows], dtype=np.int64),
        step_day=np.asarray([row.step_day for row in rows], dtype=np.int64),
        before_step=np.asarray([row.before_step for row in rows], dtype=np.float64),
        swing=np.asarray([row.season[0] for row in rows], dtype=np.float64),
        peak=np.asarray([row.season[1] for row in rows], dtype=np.float64),
        uplift=np.asarray([row.uplift for row in rows], dtype=np.float64),
        spike=(min(spiked)[1], last - ago) if spiked else None,
    )


class _Habit:
    """How often one offer is wanted, drawn from its SKU and its account."""

    def __init__(self, account: str, row: dict[str, Any], last: int, days: int, seed: int) -> None:
        self.id: int = row["id"]
        self.sku: str = row["part_number"]
        rng = random.Random(f"{seed}:{self.sku}")
        chance, place = rng.random(), rng.random()
        self.kind: DemandClass = "never"
        low = high = 0.0
        for kind, share, lowest, highest in CLASSES:
            if chance < share:
                self.kind, low, high = kind, lowest, highest
                break
            chance -= share
        rate = low + (high - low) * place**2
        if self.sku in HERO_RATES:
            self.kind, rate = HERO_RATES[self.sku]
        is_new = rng.random() < 0.07 and self.sku not in HERO_RATES
        since = last - rng.randint(15, 60) if is_new else 0
        steps = rng.random() < 0.12 and self.sku not in HERO_RATES
        self.step_day = last - rng.randint(20, 300) if steps else 0
        self.before_step = rng.choice((0.4, 0.5, 2.0, 2.5)) if steps else 1.0
        self.season = SEASONS.get(self.sku[:3], (0.0, 0))
        self.uplift = rng.uniform(0.5, 4.0)
        own = random.Random(f"{seed}:{self.sku}:{account}")
        self.rate = rate * own.uniform(0.7, 1.4)
        stopped = own.randint(30, max(30, days))
        self.until = 10**7 if is_sellable(row) else last - stopped
        self.since = min(since, self.until)
        self.is_old = not is_new and is_sellable(row)


def is_sellable(row: dict[str, Any]) -> bool:
    """Whether eMAG would sell an offer that is in stock."""
    return (
        row.get("status") == 1
        and all(value in {3, 9, 11, 12} for value in _values(row.get("validation_status")))
        and all(value == 1 for value in _values(row.get("offer_validation_status")))
    )


def _values(status: Any) -> list[Any]:
    entries = cast("list[Any]", status) if isinstance(status, list) else [status]
    return [cast("dict[str, Any]", entry).get("value") for entry in entries if isinstance(entry, dict)]


def well_formed(offers: Iterable[Any]) -> dict[int, dict[str, Any]]:
    """The offers that can be sold, by id: tests also make rows that are no offers."""
    found: dict[int, dict[str, Any]] = {}
    for row in offers:
        told = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
        number, sku = told.get("id"), told.get("part_number")
        if isinstance(number, int) and isinstance(sku, str):
            found[number] = told
    return found
