"""A resource of the marketplace's API, its filters, and the detection of a filter that was ignored.

Each resource is defined beside its wire model (`offers.py`); client and sync depend on this description only.
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
    """One filter: `read` converts a row's value to the filter's type, a missing one to None.

    `key` is the row's key, by default the filter's name. `fits(value, asked)`: whether the row may be in the answer.
    """

    read: Callable[[Json], Any]
    key: str | None = None
    fits: Callable[[Any, Any], bool] = operator.eq


@dataclass(frozen=True)
class Resource:
    """What can be counted, and read in pages; `noun` names a row in messages, `largest_page` is in rows."""

    name: str
    noun: str
    limit: SpeedLimit
    filters: Mapping[str, Filter]
    largest_page: int = 100
    is_private: bool = False
    """Its rows hold personal data: no error quotes an answer."""

    @property
    def read_route(self) -> str:
        """The path that reads its rows."""
        return f"{self.name}/read"

    @property
    def count_route(self) -> str:
        """The path that counts its rows."""
        return f"{self.name}/count"

    def check_request(self, filters: Filters, size: int) -> None:
        """Refuse a request that the marketplace would silently answer differently.

        Raises:
            ValueError: `size` is not 1 to the largest page, or a filter is unknown.
        """
        if not 1 <= size <= self.largest_page:
            # Asked for more rows, eMAG sends its largest page, which would look like the last.
            raise ValueError(f"a page of {self.name} holds 1 to {self.largest_page} rows, not {size}")
        if not self.filters.keys() >= filters.keys():
            # The marketplace ignores unknown filters and answers with all rows (emag-api.md: trap 34).
            known = ", ".join(sorted(self.filters))
            raise ValueError(f"filters of {self.name} are {known}, not {', '.join(filters)}")

    def check_answer(self, rows: Sequence[Json], filters: Filters) -> None:
        """Check that every row matches the filters; a value that a row lacks is not checked.

        Raises:
            FilterNotHonouredError: a row does not match.
        """
        objects = [cast("dict[str, Json]", row) for row in rows if isinstance(row, dict)]
        for name, asked in filters.items():
            known = self.filters[name]
            values = (known.read(row.get(known.key or name)) for row in objects)
            if any(not known.fits(value, asked) for value in values if value is not None):
                raise FilterNotHonouredError(f"the marketplace ignored the filter {name}={asked}")
