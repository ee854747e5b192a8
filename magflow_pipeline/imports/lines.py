"""Rows of a file on their way into the tables, and what of them cannot be used."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from magflow_pipeline.imports.files import Row
from magflow_pipeline.imports.values import UnusableError

Values = dict[str, Any]
"""Column to value of a row; `taken_away` has the columns whose stored value goes."""


@dataclass(frozen=True)
class Unusable:
    """A cell or row that cannot be used, or that should be looked at: where it is, and why."""

    where: str
    reason: str


@dataclass(frozen=True)
class Line:
    """A row of the file, its place among all rows, and what its cells say but those of `unread`, which are refused."""

    place: int
    row: Row
    values: Values
    unread: frozenset[str] = frozenset()


class Refused:
    """What cannot be used."""

    def __init__(self) -> None:
        self._found: list[tuple[int, Unusable]] = []

    def add(self, place: int, row: Row, reason: str, column: str | None = None) -> None:
        """Refuse a row, or its cell of `column`."""
        self._found.append((place, Unusable(row.where(column), reason)))

    @contextmanager
    def of(self, line: Line, column: str | None = None) -> Generator[None]:
        """What is found to be unusable inside is refused, and the next question can be asked of the row."""
        try:
            yield
        except UnusableError as error:
            self.line(line, str(error), column)

    def line(self, line: Line, reason: str, column: str | None = None) -> None:
        """Refuse a line that could be read."""
        self.add(line.place, line.row, reason, column)

    def all(self, lines: Sequence[Line], reason: str, column: str | None = None) -> None:
        """Refuse each of these lines."""
        for line in lines:
            self.line(line, reason, column)

    def in_order(self) -> tuple[Unusable, ...]:
        """What was refused, in the order of the file."""
        return tuple(each for _, each in sorted(self._found, key=lambda each: each[0]))

    def __len__(self) -> int:
        return len(self._found)
