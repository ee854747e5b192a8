"""Terminal output of the verbs: the low-stock report in English or Romanian, and rows of tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from rich.console import Console

from magflow_pipeline.purchasing.statuses import ROMANIAN, Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.layout import Column, print_table
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.reports.wording import day, known, rate
from magflow_pipeline.text import noted, printable
from magflow_pipeline.times import ZONE, local

STYLES = {Status.OUT_OF_STOCK: "bold red", Status.CRITICAL: "red", Status.LOW_STOCK: "yellow"}
# Columns that a table may shorten to so many characters, or move below the row; all others are numbers or names.
LONG = {
    **dict.fromkeys(("supplier_name", "other_supplier_name", "detail"), 60),
    **dict.fromkeys(("triggered_by", "confirmed_by"), 16),
    **dict.fromkeys(("errors", "last_error", "first_error", "headline"), 60),
}
# Flags that most rows have: the table's head or `magflow demand SKU` tells them.
TOLD_ELSEWHERE = frozenset({"emag_only", "campaign", "calendar_days"})
MUST = frozenset(
    {"id", "account_type", "sku", "status", "label", "conflict", "rows", "table", "kind", "subject", "severity"}
)

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        **{status.value: status.value.replace("_", " ") for status in Status},
        "account": "account",
        "sku": "SKU",
        "name": "name",
        "status": "status",
        "available": "available",
        "order": "order",
        "at_risk": "RON a day at risk",
        "a_day": "expected a day",
        "cover": "days left",
        "out_on": "sold out on",
        "order_by": "order by",
        "notes": "note",
        "supplier": "supplier",
        "verified": "verified",
        "why": "why",
        "items": "items",
        "coverage": "offers seen",
        "scanned": f"as of ({ZONE})",
        "scan": "scan",
        "to_order": "pieces to order",
        "not_kept": "never sold",
        "kept_apart": "{count} more never sold or are not worth keeping (view not_kept).",
        "title": "Low-stock report by account and status",
        "shown": "Rows shown: {shown} of {total}, what waiting costs most first",
        "to_decide": "?: decide yourself how many to order, what is known is not enough: {count}",
        "rows": "Rows: {total}",
        "sales": "Sales known: {sources}",
        "behind": "Something has changed since this report was built: stock, an order, a level or a price list. It"
        " follows by itself while `magflow up` runs; at once: magflow sync",
        "only": "eMAG only",
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
        "at_risk": "RON pe zi în risc",
        "a_day": "așteptate pe zi",
        "cover": "zile rămase",
        "out_on": "epuizat la",
        "order_by": "comandă până la",
        "notes": "observație",
        "supplier": "furnizor",
        "verified": "verificat",
        "why": "motiv",
        "items": "articole",
        "coverage": "oferte citite",
        "scanned": f"la data ({ZONE})",
        "scan": "citire",
        "to_order": "bucăți de comandat",
        "not_kept": "nevândute",
        "kept_apart": "Alte {count} nu s-au vândut niciodată sau nu merită ținute (view not_kept).",
        "title": "Raportul de stoc scăzut pe conturi și stări",
        "shown": "Rânduri afișate: {shown} din {total}, întâi cele a căror amânare costă cel mai mult",
        "to_decide": "?: hotărâți dumneavoastră câte se comandă, nu se știe destul: {count}",
        "rows": "Rânduri: {total}",
        "sales": "Vânzări cunoscute: {sources}",
        "behind": "S-a schimbat ceva de la acest raport: stocul, o comandă, un nivel sau o listă de prețuri. Urmează de"
        " la sine cât timp rulează `magflow up`; imediat: magflow sync",
        "only": "doar eMAG",
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
    scan_words: Mapping[str, str] | None = None,
) -> None:
    """Print items per account and status, over the whole report, with the coverage and time of each scan.

    `expected` accounts that the report lacks are named, and so are `left_out` ones. `scan_words` are those of the
    statuses of a scan.
    """
    texts = TEXTS[language]
    has_total = len(by_account) > 1

    def numbers(name: str) -> list[str]:
        values = [row[name] or 0 for row in by_account]
        return [str(value) for value in (*values, *([sum(values)] if has_total else ()))]

    def words(values: Iterable[str]) -> list[str]:
        return [*values, *([""] if has_total else ())]

    console.print(texts["title"], style="italic")
    columns = [Column(texts["account"], words(row["account_type"] for row in by_account), must=True)]
    for status in Status:
        cells = numbers(status)
        style = [STYLES.get(status, "")] * len(cells)
        columns.append(Column(texts[status], cells, must=True, is_number=True, styles=style))
    columns += [
        Column(texts["not_kept"], numbers("not_kept"), is_number=True),
        Column(texts["items"], numbers("items"), must=True, is_number=True),
        Column(texts["to_order"], numbers("reorder_quantity"), must=True, is_number=True),
        Column(texts["coverage"], words(map(_coverage, by_account)), is_number=True),
        Column(texts["scan"], words(in_words(row["scan_status"], scan_words or {}) for row in by_account)),
        Column(texts["scanned"], words(local(row["scanned_at"]) for row in by_account)),
    ]
    print_table(console, columns, total=has_total)
    for account in sorted(set(expected) - {row["account_type"] for row in by_account}):
        console.print(texts["absent"].format(account=account), style="yellow")
    if apart := sum(row["not_kept"] for row in by_account):
        console.print(texts["kept_apart"].format(count=apart))
    if left_out:
        console.print(texts["left_out"].format(accounts=", ".join(left_out)), style="yellow")


def print_sales_sources(console: Console, rows: Sequence[Row], language: Language = Language.EN) -> None:
    """Print where the sales of each account are known from; once, where it is the same of all."""
    texts = TEXTS[language]

    def sources(row: Row) -> str:
        channels = cast("list[str]", row["channels"])
        if not channels:
            return texts["only"]
        return f"eMAG, {', '.join(channels)} ({row['first_day']} – {row['last_day']})"

    told = {row["account_type"]: sources(row) for row in rows}
    if len(set(told.values())) == 1:
        told = {"": next(iter(told.values()))}
    parts = "; ".join(f"{account}: {each}" if account else each for account, each in told.items())
    if parts:
        console.print(printable(texts["sales"].format(sources=parts)))


def print_report(
    console: Console,
    rows: Sequence[Row],
    language: Language = Language.EN,
    total: int | None = None,
    to_decide: int | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Print rows of the report, how many there are in all, and of how many a person has to decide.

    `total` and `to_decide` are for where these rows are not all; `words` are those of the codes of its demand.
    """
    texts = TEXTS[language]
    reason = "reason" if language is Language.EN else "reason_ro"
    styles = [STYLES.get(Status(row["status"]), "") for row in rows]

    def cells(name: str) -> list[str]:
        return [_cell(row[name]) for row in rows]

    columns = [
        Column(texts["account"], cells("account_type"), must=True),
        Column(texts["sku"], cells("sku"), must=True),
        Column(texts["status"], [texts[row["status"]] for row in rows], must=True, styles=styles),
        Column(texts["available"], cells("available_quantity"), must=True, is_number=True),
        Column(texts["order"], [_to_order(row) for row in rows], must=True, is_number=True),
        Column(texts["at_risk"], [known(row["ron_at_risk_per_day"], language) for row in rows], is_number=True),
        Column(texts["a_day"], [demand_of(row, language, words or {}) for row in rows], is_number=True),
        Column(texts["cover"], [known(row["days_of_cover"], language, 0) for row in rows], is_number=True),
        Column(texts["out_on"], [day(row["stock_out_date"], language, "") for row in rows]),
        Column(texts["order_by"], [day(row["order_by_date"], language, "") for row in rows]),
        Column(texts["supplier"], cells("supplier_name"), long=12),
        Column(texts["verified"], ["✓" if row["is_verified"] else "" for row in rows]),
        Column(texts["name"], cells("name"), long=16, most_lines=1),
        Column(texts["why"], cells(reason), long=100),
        Column(texts["notes"], [in_words(_to_note(row), words or {}) for row in rows], long=100),
    ]
    console.print("")
    print_table(console, columns)
    total = len(rows) if total is None else total
    console.print(texts["shown" if len(rows) < total else "rows"].format(shown=len(rows), total=total))
    if to_decide is None:
        to_decide = sum(row["reorder_quantity"] is None for row in rows)
    if to_decide:
        console.print(texts["to_decide"].format(count=to_decide))


