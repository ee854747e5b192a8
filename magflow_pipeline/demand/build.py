"""Learns the demand of an account's items and writes the table `demand`, by difference.

Belongs here: what is read and written, and when all items have to be learned again. Not here: the arithmetic
(forecast.py), arrays (series.py) and who asks for it (defs/).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.types.multirange import Multirange

from magflow_pipeline.database.copying import copy_rows
from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand import forecast
from magflow_pipeline.demand.forecast import Flags, Pool, Real, Series
from magflow_pipeline.demand.series import (
    Cells,
    Samples,
    Stock,
    blocks,
    read_cells,
    read_samples,
    series_of_falls,
    series_of_sales,
)

HISTORY_DAYS = 400
"""More teaches nothing (decisions.md 3.7), and it is what is asked of eMAG by default."""

SEEN_DAYS = 90
"""Days over which sales are compared with the fall of stock."""

NEVER_SOLD_DAYS = 90
"""Days whose sales are known before an item without any is said to have never sold."""

SHORT_HISTORY_DAYS = 30

MOST, MOST_RATIO = 9_999_999_999.0, 999_999.0
"""What the columns can hold: one line of millions of pieces must not keep an account from its demand."""

COLUMNS = (
    *("account_type", "sku", "known_from", "known_to", "first_sale", "last_sale", "sellable_days"),
    *("days_are_calendar", "units", "mean_30", "mean_90", "mean_180", "raw_mean_90", "average_daily_demand"),
    *("expected_daily_demand", "demand_error", "daily_variance", "demand_method", "demand_class", "mean_interval"),
    *("squared_variation", "monthly_variation", "demand_seen", "largest_day", "spike_cap", "capped_units"),
    *("campaign_uplift", "flags"),
)


class Basis(NamedTuple):
    """What all items of an account have in common."""

    first_day: date
    today: date
    known: Multirange[date]
    """Days whose orders of all types were read whole."""
    campaigns: Multirange[date]
    typical_rate: Decimal
    campaign_uplift: Decimal
    is_emag_only: bool

    @property
    def seen_from(self) -> date:
        """First day on which sales are compared with the fall of stock."""
        return max(self.first_day, self.today - timedelta(SEEN_DAYS))

    def inside(self, days: Multirange[date]) -> Flags:
        """Which of the days from the first on are among `days`."""
        length = (self.today - self.first_day).days
        found = np.zeros(length, dtype=np.bool_)
        for stretch in days:
            start, end = stretch.lower or self.first_day, stretch.upper or self.today
            found[max((start - self.first_day).days, 0) : max((end - self.first_day).days, 0)] = True
        return found


class Seen(NamedTuple):
    """How the sales of items compare with the fall of their stock: arrays by item."""

    ratio: Real
    """Pieces sold per piece that stock fell; NaN: stock says nothing."""
    is_elsewhere: Flags
    """Whether too little of the fall is among the sales that are known here."""
    part: Real
    """The account's part of what was sold from the stock."""


def build_demand(session: psycopg.Connection, account: str, skus: Sequence[str] | None = None) -> int:
    """Learn the demand of some items of an account, in the caller's transaction.

    All items are learned when `skus` is None, and when something that they have in common changed since: the day, what
    is known of the orders, campaigns, the typical item. So the rows are the same in whatever order sales came in.

    Args:
        session: In a transaction.
        account: Its name.
        skus: The items whose days changed; None: all.

    Returns:
        How many rows of `demand` were inserted, updated or deleted.
    """
    # Nobody may have counted the rows yet: the planner would compare each day of stock with each day of sales. The
    # second: all items of a large catalogue, hashed.
    session.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '32MB'")
    basis = _basis(session, account)
    learned_from = session.execute(statement("demand/basis_known"), {"account_type": account}).fetchone()
    if learned_from != tuple(basis):
        skus = None
        session.execute(statement("demand/basis_learned"), {"account_type": account, **basis._asdict()})
    scope: dict[str, Any] = {
        "account_type": account,
        "skus": None if skus is None else sorted(set(skus)),
        "first_day": basis.first_day,
        "seen_from": basis.seen_from,
        "end_day": basis.today,
    }
    psycopg.ClientCursor(session).execute(statement("demand/items"), scope)
    known = _read(session, basis, scope)
    copy_rows(session, "demand_learned", COLUMNS, _rows(account, basis, known))
    (changed,) = session.execute(statement("demand/learned"), scope).fetchone() or (0,)
    session.execute("SELECT analyze_grown('demand')")
    session.execute("DROP TABLE demand_items, demand_learned")  # for another build in the transaction
    session.execute("RESET enable_nestloop; RESET work_mem")
    return changed


