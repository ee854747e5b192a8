"""Sheets of workbooks: their names, cells of each kind, and how they print. Rows are written once, from top to bottom.

Foreign text is text in a cell, whatever it looks like. Not here: what a workbook is about.
"""

import re
import shutil
import tempfile
import textwrap
import unicodedata
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name

from magflow_pipeline.reports.choices import Language
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import in_reading_order
from magflow_pipeline.times import clock

if TYPE_CHECKING:
    from xlsxwriter import Format, Worksheet

LONGEST_SHEET_NAME = 31  # UTF-16 units, as Excel counts
LONGEST_FILE_NAME = 120  # bytes in UTF-8; systems take 255
LONGEST_TEXT = 1000  # characters of a name or a sentence; a longer one is cut, with its length
LONGEST_REASON = 5000  # of why something is ordered: a sentence or more for each account
LONGEST_ADDRESS = 255  # characters of a text within a formula
EXACT_DIGITS = 15  # significant digits that Excel keeps of a number
FIRST_YEAR = 1900  # of Excel's calendar
OPTIONS: Mapping[str, object] = {
    "constant_memory": True,
    # A font that Excel, LibreOffice and WPS have, or one of the same widths.
    "default_format_properties": {"font_name": "Arial", "font_size": 10},
}
LINE_HEIGHT = 17  # pixels of a line of that font
TALLEST_ROW = 540  # pixels; Excel takes 409.5 points
A4 = 9
MARGIN = 0.4  # inches

_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
_NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # Windows makes no files of such names
_UNSEEN = {"Cc", "Cs", "Cn", "Zl", "Zp"}

Kind = Literal["text", "long", "small", "pieces", "rate", "money", "price", "days", "day", "moment", "link", "yes"]
PLACES: Mapping[str, str] = {
    "pieces": "#,##0",
    "days": "#,##0",
    "rate": "#,##0.00",
    "money": "#,##0.00",
    "price": "#,##0.00##",
}
TEXT: Mapping[str, object] = {"align": "left", "indent": 1}  # a number in the column before it ends at its edge
WRAPPED: Mapping[str, int] = {"long": 10, "small": 9}  # with the size of their font
DAYS: Mapping[Language, str] = {Language.EN: "yyyy-mm-dd", Language.RO: "dd.mm.yyyy"}


@contextmanager
def writing_workbook(file: IO[bytes], options: Mapping[str, object] = OPTIONS) -> Generator[Workbook]:
    """A workbook that is in `file` at the end of the block; after an error in it nothing is written.

    It is made in a temporary folder, which goes with it: a half workbook whose file is closed complains when Python
    deletes it, and sheets that had found no room stayed on the full disk.

    Raises:
        OSError: the file cannot be written.
        ConfigurationError: the temporary folder cannot.
    """
    with tempfile.TemporaryDirectory(prefix="magflow-") as folder:
        made = Path(folder) / "made.xlsx"
        try:
            book = Workbook(made, {**options, "tmpdir": folder})
            yield book
            book.close()
        except (OSError, FileCreateError) as error:
            cause = error if isinstance(error, OSError) else error.args[0]
            raise ConfigurationError(
                f"A workbook is made in {tempfile.gettempdir()}, which cannot be written: {cause.strerror}. "
                "Free space there, or let TMPDIR name another folder."
            ) from None
        with made.open("rb") as content:
            shutil.copyfileobj(content, file)


class Column(NamedTuple):
    """A column of a table: its name in the rows, its heading, how wide it is in characters, and what its cells are."""

    name: str
    heading: str
    width: float
    kind: Kind = "text"
    is_editable: bool = False


