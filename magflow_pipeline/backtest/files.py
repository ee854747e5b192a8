"""Reads a history from the files of a folder. What cannot be read is a sentence that names file and line.

Files are CSV in UTF-8 with a header, separated by commas or semicolons; columns in any order, others are ignored.
Not here: what is done with it (replay.py).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magflow_pipeline.backtest.history import LEARNING_DAYS, History, Items, draw_lead_times
from magflow_pipeline.demand.forecast import Flags, Real
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted, printable

MOST = 999_999_999
ITEM_COLUMNS = (
    *("sku", "unit_cost_ron", "price_ron", "lead_time_days", "lead_time_spread_days", "moq", "pack_size"),
    "opening_stock",
)
MOST_DAYS = 20_000
"""From the first to the last day: more is a day with a typing error."""


def read_history(folder: Path) -> History:
    """The history in a folder: `demand.csv`, `items.csv`, and `leads.csv`, `stock.csv`, `campaigns.csv` if there.

    A day or an SKU that `demand.csv` does not name sold nothing. Lead times that `leads.csv` does not name are drawn.

    Raises:
        ConfigurationError: a file is missing, cannot be read, or contradicts itself or another.
    """
    items = _read_items(_Table.read(folder / "items.csv", ITEM_COLUMNS))
    known = pd.Index(items.skus)
    sold = _Table.read(folder / "demand.csv", ("date", "sku", "units"))
    dates, places = sold.dates("date"), sold.places("sku", known)
    pieces = sold.numbers("units", least=0, is_whole=True)
    sold.unique(dates, places)
    if not len(dates):
        raise ConfigurationError(f"{sold.name} has no rows: it needs one for each day and SKU that sold something.")
    first, days = dates.min(), int((dates.max() - dates.min()) / _DAY) + 1
    if not LEARNING_DAYS < days <= MOST_DAYS:
        raise ConfigurationError(
            f"{sold.name} is about {days} days. The first {LEARNING_DAYS} are only learned from, so it takes at least "
            f"{LEARNING_DAYS + 1}, and at most {MOST_DAYS}."
        )
    units = np.zeros((days, len(known)), dtype=np.float32)
    units[_since(first, dates), places] = pieces
    return History(
        first_day=first.astype(date),
        items=items,
        units=units,
        share=_read_stock(folder / "stock.csv", first, days, known),
        is_campaign=_read_campaigns(folder / "campaigns.csv", first, days),
        lead_times=_read_leads(folder / "leads.csv", first, days, known, items),
    )


_DAY = np.timedelta64(1, "D")
_Days = NDArray[np.datetime64]
_Places = NDArray[np.intp]


def _since(first: np.datetime64, dates: _Days) -> _Places:
    return ((dates - first) / _DAY).astype(np.intp)


class _Table(NamedTuple):
    """A file's rows as texts; the first is on line 2."""

    name: str
    rows: Any
    """A data frame: pandas' types do not say of what."""

    @classmethod
    def read(cls, path: Path, needed: Sequence[str]) -> _Table:
        name = printable(path.name)
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                heading = file.readline()
                rows: Any = pd.read_csv(
                    path,
                    sep=";" if heading.count(";") > heading.count(",") else ",",
                    dtype=str,
                    encoding="utf-8-sig",
                    keep_default_na=False,
                    skip_blank_lines=False,
                    index_col=False,
                    quoting=csv.QUOTE_MINIMAL,
                )
        except FileNotFoundError:
            raise ConfigurationError(f"There is no {name} in {printable(str(path.parent))}.") from None
        except OSError as error:
            raise ConfigurationError(f"{name} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{name} is not in UTF-8: save it in that encoding.") from None
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise ConfigurationError(f"{name} is no CSV with a header: {noted(str(error), 200)}.") from None
        rows.columns = [str(each).strip().lower() for each in rows.columns]
        table = cls(name, rows)
        if missing := [each for each in needed if each not in rows.columns]:
            raise ConfigurationError(
                f"{name} has no column {missing[0]}: it needs {', '.join(needed)} in its first line."
            )
        return table

    def column(self, *names: str) -> str | None:
        """The first of the columns that there is."""
        return next((each for each in names if each in self.rows.columns), None)

    def texts(self, column: str) -> NDArray[np.object_]:
        return self.rows[column].fillna("").str.strip().to_numpy(dtype=object)

    def refuse(self, bad: Flags, column: str, what: str) -> None:
        """Raise an error about the first bad row, if there is one."""
        if bad.any():
            row = int(np.argmax(bad))
            value = noted(str(self.texts(column)[row]), 60)
            raise ConfigurationError(f"{self.name}, line {row + 2}: {column} '{value}' {what}.")

    def dates(self, column: str) -> _Days:
        texts = self.texts(column)
        parsed: Any = pd.to_datetime(pd.Series(texts, dtype="str"), format="%Y-%m-%d", errors="coerce")
        self.refuse(parsed.isna().to_numpy(), column, "is no day such as 2026-11-25")
        return parsed.to_numpy().astype("datetime64[D]")

    def numbers(self, column: str, *, least: float, is_whole: bool = False, empty: float | None = None) -> Real:
        texts = self.texts(column)
        values: Any = pd.to_numeric(pd.Series(texts, dtype="str"), errors="coerce").to_numpy(dtype=float)
        if empty is not None:
            values = np.where(texts == "", empty, values)
        with np.errstate(invalid="ignore"):
            bad = ~((values >= least) & (values <= MOST)) | (is_whole & (values != np.rint(values)))
        self.refuse(bad, column, f"is no {'whole ' if is_whole else ''}number from {least:g} to {MOST}")
        return values

    def places(self, column: str, known: pd.Index) -> _Places:
        found = known.get_indexer(pd.Index(self.texts(column)))
        self.refuse(found < 0, column, "is not in items.csv")
        return found

    def unique(self, dates: _Days, places: _Places) -> None:
        """Refuse a second row of a day and SKU."""
        rows: Any = pd.DataFrame({"date": dates, "sku": places}).duplicated()
        bad = rows.to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            first = int(np.argmax((dates == dates[row]) & (places == places[row])))
            sku = noted(str(self.texts("sku")[row]), 60)
            raise ConfigurationError(
                f"{self.name}, line {row + 2}: {dates[row]} and SKU '{sku}' are on line {first + 2} already."
            )


