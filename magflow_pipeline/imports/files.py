"""Reads the tables of a CSV or XLSX file that a person made: finds headers, columns and rows.

Belongs here: encodings, separators, sheets, and which column a heading means. Not here: what a value must be
(values.py), which headings there are (kinds.py), and where it goes (loading.py).
"""

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from magflow_pipeline.imports.kinds import Column
from magflow_pipeline.imports.values import Formula, is_empty, plain
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import counted, noted, printable

MOST_BYTES = 100_000_000
MOST_UNPACKED = 1_000_000_000
MOST_CELLS = 20_000_000
"""Of a sheet, empty ones included: one stray cell in its last row and column would take all memory."""
HEADER_WITHIN = 20
"""A title and an address may stand above the header; further down it is not looked for."""
SEPARATORS = ";,\t|"

_PARTS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c ([^>]*\bt="e"[^>]*)>.*?<(?:\w+:)?v>([^<]{0,20})</', re.DOTALL)
_FORMULA_CELL = re.compile(rb"<(?:\w+:)?c ([^>]*[^>/])>\s*<(?:\w+:)?f\b")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')

_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
)
"""What the standard library raises for archives that are no workbooks; NotImplementedError is a RuntimeError."""

Cells = Sequence[Any]


@dataclass(frozen=True)
class Row:
    """A row below a header: the cells of its known columns, and where it is.

    Attributes:
        sheet: The sheet of the workbook; empty in a text.
        line: Its line in the file, or in the sheet; 1 is the first.
        cells: Column to what the file holds.
        header: The header above it.
        problem: Why it cannot be read, or None.
    """

    sheet: str
    line: int
    cells: Mapping[str, Any]
    header: "Header"
    problem: str | None = None

    def where(self, column: str | None = None) -> str:
        """The row, or its cell of a column, as people find it."""
        place = self.header.columns.get(column or "")
        if place is None:
            return f"{self.sheet}, row {self.line}" if self.sheet else f"line {self.line}"
        letters = letters_of(place.number)
        return f"{self.sheet}!{letters}{self.line}" if self.sheet else f"line {self.line}, column {letters}"


@dataclass(frozen=True)
class Place:
    """Where a column is: its number from 0, the unit that its heading names, and the heading as the file has it."""

    number: int
    unit: str
    heading: str


@dataclass(frozen=True)
class Header:
    """The row that names the columns."""

    line: int
    columns: Mapping[str, Place]
    unread: tuple[str, ...]
    """The headings that no column of the kind has."""

    def called(self, column: str) -> str:
        """What the file calls a column, quoted; as people say it, where the file lacks it."""
        place = self.columns.get(column)
        return f"'{place.heading if place else spoken(column)}'"


@dataclass(frozen=True)
class Table:
    """All rows of a file, and what of it was not read."""

    file: str
    digest: bytes
    rows: Sequence[Row]
    sheets: tuple[str, ...]
    other_sheets: tuple[str, ...]
    """Sheets without such a header, and hidden ones."""
    unread: tuple[str, ...]
    """Headings of columns that were not read."""
    columns: frozenset[str]
    """The columns that at least one header has."""


