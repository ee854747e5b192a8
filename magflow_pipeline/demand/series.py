"""From rows to arrays: what items sold, on which days they could be sold, and by how much their stock fell.

Belongs here: reading many rows into arrays, and cutting blocks of items out of them. Not here: what is learned from
them (forecast.py).

Sales stay cells (item, day, value), because on most days most items sell nothing; the shares of days are a matrix. The
arrays of a block are dense: 200,000 items × 180 days in blocks of 8,192 need less than 1 GB.
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


class _Reals(_Array):
    element = ">f4"


def read_cells(session: psycopg.Connection, name: str, parameters: Mapping[str, object]) -> Cells:
    """The cells that a statement of `sql/` finds: arrays of items, days and values (integer[], integer[], real[] …)."""
    with psycopg.Cursor(session) as cursor:
        cursor.adapters.register_loader(postgres.types["int4"].array_oid, _Integers)
        cursor.adapters.register_loader(postgres.types["float4"].array_oid, _Reals)
        chunks = cursor.execute(statement(name), parameters, binary=True).fetchall()
        columns: list[NDArray[Any]] = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
        if not chunks:
            columns = [np.zeros(0, dtype=np.int32)] * len(cursor.description or ())
    order = np.lexsort((columns[1], columns[0]))
    items, days, *values = (each[order] for each in columns)
    return Cells(items, days, tuple(values))


def read_matrix(
    session: psycopg.Connection, name: str, parameters: Mapping[str, object], items: int, days: int
) -> Real:
    """The values that such a statement finds, by item and day: shape (items, days); NaN where it says nothing."""
    matrix = np.full((items, days), np.nan, dtype=np.float32)
    with psycopg.Cursor(session) as cursor:
        cursor.adapters.register_loader(postgres.types["int4"].array_oid, _Integers)
        cursor.adapters.register_loader(postgres.types["float4"].array_oid, _Reals)
        for chunk_items, chunk_days, values in cursor.stream(statement(name), parameters, binary=True):
            matrix[chunk_items, chunk_days] = values
    return matrix


def blocks(items: int) -> Iterator[tuple[int, int]]:
    """The first and the end of each block of so many items."""
    for first in range(0, items, ITEMS_A_BLOCK):
        yield first, min(first + ITEMS_A_BLOCK, items)


def series_of_sales(sales: Cells, share: Real, is_known: Flags) -> Series:
    """The series of a block.

    Args:
        sales: Cells of the block, with pieces and the largest order; days before the first are negative.
        share: Shape (items, days).
        is_known: By day: whether its sales are known.
    """
    items, days = share.shape
    inside = sales.within(days)
    units, largest = np.zeros((2, days, items), dtype=np.float32)
    units[inside.days, inside.items], largest[inside.days, inside.items] = inside.values
    units[~is_known] = np.nan
    is_old = np.zeros(items, dtype=np.bool_)
    is_old[sales.items[sales.days < 0]] = True
    return Series(units, largest, np.ascontiguousarray(share.T), is_old)


def series_of_falls(falls: Cells, share: Real, part: Real) -> Series:
    """The series of a block whose sales are taken from the fall of stock; days that say nothing of it are not known.

    Args:
        falls: Cells of the block, with pieces.
        share: Shape (items, days).
        part: By item: the part of the pieces that counts as sold by the account.
    """
    items, days = share.shape
    units = np.full((days, items), np.nan, dtype=np.float32)
    units[falls.days, falls.items] = falls.values[0] * part[falls.items]
    return Series(units, np.zeros_like(units), np.ascontiguousarray(share.T), np.zeros(items, dtype=np.bool_))