@dataclass
class Styles:
    """The formats of a workbook, each made once: Excel takes 64,000, and reads few faster."""

    book: "Workbook"
    language: Language
    _made: dict[tuple[tuple[str, Any], ...], "Format"] = field(default_factory=dict[Any, Any])

    def of(self, **properties: Any) -> "Format":
        """The format of these properties, as XlsxWriter names them; cells are at the top of their row."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"valign": "top", **properties})
        return self._made[key]

    def cell(self, kind: Kind, **more: Any) -> "Format":
        """The format of cells of a kind."""
        if kind in PLACES:
            more["num_format"] = PLACES[kind]
        elif kind in {"day", "moment"}:
            day = DAYS[self.language]
            more |= {"num_format": f"{day} hh:mm" if kind == "moment" else day, "align": "left"}
        elif kind == "link":
            more |= {"font_color": "#0563C1", "underline": 1}
        elif kind in WRAPPED:
            more |= {"text_wrap": True, "font_size": WRAPPED[kind]}
        else:
            more |= TEXT
        return self.of(**more)


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet, like none of `taken`, to which it is added; Excel ignores case.

    >>> taken = set()
    >>> sheet_name("A/B [x]", taken), sheet_name("a_b _X_", taken), sheet_name("'", taken), sheet_name("History", taken)
    ('A_B _x_', 'a_b _X_ (2)', '_', 'History_')
    """
    name = _NOT_IN_SHEET_NAMES.sub("_", in_cell(" ".join(wanted.split()))).strip("' ") or "_"
    return _unlike(taken, f"{name}_" if name.casefold() == "history" else name, _cut_sheet_name)


def file_name(wanted: str, taken: set[str]) -> str:
    """A name without its ending that every system takes for a file, like none of `taken`, to which it is added.

    >>> taken = set()
    >>> file_name("../a:b", taken), file_name("＿A_B", taken), file_name("con", taken), file_name(".", taken)
    ('_a_b', '＿A_B (2)', '_con', '_')
    """
    name = _NOT_IN_FILE_NAMES.sub("_", in_cell(" ".join(wanted.split()))).strip(". ").lstrip("-") or "_"
    return _unlike(taken, f"_{name}" if _DEVICES.match(name) else name, _cut_file_name)


def _unlike(taken: set[str], name: str, cut: Callable[[str, str], str]) -> str:
    number, found = 1, cut(name, "")
    while _folded(found) in taken:
        number += 1
        found = cut(name, f" ({number})")
    taken.add(_folded(found))
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut_sheet_name(name: str, end: str) -> str:
    most = LONGEST_SHEET_NAME - len(end)
    units = name.encode("utf-16-le")[: 2 * most]
    return units.decode("utf-16-le", "ignore").rstrip("' ") + end


def _cut_file_name(name: str, end: str) -> str:
    return name.encode()[: LONGEST_FILE_NAME - len(end)].decode("utf-8", "ignore").rstrip(". ") + end


def in_cell(text: str, most: int = LONGEST_TEXT) -> str:
    r"""`text` without empty lines and characters that nobody sees or that turn it around; cut with its length.

    >>> in_cell("a\x1b[2J\n\n\u202eb"), in_cell("abc", 2)
    ('a[2J\nb', 'ab… (3 characters)')
    """
    if text.isprintable() and len(text) <= most:  # as nearly all are: the rest costs a hundred times as much
        return text.strip()
    lines = (" ".join(line.split()) for line in in_reading_order(text).splitlines())
    shown = "\n".join(
        "".join(each for each in line if unicodedata.category(each) not in _UNSEEN) for line in lines if line
    ).strip()
    return shown if len(shown) <= most else f"{shown[:most]}… ({len(shown)} characters)"


def write(sheet: "Worksheet", row: int, column: int, value: object, style: "Format", most: int = LONGEST_TEXT) -> None:
    """Write a value by its type: text is never read as a formula or a link; nothing for None, but the style."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, clock(value), style)
    elif isinstance(value, date) and value.year >= FIRST_YEAR:
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, int | float | Decimal) and is_exact(value):
        sheet.write_number(row, column, Decimal(str(value)), style)  # a float would be written with its rounding
    else:
        sheet.write_string(row, column, in_cell(str(value), most), style)


def is_exact(number: float | Decimal) -> bool:
    """Whether Excel keeps the number exactly: it has no NaN and no infinity, and rounds long numbers."""
    exact = Decimal(number)
    return exact.is_finite() and len(exact.normalize().as_tuple().digits) <= EXACT_DIGITS


def write_link(sheet: "Worksheet", row: int, column: int, address: str | None, said: str, style: "Format") -> None:
    """A link to a page that says `said`; an address that cannot be one is text.

    By a formula: XlsxWriter keeps all links of the other kind in memory, and Excel takes 65,530 of them in a sheet.
    """
    if not address:
        sheet.write_blank(row, column, None, style)
    elif is_page(address) and len(address) <= LONGEST_ADDRESS:
        quoted = address.replace('"', '""')
        sheet.write_formula(row, column, f'=HYPERLINK("{quoted}","{said}")', style, said)
    else:
        sheet.write_string(row, column, in_cell(address), style)


def is_page(address: str) -> bool:
    """Whether an address is one of the web, without characters that nobody sees."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and re.fullmatch(r"[!-~]+", address) is not None
        )
    except ValueError:
        return False


