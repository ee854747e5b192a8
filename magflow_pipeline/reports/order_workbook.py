"""The buyer's workbook: what is to be ordered from whom, to be edited and taken back, and every item of the report.

Three kinds of sheets: a summary of the drafts, one sheet per draft with its lines, and all items with the accounts of a
SKU side by side. `magflow import purchase-orders` reads the sheets of drafts: by the draft's number and the SKU of a
row, and by the headings of the yellow columns. The summary and the items lack these headings, and are not read.

Each row is read once and written once, so that the memory does not grow with them. Not here: what a supplier gets.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.accounts import SIMULATOR
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.files import writing_whole
from magflow_pipeline.imports.purchase_orders import as_written
from magflow_pipeline.imports.values import LONGEST_NOTE
from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline.reports import wording
from magflow_pipeline.reports.choices import DocumentLanguage, Language
from magflow_pipeline.reports.order_workbook_texts import TEXTS
from magflow_pipeline.reports.output import words_of_codes
from magflow_pipeline.reports.printing import TEXTS as REPORT_TEXTS
from magflow_pipeline.reports.printing import in_words
from magflow_pipeline.reports.sheets import (
    LONGEST_REASON,
    LONGEST_TEXT,
    WRAPPED,
    Column,
    Kind,
    Styles,
    cells_of,
    height_of,
    in_cell,
    letter_of,
    print_up_to,
    set_height,
    set_up_page,
    sheet_name,
    write,
    write_headings,
    write_link,
    write_title,
    writing_workbook,
)
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.times import BUCHAREST, ZONE

if TYPE_CHECKING:
    from xlsxwriter import Worksheet

MOST_DRAFT_SHEETS = 250  # each is a file while it is written; what more drafts there are share one sheet
ROWS_AT_ONCE = 2000
MOST_SENTENCES = 10  # above a header: an import looks for it within the first 20 rows
FILLS = {
    Status.OUT_OF_STOCK: "#F4B6B6",
    Status.CRITICAL: "#F8CBAD",
    Status.LOW_STOCK: "#FFE699",
    Status.OVERSTOCK: "#DDEBF7",
}
RED = "#C00000"
YOURS = {"bg_color": "#FFF2CC", "border": 1, "border_color": "#BFBFBF", "locked": False}
URGENCY = {status.value: position for position, status in enumerate(Status)}

Described = tuple[str, float, Kind]  # a column's name, width and kind
# What a buyer fills in is in EDITABLE; what comes after PRINTED is for the screen. What is printed is as narrow as can
# be: one page holds it all in width, and each column makes its letters smaller.
LINES: tuple[Described, ...] = (
    ("status", 11, "text"),
    ("draft_number", 7, "text"),
    ("sku", 12, "text"),
    ("name", 22, "long"),
    ("specification", 10, "long"),
    ("order_by_date", 10.5, "day"),
    ("proposed_quantity", 9, "pieces"),
    ("quantity", 9, "pieces"),
    ("unit_price", 9, "price"),
    ("total", 10, "money"),
    ("value_ron", 10.5, "money"),
    ("note", 12, "long"),
    ("reason", 66, "small"),
    ("expected_on", 10.5, "day"),
    ("snoozed_until", 10.5, "day"),
    ("refused_because", 14, "long"),
    ("sent_on", 10.5, "day"),
    ("flags", 30, "long"),
    ("for_accounts", 15, "text"),
    ("available_by_account", 16, "text"),
    ("on_order_quantity", 9, "pieces"),
    ("expected_daily_demand", 9, "rate"),
    ("days_of_cover", 8, "days"),
    ("ron_at_risk_per_day", 10, "money"),
    ("total_ron", 12, "money"),
    ("landed_unit_cost_ron", 12, "price"),
    ("supplier_name", 18, "text"),
    ("article_name", 24, "text"),
    ("currency", 9, "text"),
    ("minimum_order_quantity", 10, "pieces"),
    ("pack_size", 8, "pieces"),
    ("price_on", 10.5, "day"),
    ("supplier_url", 10, "link"),
    ("product_url", 10, "link"),
    ("image_url", 10, "link"),
    ("as_written", 10, "text"),
)
PRINTED_LINES = "reason"
EDITABLE = frozenset({"quantity", "expected_on", "note", "snoozed_until", "refused_because", "sent_on"})
HIDDEN = "as_written"  # is for the import alone
MOST_OF_A_RULE = 255  # characters that Excel shows
MOST_TEXT_LINES = 5  # that a row shows of a foreign text; a cell holds all of it, and a reason is shown whole
DRAFTS: tuple[Described, ...] = (
    ("draft_number", 8, "text"),
    ("supplier_name", 26, "text"),
    ("shipping", 9, "text"),
    ("currency", 11, "text"),
    ("lines", 7, "pieces"),
    ("pieces", 9, "pieces"),
    ("value", 13, "money"),
    ("value_ron", 13, "money"),
    ("total_ron", 13, "money"),
    ("minimum_order_value_ron", 12, "money"),
    ("is_minimum_reached", 12, "text"),
    ("oldest_price_on", 11, "day"),
    ("order_by_date", 11, "day"),
    ("expected_on", 11, "day"),
    ("ron_at_risk_per_day", 11, "money"),
    ("note", 24, "text"),
    ("sent_on", 11, "day"),
    ("as_written", 10, "text"),
)
EDITABLE_DRAFTS = frozenset({"expected_on", "note", "sent_on"})
SUMS = frozenset({"lines", "pieces", "value_ron", "total_ron"})
# Of all items: what is of the SKU, what each account has, and what is of the SKU again.
ITEMS: tuple[Described, ...] = (
    ("status", 12, "text"),
    ("sku", 14, "text"),
    ("name", 34, "text"),
    ("supplier_name", 18, "text"),
)
ITEMS_BY_ACCOUNT: tuple[Described, ...] = (
    ("status", 11, "text"),
    ("available_quantity", 9, "pieces"),
    ("expected_daily_demand", 9, "rate"),
    ("days_of_cover", 8, "days"),
    ("reorder_quantity", 9, "pieces"),
)
ITEMS_AFTER: tuple[Described, ...] = (
    ("on_order_quantity", 9, "pieces"),
    ("purchase_quantity", 10, "pieces"),
    ("in_draft", 8, "text"),
    ("held_until", 11, "day"),
    ("order_by_date", 11, "day"),
    ("ron_at_risk_per_day", 10, "money"),
    ("landed_unit_cost_ron", 10, "price"),
    ("flags", 30, "text"),
    ("reason", 80, "text"),
    ("brand", 14, "text"),
    ("supplier_price_cny", 10, "price"),
    ("minimum_order_quantity", 9, "pieces"),
    ("pack_size", 8, "pieces"),
    ("supplier_url", 10, "link"),
)
PRINTED_ITEMS = "landed_unit_cost_ron"


@dataclass(frozen=True)
class Written:
    """How much a workbook holds."""

    drafts: int
    lines: int
    items: int


@dataclass(frozen=True)
class Trust:
    """What the numbers are made from: a sentence per account, and whether one of them warns."""

    accounts: Sequence[str]
    sentences: Sequence[str]
    warnings: Sequence[str]
    is_demo: bool


def write_buyers_workbook(
    database: Database,
    path: Path,
    language: DocumentLanguage | Language,
    settings: Settings | None = None,
    *,
    orders: Sequence[int] | None = None,
) -> Written:
    """Write the open drafts, or these `orders` of them, and all items of one state of the database.

    The file is there whole, or as it was before. Bulgarian and Hungarian have headings, and English sentences.

    Raises:
        OSError: the file cannot be written.
    """
    settings = settings or load_settings()
    headings = wording.headings(database, language)
    spoken = Language.RO if language == Language.RO else Language.EN
    words = words_of_codes(database, spoken)
    with writing_whole(path) as file, database.connect("magflow order workbook") as session, session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Cursors are planned for their first tenth, by loops whose whole takes minutes: these are read to their end.
        session.execute("SET LOCAL cursor_tuple_fraction = 1")
        return _Book(session, file, spoken, settings, headings, words).write(orders)


@dataclass(frozen=True)
class _Part:
    """A sheet of drafts: one, or those that share the last sheet."""

    name: str
    title: str
    drafts: Sequence[Row]
    header: int

    @property
    def lines(self) -> int:
        return sum(draft["lines"] for draft in self.drafts)

    @property
    def rows(self) -> tuple[int, int]:
        """The first and the last row of its lines."""
        return self.header + 1, self.header + self.lines


class _Book:
    """One workbook while it is written."""

    def __init__(
        self,
        session: psycopg.Connection,
        file: IO[bytes],
        language: Language,
        settings: Settings,
        headings: Mapping[str, str],
        words: Mapping[str, str],
    ) -> None:
        self._session = session
        self._file = file
        self._language = language
        self._settings = settings
        self._texts = TEXTS[language]
        self._statuses = REPORT_TEXTS[language]
        # An import takes "Note" for the buyer's own.
        own = ("in_draft", "held_until", "flags")
        self._headings = {**headings, **{name: self._texts[name] for name in own}}
        self._words = words
        self._now = datetime.now(BUCHAREST)

    def write(self, orders: Sequence[int] | None) -> Written:
        trust = self._trust()
        drafts = [
            {**draft, "shipping": in_words(draft["shipping"], self._words) or None}
            for draft in self._rows("order_workbook_drafts", orders=None if orders is None else list(orders))
        ]
        parts = self._parts(drafts, trust)
        with writing_workbook(self._file) as self._book:
            self._styles = Styles(self._book, self._language)
            self._book.set_properties({"title": self._texts["title"]})
            self._write_summary(trust, parts)
            lines = self._write_drafts(trust, parts)
            items = self._write_items(trust)
        return Written(len(drafts), lines, items)

    # What is written

    def _rows(self, name: str, **parameters: object) -> list[Row]:
        with self._session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement(f"reports/{name}"), parameters).fetchall()

    @contextmanager
    def _stream(self, name: str, **parameters: object) -> Generator[Iterator[Row]]:
        with self._session.cursor(name, row_factory=dict_row) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            yield iter(cursor.execute(statement(f"reports/{name}"), parameters))

    def _trust(self) -> Trust:
        texts, sentences, warnings = self._texts, list[str](), list[str]()
        accounts = self._rows("order_workbook_accounts")
        minutes = 3 * self._settings.sync_interval_minutes
        for row in accounts:
            wrong: list[str] = []
            if row["scan_status"] != "completed":
                wrong.append(texts.get(row["scan_status"] or "failed", texts["failed"]))
            if row["scanned_at"] is None or row["scanned_at"] < self._now - timedelta(minutes=minutes):
                wrong.append(texts["late"].format(minutes=minutes))
            if row["needs_report"]:
                wrong.append(texts["outdated"])
            good = texts["completed"] if row["scan_is_proven"] else texts["unproven"]
            said = texts["coverage"].format(
                account=row["account_type"],
                seen=wording.number(row["scan_offers"], self._language),
                total=wording.number(row["scan_total"], self._language),
                status="; ".join(wrong) or good,
                scanned_at=wording.moment(row["scanned_at"], self._language) if row["scanned_at"] else wording.UNKNOWN,
            )
            (warnings if wrong else sentences).append(said)
        known = [row["account_type"] for row in accounts]
        warnings += [
            texts["not_read"].format(account=account) for account in self._settings.accounts if account not in known
        ]
        return Trust(known, sentences, warnings, any(row["marketplace"] == SIMULATOR for row in accounts))

    def _parts(self, drafts: Sequence[Row], trust: Trust) -> list[_Part]:
        self._taken: set[str] = set()
        self._mark = "DEMO " if trust.is_demo else ""
        self._summary_name = self._name(self._texts["summary"])
        self._items_name = self._name(self._texts["everything"])
        header = 1 + len(self._sentences(trust)) + 3  # below the title and the sentences: how to edit, rates, sums
        parts: list[_Part] = []
        for draft in drafts[:MOST_DRAFT_SHEETS]:
            supplier = draft["supplier_name"] or self._texts["no_supplier"]
            told = (supplier, draft["draft_number"], draft["shipping"], draft["currency"])
            parts.append(_Part(self._name(supplier), " · ".join(filter(None, told)), [draft], header))
        if rest := drafts[MOST_DRAFT_SHEETS:]:
            others = self._texts["other_suppliers"]
            parts.append(_Part(self._name(others), others, rest, header))
        return parts

    def _name(self, wanted: str) -> str:
        return sheet_name(self._mark + wanted, self._taken)

    def _columns(
        self, described: Iterable[Described], editable: Set[str] = frozenset(), account: str | None = None
    ) -> list[Column]:
        columns: list[Column] = []
        for name, width, kind in described:
            own = f"{name}_{self._language}" if name == "reason" else name
            heading = self._headings.get(own) or self._headings.get(name, name)
            if account is not None:
                heading = self._texts["of_account"].format(heading=heading, account=account)
            columns.append(Column(name, heading, width, kind, name in editable))
        return columns

    def _write_top(self, sheet: "Worksheet", title: str, trust: Trust) -> int:
        """The title, and what the numbers are made from, loud where that is not all; the next row."""
        write_title(sheet, title, self._styles)
        told = self._sentences(trust)
        for row, (said, is_loud) in enumerate(told, 1):
            write(sheet, row, 0, said, self._styles.of(bold=True, font_color=RED) if is_loud else self._styles.of())
        return 1 + len(told)

    def _sentences(self, trust: Trust) -> list[tuple[str, bool]]:
        told = [(self._texts["demo"], True)] if trust.is_demo else []
        told += [(each, True) for each in trust.warnings] + [(each, False) for each in trust.sentences]
        if not trust.accounts:
            told.insert(0, (self._texts["no_report"], True))
        if len(told) > MOST_SENTENCES:
            rest = told[MOST_SENTENCES - 1 :]
            told[MOST_SENTENCES - 1 :] = [("; ".join(said for said, _ in rest), any(is_loud for _, is_loud in rest))]
        return told

    # The summary

    def _write_summary(self, trust: Trust, parts: Sequence[_Part]) -> None:
        sheet = self._add_sheet(self._summary_name)
        made_at = self._texts["made_at"].format(made_at=wording.moment(self._now, self._language))
        row = self._write_top(sheet, self._texts["title"], trust)
        write(sheet, row, 0, made_at, self._styles.of())
        write(sheet, row + 1, 0, self._texts["how"], self._styles.of(italic=True))
        columns = self._columns(DRAFTS, editable=EDITABLE_DRAFTS)
        listed = [(part, draft) for part in parts for draft in part.drafts]
        header = row + 3
        first, last = header + 1, header + max(len(listed), 1)
        self._write_total(sheet, header - 1, columns, [draft for _, draft in listed], (first, last))
        write_headings(sheet, header, columns, self._styles)
        for row, (part, draft) in enumerate(listed, first):
            self._write_draft(sheet, row, columns, (part, draft), (first, last))
        if not listed:
            write(sheet, first, 1, self._texts["no_drafts"], self._styles.of(bold=True))
        self._let_edit(sheet, columns, first, last)
        hidden = [column.name for column in columns].index(HIDDEN)
        sheet.set_column(hidden, hidden, 0, None, {"hidden": True})
        sheet.autofilter(header, 0, last, len(columns) - 1)
        sheet.freeze_panes(header + 1, 2)

    def _write_draft(
        self, sheet: "Worksheet", row: int, columns: Sequence[Column], listed: tuple[_Part, Row], rows: tuple[int, int]
    ) -> None:
        part, draft = listed
        first, last = part.rows
        lines = self._columns(LINES, editable=EDITABLE)

        def of_sheet(name: str) -> str:
            return cells_of(letter_of(lines, name), first, last, part.name)

        number = f'{of_sheet("draft_number")},"{draft["draft_number"]}"'
        summed = {"pieces": "quantity", "value": "total", "value_ron": "value_ron", "total_ron": "total_ron"}
        formulas = {
            "lines": f'=COUNTIFS({number},{of_sheet("quantity")},">0")',
            **{name: f"=SUMIF({number},{of_sheet(of)})" for name, of in summed.items()},
            "is_minimum_reached": self._minimum(columns, row, rows),
        }
        reached = None
        if draft["minimum_order_value_ron"] is not None:
            reached = self._texts["reached" if draft["is_minimum_reached"] else "not_reached"]
        values = {**draft, **_editable(draft), "is_minimum_reached": reached or self._texts["no_minimum"]}
        for position, column in enumerate(columns):
            more = self._warning(column.name, draft) | (YOURS if column.is_editable else {})
            style = self._styles.cell(column.kind, **more)
            value = values.get(column.name)
            if column.name == "draft_number":
                quoted = part.name.replace("'", "''")
                sheet.write_url(
                    row, position, f"internal:'{quoted}'!A1", self._styles.cell("link"), draft["draft_number"]
                )
            elif column.name in formulas:
                sheet.write_formula(row, position, formulas[column.name], style, 0 if value is None else value)
            else:
                write(sheet, row, position, value, style)

    def _minimum(self, columns: Sequence[Column], row: int, rows: tuple[int, int]) -> str:
        """Whether all drafts of the supplier by that way of shipping reach his least value: the view's rule."""

        def cell(name: str) -> str:
            return f"${letter_of(columns, name)}{row + 1}"

        def all_of(name: str) -> str:
            return cells_of(letter_of(columns, name), *rows)

        together = "*".join(f"({all_of(name)}={cell(name)})" for name in ("supplier_name", "shipping"))
        least, texts = cell("minimum_order_value_ron"), self._texts
        return (
            f'=IF({least}="","{texts["no_minimum"]}",IF(SUMPRODUCT({together},{all_of("value_ron")})>={least},'
            f'"{texts["reached"]}","{texts["not_reached"]}"))'
        )

    def _write_total(
        self, sheet: "Worksheet", row: int, columns: Sequence[Column], drafts: Sequence[Row], rows: tuple[int, int]
    ) -> None:
        """The sums, above the header: below the rows an import would take them for one."""
        write(sheet, row, 0, self._texts["total"], self._styles.of(bold=True))
        for position, column in enumerate(columns):
            if column.name in SUMS:
                known = [draft[column.name] for draft in drafts if draft[column.name] is not None]
                formula = f"=SUM({cells_of(letter_of(columns, column.name), *rows)})"
                sheet.write_formula(row, position, formula, self._styles.cell(column.kind, bold=True), sum(known))

    def _warning(self, name: str, row: Row) -> dict[str, object]:
        """The style of what a buyer must not overlook."""
        today, value = self._now.date(), row.get(name)
        oldest = today - timedelta(days=self._settings.price_age_days)
        is_warning = (
            (name == "order_by_date" and value is not None and value < today)
            or (name in {"oldest_price_on", "price_on"} and value is not None and value < oldest)
            or (name == "is_minimum_reached" and value is False)
        )
        return {"font_color": RED, "bold": True} if is_warning else {}

    # The drafts

    def _write_drafts(self, trust: Trust, parts: Sequence[_Part]) -> int:
        orders = [draft["purchase_order_id"] for part in parts for draft in part.drafts]
        written = 0
        with self._stream("order_workbook_lines", orders=orders) as lines:
            for part in parts:
                self._write_part(part, trust, islice(lines, part.lines))
                written += part.lines
        return written

    def _write_part(self, part: _Part, trust: Trust, lines: Iterable[Row]) -> None:
        sheet = self._add_sheet(part.name)
        columns = self._columns(LINES, editable=EDITABLE)
        row = self._write_top(sheet, part.title, trust)
        write(sheet, row, 0, self._texts["how"], self._styles.of(italic=True))
        rates = self._write_rates(sheet, row + 1, part, columns)
        write(sheet, row + 2, 0, self._texts["total"], self._styles.of(bold=True))
        header, (first, last) = part.header, part.rows
        of_view = {"quantity": "pieces", "total": "value", "value_ron": "value_ron", "total_ron": "total_ron"}
        has_one_currency = len({draft["currency"] for draft in part.drafts}) == 1
        for position, column in enumerate(columns):
            if column.name in of_view and (column.name != "total" or has_one_currency):
                known = [draft[of_view[column.name]] for draft in part.drafts]
                formula = f"=SUM({cells_of(letter_of(columns, column.name), first, last)})"
                style = self._styles.cell(column.kind, bold=True)
                sheet.write_formula(
                    header - 1, position, formula, style, sum(each for each in known if each is not None)
                )
        write_headings(sheet, header, columns, self._styles)
        for row, line in enumerate(lines, first):
            self._write_line(sheet, row, columns, line, rates)
        self._let_edit(sheet, columns, first, last)
        hidden = [column.name for column in columns].index(HIDDEN)
        sheet.set_column(hidden, hidden, 0, None, {"hidden": True})
        sheet.autofilter(header, 0, last, len(columns) - 1)
        sheet.freeze_panes(header + 1, 4)
        print_up_to(sheet, last, columns, PRINTED_LINES)

    def _write_rates(self, sheet: "Worksheet", row: int, part: _Part, columns: Sequence[Column]) -> Mapping[str, str]:
        """The rate of each currency on the sheet, each in a cell; returns their cells, by draft."""
        position = [column.name for column in columns].index("unit_price")
        found = {draft["currency"]: draft for draft in part.drafts if draft["rate"] is not None}
        cells: dict[str, str] = {}
        for number, (currency, draft) in enumerate(found.items()):
            place = position + 2 * number
            write(sheet, row, place - 1, f"1 {currency} = RON", self._styles.of(align="right"))
            write(sheet, row, place, draft["rate"], self._styles.of(num_format="0.0000######", align="left"))
            cells[currency] = f"${letter_of(columns, columns[place].name)}${row + 1}"
        return {draft["draft_number"]: cells[draft["currency"]] for draft in part.drafts if draft["currency"] in cells}

    def _write_line(
        self, sheet: "Worksheet", row: int, columns: Sequence[Column], line: Row, rates: Mapping[str, str]
    ) -> None:
        values = {**line, **self._told(line), **_editable(line, line["quantity"])}
        set_height(
            sheet, row, [_height(column, values.get(column.name)) for column in columns if column.kind in WRAPPED]
        )

        def cell(name: str) -> str:
            return f"${letter_of(columns, name)}{row + 1}"

        pieces, price, landed = cell("quantity"), cell("unit_price"), cell("landed_unit_cost_ron")
        formulas = {"total": f"={pieces}*{price}"} if line["unit_price"] is not None else {}
        if line["unit_price"] is not None and line["draft_number"] in rates:
            formulas["value_ron"] = f"=ROUND({pieces}*{price}*{rates[line['draft_number']]},2)"
        if line["landed_unit_cost_ron"] is not None:
            formulas["total_ron"] = f"=ROUND({pieces}*{landed},2)"
        for position, column in enumerate(columns):
            value = values.get(column.name)
            more = self._warning(column.name, line) | (YOURS if column.is_editable else {})
            if column.name == "status" and line["status"] in FILLS:
                more["bg_color"] = FILLS[line["status"]]
            style = self._styles.cell(column.kind, **more)
            if column.name in formulas:
                sheet.write_formula(row, position, formulas[column.name], style, value)
            elif column.kind == "link":
                write_link(sheet, row, position, value, self._texts["open"], style)
            else:
                write(sheet, row, position, value, style, _most(column))

    def _told(self, row: Row) -> Row:
        """The words of a row in the language: its status, its flags, its reason."""
        reason = row["reason_ro"] if self._language is Language.RO else row["reason"]
        flags = "; ".join(dict.fromkeys(filter(None, (row["flags"] or "").split("; "))))
        return {
            "status": self._statuses.get(row["status"] or "", row["status"]),
            "flags": in_words(flags, self._words) if flags else None,
            "reason": reason,
        }

    def _let_edit(self, sheet: "Worksheet", columns: Sequence[Column], first: int, last: int) -> None:
        texts = self._texts
        whole_number = in_cell(texts["whole_number"].format_map(self._headings))[:MOST_OF_A_RULE]
        day = {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1), "error_message": texts["a_day"]}
        pieces = {"validate": "integer", "criteria": ">=", "value": 1, "error_message": whole_number}
        sent = {"validate": "list", "source": [texts["yes"]], "show_error": False, "input_message": texts["day_or_yes"]}
        rules = {"quantity": pieces, "expected_on": day, "snoozed_until": day, "sent_on": sent}
        for position, column in enumerate(columns):
            if column.is_editable and column.name in rules:
                sheet.data_validation(first, position, last, position, rules[column.name])
        sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})

    # All items

    def _write_items(self, trust: Trust) -> int:
        accounts = trust.accounts
        columns = [*self._columns(ITEMS), *self._columns(ITEMS_AFTER)]
        sheet = self._add_sheet(self._items_name)
        header = self._write_top(sheet, self._texts["everything"], trust) + 1
        by_account = [column for account in accounts for column in self._columns(ITEMS_BY_ACCOUNT, account=account)]
        columns[len(ITEMS) : len(ITEMS)] = by_account
        write_headings(sheet, header, columns, self._styles)
        row = header
        with self._stream("order_workbook_items") as items:
            for row, (_, rows) in enumerate(groupby(items, key=itemgetter("sku")), header + 1):
                self._write_item(sheet, row, columns, accounts, {each["account_type"]: each for each in rows})
        sheet.autofilter(header, 0, max(row, header + 1), len(columns) - 1)
        sheet.freeze_panes(header + 1, 3)
        print_up_to(sheet, row, columns, PRINTED_ITEMS)
        return row - header

    def _write_item(
        self, sheet: "Worksheet", row: int, columns: Sequence[Column], accounts: Sequence[str], rows: Mapping[str, Row]
    ) -> None:
        all_rows = [rows[account] for account in accounts if account in rows]
        worst = min(all_rows, key=lambda each: URGENCY[each["status"]])
        item = {**worst, **all_rows[0], **_joined(all_rows), "status": worst["status"]}
        item["in_draft"] = item["draft_numbers"]
        values = {**item, **self._told(item)}
        cells = [(column, item, values.get(column.name)) for column in columns[: len(ITEMS)]]
        place = len(ITEMS)
        for account in accounts:
            of_account = rows.get(account, {})
            told = {**of_account, "status": self._statuses.get(of_account.get("status", ""))}
            own = columns[place : place + len(ITEMS_BY_ACCOUNT)]
            cells += [(column, of_account, told.get(column.name)) for column in own]
            place += len(ITEMS_BY_ACCOUNT)
        cells += [(column, item, values.get(column.name)) for column in columns[place:]]
        for position, (column, of, value) in enumerate(cells):
            more = self._warning(column.name, of)
            if column.name == "status" and of.get("status") in FILLS:
                more["bg_color"] = FILLS[of["status"]]
            style = self._styles.cell(column.kind, **more)
            if column.kind == "link":
                write_link(sheet, row, position, value, self._texts["open"], style)
            elif column.name == "reorder_quantity" and of and value is None:
                write(sheet, row, position, "?", style)  # a person has to decide
            else:
                write(sheet, row, position, value, style, _most(column))

    def _add_sheet(self, name: str) -> "Worksheet":
        sheet = self._book.add_worksheet(name)
        set_up_page(sheet, f"{wording.moment(self._now, self._language)} {ZONE}", "DEMO" if self._mark else "")
        return sheet