def _basis(session: psycopg.Connection, account: str) -> Basis:
    row = session.execute(statement("demand/basis"), {"account_type": account, "history_days": HISTORY_DAYS}).fetchone()
    assert row is not None
    basis = Basis(*row)
    # Two digits, so that a sale does not make the numbers of all other items old.
    return basis._replace(
        typical_rate=Decimal(f"{basis.typical_rate:.2g}"), campaign_uplift=Decimal(f"{basis.campaign_uplift:.2g}")
    )


class _Known(NamedTuple):
    """What is known of the items; those that sold something come first."""

    skus: list[str]
    sold_items: int
    sales: Cells
    sold_of_stock: Cells
    """Pieces sold of the items' stock by all accounts that sell it, and by the account alone."""
    accounts: int
    """How many accounts sell it."""
    samples: Samples


def _read(session: psycopg.Connection, basis: Basis, scope: dict[str, Any]) -> _Known:
    [(skus, sold_items)] = session.execute(statement("demand/numbered")).fetchall()
    accounts = [each for (each,) in session.execute(statement("demand/accounts_of_stock"), scope)]
    return _Known(
        skus=skus,
        sold_items=sold_items,
        sales=read_cells(session, "demand/sales", scope),
        sold_of_stock=read_cells(session, "demand/sold_of_stock", {**scope, "accounts": accounts}),
        accounts=len(accounts),
        samples=read_samples(session, scope, len(skus), (basis.today - basis.first_day).days),
    )


def _rows(account: str, basis: Basis, known: _Known) -> Iterator[tuple[Any, ...]]:
    """The rows of `demand`, with the columns of COLUMNS."""
    is_known, is_campaign = basis.inside(basis.known), basis.inside(basis.campaigns)
    pool = Pool(float(basis.typical_rate), float(basis.campaign_uplift))
    is_sold = [(*block, True) for block in blocks(0, known.sold_items)]
    never_sold = [(*block, False) for block in blocks(known.sold_items, len(known.skus))]
    for first, end, sold in is_sold + never_sold:
        sales, stock = known.sales.of(first, end), known.samples.of(first, end)
        seen = _seen(basis, known, stock, known.sold_of_stock.of(first, end))
        # What never sold here is never forecast, however its stock falls: any day says that as well as all.
        learned_from = slice(None) if sold else slice(-1, None)
        series = series_of_sales(sales, stock.share[learned_from], is_known[learned_from])
        if sold and seen.is_elsewhere.any():
            _put(series, seen.is_elsewhere, series_of_falls(stock, seen.part))
        learned = _learn(series, is_campaign[learned_from], pool)
        columns = _columns(known.skus[first:end], basis, sales, seen, learned)
        yield from zip([account] * (end - first), *columns, strict=True)


def _seen(basis: Basis, known: _Known, stock: Stock, sold: Cells) -> Seen:
    """Compare over the last SEEN_DAYS, where sales are known and stock was looked at."""
    days, items = stock.fall.shape
    since = (basis.seen_from - basis.first_day).days
    fall = np.where(basis.inside(basis.known)[since:, None], stock.fall[since:], np.nan).astype(np.float64)
    looked = ~np.isnan(fall)
    units, own_units = np.zeros((2, days - since, items))
    units[sold.days - since, sold.items], own_units[sold.days - since, sold.items] = sold.values
    fall, units, own_units = (np.where(looked, each, 0) for each in (fall, units, own_units))
    total, sold_units = fall.sum(axis=0), units.sum(axis=0)
    # The day that is least explained: a correction of the stock, or pieces that broke, are no sale.
    unexplained = np.maximum(fall - units, 0).max(axis=0, initial=0)
    # The account's part of the pieces; an equal one where nothing was sold on these days.
    part = np.where(sold_units > 0, own_units.sum(axis=0) / np.maximum(sold_units, 1), 1 / known.accounts)
    return Seen(*forecast.sales_seen(total, sold_units, unexplained), part)


def _put(series: Series, chosen: Flags, other: Series) -> None:
    """Put the chosen items of another series in place of these."""
    series.units[:, chosen] = other.units[:, chosen]
    series.largest_order[:, chosen] = other.largest_order[:, chosen]
    series.is_old[chosen] = other.is_old[chosen]


class _Learned(NamedTuple):
    """What was learned of a block, and from what."""

    series: Series
    is_campaign: Flags
    counted: Real
    capped: Real
    means: forecast.Means
    expected: forecast.Expected
    monthly_variation: Real


def _learn(series: Series, is_campaign: Flags, pool: Pool) -> _Learned:
    counted, calendar = forecast.counted_share(series)
    capped = forecast.capped_units(series, counted)
    means = forecast.means(series, capped, counted, calendar, is_campaign)
    expected = forecast.expected(capped, counted, is_campaign, pool)
    variation = forecast.monthly_variation(capped, counted, is_campaign)
    return _Learned(series, is_campaign, counted, capped, means, expected, variation)


