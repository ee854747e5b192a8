"""Reads a table from a CSV or XLSX file that a person made: finds its header, its columns and its rows.

Belongs here: encodings, separators, sheets, and headings in English and Romanian. Not here: what a value must be
(values.py) and where it goes.
"""

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted, printable

MOST_BYTES = 100_000_000
HEADER_WITHIN = 20
"""A title and an address may stand above the header; further down it is not looked for."""

SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """The rows below a header, each with its line in the file (1 is the first) and a cell for each known column."""

    file: str
    digest: bytes
    rows: Sequence[tuple[int, Mapping[str, Any]]]
    other_sheets: tuple[str, ...]
    """Sheets of the workbook that were not read."""


def read_table(path: Path, headings: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Table:
    """Read the first sheet, or the text, that has a header with all `needed` columns.

    Args:
        path: Its name ends in .csv, .txt or .xlsx.
        headings: Column to the words that may head it; case, accents, spaces and punctuation do not count.
        needed: The columns that must be there.

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
    if not content.strip(b"\0\r\n\t ,;"):
        raise ConfigurationError(f"{path} is empty.")
    sheets = _sheets(path, content)
    known = {_plain(word): column for column, words in headings.items() for word in words}
    for name, rows in sheets.items():
        found = _header(rows, known, needed)
        if found is None:
            continue
        top, columns = found
        kept = [
            (number, {column: row[place] if place < len(row) else None for column, place in columns.items()})
            for number, row in rows[top + 1 :]
            if any(cell not in {None, ""} for cell in row)
        ]
        return Table(path.name, hashlib.sha256(content).digest(), kept, tuple(each for each in sheets if each != name))
    raise ConfigurationError(
        f"{path} has no header with the columns {' and '.join(needed)} in its first {HEADER_WITHIN} lines. "
        + " ".join(f"{column.capitalize()} may be headed {', '.join(headings[column])}." for column in needed)
    )


Rows = list[tuple[int, Sequence[Any]]]


def _sheets(path: Path, content: bytes) -> dict[str, Rows]:
    suffix = path.suffix.lower()
    if suffix in {".csv", ".txt"}:
        return {"": list(_lines(path, content))}
    if suffix == ".xlsx":
        return _workbook(path, content)
    raise ConfigurationError(f"{path} is read as .csv, .txt or .xlsx: name it so, or save it as one of them.")


def _workbook(path: Path, content: bytes) -> dict[str, Rows]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        raise ConfigurationError(f"{path} is no workbook that can be read ({noted(error)}).") from None
    return {name: list(enumerate(rows, start=1)) for name, rows in sheets.items()}


def _lines(path: Path, content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    text = _decoded(content)
    # The separator that the first lines have most of; a comma inside Romanian numbers does not make it one.
    beginning = "\n".join(text.splitlines()[:HEADER_WITHIN])
    separator = max(SEPARATORS, key=beginning.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(f"{path} cannot be read at line {line}: {noted(error)}.") from None


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 where a mark or the bytes say so, else what Windows writes in Romania."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1250", errors="replace")


def _header(rows: Rows, known: Mapping[str, str], needed: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """The place of the header among the rows, and of each column in it."""
    for top, (number, row) in enumerate(rows[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            column = known.get(_plain(str(cell)))
            if column in columns:
                both = f"'{printable(str(row[columns[column]]))}' and '{printable(str(cell))}'"
                raise ConfigurationError(f"Line {number}: {both} both could be the {column}: rename one of them.")
            if column is not None:
                columns[column] = place
        if set(needed) <= columns.keys():
            return top, columns
    return None


def _plain(heading: str) -> str:
    """A heading without case, accents, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
