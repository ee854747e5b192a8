"""The digest: what a day, week or month came to, as text and HTML. Each number is a view's.

Belongs here: its parts, its words, and which digests are due. Not here: sending it, which is the work of whoever calls
`due_digests` and `digest_message`.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.emag.limits import ORDER_ROUTES
from magflow_pipeline.purchasing.prices import Crossing
from magflow_pipeline.reports import wording
from magflow_pipeline.reports.choices import Language, Period
from magflow_pipeline.reports.digest_texts import TEXTS
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS
from magflow_pipeline.text import noted, unlinked
from magflow_pipeline.times import BUCHAREST, ZONE

if TYPE_CHECKING:
    import jinja2

SENT_AT_HOUR = 8  # in Bucharest
MOST_LATE = timedelta(days=3)  # a digest that no channel took until then is old news
LISTED = 15  # items or orders in a list; the rest is counted
LONGEST_NAME = 100  # characters
PARTS = (
    "syncs",
    "stock",
    "plan",
    "movements",
    "prices",
    "orders",
    "incidents",
)  # of a digest, each a statement of sql/reports/
PERIODS = {"daily": Period.DAY, "weekly": Period.WEEK, "monthly": Period.MONTH}  # by what MAGFLOW_DIGEST says
_NAMESPACE = uuid.UUID("6f1bb9a6-53f5-4b63-9f0c-9a4d1c1d8a41")  # of the ids of digests


class DigestMessage(NamedTuple):
    """A digest in words: a title of one line, and the same content as text and as HTML."""

    title: str
    text: str
    html: str


@dataclass(frozen=True)
class DueDigest:
    """A digest that should have been sent: of the period that ended with `day`.

    `message_id` is the same at each attempt; `delivered_to` are the channels that took it already.
    """

    period: Period
    day: date
    message_id: uuid.UUID
    delivered_to: frozenset[str]


@dataclass(frozen=True)
class Digest:
    """The rows of the views for one period; days are those of Bucharest, `ends_on` is its last one.

    Late orders, incidents and what is proposed (`plan`, one row) are those of `made_at`: nobody keeps how late an order
    was.
    """

    period: Period
    starts_on: date
    ends_on: date
    made_at: datetime
    accounts: tuple[str, ...]
    syncs: Sequence[Row]
    stock: Sequence[Row]
    plan: Sequence[Row]
    movements: Sequence[Row]
    prices: Sequence[Row]
    orders: Sequence[Row]
    incidents: Sequence[Row]

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.ends_on < self.made_at.astimezone(BUCHAREST).date()

    @property
    def not_read(self) -> list[str]:
        """Accounts of which no sync began and ended in the period."""
        read = {row["account_type"] for row in self.syncs if row["sync_type"] == CATALOGUE}
        return [account for account in self.accounts if account not in read]


def period_of(day: date, period: Period) -> tuple[date, date]:
    """First and last day of the day, week (from Monday) or month that `day` is in.

    >>> period_of(date(2026, 11, 25), Period.WEEK)
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 29))
    """
    if period is Period.DAY:
        return day, day
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def read_digest(database: Database, settings: Settings, day: date, period: Period, language: Language) -> Digest:
    """The digest of the period that `day` is in, of one state of the database; incidents in words of `language`."""
    starts_on, ends_on = period_of(day, period)
    parameters = {
        "period": period.value,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "accounts": list(settings.accounts),
        "language": language.value,
    }
    with database.connect("magflow digest") as session, session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with session.cursor(row_factory=dict_row) as cursor:
            rows = {part: cursor.execute(statement(f"reports/digest_{part}"), parameters).fetchall() for part in PARTS}
    return Digest(period, starts_on, ends_on, datetime.now(UTC), settings.accounts, **rows)


def digest_message(
    database: Database, settings: Settings, day: date, period: Period, language: Language
) -> DigestMessage:
    """The digest of the day, week or month that `day`, a day of Bucharest, is in; of one that is not over, so far."""
    return render(read_digest(database, settings, day, period, language), settings, language)


def due_digests(database: Database, settings: Settings, now: datetime) -> list[DueDigest]:
    """The digests that `MAGFLOW_DIGEST` names of the newest period that is over, from 08:00 in Bucharest on.

    None of a period before the first sync, and none that is more than three days late.
    """
    clock = now.astimezone(BUCHAREST)
    today = clock.date() if clock.hour >= SENT_AT_HOUR else clock.date() - timedelta(days=1)
    due: dict[uuid.UUID, tuple[Period, date]] = {}
    for name in settings.digest:
        starts_on, _ = period_of(today, PERIODS[name])
        if today - starts_on < MOST_LATE:
            last_day = starts_on - timedelta(days=1)
            message_id = uuid.uuid5(_NAMESPACE, f"{PERIODS[name]} {last_day}")
            due[message_id] = (PERIODS[name], last_day)
    if not due:
        return []
    with database.connect("magflow digest") as session:
        [(first,)] = session.execute(statement("reports/first_synced_at")).fetchall()
        delivered = session.execute(statement("reports/digests_delivered"), {"message_ids": list(due)}).fetchall()
    began = first.astimezone(BUCHAREST).date() if first else None
    return [
        DueDigest(
            period, last_day, message_id, frozenset(channel for message, channel in delivered if message == message_id)
        )
        for message_id, (period, last_day) in due.items()
        if began is not None and began <= last_day
    ]


def render(digest: Digest, settings: Settings, language: Language) -> DigestMessage:
    """The digest in words; foreign text is text in both."""
    texts = TEXTS[language]
    digest = _printable(digest)
    title = _title(digest, texts, language)
    if settings.is_demo:
        title = f"DEMO {title}"
    limits = {CATALOGUE: settings.requests_per_minute, ORDERS: ORDER_ROUTES.per_minute}
    ordered = [row for row in digest.orders if row["is_of_period"]]
    late = [row for row in digest.orders if row["days_late"]]
    content = {
        "digest": digest,
        "title": title,
        "language": language.value,
        "t": texts,
        "listed": LISTED,
        "demo": texts["demo"] if settings.is_demo else "",
        "made_at": f"{wording.moment(digest.made_at, language)} ({ZONE})",
        "syncs": [
            {**row, "limit": limit, "budget": _budget(row, limit), "label": _label(row, texts)}
            for row in digest.syncs
            for limit in [limits[row["sync_type"]]]
        ],
        "worse": [row for row in digest.movements if row["movement"] == "became_critical"],
        "new": [row for row in digest.movements if row["movement"] == "new_and_critical"],
        "better": [row for row in digest.movements if row["movement"] == "recovered"],
        "crossed": [(account, _crossed(digest.prices, account)) for account in digest.accounts],
        "beaten": [row for row in digest.prices if row["crossed"] == Crossing.LOST],
        "ordered": ordered,
        "late": late,
        # For each way to write things, the function of the language.
        "number": partial(wording.number, language=language),
        "seconds": partial(_seconds, language=language),
        "reached": partial(wording.share_reached, language=language),
        "used": partial(wording.share_used, language=language),
        "money": partial(wording.money, language=language),
        "day": partial(wording.day, language=language),
        "moment": partial(wording.moment, language=language),
        "value": partial(_value, texts, language),
        "mark": _mark,
        "status": partial(_word, texts),
        "name": _short,
    }
    return DigestMessage(
        title,
        _templates().get_template("digest.txt.jinja").render(content),
        # A mail program makes links of what looks like one: a supplier may be called by an address.
        _templates().overlay(finalize=_without_links).get_template("digest.html.jinja").render(content),
    )


@cache
def _templates() -> "jinja2.Environment":
    import jinja2  # a verb that shows no digest need not load it

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(disabled_extensions=("txt.jinja",), default=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _without_links(value: object) -> object:
    return unlinked(value) if type(value) is str else value  # what is HTML already is of another type


def _printable(digest: Digest) -> Digest:
    """The digest with every foreign text as a note, so that no line of a template can forget it."""

    def notes(rows: Sequence[Row]) -> list[Row]:
        return [
            {name: noted(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
        ]

    return replace(
        digest,
        **{part: notes(getattr(digest, part)) for part in PARTS},
    )


def _title(digest: Digest, texts: Mapping[str, str], language: Language) -> str:
    if digest.period is Period.WEEK:
        when = f"{wording.day(digest.starts_on, language)} – {wording.day(digest.ends_on, language)}"
    elif digest.period is Period.MONTH:
        when = f"{digest.starts_on:%m.%Y}" if language is Language.RO else f"{digest.starts_on:%Y-%m}"
    else:
        when = wording.day(digest.starts_on, language)
    so_far = "" if digest.is_over else f" ({texts['so_far']})"
    worse = wording.number(sum(row["became_critical"] for row in digest.stock), language)
    incidents = wording.number(len(digest.incidents), language)
    said = f"{texts['became_critical']} {worse}, {texts['open_incidents']} {incidents}"
    return f"MagFlow, {texts[digest.period.value]} {when}{so_far}: {said}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME].rstrip()}…"


def _budget(row: Row, limit: int) -> Decimal | None:
    """The share of the requests that the account's user may send in the period, as far as it is over."""
    per_minute: Decimal | None = row["requests_per_minute"]
    return None if per_minute is None else per_minute / limit


