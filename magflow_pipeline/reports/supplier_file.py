"""The file that a supplier gets: which of his articles, how many, at which of his prices.

Nothing of the seller's own goes into it: no selling price, stock, demand, cost, SKU or other supplier. So
`sql/reports/supplier_file_lines.sql` reads what he gets and nothing else, and pictures are drawn anew. Not here: what
the buyer edits.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING

from psycopg.rows import dict_row

from magflow_pipeline.accounts import SIMULATOR
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.files import writing_whole
from magflow_pipeline.reports import wording
from magflow_pipeline.reports.choices import Language, SupplierLanguage
from magflow_pipeline.reports.sheets import (
    Column,
    Styles,
    cells_of,
    file_name,
    height_of,
    in_cell,
    is_page,
    letter_of,
    print_up_to,
    set_height,
    set_up_page,
    sheet_name,
    write,
    write_headings,
    write_title,
    writing_workbook,
)
from magflow_pipeline.reports.supplier_file_texts import HEADINGS, TEXTS
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.times import BUCHAREST

if TYPE_CHECKING:
    from xlsxwriter import Format, Worksheet

    from magflow_pipeline.reports.pictures import Address

NAMES = ("picture", "article", "specification", "quantity", "unit_price", "amount", "supplier_url", "image_url")
WIDTHS = (18, 40, 22, 10, 12, 14, 40, 40)
KINDS = ("text", "long", "long", "pieces", "price", "money", "long", "long")
LANGUAGE_OF = {"CNY": SupplierLanguage.ZH, "RON": SupplierLanguage.RO}  # by his currency; all others read English
PICTURE_ROW = 124  # pixels, of a row with a picture
PICTURE_SIDE = 112  # pixels, in which it is shown
MOST_TEXT_LINES = 6
LONGEST_LINK = 2000  # characters; Excel takes 2,079
LIGHT = "#BFBFBF"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class SupplierFile:
    """A file that was written: for whom, and how many of its pictures are in it and are only linked."""

    path: Path
    supplier_name: str
    drafts: Sequence[str]
    lines: int
    pictures: int
    linked: int


def write_supplier_files(
    database: Database,
    folder: Path,
    language: SupplierLanguage | None = None,
    settings: Settings | None = None,
    *,
    orders: Sequence[int] | None = None,
    with_pictures: bool = True,
    may_reach: "Callable[[Address], bool] | None" = None,
) -> list[SupplierFile]:
    """Write a file for each supplier of the open drafts, or of these `orders`; in it a sheet for each draft.

    Without a language each supplier gets Chinese, Romanian or English, by his currency. A demo home's pictures are
    only linked: their addresses are made up. `may_reach` is for tests, see `fetch_pictures`.

    Raises:
        OSError: the folder cannot be made, or a file not be written.
    """
    from magflow_pipeline.reports.pictures import fetch_pictures, is_public

    settings = settings or load_settings()
    with database.connect("magflow supplier files") as session, session.cursor(row_factory=dict_row) as cursor:
        parameters = {"orders": None if orders is None else list(orders)}
        lines = cursor.execute(statement("reports/supplier_file_lines"), parameters).fetchall()
    is_demo = any(row["marketplace"] == SIMULATOR for row in read_rows(database, "low_stock_by_account"))
    pictures: Mapping[str, bytes] = {}
    if with_pictures and not settings.is_demo:
        addresses = [line["image_url"] for line in lines if line["image_url"]]
        pictures = fetch_pictures(addresses, may_reach=may_reach or is_public)
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    written: list[SupplierFile] = []
    for _, of_supplier in groupby(lines, key=itemgetter("supplier_id")):
        own = list(of_supplier)
        numbers = list(dict.fromkeys(line["draft_number"] for line in own))
        supplier = own[0]["supplier_name"] or "-"
        named = f"{'DEMO ' if is_demo else ''}{numbers[0]} {supplier}"
        path = folder / f"{file_name(named, taken)}.xlsx"
        with writing_whole(path) as file:
            _write_file(file, own, language, settings.company, pictures, is_demo=is_demo)
        shown = sum(line["image_url"] in pictures for line in own)
        linked = sum(bool(line["image_url"]) for line in own) - shown
        written.append(SupplierFile(path, supplier, numbers, len(own), shown, linked))
    return written


def lines_without_a_name(database: Database, orders: Sequence[int]) -> list[Row]:
    """`draft_number`, `supplier_name` and `sku` of each line of these orders without name, variant and picture."""
    with database.connect("magflow supplier files") as session, session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("reports/supplier_file_unnamed"), {"orders": list(orders)}).fetchall()


def _write_file(
    file: IO[bytes],
    lines: Sequence[Row],
    language: SupplierLanguage | None,
    company: str | None,
    pictures: Mapping[str, bytes],
    *,
    is_demo: bool,
) -> None:
    taken: set[str] = set()
    today = datetime.now(BUCHAREST).date()
    with writing_workbook(file) as book:
        book.set_properties({"company": in_cell(company or "")})
        for (number, currency), of_draft in groupby(lines, key=itemgetter("draft_number", "currency")):
            own = list(of_draft)
            chosen = language or LANGUAGE_OF.get(currency, SupplierLanguage.EN)
            sheet = book.add_worksheet(
                sheet_name(f"{'DEMO ' if is_demo else ''}{number} {own[0]['supplier_name']}", taken)
            )
            _Sheet(sheet, Styles(book, _words_of(chosen)), chosen, currency).write(
                own, company, today, pictures, is_demo=is_demo
            )


def _words_of(language: SupplierLanguage) -> Language:
    return Language.RO if language is SupplierLanguage.RO else Language.EN


class _Sheet:
    """One order of one supplier while it is written."""

    def __init__(self, sheet: "Worksheet", styles: Styles, language: SupplierLanguage, currency: str | None) -> None:
        self._sheet = sheet
        self._styles = styles
        self._language = language
        self._currency = currency or ""
        self._texts = TEXTS[language]
        described = zip(NAMES, HEADINGS[language], WIDTHS, KINDS, strict=True)
        self._columns = [Column(name, heading, width, kind) for name, heading, width, kind in described]

    def write(
        self, lines: Sequence[Row], company: str | None, today: date, pictures: Mapping[str, bytes], *, is_demo: bool
    ) -> None:
        first, sheet, styles = lines[0], self._sheet, self._styles
        title = " · ".join(filter(None, (company, self._texts["title"].format(number=first["draft_number"]))))
        set_up_page(sheet, in_cell(title, 80), "DEMO" if is_demo else "")
        write_title(sheet, title, styles)
        about = {
            "supplier": first["supplier_name"],
            "day": wording.day(today, _words_of(self._language)),
            "shipping": self._texts.get(first["shipping"] or ""),  # "usual" says nothing to him
            "currency": self._currency,
        }
        said = [self._texts[name].format(**{name: value}) for name, value in about.items() if value]
        write(sheet, 1, 0, "    ".join(said), styles.of())
        write(sheet, 2, 0, self._texts["instruction"], styles.of())
        row = 3
        if is_demo:
            write(sheet, row, 0, self._texts["demo"], styles.of(bold=True, font_color="#C00000"))
            row += 1
        write_headings(sheet, row, self._columns, styles)
        sheet.freeze_panes(row + 1, 0)
        for place, line in enumerate(lines, row + 1):
            self._write_line(place, line, pictures.get(line["image_url"] or ""))
        last = row + len(lines)
        self._write_total(last + 1, lines, (row + 1, last))
        print_up_to(sheet, last + 1, self._columns, NAMES[-1])

    def _write_line(self, row: int, line: Row, picture: bytes | None) -> None:
        pieces, price = (f"{letter_of(self._columns, name)}{row + 1}" for name in ("quantity", "unit_price"))
        if picture:
            self._sheet.set_row_pixels(row, PICTURE_ROW)
            self._show(row, picture)
        else:
            texts = [(in_cell(str(line[c.name] or "")), c.width) for c in self._columns if c.kind == "long"]
            heights = [height_of(text, width, most=MOST_TEXT_LINES) for text, width in texts]
            set_height(self._sheet, row, heights)
        for position, column in enumerate(self._columns):
            style = self._style(column)
            if column.name == "amount":
                formula = f'=IF({price}="","",ROUND({pieces}*{price},2))'
                self._sheet.write_formula(
                    row, position, formula, style, _amount(line) if line["unit_price"] is not None else ""
                )
            elif column.name in {"supplier_url", "image_url"}:
                self._write_link(row, position, line[column.name])
            else:
                write(self._sheet, row, position, line.get(column.name), style)

    def _style(self, column: Column, **more: object) -> "Format":
        if column.kind in {"price", "money"} and re.fullmatch("[A-Z]{3}", self._currency):
            more["num_format"] = f'#,##0.00{"##" if column.kind == "price" else ""} "{self._currency}"'
        return self._styles.of(
            **{"valign": "vcenter", "text_wrap": column.kind == "long", "border": 1, "border_color": LIGHT, **more}
        )

    def _write_link(self, row: int, position: int, address: str | None) -> None:
        style = {"valign": "vcenter", "border": 1, "border_color": LIGHT, "text_wrap": True}
        if address and is_page(address) and len(address) <= LONGEST_LINK:
            link = self._styles.of(**style, font_color="#0563C1", underline=1)
            if self._sheet.write_url(row, position, address, link, in_cell(address, LONGEST_LINK)) == 0:
                return
        write(self._sheet, row, position, address, self._styles.of(**style))

    def _show(self, row: int, picture: bytes) -> None:
        from PIL import Image

        with Image.open(io.BytesIO(picture)) as opened:
            scale = PICTURE_SIDE / max(opened.size)
        margin = (PICTURE_ROW - PICTURE_SIDE) // 2
        options = {
            "image_data": io.BytesIO(picture),
            "x_scale": scale,
            "y_scale": scale,
            "x_offset": margin,
            "y_offset": margin,
            "object_position": 1,  # it moves with its row when he sorts
            "description": "",
        }
        self._sheet.insert_image(row, 0, "picture.jpg", options)

    def _write_total(self, row: int, lines: Iterable[Row], rows: tuple[int, int]) -> None:
        lines = list(lines)
        sums = {
            "quantity": sum(line["quantity"] for line in lines),
            "amount": sum((_amount(line) for line in lines if line["unit_price"] is not None), Decimal(0)),
        }
        write(self._sheet, row, 1, self._texts["total"].format(currency=self._currency), self._styles.of(bold=True))
        for position, column in enumerate(self._columns):
            if column.name in sums:
                formula = f"=SUM({cells_of(letter_of(self._columns, column.name), *rows)})"
                self._sheet.write_formula(row, position, formula, self._style(column, bold=True), sums[column.name])


def _amount(line: Row) -> Decimal:
    return (line["quantity"] * line["unit_price"]).quantize(CENT, ROUND_HALF_UP)
