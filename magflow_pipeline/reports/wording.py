"""Numbers, money, days, times and headings as people of a language write them. Not here: sentences."""

from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from magflow_pipeline.database.connection import Database
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.times import BUCHAREST

UNKNOWN = "–"
_ROMANIAN = str.maketrans(",.", ".,")


def headings(database: Database, language: str) -> dict[str, str]:
    """The heading of each column of the documents (`app.column_texts`), in English where the language has none."""
    rows = read_rows(database, "column_texts", only={"language": [Language.EN.value, language]})
    # The language's own come last, and replace the English ones.
    return {row["column_name"]: row["heading"] for row in sorted(rows, key=lambda row: row["language"] == language)}


def number(value: Decimal | int | None, language: Language, places: int = 0) -> str:
    """With thousands separated, and so many decimals.

    >>> number(Decimal("1234.5"), Language.EN, 2), number(Decimal("1234.5"), Language.RO, 2)
    ('1,234.50', '1.234,50')
    """
    if value is None:
        return UNKNOWN
    text = f"{value:,.{places}f}"
    return text.translate(_ROMANIAN) if language is Language.RO else text


def known(value: Decimal | None, language: Language, places: int = 2) -> str:
    """A number, or nothing where it is not known, for a cell of a table."""
    return "" if value is None else number(value, language, places)


def rate(value: Decimal, language: Language) -> str:
    """Pieces a day; a little is never shown as nothing.

    >>> rate(Decimal("0.0031"), Language.EN), rate(Decimal("2.5"), Language.RO), rate(Decimal(0), Language.EN)
    ('< 0.01', '2,50', '0.00')
    """
    least = Decimal("0.01")
    return f"< {number(least, language, 2)}" if value.is_finite() and 0 < value < least else number(value, language, 2)


def share_reached(share: Decimal | None, language: Language) -> str:
    """A share that should be high, in per cent: rounded down, so that 99.9 % is never shown before it is reached.

    >>> share_reached(Decimal("0.99899"), Language.EN), share_reached(Decimal(1), Language.RO)
    ('99.89 %', '100,00 %')
    """
    return _percent(share, language, 2, ROUND_DOWN)


def share_used(share: Decimal | None, language: Language) -> str:
    """A share that should be low, in per cent: rounded up, so that a little is never shown as nothing.

    >>> share_used(Decimal("0.000001"), Language.EN), share_used(Decimal(0), Language.RO)
    ('0.001 %', '0,000 %')
    """
    return _percent(share, language, 3, ROUND_UP)


def money(value: Decimal | None, currency: str | None, language: Language) -> str:
    """An amount with its currency.

    >>> money(Decimal("1234.5"), "RON", Language.RO), money(None, "RON", Language.RO)
    ('1.234,50 RON', '–')
    """
    return UNKNOWN if value is None else f"{number(value, language, 2)} {currency or '?'}"


def day(value: date | None, language: Language, unknown: str = UNKNOWN) -> str:
    """A day.

    >>> day(date(2026, 11, 25), Language.EN), day(date(2026, 11, 25), Language.RO)
    ('2026-11-25', '25.11.2026')
    """
    if value is None:
        return unknown
    return f"{value:%d.%m.%Y}" if language is Language.RO else value.isoformat()


def moment(value: datetime, language: Language) -> str:
    """A time in Bucharest, to the minute; who shows it names the zone."""
    clock = value.astimezone(BUCHAREST)
    return f"{day(clock.date(), language)} {clock:%H:%M}"


def _percent(share: Decimal | None, language: Language, places: int, rounding: str) -> str:
    if share is None:
        return UNKNOWN
    return f"{number((share * 100).quantize(Decimal(10) ** -places, rounding), language, places)} %"