def _label(row: Row, texts: Mapping[str, str]) -> str:
    """The account, with the type of its syncs where it is not the usual one."""
    account, sync_type = row["account_type"], row["sync_type"]
    return account if sync_type == CATALOGUE else f"{account}, {texts[f'syncs_{sync_type}']}"


def _crossed(rows: Sequence[Row], account: str) -> Mapping[str, int]:
    """How many offers of the account crossed in which way."""
    return Counter(row["crossed"] for row in rows if row["account_type"] == account)


def _seconds(value: Decimal | None, language: Language) -> str:
    return wording.UNKNOWN if value is None else f"{wording.number(value, language, 1)} s"


def _mark(is_enough: bool | None) -> str:
    """Whether a target was met; nothing where it cannot be said."""
    return "" if is_enough is None else ("✓" if is_enough else "✗")


def _value(texts: Mapping[str, str], language: Language, order: Row) -> str:
    """The value of an order in RON, without a rate in its own currency, and what it leaves out."""
    if order["value_ron"] is not None:
        value = wording.money(order["value_ron"], "RON", language)
    elif order["value"] is not None:
        value = wording.money(order["value"], order["currency"], language)
    else:
        value = texts["no_value"]
    unpriced = order["lines_not_valued"]
    return f"{value} ({texts['unpriced']}: {wording.number(unpriced, language)})" if unpriced else value


def _word(texts: Mapping[str, str], code: str | None) -> str:
    return wording.UNKNOWN if code is None else texts.get(code, code.replace("_", " "))
