"""From rows to arrays: what items sold, on which days they could be sold, and by how much their stock fell.

Belongs here: reading many rows into arrays, and cutting blocks of items out of them. Not here: what is learned from
them (forecast.py).

Sales stay cells (item, day, value), because on most days most items sell nothing. Stock is matrices by day, so that
days without samples take no memory: 200,000 items × 180 days need less than 1 GB, learned in blocks of 8,192.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import postgres, pq
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand.forecast import Flags, Real, Series

ITEMS_A_BLOCK = 8192

PAGES_AT_ONCE = 16_384
"""Of the table of stock: 128 MB of it become arrays of 60 MB in the server's memory, and then in this one's."""


class Cells(NamedTuple):
    """Values by item and day: arrays of equal length, in the order of items and days."""

    items: NDArray[np.int32]
    days: NDArray[np.int32]
    values: tuple[NDArray[np.float32], ...]

    def of(self, first: int, end: int) -> Cells:
        """Those of the items from `first` to before `end`, which are numbered from 0."""
        here = slice(*np.searchsorted(self.items, (first, end)))
        return Cells(self.items[here] - first, self.days[here], tuple(each[here] for each in self.values))

    def within(self, days: int) -> Cells:
        """Those of the days from 0 to before `days`."""
        chosen = (self.days >= 0) & (self.days < days)
        return Cells(self.items[chosen], self.days[chosen], tuple(each[chosen] for each in self.values))


class Stock(NamedTuple):
    """What samples say of the stock of items: matrices of shape (days, items)."""

    share: Real
    """Part of the day on which an item could be sold, from 0 to 1; NaN: not known."""
    fall: Real
    """Pieces that stock fell; NaN: it was not looked at on this day and on the day before."""


class Samples(NamedTuple):
    """Samples of the stock: matrices of shape (days + 1, items), from the day before the first on; 0: there is none."""

    share: Real
    """Part of the day on which an item could be sold; -1: none of it."""
    between: Real
    """Last stock of the day before, less the first of the day; one that is missing counts as 0."""
    inside: Real
    """Pieces that stock fell between the samples of the day at least, and 1."""

    def of(self, first: int, end: int) -> Stock:
        """What they say of the items from `first` to before `end`."""
        unknown = np.float32(np.nan)
        share, between, inside = (each[:, first:end] for each in self)
        looked = (inside[1:] > 0) & (inside[:-1] > 0)
        return Stock(
            share=np.where(share[1:] == 0, unknown, np.maximum(share[1:], 0)),
            fall=np.where(looked, np.maximum(between[1:], 0) + inside[1:] - 1, unknown),
        )


class _Array(Loader):
    """A one-dimensional array of PostgreSQL in binary: a header of 20 bytes, then length and value of each element."""

    format = pq.Format.BINARY
    element: str

    def load(self, data: Buffer) -> NDArray[Any]:
        """The array, in the byte order of this machine."""
        found = np.frombuffer(data, dtype=[("length", ">i4"), ("value", self.element)], offset=20)["value"]
        return found.astype(found.dtype.newbyteorder("="))


class _Integers(_Array):
    element = ">i4"


class _Longs(_Array):
    element = ">i8"


class _Reals(_Array):
    element = ">f4"


LOADERS = {"int4": _Integers, "int8": _Longs, "float4": _Reals}


def _cursor(session: psycopg.Connection) -> psycopg.Cursor:
    cursor = psycopg.Cursor(session)
    cursor.format = pq.Format.BINARY
    for name, loader in LOADERS.items():
        cursor.adapters.register_loader(postgres.types[name].array_oid, loader)
    return cursor


def read_cells(session: psycopg.Connection, name: str, parameters: Mapping[str, object]) -> Cells:
    """The cells that a statement of `sql/` finds: arrays of items, days and values (integer[], integer[], real[] …)."""
    with _cursor(session) as cursor:
        chunks = cursor.execute(statement(name), parameters).fetchall()
        columns: list[NDArray[Any]] = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
        if not chunks:
            columns = [np.zeros(0, dtype=np.int32)] * len(cursor.description or ())
    order = np.lexsort((columns[1], columns[0]))
    items, days, *values = (each[order] for each in columns)
    return Cells(items, days, tuple(values))


def read_samples(session: psycopg.Connection, parameters: Mapping[str, object], items: int, days: int) -> Samples:
    """The samples of the stock of the items that are numbered in `demand_items`.

    In several statements: the rows of a day that is over are written no more.
    """
    share, between, inside = (np.zeros((days + 1) * items, dtype=np.float32) for _ in range(3))
    with _cursor(session) as cursor:
        for pages in _pages(session, parameters):
            values = {**parameters, **pages, "items": items}
            found = cursor.execute(statement("demand/stock"), values, prepare=False).fetchone()  # planned for its pages
            if found is None:
                continue
            shares, stock, uneven, fall = found
            cells, samples = shares >> 32, shares & 0xFFFF
            sellable = shares >> 16 & 0xFFFF
            share[cells] = np.where(sellable > 0, sellable / np.maximum(samples, 1), -np.minimum(samples, 1))
            opened, closed = stock >> 32, stock & 0xFFFFFFFF
            between[cells] -= opened
            is_followed = cells < days * items
            between[cells[is_followed] + items] += closed[is_followed]
            inside[cells] = np.maximum(opened - closed, 0) + 1
            if uneven is not None:
                inside[uneven] = fall + 1
    removed = read_cells(session, "demand/removed", parameters)
    off = (removed.days + 1) * items + removed.items
    share[off] = np.where(share[off] == 0, -1, share[off])  # where samples say nothing: the offer could not be sold
    return Samples(*(each.reshape(days + 1, items) for each in (share, between, inside)))


def _pages(session: psycopg.Connection, parameters: Mapping[str, object]) -> Iterator[dict[str, str]]:
    """Which pages of the table of stock are read at once; those of few items are found by its index."""
    if parameters["skus"] is not None:
        yield {"first_page": "(0,0)", "end_page": "(4294967294,0)"}
        return
    [(pages,)] = session.execute(statement("demand/stock_pages")).fetchall()
    for first in range(0, pages, PAGES_AT_ONCE):
        yield {"first_page": f"({first},0)", "end_page": f"({first + PAGES_AT_ONCE},0)"}


def blocks(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The first and the end of each block of the items from `first` to before `end`."""
    for start in range(first, end, ITEMS_A_BLOCK):
        yield start, min(start + ITEMS_A_BLOCK, end)


def series_of_sales(sales: Cells, share: Real, is_known: Flags) -> Series:
    """The series of a block.

    Args:
        sales: Cells of the block, with pieces and the largest order; days before the first are negative.
        share: Shape (days, items).
        is_known: By day: whether its sales are known.
    """
    days, items = share.shape
    inside = sales.within(days)
    units, largest = np.zeros((2, days, items), dtype=np.float32)
    units[inside.days, inside.items], largest[inside.days, inside.items] = inside.values
    units[~is_known] = np.nan
    is_old = np.zeros(items, dtype=np.bool_)
    is_old[sales.items[sales.days < 0]] = True
    return Series(units, largest, share, is_old)


def series_of_falls(stock: Stock, part: Real) -> Series:
    """The series of a block whose sales are taken from the fall of stock; days that say nothing of it are not known.

    Args:
        stock: Shape (days, items).
        part: By item: the part of the pieces that counts as sold by the account.
    """
    units = stock.fall * part.astype(np.float32)
    return Series(units, np.zeros_like(units), stock.share, np.zeros(len(part), dtype=np.bool_))