def read_table(path: Path, columns: Sequence[Column], needed: Sequence[str]) -> Table:
    """Read every sheet, or the text, that has a header with all `needed` columns.

    Args:
        path: Its name ends in .csv, .txt, .tsv, .xlsx or .xlsm.
        columns: Those that may be there.
        needed: The names of those that must be.

    Raises:
        ConfigurationError: the file cannot be read, or no such header is in it.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}.") from None
    if size > MOST_BYTES:
        raise ConfigurationError(
            f"{path} has {size // 10**6} MB, and at most {MOST_BYTES // 10**6} are read: split it."
        )
    if not content.strip(b"\0\r\n\t ,;\xef\xbb\xbf"):
        raise ConfigurationError(f"{path} is empty.")
    known = headings(columns)
    suffix = path.suffix.lower()
    if suffix in {".csv", ".txt", ".tsv"}:
        sheets, hidden, formulas = {"": _lines(path, content, known, needed)}, [], {}
    elif suffix in {".xlsx", ".xlsm"}:
        sheets, hidden, formulas = _workbook(path, content)
    else:
        raise ConfigurationError(f"{path} is read as .csv, .txt or .xlsx: name it so, or save it as one of them.")
    rows: list[Row] = []
    headers: dict[str, Header] = {}
    for name, lines in sheets.items():
        header = _header(lines, known, needed, name)
        if header is not None:
            headers[name] = header
            rows += _rows(name, header, lines, known, needed, formulas.get(name, frozenset()))
    if not headers:
        words = {column.name: column.words for column in columns}
        raise ConfigurationError(
            f"{path} has no header with the columns {' and '.join(map(spoken, needed))} in its first {HEADER_WITHIN} "
            "lines. " + " ".join(f"{spoken(name).capitalize()} may be headed {words[name]}." for name in needed)
        )
    return Table(
        path.name,
        hashlib.sha256(content).digest(),
        rows,
        tuple(name for name in headers if name),
        (*(name for name in sheets if name not in headers), *(f"{name} (hidden)" for name in hidden)),
        tuple(dict.fromkeys(heading for header in headers.values() for heading in header.unread)),
        frozenset(column for header in headers.values() for column in header.columns),
    )


def headings(columns: Iterable[Column]) -> dict[str, tuple[str, str]]:
    """Each heading as it is compared, with the column and the unit that it means."""
    return {
        plain(word + unit): (column.name, unit)
        for column in columns
        for word in column.words.split(", ")
        for unit in ("", *column.units)
    }


def spoken(column: str) -> str:
    """The name of a column for people.

    >>> spoken("supplier_name"), spoken("manual_reorder_point")
    ('supplier', 'reorder point')
    """
    return column.removeprefix("manual_").removesuffix("_name").replace("_", " ")


def letters_of(number: int) -> str:
    """The letters of a column by its number from 0.

    >>> letters_of(0), letters_of(25), letters_of(26), letters_of(701), letters_of(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


Lines = list[tuple[int, Cells]]
Known = Mapping[str, tuple[str, str]]


def _header(lines: Lines, known: Known, needed: Sequence[str], sheet: str) -> Header | None:
    """The first of the rows that have the needed columns and the most of all."""
    best: Header | None = None
    for line, cells in lines[:HEADER_WITHIN]:
        columns: dict[str, Place] = {}
        unread: list[str] = []
        twice = ""
        for number, cell in enumerate(cells):
            column, unit = known.get(plain(str(cell)), ("", ""))
            if column in columns:
                both = f"'{printable(str(cells[columns[column].number]))}' and '{printable(str(cell))}'"
                twice = f"{both} both could be the {spoken(column)}: rename one of them."
            elif column:
                columns[column] = Place(number, unit, noted(cell, 60))
            elif not is_empty(cell):
                unread.append(f"'{noted(cell, 60)}' ({letters_of(number)})")
        if set(needed) <= columns.keys() and (best is None or len(columns) > len(best.columns)):
            if twice:
                raise ConfigurationError(f"{f'{printable(sheet)}, line' if sheet else 'Line'} {line}: {twice}")
            best = Header(line, columns, tuple(unread))
    return best


def _rows(
    sheet: str, header: Header, lines: Lines, known: Known, needed: Sequence[str], formulas: frozenset[tuple[int, int]]
) -> Iterator[Row]:
    places = [(column, place.number) for column, place in header.columns.items()]
    heading = next(cells for line, cells in lines if line == header.line)
    width = max((number for number, cell in enumerate(heading) if not is_empty(cell)), default=0) + 1
    for line, cells in lines:
        if line <= header.line or all(map(is_empty, cells)):
            continue
        found = {column: cells[number] if number < len(cells) else None for column, number in places}
        # A list that was made for printing has its header on each page, and some headers have two lines.
        if all(known.get(plain(str(found[column])), ("",))[0] == column for column in needed):
            continue
        for column, number in places:
            if (line, number) in formulas:
                found[column] = Formula(found[column])
        problem = None
        if not sheet and not all(map(is_empty, cells[width:])):
            problem = (
                f"it has {len(cells)} cells and the header {width}: a text or number that holds the separator must be "
                "in quotes"
            )
        yield Row(sheet, line, found, header, problem)


def _workbook(path: Path, content: bytes) -> tuple[dict[str, Lines], list[str], dict[str, frozenset[tuple[int, int]]]]:
    """The visible sheets by name, the names of the hidden ones, and the lines and columns that formulas fill."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        parts = _SheetParts(path, content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found: dict[str, Lines] = {}
        hidden: list[str] = []
        formulas: dict[str, frozenset[tuple[int, int]]] = {}
        for about in book.sheets_metadata:
            if about.visible != SheetVisibleEnum.Visible:
                hidden.append(about.name)
                continue
            errors = parts.errors(about.name)
            formulas[about.name] = parts.formulas(about.name)
            sheet = book.get_sheet_by_name(about.name)
            lines = sheet.to_python(skip_empty_area=False)
            for row, column, error in errors:
                if row < len(lines) and column < len(lines[row]):
                    lines[row][column] = error
            for (first, column), (last, _) in sheet.merged_cell_ranges or []:
                _fill(lines, first, last, column)
            found[about.name] = list(enumerate(lines, start=1))
    except (CalamineError, *_DAMAGED) as error:
        raise ConfigurationError(f"{path} is no workbook that can be read ({noted(error)}).") from None
    return found, hidden, formulas


def _fill(lines: list[list[Any]], first: int, last: int, column: int) -> None:
    """A text that is merged over several rows, such as a supplier's name, counts for each; a number does not."""
    if first < len(lines) and column < len(lines[first]) and isinstance(text := lines[first][column], str):
        for cells in lines[first + 1 : last + 1]:
            cells[column] = text


class _SheetParts:
    """The parts of a workbook that hold its sheets: looked at for what calamine does not tell."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        unpacked = sum(each.file_size for each in self._archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise ConfigurationError(
                f"{path} unpacks to {unpacked // 10**6} MB, and at most {MOST_UNPACKED // 10**6} are read."
            )
        links = {
            link.get("Id"): link.get("Target", "")
            for link in self._parsed("xl/_rels/workbook.xml.rels").iter(f"{_PARTS}Relationship")
        }
        self._parts = {
            sheet.get("name"): links.get(sheet.get(_LINK), "")
            for sheet in self._parsed("xl/workbook.xml").iter()
            if sheet.tag.endswith("}sheet")
        }

    def _parsed(self, part: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(part))  # noqa: S314, expat itself bounds how entities grow

    def _content(self, sheet: str) -> bytes:
        target = self._parts.get(sheet, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return self._archive.read(part) if target and part in self._archive.namelist() else b""

    def formulas(self, sheet: str) -> frozenset[tuple[int, int]]:
        """The cells that formulas fill, by line from 1 and column from 0: calamine tells only their results."""
        found = (_REFERENCE.search(match[1]) for match in _FORMULA_CELL.finditer(self._content(sheet)))
        return frozenset((int(at[2]), _number_of(at[1]) - 1) for at in found if at)

    def errors(self, sheet: str) -> list[tuple[int, int, str]]:
        """The cells, by row and column from 0, whose formula is an error, which calamine reads as empty.

        Raises:
            ConfigurationError: the sheet spans more than MOST_CELLS cells.
        """
        content = self._content(sheet)
        width, height = 0, 0
        for letters in {match[1] for match in _CELL.finditer(content)}:
            width = max(width, _number_of(letters))
        for match in _CELL.finditer(content):
            height = max(height, int(match[2]))
        if width * height > MOST_CELLS:
            raise ConfigurationError(
                f"{self._path}: the sheet {printable(sheet)} spans {height} rows and {counted(width, 'column')}: "
                "delete what is far below or right of the table."
            )
        found = [(_REFERENCE.search(match[1]), match[2]) for match in _ERROR_CELL.finditer(content)]
        return [(int(at[2]) - 1, _number_of(at[1]) - 1, error.decode("utf-8", "replace")) for at, error in found if at]


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _lines(path: Path, content: bytes, known: Known, needed: Sequence[str]) -> Lines:
    """The lines of a text, parted by the separator that shows a header, else by the one that it has most of."""
    text = _decoded(content)
    beginning = "\n".join(text[:100_000].splitlines()[:HEADER_WITHIN])
    by_count = sorted(SEPARATORS, key=beginning.count, reverse=True)
    for separator in by_count:
        first = list(islice(_parted(path, text, separator), HEADER_WITHIN))
        if _header(first, known, needed, "") is not None:
            return list(_parted(path, text, separator))
    return list(_parted(path, text, by_count[0]))


def _parted(path: Path, text: str, separator: str) -> Iterator[tuple[int, Cells]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(f"{path} cannot be read at line {line}: {noted(error)}.") from None


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 where a mark or the bytes say so, else what Windows writes in China or in Romania."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        chinese = _chinese(content)
        return content.decode("cp1250", errors="replace") if chinese is None else chinese


def _chinese(content: bytes) -> str | None:
    """The text if it is in GB18030.

    Romanian in cp1250 can be read so too, but not as words of common signs: its letters with marks stand alone.
    """
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [character for character in text if not character.isascii()]
    common = sum(1 for character in foreign if _is_common(character))
    return text if common >= 0.9 * len(foreign) and re.search("[\u4e00-\u9fff]{2}", text) else None


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