def write_title(sheet: "Worksheet", title: str, styles: Styles) -> None:
    """The first row."""
    sheet.set_row_pixels(0, 2 * LINE_HEIGHT - 6)
    write(sheet, 0, 0, title, styles.of(bold=True, font_size=14))


def write_headings(sheet: "Worksheet", row: int, columns: Sequence[Column], styles: Styles) -> None:
    """The header of a table, bold and repeated on each page; and the widths of its columns."""
    for position, column in enumerate(columns):
        fill = "#FFE699" if column.is_editable else "#D9E1F2"
        align = TEXT if column.kind == "text" else {"align": "right" if column.kind in PLACES else "left"}
        style = styles.of(**{"bold": True, "text_wrap": True, "bg_color": fill, "bottom": 1, **align})
        sheet.write_string(row, position, column.heading, style)
        sheet.set_column(position, position, column.width)
    set_height(sheet, row, [height_of(column.heading, column.width - 1, 10, 4) for column in columns])
    sheet.repeat_rows(row)


def height_of(text: str, width: float, size: int = 10, most: float = float("inf")) -> float:
    """Pixels that a text takes when it is wrapped in a column so wide, in a font of that size; at most so many lines.

    As if each character were as wide as a digit, or two where it is a wide one of East Asia: most are narrower.

    >>> height_of("one two three", 8), height_of("one two three", 8, most=1), height_of("一二三", 5)
    (34.0, 17.0, 34.0)
    """
    across = max(int(width * 10 / size), 4)
    lines = sum(len(textwrap.wrap(_as_wide(line), across)) for line in text.splitlines())
    return min(lines, most) * LINE_HEIGHT * size / 10


def _as_wide(line: str) -> str:
    if line.isascii():
        return line
    return "".join(each * 2 if unicodedata.east_asian_width(each) in "FW" else each for each in line)


def set_height(sheet: "Worksheet", row: int, heights: Iterable[float]) -> None:
    """Make a row as high as the highest of its wrapped texts, in pixels: not every program does that by itself."""
    sheet.set_row_pixels(row, min(round(max(heights, default=0) or LINE_HEIGHT) + 3, TALLEST_ROW))


def set_up_page(sheet: "Worksheet", title: str, said: str = "") -> None:
    """A4 landscape, as many pages as it takes in height and one in width, numbered; `said` is on top of each."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(MARGIN, MARGIN, 0.6, 0.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L&A&C&B{said.replace('&', '&&')}&R{title.replace('&', '&&')}", {"margin": 0.25})
    sheet.set_footer("&R&P / &N", {"margin": 0.25})


def print_up_to(sheet: "Worksheet", last: int, columns: Sequence[Column], name: str) -> None:
    """Print the rows up to `last`, of each the columns up to the one of that name; the others are for the screen."""
    sheet.print_area(0, 0, last, [column.name for column in columns].index(name))


def cells_of(name: str, first: int, last: int, sheet: str = "") -> str:
    """The cells of the column of that letter from row `first` to `last`, as a formula names them.

    >>> cells_of("C", 9, 11), cells_of("A", 0, 0, "it's")
    ('$C$10:$C$12', "'it''s'!$A$1:$A$1")
    """
    cells = f"${name}${first + 1}:${name}${last + 1}"
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cells}" if sheet else cells


def letter_of(columns: Iterable[Column], name: str) -> str:
    """The letter of the column of that name."""
    return xl_col_to_name([column.name for column in columns].index(name))