def _most(column: Column) -> int:
    """How many characters of a text its cell holds."""
    return LONGEST_REASON if column.name == "reason" else LONGEST_TEXT


def _height(column: Column, value: object) -> float:
    """Pixels that the text of a line takes."""
    text = "" if value is None else in_cell(str(value), _most(column))
    most = float("inf") if column.name == "reason" else MOST_TEXT_LINES
    return height_of(text, column.width, WRAPPED[column.kind], most)


def _editable(row: Row, quantity: int | None = None) -> Row:
    """The note of a row as it is shown, short enough to come back, and what stands in its yellow cells."""
    note = None if row["note"] is None else in_cell(row["note"], LONGEST_NOTE - 50)
    return {"note": note, "as_written": as_written(quantity, row["expected_on"], note)}


def _joined(rows: Sequence[Row]) -> Row:
    """What the accounts of a SKU have together."""

    def known(name: str) -> list[Decimal]:
        return [row[name] for row in rows if row[name] is not None]

    return {
        "on_order_quantity": sum(known("on_order_quantity")),
        "ron_at_risk_per_day": sum(known("ron_at_risk_per_day")) if known("ron_at_risk_per_day") else None,
        "order_by_date": min(known("order_by_date"), default=None),
        "flags": "; ".join(row["flags"] for row in rows if row["flags"]),
        **{name: "\n".join(f"{row['account_type']}: {row[name]}" for row in rows) for name in ("reason", "reason_ro")},
    }
