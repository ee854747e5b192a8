"""The page that a buyer opens each morning: one HTML file that needs no network and no server.

Belongs here: what stands above the lists – of when the numbers are and whether they may be trusted, and the plots – and
putting the file together. Not here: the lists (`page_lists.py`), and what they do in the browser (`templates/page.js`).
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from psycopg.rows import dict_row

from magflow_pipeline.accounts import SIMULATOR
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.output import opened, words_of_codes
from magflow_pipeline.reports.page_lists import LISTS, SKUS_OF_A_PACK, Columns, Part, read_parts
from magflow_pipeline.reports.plots import stacked_columns
from magflow_pipeline.reports.printing import TEXTS as STATUSES
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.reports.wording import headings, moment, number
from magflow_pipeline.times import BUCHAREST

TEMPLATES = Path(__file__).parent / "templates"
STALE_AFTER = timedelta(minutes=90)
"""Three intervals of a default schedule, as the check every_account_is_fresh has it."""
SYNC_DAYS = 30
COVERS = {f"cover_{days}": days for days in (0, 7, 14, 30, 60, 90, 180)}  # last day of each column of the plot
PRICES = ("price_alone", "price_won", "price_lost", "price_no_rank", "price_None")  # by market_position
_POLICY = "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"
# What ends a script or a line in some reader of JSON or HTML.
_IN_SCRIPT = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Warned:
    """Something that a buyer has to know before the numbers, `loud` where it may make them wrong."""

    text: str
    loud: bool


@dataclass(frozen=True)
class Plot:
    """A plot in the words of a language, with its numbers: one row for each label."""

    title: str
    unit: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[int]]
    style: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(values) for values in self.series.values())

    @property
    def drawing(self) -> str:
        """The plot as an SVG element, whose texts the library has escaped."""
        return stacked_columns(self.labels, self.series)

    @property
    def rows(self) -> Iterator[tuple[str, Sequence[int]]]:
        """Each label with its number in each series."""
        yield from zip(self.labels, zip(*self.series.values(), strict=True), strict=True)


def write_page(
    database: Database, path: Path | None, language: Language, *, stale_after: timedelta = STALE_AFTER
) -> dict[str, int]:
    """Write the page, which begins in `language`, to a file or to stdout; returns the rows of each of its lists.

    An account that was read longer than `stale_after` ago is named as stale.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with opened(path) as file:
        return make_page(database, file, language, datetime.now(UTC), stale_after)


def make_page(
    database: Database, file: IO[bytes], language: Language, made_at: datetime, stale_after: timedelta = STALE_AFTER
) -> dict[str, int]:
    """Write the page as it is at `made_at`, of one state of the database; returns the rows of each of its lists.

    The rows wait in a temporary file for what stands above them, which is known when they are counted: so the memory
    does not grow with them.
    """
    words = {each: words_of_codes(database, each) for each in Language}
    texts = {each: page_texts(database, each) for each in Language}
    with TemporaryFile("w+", encoding="utf-8", newline="\n") as rows:
        with database.connect("magflow page") as session, session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            with session.cursor(row_factory=dict_row) as cursor:
                accounts = cursor.execute(statement("reports/page_accounts")).fetchall()
                syncs = cursor.execute(statement("reports/page_syncs"), {"days": SYNC_DAYS}).fetchall()
            counts = _write_rows(read_parts(session, words), rows)
        rows.seek(0)
        today = made_at.astimezone(BUCHAREST).date()
        data = {
            "made_at": made_at.isoformat(),
            "skus_of_a_pack": SKUS_OF_A_PACK,
            "language": language.value,
            "statuses": [status.value for status in Status],
            "texts": {each.value: {**STATUSES[each], **texts[each]} for each in Language},
            "words": {each.value: words[each] for each in Language},
            "headings": {each.value: _headings(database, each) for each in Language},
            "lists": {name: asdict(each) for name, each in LISTS.items()},
            "sources": {name: {"kinds": kinds, "values": {}} for name, kinds in counts.kinds.items()},
        }
        _Page().write(
            file,
            language=language.value,
            title=texts[language]["title"],
            tops=[
                {
                    "language": each.value,
                    "say": texts[each].__getitem__,
                    "made_at": texts[each]["made_at"].format(when=moment(made_at, each)),
                    "warnings": list(_warnings(accounts, made_at, stale_after, texts[each], each)),
                    "accounts": [_card(row, texts[each], each) for row in accounts if row["items"]],
                    "plots": list(_plots(accounts, counts, syncs, today, texts[each], each)),
                }
                for each in Language
            ],
            say=texts[language].__getitem__,  # not the dictionary: a template takes `clear` for its method
            languages={"en": "English", "ro": "Română"},
            data=_in_script(data),
            rows=rows,
        )
    return {name: counts.rows[name] for name in LISTS}