def _columns(skus: Sequence[str], basis: Basis, sales: Cells, seen: Seen, learned: _Learned) -> Iterator[Sequence[Any]]:
    """The columns of COLUMNS but the account for a block of items, in their order."""
    items = len(skus)
    is_known = basis.inside(basis.known)
    known_days = np.flatnonzero(is_known)
    known_from, known_to = (
        (basis.first_day + timedelta(int(known_days[place])) if len(known_days) else None) for place in (0, -1)
    )
    first_sale, last_sale = _first_and_last(sales, items)
    units = np.nan_to_num(learned.series.units)
    spikes = units - learned.capped
    is_spike = spikes > 0
    spiked = is_spike.any(axis=0)
    last_spike = len(spikes) - 1 - np.argmax(is_spike[::-1], axis=0)
    saw_campaign = (learned.counted[learned.is_campaign] > 0).any(axis=0)

    is_sold = last_sale != NO_DAY
    enough = learned.means.days >= forecast.LEAST_DAYS
    is_learned = is_sold & enough
    method = np.select(
        [is_learned & seen.is_elsewhere, is_learned, ~is_sold & (len(known_days) >= NEVER_SOLD_DAYS)],
        ["fall of stock", "several memories", "never sold"],
        "not enough data",
    )
    flags = {
        "spike": spiked,
        "campaign": saw_campaign,
        "sales_not_seen_here": seen.is_elsewhere,
        "emag_only": np.full(items, basis.is_emag_only),
        "calendar_days": learned.means.is_calendar,
        "short_history": is_learned & (learned.means.days < SHORT_HISTORY_DAYS),
        "orders_missing": np.full(items, len(known_days) and not is_known[known_days[0] : known_days[-1]].all()),
    }
    yield skus
    yield [known_from] * items
    yield [known_to] * items
    yield _dates(first_sale, basis.first_day)
    yield _dates(last_sale, basis.first_day)
    yield _numbers(learned.means.days, 2)
    yield learned.means.is_calendar.tolist()
    yield _whole(units.sum(axis=0, dtype=np.float64))
    yield _numbers(learned.means.mean_30)
    yield _numbers(learned.means.mean_90)
    yield _numbers(learned.means.mean_180)
    yield _numbers(learned.means.raw_mean_90)
    yield _numbers(np.where(is_learned, learned.means.mean_90, np.nan))
    # Never 0: however little is expected, it has been sold.
    yield _numbers(np.where(is_learned, np.maximum(learned.expected.rate, 0.0001), np.nan))
    yield _numbers(np.where(is_learned, learned.expected.error, np.nan))
    yield _numbers(np.where(is_learned, learned.expected.variance, np.nan), 6)
    yield method.tolist()
    named = np.where(is_learned, forecast.demand_class(learned.means.interval, learned.means.variation), "")
    yield [each or None for each in named.tolist()]
    yield _numbers(learned.means.interval)
    yield _numbers(learned.means.variation)
    yield _numbers(learned.monthly_variation)
    yield _numbers(seen.ratio, most=MOST_RATIO)
    yield [int(most) or None for most in units.max(axis=0, initial=0)]
    yield _numbers(np.where(spiked, learned.capped[last_spike, np.arange(items)], np.nan))
    yield _whole(spikes.sum(axis=0, dtype=np.float64))
    yield _numbers(np.where(saw_campaign & is_learned, learned.expected.uplift, np.nan), most=MOST_RATIO)
    yield [[code for code, each in zip(flags, row, strict=True) if each] for row in zip(*flags.values(), strict=True)]


NO_DAY = np.iinfo(np.int32).min


def _first_and_last(sales: Cells, items: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The first and the last day with a sale of each item; NO_DAY: it has none."""
    first, last = np.full((2, items), NO_DAY, dtype=np.int32)
    # Cells are in the order of items and days, so of several the last one written stays.
    last[sales.items] = sales.days
    first[sales.items[::-1]] = sales.days[::-1]
    return first, last


def _dates(days: NDArray[np.int32], first_day: date) -> list[date | None]:
    return [None if day == NO_DAY else first_day + timedelta(day) for day in days.tolist()]


def _numbers(values: Real, digits: int = 4, most: float = MOST) -> list[float | None]:
    limited = np.minimum(values, most).tolist()  # NaN stays
    return [None if value != value else round(value, digits) for value in limited]  # noqa: PLR0124, not NaN


def _whole(values: Real) -> list[int]:
    return [round(value) for value in values.tolist()]
