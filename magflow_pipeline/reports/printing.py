"""The low-stock report on a terminal, in English or Romanian."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from magflow_pipeline.decisions.stock import ROMANIAN, Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.formats import BUCHAREST
from magflow_pipeline.reports.tables import Row

STYLES = {Status.OUT_OF_STOCK: "bold red", Status.CRITICAL: "red", Status.LOW_STOCK: "yellow"}


TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        **{status.value: status.value.replace("_", " ") for status in Status},
        "account": "account",
        "sku": "SKU",
        "name": "name",
        "status": "status",
        "available": "available",
        "order": "order",
        "supplier": "supplier",
        "verified": "verified",
        "why": "why",
        "items": "items",
        "coverage": "offers seen",
        "scanned": "as of (Bucharest)",
        "scan": "scan",
        "to_order": "pieces to order",
        "title": "Low-stock report by account and status",
        "shown": "{shown} of {total} rows shown, most urgent first",
        "rows": "{total} rows",
        "absent": "Account {account} is not in the report. Whether it was read: magflow status",
        "left_out": "Not configured, so neither in the report nor in the stock (history kept): {accounts}",
    },
    Language.RO: {
        **{status.value: text for status, text in ROMANIAN.items()},
        "account": "cont",
        "sku": "SKU",
        "name": "denumire",
        "status": "stare",
        "available": "disponibil",
        "order": "de comandat",
        "supplier": "furnizor",
        "verified": "verificat",
        "why": "motiv",
        "items": "articole",
        "coverage": "oferte citite",
        "scanned": "la data (București)",
        "scan": "citire",
        "to_order": "bucăți de comandat",
        "title": "Raportul de stoc scăzut pe conturi și stări",
        "shown": "{shown} din {total} rânduri afișate, cele mai urgente primele",
        "rows": "{total} rânduri",
        "absent": "Contul {account} nu este în raport. Dacă a fost citit: magflow status",
        "left_out": "Neconfigurate, deci nici în raport, nici în stoc (istoricul se păstrează): {accounts}",
    },
}


def print_counts(
    console: Console,
    by_account: Sequence[Row],
    language: Language = Language.EN,
    expected: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> None:
    """Items per account and status, over the whole report, with the coverage and time of each scan.

    Of the accounts that are `expected`, those that the report lacks are named, and those that are `left_out` of it.
    """
    texts = TEXTS[language]
    table = Table(title=texts["title"], title_justify="left")
    table.add_column(texts["account"])
    for status in Status:
        table.add_column(texts[status], justify="right", style=STYLES.get(status))
    for heading in ("items", "to_order", "coverage"):
        table.add_column(texts[heading], justify="right")
    table.add_column(texts["scan"])
    table.add_column(texts["scanned"])
    for row in by_account:
        table.add_row(
            row["account_type"],
            *(str(row[status]) for status in Status),
            *(str(row["items"]), str(row["reorder_quantity"])),
            f"{row['scan_offers']} / {'?' if row['scan_total'] is None else row['scan_total']}",
            row["scan_status"],
            _local(row["scanned_at"]),
        )
    if len(by_account) > 1:
        table.add_section()
        sums = [*Status, "items", "reorder_quantity"]
        table.add_row("", *(str(sum(row[name] for row in by_account)) for name in sums))
    console.print(table)
    for account in sorted(set(expected) - {row["account_type"] for row in by_account}):
        console.print(texts["absent"].format(account=account), style="yellow")
    if left_out:
        console.print(texts["left_out"].format(accounts=", ".join(left_out)), style="yellow")


def print_report(
    console: Console, rows: Sequence[Row], language: Language = Language.EN, limit: int | None = None
) -> None:
    """The rows of the report, `limit` of them at most, and how many there are in all."""
    texts = TEXTS[language]
    table = Table()
    for heading in ("account", "sku", "name", "status"):
        table.add_column(texts[heading], overflow="fold" if heading == "sku" else "ellipsis", no_wrap=heading != "sku")
    for heading in ("available", "order"):
        table.add_column(texts[heading], justify="right")
    for heading in ("supplier", "verified"):
        table.add_column(texts[heading], no_wrap=True)
    table.add_column(texts["why"])
    reason = "reason" if language is Language.EN else "reason_ro"
    for row in rows[:limit]:
        status = Status(row["status"])
        table.add_row(
            *(row["account_type"], Text(row["sku"]), Text(row["name"] or "")),
            Text(texts[status], style=STYLES.get(status, "")),
            *(str(row["available_quantity"]), str(row["reorder_quantity"])),
            *(Text(row["supplier_name"] or ""), "✓" if row["is_verified"] else "", row[reason]),
        )
    console.print(table)
    shown = "shown" if limit is not None and len(rows) > limit else "rows"
    console.print(texts[shown].format(shown=limit, total=len(rows)))


def print_rows(console: Console, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Some columns of some rows, times in Bucharest."""
    table = Table()
    for name in columns:
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(Text(_cell(row[name])) for name in columns))
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _local(value) if isinstance(value, datetime) else str(value)


def _local(moment: datetime | None) -> str:
    return moment.astimezone(BUCHAREST).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def print_counted(console: Console, labels: Sequence[str]) -> None:
    """How often each label occurs."""
    print_rows(
        console, [{"label": label, "rows": count} for label, count in Counter(labels).items()], ["label", "rows"]
    )