@dataclass(frozen=True)
class _Counts:
    """What is known of the rows when all of them were read.

    Attributes:
        kinds: Of each column, by source.
        rows: By list.
        covers: Items by account and column of the plot of days of cover.
        stands: Items by account and column of the plot of prices.
    """

    kinds: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    rows: Counter[str] = field(default_factory=Counter[str])
    covers: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    stands: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, sources: Mapping[str, Columns]) -> None:
        for name, each in sources.items():
            self.kinds[name] = each.kinds | self.kinds.get(name, {})
        for name, each in LISTS.items():
            self.rows[name] += _count(sources[each.source], each.only)
        columns = ("account_type", "days_of_cover", "market_position")
        items = zip(*(sources["items"].values.get(name, ()) for name in columns), strict=True)
        for account, days, position in items:
            self.covers[account, _cover(days)] += 1
            self.stands[account, f"price_{position}"] += 1


def _write_rows(parts: Iterable[Part], file: IO[str]) -> _Counts:
    """Two lines for each part, its rows and its reasons: what JSON and base64 are made of ends no line."""
    counts = _Counts()
    for place, part in enumerate(parts):
        counts.add(part.sources)
        values = _in_script({name: each.values for name, each in part.sources.items()})
        file.write(f'<script type="application/json" id="rows-{place}">{values}</script>\n')
        file.write(f'<script type="application/octet-stream" id="reasons-{place}">{part.reasons}</script>\n')
    return counts


def page_texts(database: Database, language: Language) -> dict[str, str]:
    """The words of the page by code, in English where the language lacks one."""
    rows = read_rows(database, "page_texts", only={"language": [Language.EN.value, language.value]})
    return {row["code"]: row["words"] for row in sorted(rows, key=lambda row: row["language"] == language.value)}


def _headings(database: Database, language: Language) -> dict[str, str]:
    found = headings(database, language.value)
    return {name: found[name] for each in LISTS.values() for name in each.columns}


def _count(source: Columns, only: str | None) -> int:
    return sum(source.values.get(only, ())) if only else len(source.values.get("sku", ()))


def _warnings(
    accounts: Sequence[Row], made_at: datetime, stale_after: timedelta, texts: Mapping[str, str], language: Language
) -> Iterator[Warned]:
    """What the buyer is told first; the loud ones before the others."""
    if any(row["marketplace"] == SIMULATOR for row in accounts):
        yield Warned(texts["demo"], loud=True)
    if not any(row["items"] for row in accounts):
        yield Warned(texts["no_report"], loud=True)
        return
    for row in accounts:
        yield from _warnings_of(row, made_at, stale_after, texts, language)
    if any(row["needs_report"] for row in accounts):
        yield Warned(texts["behind"], loud=False)