def _read_items(table: _Table) -> Items:
    skus = table.texts("sku")
    table.refuse(skus == "", "sku", "is empty")
    again: Any = pd.Series(skus).duplicated()
    table.refuse(again.to_numpy(), "sku", "is there already")
    if not len(skus):
        raise ConfigurationError(f"{table.name} has no rows: it needs one for each SKU.")
    return Items(
        skus=[str(each) for each in skus],
        unit_cost=table.numbers("unit_cost_ron", least=0.0001),
        price=table.numbers("price_ron", least=0),
        lead_days=table.numbers("lead_time_days", least=0),
        lead_spread=table.numbers("lead_time_spread_days", least=0, empty=0),
        moq=np.maximum(table.numbers("moq", least=0, is_whole=True, empty=1), 1),
        pack_size=np.maximum(table.numbers("pack_size", least=0, is_whole=True, empty=1), 1),
        opening_stock=table.numbers("opening_stock", least=0, is_whole=True, empty=0),
    )


def _inside(table: _Table, first: np.datetime64, days: int, known: pd.Index) -> tuple[_Places, _Places, Flags]:
    """Day and item of each row, and which rows are of the history's days."""
    dates, places = table.dates("date"), table.places("sku", known)
    table.unique(dates, places)
    since = _since(first, dates)
    return since, places, (since >= 0) & (since < days)


def _read_stock(path: Path, first: np.datetime64, days: int, known: pd.Index) -> Real:
    """The part of each day on which items could be sold: a share, or pieces of which 0 is none; NaN: not named."""
    share = np.full((days, len(known)), np.nan, dtype=np.float32)
    if not path.exists():
        return share
    table = _Table.read(path, ("date", "sku"))
    since, places, inside = _inside(table, first, days, known)
    if (column := table.column("in_stock_share", "sellable_share", "share", "in_stock")) is not None:
        values = table.numbers(column, least=0)
        table.refuse(values > 1, column, "is no part of a day from 0 to 1")
    elif (column := table.column("stock", "quantity", "units", "pieces")) is not None:
        values = np.where(table.numbers(column, least=0) > 0, 1.0, 0.0)
    else:
        values = np.zeros(len(since))
    share[since[inside], places[inside]] = values[inside]
    return share


def _read_campaigns(path: Path, first: np.datetime64, days: int) -> Flags:
    is_campaign = np.zeros(days, dtype=np.bool_)
    if not path.exists():
        return is_campaign
    table = _Table.read(path, ())
    begins, ends = table.column("date", "from", "first_day", "starts_on", "start"), None
    if begins is None:
        raise ConfigurationError(f"{table.name} has no column date, nor from and to: name the campaign's days.")
    ends = table.column("to", "last_day", "ends_on", "end") or begins
    since, until = _since(first, table.dates(begins)), _since(first, table.dates(ends))
    table.refuse(until < since, ends, "is before the campaign's first day")
    for start, end in zip(since, until, strict=True):
        is_campaign[max(start, 0) : max(end + 1, 0)] = True
    return is_campaign


def _read_leads(path: Path, first: np.datetime64, days: int, known: pd.Index, items: Items) -> NDArray[np.int32]:
    leads = draw_lead_times(days, items)
    if not path.exists():
        return leads
    table = _Table.read(path, ("date", "sku", "days"))
    since, places, inside = _inside(table, first, days, known)
    taken = np.maximum(np.rint(table.numbers("days", least=0)), 1).astype(np.int32)
    leads[since[inside], places[inside]] = taken[inside]
    return leads
