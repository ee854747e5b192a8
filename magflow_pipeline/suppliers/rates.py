"""Exchange rates: read from the daily XML of the National Bank of Romania, or entered by hand (`exchange_rates`).

The feed is a DataSet with a Header, and a Body that names RON as OrigCurrency and has a Cube for each day; the file of
the last ten days has several. What cannot be a rate is kept out, with a sentence. Not here: what costs are computed
with (`current_rates`, in SQL).
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.parsers import expat

import httpx
import psycopg
from psycopg.rows import dict_row
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import noted
from magflow_pipeline.times import BUCHAREST

FEED = "BNR"  # exchange_rates.source of what was read
FIRST_DAY = date(2005, 7, 1)  # of the leu of today: rates from before are in units 10,000 times smaller
MOST_CHANGE = Decimal("0.2")  # of a rate against the one before it; more is taken for an error
MOST_RON, LEAST_RON = Decimal(10**8), Decimal("0.000001")  # of the column, which has 6 decimals
MOST_UNITS = 1_000_000
MOST_BYTES = 2**20  # the file of a whole year has 300 kB
ATTEMPTS = 3
LONGEST_WAIT = 8.0
READ_SECONDS, DEADLINE_SECONDS = 10.0, 40.0


class RatesError(Exception):
    """The rates could not be read; the message says what was asked, what came, and what to do."""


class _TryAgainError(Exception):
    """A failure that may pass."""


class Rate(NamedTuple):
    """`units` of a currency cost `ron` RON on a day."""

    currency: str
    rate_date: date
    units: int
    ron: Decimal

    @property
    def of_one(self) -> Decimal:
        """RON for one unit."""
        return self.ron / self.units

    def __str__(self) -> str:
        return f"{self.ron.normalize():f} RON for {self.units}"


@dataclass(frozen=True)
class ReadRates:
    """What a feed had: its usable rates by day, how many of them were new, and why others were kept out."""

    rates: Sequence[Rate]
    written: int = 0
    refused: Sequence[str] = field(default_factory=tuple[str, ...])


def today() -> date:
    """The day in Bucharest."""
    return datetime.now(BUCHAREST).date()


def read_rates(database: Database, settings: Settings) -> ReadRates:
    """Read the feed and store what is new; a rate that a person entered for a day stays.

    Raises:
        ConfigurationError: there is no address to read.
        RatesError: the feed could not be read, or has no rate that can be used.
    """
    address = feed_address(settings)
    return store_rates(database, parse_rates(fetch(address), today()), address)


def feed_address(settings: Settings) -> str:
    """MAGFLOW_RATES_URL; in a demo home the simulator's feed.

    Raises:
        ConfigurationError: it is set to nothing, or the simulator of the demo is not running.
    """
    if settings.is_demo:
        if settings.simulator_url is None:
            raise ConfigurationError(f"{settings.home} is a demo home, and its simulator is not running.")
        return settings.simulator_url.removesuffix("/api-3") + "/nbrfxrates.xml"
    if settings.rates_url is None:
        raise ConfigurationError(
            "MAGFLOW_RATES_URL is set to nothing, so no rates are read. Enter them: magflow rates set EUR 5.09"
        )
    return settings.rates_url


def fetch(address: str) -> bytes:
    """The document at `address`. Tried again where that may help: no connection, 429, 5xx.

    Raises:
        RatesError: it could not be read.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(_TryAgainError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.5, max=LONGEST_WAIT),
        reraise=True,
    )
    host = urlsplit(address).netloc.rpartition("@")[2]
    try:
        return retrying(_fetch_once, address)
    except (_TryAgainError, RatesError) as error:
        raise RatesError(
            f"The exchange rates of {noted(host)} could not be read: {error}. They are asked again within the hour; the"
            " rates of before stay, and grow old. By hand: magflow rates set EUR 5.09"
        ) from None