def _warnings_of(
    row: Row, made_at: datetime, stale_after: timedelta, texts: Mapping[str, str], language: Language
) -> Iterator[Warned]:
    account, scanned_at = row["account_type"], row["scanned_at"]
    if not row["items"]:
        yield Warned(texts["absent"].format(account=account), loud=True)
        return
    if scanned_at is None:
        yield Warned(texts["never_read"].format(account=account), loud=True)
        return
    when = moment(scanned_at, language)
    if made_at - scanned_at > stale_after:
        hours = number(Decimal((made_at - scanned_at) / timedelta(hours=1)), language, 1)
        yield Warned(texts["stale"].format(account=account, when=when, hours=hours), loud=True)
    if row["scan_status"] == "failed":
        yield Warned(texts["failed"].format(account=account, when=when), loud=True)
    if row["scan_status"] == "partial" or (row["scan_offers"] or 0) < (row["scan_total"] or 0):
        counts = {"offers": number(row["scan_offers"], language), "total": number(row["scan_total"], language)}
        yield Warned(texts["partial"].format(account=account, **counts), loud=True)


def _card(row: Row, texts: Mapping[str, str], language: Language) -> dict[str, object]:
    """What is said of an account: its coverage, how many items have each status, what waiting costs."""
    when = moment(row["scanned_at"], language) if row["scanned_at"] else "?"
    counts = {"offers": number(row["scan_offers"], language), "total": number(row["scan_total"], language)}
    sources = ", ".join(["eMAG", *row["channels"]]) if row["channels"] else texts["only_emag"]
    return {
        "name": texts["account"].format(account=row["account_type"]),
        "coverage": texts["coverage"].format(when=when, **counts),
        "sales": texts["sales"].format(sources=sources),
        "statuses": [(each.value, STATUSES[language][each], number(row[each.value], language)) for each in Status],
        "at_risk": number(row["ron_at_risk_per_day"], language, 2),
        "count": number(row["items"], language),
        "notes": [] if row["scan_is_proven"] else [texts["not_proven"]],
    }


def _plots(
    accounts: Sequence[Row],
    counts: _Counts,
    syncs: Sequence[Row],
    today: date,
    texts: Mapping[str, str],
    language: Language,
) -> Iterator[Plot]:
    names = [row["account_type"] for row in accounts if row["items"]]
    by_status = {row["account_type"]: [row[each.value] for each in Status] for row in accounts if row["items"]}
    yield Plot(
        texts["plot_status"],
        texts["of_items"],
        [STATUSES[language][each] for each in Status],
        by_status,
        "by-account",
    )
    labels = [*COVERS, "cover_more", "cover_unknown"]
    yield Plot(
        texts["plot_cover"],
        texts["of_items"],
        [texts[code] for code in labels],
        {name: [counts.covers[name, code] for code in labels] for name in names},
        "by-account",
    )
    yield Plot(
        texts["plot_price"],
        texts["of_items"],
        [texts[code] for code in PRICES],
        {name: [counts.stands[name, code] for code in PRICES] for name in names},
        "by-account",
    )
    days = [today - timedelta(days=age) for age in reversed(range(SYNC_DAYS))]
    ended = {row["starts_on"]: row for row in syncs}
    outcomes = {"completed": "completed", "partially": "partial", "failing": "failed"}
    yield Plot(
        texts["plot_syncs"],
        texts["of_syncs"],
        [f"{each:%d.%m}" for each in days],
        {texts[code]: [ended[each][name] if each in ended else 0 for each in days] for code, name in outcomes.items()},
        "outcomes",
    )


def _cover(days: float | None) -> str:
    if days is None:
        return "cover_unknown"
    return next((code for code, last in COVERS.items() if days <= last), "cover_more")


def _in_script(data: object) -> str:
    """JSON that ends no element and no line of a script, whatever its texts are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


class _Page:
    """The template with its style and script, and the policy that allows these two alone."""

    def __init__(self) -> None:
        import jinja2  # takes 0.1 s, and most verbs make no page

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("page.html.jinja")

    def write(self, file: IO[bytes], **content: object) -> None:
        style, script = (TEMPLATES.joinpath(name).read_text() for name in ("page.css", "page.js"))
        policy = _POLICY.format(script=_hash(script), style=_hash(style))
        stream = self._template.stream(**content, policy=policy, style=style, script=script)
        stream.dump(file, "utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