def _to_order(row: Row) -> str:
    """Pieces; a question mark where a person has to decide: nothing would be read as 0."""
    return "?" if row["reorder_quantity"] is None else str(row["reorder_quantity"])


def demand_of(row: Row, language: Language, words: Mapping[str, str]) -> str:
    """Pieces expected a day, or why that is not known: a zero would be read as a number."""
    expected, method = row["expected_daily_demand"], row["demand_method"]
    return in_words(method, words) if expected is None else rate(expected, language)


def in_words(codes: str | None, words: Mapping[str, str]) -> str:
    """Codes joined by "; " in the words of people; one that has none stays. "no_rate HUF" has those of no_rate."""
    return "; ".join(_in_words(code, words) for code in (codes or "").split("; "))


def _in_words(code: str, words: Mapping[str, str]) -> str:
    first, _, rest = code.partition(" ")
    with_rest = words.get(first, "")
    return words.get(code) or (with_rest.replace("{}", rest) if "{}" in with_rest else code)


def _to_note(row: Row) -> str:
    """The flags that are worth a line below each row: the reason tells why it is not bought."""
    told = TOLD_ELSEWHERE | set((row["blocked"] or "").split("; "))
    return "; ".join(each for each in (row["flags"] or "").split("; ") if each not in told)


def print_rows(
    console: Console, rows: Sequence[Row], columns: Sequence[str], headings: Mapping[str, str] | None = None
) -> None:
    """Print `columns` of the rows; times are in Bucharest time, and the heading names the zone."""

    def column(name: str) -> Column:
        values = [row[name] for row in rows]
        zone = f" ({ZONE})" if any(isinstance(value, datetime) for value in values) else ""
        numeric = any(isinstance(value, int | float | Decimal) for value in values)
        return Column(
            (headings or {}).get(name, name.replace("_", " ")) + zone,
            [_cell(value) for value in values],
            must=name in MUST,
            long=LONG.get(name),
            is_number=numeric,
        )

    print_table(console, [column(name) for name in columns])


def print_counted(console: Console, labels: Sequence[str]) -> None:
    """Print how often each label occurs."""
    print_rows(
        console, [{"label": label, "rows": count} for label, count in Counter(labels).items()], ["label", "rows"]
    )


def every_error(errors: Any) -> list[str]:
    """The text of each entry of a sync's `errors`, also of entries that another program wrote in another shape."""
    entries = cast("list[Any]", errors if isinstance(errors, list) else [errors])
    return [
        noted(cast("Any", entry["error"] if isinstance(entry, dict) and "error" in entry else entry))
        for entry in entries
        if entry is not None
    ]


def last_error(errors: Any) -> str:
    """The text of the newest entry; empty when there is none."""
    return (every_error(errors) or [""])[-1]


def _coverage(row: Row) -> str:
    return " / ".join("?" if row[name] is None else str(row[name]) for name in ("scan_offers", "scan_total"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return local(value) if isinstance(value, datetime) else str(value)