def _fetch_once(address: str) -> bytes:
    deadline, body = time.monotonic() + DEADLINE_SECONDS, bytearray()
    try:
        with httpx.stream(
            "GET", address, timeout=READ_SECONDS, follow_redirects=True, headers={"Accept-Encoding": "identity"}
        ) as answer:
            if answer.status_code == 429 or answer.status_code >= 500:
                raise _TryAgainError(f"it answered with HTTP {answer.status_code}")
            if answer.status_code != 200:
                raise RatesError(f"it answered with HTTP {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise RatesError("it answered with a packed document, which was not asked for")
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise RatesError(f"its answer is larger than {MOST_BYTES // 2**20} MiB")
                if time.monotonic() > deadline:
                    raise _TryAgainError(f"its answer takes longer than {DEADLINE_SECONDS:.0f} s")
    except httpx.TooManyRedirects:
        raise RatesError("it redirects in a circle") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise RatesError("its address, or one that it redirects to, is none") from None
    except httpx.HTTPError as error:
        raise _TryAgainError(noted(str(error) or type(error).__name__)) from None
    return bytes(body)


class _Document:
    """What the parser has met. Plain expat, with every DTD refused: without one there are no entities to expand."""

    def __init__(self) -> None:
        self.base = ""
        self.rates: list[tuple[Mapping[str, str], str, str]] = []  # attributes, text, date of the cube
        self._path: list[str] = []
        self._attributes: Mapping[str, str] = {}
        self._day = self._text = ""

    def read(self, document: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(document, True)
        except expat.ExpatError as error:
            raise RatesError(f"what came is no XML: {expat.errors.messages[error.code]}, line {error.lineno}") from None

    def _refuse(self, *_: object) -> None:
        raise RatesError("what came has a DTD, which rates never have")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        self._text, self._attributes = "", attributes
        if self._path == ["DataSet", "Body", "Cube"]:
            self._day = attributes.get("date", "")

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, _: str) -> None:
        if self._path == ["DataSet", "Body", "Cube", "Rate"]:
            self.rates.append((self._attributes, self._text.strip(), self._day))
        elif self._path == ["DataSet", "Body", "OrigCurrency"]:
            self.base = self._text.strip()
        self._path.pop()
        self._text = ""


def parse_rates(document: bytes, on: date) -> ReadRates:
    """The rates of a document of the National Bank, by day, and why some of them cannot be.

    Args:
        document: The XML, of one day or of several.
        on: The day in Bucharest: no rate is of a later one.

    Raises:
        RatesError: it is no such document, or has no rate that can be used.
    """
    parsed = _Document()
    parsed.read(document)
    if parsed.base != "RON":
        raise RatesError(f"what came is not of RON: its OrigCurrency is {noted(parsed.base) or 'missing'}")
    rates: dict[tuple[str, date], Rate] = {}
    refused: list[str] = []
    for attributes, text, day in parsed.rates:
        try:
            rate = _rate(attributes.get("currency", ""), text, attributes.get("multiplier", "1"), day, on)
        except ValueError as error:
            refused.append(f"{noted(attributes.get('currency', ''))} of {noted(day)} was kept out: {error}.")
            continue
        before = rates.setdefault((rate.currency, rate.rate_date), rate)
        if before != rate:
            refused.append(f"{rate.currency} of {day} was kept out: it is there twice, and {before} comes first.")
    if not rates:
        raise RatesError(" ".join(["what came has no rate that can be used.", *refused[:3]]).removesuffix("."))
    return ReadRates(sorted(rates.values(), key=lambda rate: (rate.rate_date, rate.currency)), refused=refused)


def _rate(currency: str, value: str, multiplier: str, day: str, on: date) -> Rate:
    """A rate of its texts.

    Raises:
        ValueError: one of them cannot be; the text says which.
    """
    if not re.fullmatch("[A-Z]{3}", currency) or currency == "RON":
        raise ValueError("that is no code of a foreign currency, such as EUR")
    if not re.fullmatch("[0-9]{1,7}", multiplier, re.ASCII) or not 1 <= int(multiplier) <= MOST_UNITS:
        raise ValueError(f"its multiplier {noted(multiplier)} is no whole number from 1 to {MOST_UNITS:,}")
    try:
        ron = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{noted(value) or 'nothing'} is no number") from None
    if not ron.is_finite() or not LEAST_RON <= ron < MOST_RON:
        raise ValueError(f"{noted(value)} is no rate: that is a number above 0 and below {MOST_RON:,}")
    try:
        rate_date = date.fromisoformat(day)
    except ValueError:
        raise ValueError("that is no day, such as 2026-11-25") from None
    if not FIRST_DAY <= rate_date <= on:
        raise ValueError(
            f"it is of the future, as today is {on}" if rate_date > on else f"the leu of today is of {FIRST_DAY}"
        )
    return Rate(currency, rate_date, int(multiplier), round(ron, 6))


def store_rates(database: Database, read: ReadRates, source: str) -> ReadRates:
    """Store the rates of a feed, without those that differ too much from the rate before them.

    Raises:
        RatesError: none is left.
    """
    with database.connect("magflow rates") as session, session.transaction():
        one_at_a_time(session, build_lock("exchange_rates"))
        kept: list[Rate] = []
        refused = list(read.refused)
        for rate in read.rates:
            before = next((each for each in reversed(kept) if each.currency == rate.currency), None)
            problem = _jump(rate, before or _before(session, rate))
            if problem:
                refused.append(f"{rate.currency} of {rate.rate_date} was kept out: {problem}.")
            else:
                kept.append(rate)
        if not kept:
            raise RatesError(f"No rate of {noted(urlsplit(source).hostname or source)} was stored. {refused[0]}")
        cursor = session.execute(statement("suppliers/rates_of_feed"), {**_columns(kept), "source": FEED})
        return ReadRates(kept, cursor.rowcount, refused)


def set_rate(
    database: Database, currency: str, ron: str, by: str, *, day: str = "", units: int = 1, anyway: bool = False
) -> Rate:
    """Enter a rate by hand, for today where no day is named; it goes before the feed's of that day.

    Raises:
        ConfigurationError: it cannot be one, or differs too much from the rate before and is not meant `anyway`.
    """
    try:
        rate = _rate(currency.strip().upper(), ron.strip().replace(",", "."), str(units), day or f"{today()}", today())
    except ValueError as error:
        raise ConfigurationError(f"{noted(currency)} {noted(ron)} was not entered: {error}.") from None
    with database.connect("magflow rates") as session, session.transaction():
        one_at_a_time(session, build_lock("exchange_rates"))
        problem = _jump(rate, _before(session, rate, FEED))
        if problem and not anyway:
            raise ConfigurationError(f"{rate.currency} {noted(ron)} was not entered: {problem} --anyway.")
        session.execute(statement("suppliers/rate_by_hand"), {**rate._asdict(), "source": f"by hand: {by}"})
    return rate


def shown_rates(database: Database, settings: Settings) -> list[dict[str, Any]]:
    """The newest rate of each currency: units, ron, day, age in days, source, and whether it is old."""
    with database.connect("magflow rates") as session, session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("suppliers/rates_shown"), {"rate_age_days": settings.rate_age_days}).fetchall()


def newest_day_read(database: Database) -> date | None:
    """The day of the newest rates that were read from the feed; None: none were."""
    with database.connect("magflow rates") as session:
        [(day,)] = session.execute(statement("suppliers/newest_rate_read"), {"source": FEED}).fetchall()
    return day


def _before(session: psycopg.Connection, rate: Rate, or_of_its_day: str | None = None) -> Rate | None:
    row = session.execute(
        statement("suppliers/rate_before"), {**rate._asdict(), "source_of_its_day": or_of_its_day}
    ).fetchone()
    return Rate(*row) if row else None


def _jump(rate: Rate, before: Rate | None) -> str | None:
    if before is None or abs(rate.of_one / before.of_one - 1) <= MOST_CHANGE:
        return None
    return (
        f"{rate} differ by more than {MOST_CHANGE:.0%} from {before} of {before.rate_date}. If it is right, enter it:"
        f" magflow rates set {rate.currency} RATE"
    )


def _columns(rates: Sequence[Rate]) -> dict[str, list[object]]:
    return {name: [getattr(rate, name) for rate in rates] for name in Rate._fields}
