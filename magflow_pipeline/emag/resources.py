"""What the marketplace's API offers to read: a resource, its filters, and how a filter that was ignored is noticed.

Each resource is described beside its wire model (`offers.py`); client and sync know only this description.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.emag.limits import SpeedLimit
from magflow_pipeline.emag.values import Json

Filters = Mapping[str, int | str]


@dataclass(frozen=True)
class Filter:
    """One filter: `read` brings a row's value to the type of the filter's, None where the row does not say it.

    `key` is the row's key, by default the filter's name. `fits(value, asked)` is whether the row may be in the answer.
    """

    read: Callable[[Json], Any]
    key: str | None = None
    fits: Callable[[Any, Any], bool] = operator.eq


@dataclass(frozen=True)
class Resource:
    """What can be read and counted, page by page; `noun` is what people call a row, `largest_page` is in rows."""

    name: str
    noun: str
    limit: SpeedLimit
    filters: Mapping[str, Filter]
    largest_page: int = 100

    @property
    def read_route(self) -> str:
        """Where its rows are read."""
        return f"{self.name}/read"

    @property
    def count_route(self) -> str:
        """Where its rows are counted."""
        return f"{self.name}/count"

    def check_request(self, filters: Filters, size: int) -> None:
        """Refuse what the marketplace would answer with something else, and without a word.

        Raises:
            ValueError: `size` is more than a page holds, or there is no such filter.
        """
        if not 1 <= size <= self.largest_page:
            # Asked for more, eMAG answers with the largest page: it would look like the last.
            raise ValueError(f"a page of {self.name} holds 1 to {self.largest_page} rows, not {size}")
        if not self.filters.keys() >= filters.keys():
            # The marketplace ignores what it does not know, and answers with everything (emag-api.md: trap 34).
            known = ", ".join(sorted(self.filters))
            raise ValueError(f"filters of {self.name} are {known}, not {', '.join(filters)}")

    def check_answer(self, rows: Sequence[Json], filters: Filters) -> None:
        """Whether every row is one that was asked for; what a row does not say is not held against it.

        Raises:
            FilterNotHonouredError: a row is there that a filter leaves out.
        """
        objects = [cast("dict[str, Json]", row) for row in rows if isinstance(row, dict)]
        for name, asked in filters.items():
            known = self.filters[name]
            values = (known.read(row.get(known.key or name)) for row in objects)
            if any(not known.fits(value, asked) for value in values if value is not None):
                raise FilterNotHonouredError(f"the marketplace ignored the filter {name}={asked}")
