"""Tables for terminals of any width, which never cut the columns that people work with.

Those columns come first in a row's line; columns that may be shortened share the rest of it. A column that does not
fit is printed below the row, with its heading. Not here: which columns a table has.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

from magflow_pipeline.reports.screen import Screen
from magflow_pipeline.text import encodable, printable

NARROWEST = 40  # columns; a narrower terminal wraps the lines itself
INDENT = "    "


@dataclass(frozen=True)
class Column:
    """One column: a heading and a cell for each row.

    With `must` it is uncut in the row's line; otherwise it is there if it fits. With `long` it may be shortened to that
    many characters before it moves below the row, where it takes at most `most_lines` lines.
    """

    heading: str
    cells: Sequence[str]
    must: bool = False
    long: int | None = None
    is_number: bool = False
    most_lines: int = 4
    styles: Sequence[str] = field(default=())


def print_table(console: Console, columns: Sequence[Column], *, total: bool = False) -> None:
    """Print the columns; with `total`, the last row follows a rule, and has no details below it."""
    shown = [_as_shown(console, column) for column in columns]
    more = _fitting(console)("…")
    width = max(console.width, NARROWEST)
    for gap in (2, 1):
        inline = _inline(shown, width, gap)
        if inline is not None:
            break
    else:
        inline = {}
        gap = 1
    below = [position for position in range(len(shown)) if position not in inline]
    rows = len(shown[0].cells) if shown else 0
    for line in _headings(shown, inline, gap):
        console.print(Text(line.rstrip(), style="bold"))
    for row in range(rows):
        is_total = total and row == rows - 1
        if (row == 0 and inline) or is_total:
            console.print("─" * sum(inline.values(), gap * (len(inline) - 1)))
        if inline:
            console.print(_line(shown, inline, row, gap, more))
        if not is_total:
            details = [(shown[position], shown[position].cells[row]) for position in below]
            indent = INDENT if inline else ""
            for line in _details(details, width - len(indent), more):
                console.print(indent + line)
            if not inline:
                console.print("")


def _as_shown(console: Console, column: Column) -> Column:
    fit = _fitting(console)
    return replace(column, heading=fit(column.heading), cells=[fit(printable(cell)) for cell in column.cells])


def _fitting(console: Console) -> Callable[[str], str]:
    return console.fit if isinstance(console, Screen) else partial(encodable, encoding=console.encoding)


def _inline(columns: Sequence[Column], width: int, gap: int) -> dict[int, int] | None:
    """Width of each column in a row's line, by position; None when the `must` columns do not fit."""
    natural = [_natural(column) for column in columns]
    least = [min(size, column.long or size) for column, size in zip(columns, natural, strict=True)]
    chosen = {position for position, column in enumerate(columns) if column.must}

    def room(positions: set[int]) -> int:
        return width - sum(least[each] for each in positions) - gap * (len(positions) - 1)

    if room(chosen) < 0:
        return None
    for position in range(len(columns)):
        if room(chosen | {position}) >= 0:
            chosen.add(position)
    rest = room(chosen)
    sizes = {position: least[position] for position in sorted(chosen)}
    # Narrowest first: each may take an equal share of the spare width, and leaves the rest to the next ones.
    growing = sorted((each for each in sizes if natural[each] > sizes[each]), key=lambda each: natural[each])
    for count, position in enumerate(growing):
        more = min(natural[position] - sizes[position], rest // (len(growing) - count))
        sizes[position] += more
        rest -= more
    return sizes


def _natural(column: Column) -> int:
    words = [cell_len(word) for word in column.heading.split()]
    return max([1, *words, *map(cell_len, column.cells)])


def _headings(columns: Sequence[Column], inline: dict[int, int], gap: int) -> list[str]:
    """Headings over as many lines as they need; no word is cut."""
    wrapped = {position: _wrapped(columns[position].heading, size) for position, size in inline.items()}
    height = max(map(len, wrapped.values()), default=0)
    lines: list[str] = []
    for line in range(height):
        parts: list[str] = []
        for position, size in inline.items():
            words = ["", *wrapped[position]][max(0, line - height + len(wrapped[position]) + 1)]
            parts.append(_sized(words, size, is_number=columns[position].is_number))
        lines.append((" " * gap).join(parts))
    return lines


def _line(columns: Sequence[Column], inline: dict[int, int], row: int, gap: int, more: str) -> Text:
    line = Text()
    for position, size in inline.items():
        column = columns[position]
        if line:
            line.append(" " * gap)
        style = column.styles[row] if column.styles else ""
        line.append(_sized(_shortened(column.cells[row], size, more), size, is_number=column.is_number), style=style)
    line.rstrip()
    return line


def _details(details: Sequence[tuple[Column, str]], width: int, more: str) -> Iterator[str]:
    """The lines below a row: each cell that did not fit, with its heading."""
    line = ""
    for column, cell in details:
        if not cell:
            continue
        part = f"{column.heading}: {cell}"
        if line and cell_len(line) + 3 + cell_len(part) <= width:
            line += f"   {part}"
            continue
        if line:
            yield line
        *full, line = _at_most(_wrapped(part, width), column.most_lines if column.long else None, width, more)
        yield from full
    if line:
        yield line


def _at_most(lines: list[str], most: int | None, width: int, more: str) -> list[str]:
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], _shortened(f"{lines[most - 1]} {lines[most]}", width, more)]


def _wrapped(text: str, width: int) -> list[str]:
    """`text` in lines; a word that is longer than a line is cut."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        elif cell_len(word) <= width:
            lines.append(word)
        else:
            lines += chop_cells(word, width)
    return [line for line in lines if line] or [""]


def _shortened(text: str, width: int, more: str) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - cell_len(more))).rstrip() + more


def _sized(text: str, width: int, *, is_number: bool) -> str:
    blanks = " " * max(0, width - cell_len(text))
    return blanks + text if is_number else text + blanks
