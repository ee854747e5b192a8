"""The price position for people: rows, table, sheet and plot of the view `price_position`.

Belongs here: which rows and columns are shown, and in which words. Not here: what is concluded, which is SQL
(`sql/views/price_decision.sql`; purchasing/prices.py explains it). Nothing of this writes to eMAG.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from psycopg.rows import dict_row
from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.prices import Crossing, Position
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.layout import Column, print_table
from magflow_pipeline.reports.plots import layers_plot
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.reports.wording import headings, known, moment
from magflow_pipeline.settings import Settings
from magflow_pipeline.times import ZONE

SHEET = (
    *("account_type", "sku", "name", "brand", "market_position", "buy_button_rank", "number_of_offers", "since"),
    *("crossed", "currency", "price", "price_with_vat", "best_price", "best_price_with_vat", "difference_percent"),
    *("minimum_price", "maximum_price", "landed_unit_cost_ron", "margin_ron", "least_price", "winning_price"),
    *("winning_margin_ron", "suggestion", "suggested_price", "suggested_price_with_vat", "sales_ron_per_day", "reason"),
)
"""Columns of the sheet."""

CODES = {"market_position": "position", "crossed": "crossed", "suggestion": "suggestion"}
"""By column of codes, how their words are called in `price_texts`."""

STYLES = {Crossing.LOST: "red", Crossing.WON: "green", Crossing.NEW_COMPETITOR: "yellow"}
DRAWN = ("won", "alone", "lost", "no_rank", "not_told")


@dataclass(frozen=True)
class Sheet:
    """A sheet as a workbook takes it: columns by name, what stands above each, and rows with words for codes."""

    title: str
    columns: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Row]


def price_rows(
    database: Database,
    settings: Settings,
    accounts: Sequence[str],
    skus: Sequence[str] = (),
    *,
    crossed: bool = False,
    suggested: bool = False,
    beaten: bool = False,
    limit: int | None = None,
) -> list[Row]:
    """Rows of `price_position`: what crossed first, then what a new price could do, what sells most first.

    Args:
        database: Where they are.
        settings: Their least margin counts, also before a build knew it.
        accounts: Of these.
        skus: Of these; none: of all.
        crossed: Only what was won or lost, or has more sellers, since yesterday.
        suggested: Only what has a suggested price.
        beaten: Only these two, and what others have the buy button of.
        limit: So many of them, the first; None: all.
    """
    parameters = {
        "accounts": list(accounts),
        "skus": list(skus),
        "crossed": crossed,
        "suggested": suggested,
        "beaten": beaten,
        "most": limit,
    }
    with database.connect("magflow prices") as session, session.transaction():
        session.execute("SELECT set_config('magflow.least_margin', %s, true)", [str(settings.least_margin)])
        with session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement("reports/price_position"), parameters).fetchall()


def price_words(database: Database, language: Language) -> dict[str, str]:
    """The words of `price_texts` by code, in English where the language lacks one."""
    rows = read_rows(database, "price_texts", only={"language": [Language.EN.value, language.value]})
    return {row["code"]: row["words"] for row in sorted(rows, key=lambda row: row["language"] == language.value)}


def in_language(rows: Sequence[Row], words: Mapping[str, str], language: Language) -> list[Row]:
    """The rows with words for codes, and the reason in the language."""

    def said(column: str, code: str | None) -> str | None:
        return None if code is None else words.get(f"{CODES[column]}_{code}", code)

    reason = "reason" if language is Language.EN else "reason_ro"
    return [{**row, **{column: said(column, row[column]) for column in CODES}, "reason": row[reason]} for row in rows]


def price_sheet(database: Database, settings: Settings, language: Language, accounts: Sequence[str] = ()) -> Sheet:
    """The sheet of all offers of the accounts (all that are configured, if none is named)."""
    words = price_words(database, language)
    rows = in_language(price_rows(database, settings, accounts or settings.accounts), words, language)
    named = headings(database, language.value)
    return Sheet(
        title=words["title"],
        columns=SHEET,
        headings=[named[column] for column in SHEET],
        rows=[{column: row[column] for column in SHEET} for row in rows],
    )


def print_prices(console: Console, database: Database, rows: Sequence[Row], language: Language) -> None:
    """Print the rows; all prices are without VAT, but the one to enter, which is told with it too."""
    words, named = price_words(database, language), headings(database, language.value)
    shown = in_language(rows, words, language)

    def prices(name: str) -> list[str]:
        return [_price(row[name], language) for row in rows]

    crossed = [STYLES.get(row["crossed"], "") for row in rows]
    since = f"{named['since']} ({ZONE})"
    columns = [
        Column(named["account_type"], [row["account_type"] for row in rows], must=True),
        Column(named["sku"], [row["sku"] for row in rows], must=True),
        Column(named["market_position"], [row["market_position"] or "" for row in shown], must=True),
        Column(named["buy_button_rank"], [_place(row, words) for row in rows], is_number=True),
        Column(named["price"], prices("price"), must=True, is_number=True),
        Column(named["best_price"], prices("best_price"), must=True, is_number=True),
        Column(named["currency"], [row["currency"] or "" for row in rows]),
        Column("%", [known(row["difference_percent"], language) for row in rows], is_number=True),
        Column(named["crossed"], [row["crossed"] or "" for row in shown], must=True, styles=crossed),
        Column(named["suggestion"], [row["suggestion"] for row in shown], must=True),
        Column(named["suggested_price"], prices("suggested_price"), is_number=True),
        Column(named["sales_ron_per_day"], [known(row["sales_ron_per_day"], language) for row in rows], is_number=True),
        Column(since, ["" if row["since"] is None else moment(row["since"], language) for row in rows]),
        Column(named["name"], [row["name"] or "" for row in rows], long=16, most_lines=1),
        Column(named["reason"], [row["reason"] for row in shown], long=100),
    ]
    print_table(console, columns)
    console.print(words["without_vat"])


def position_plot(by_account: Sequence[Row], words: Mapping[str, str]) -> str:
    """How many offers of each account are in which position, of rows of `price_position_by_account`: Markdown."""
    layers = {
        words[f"position_{name}"]: [row[name] for row in by_account]
        for name in DRAWN
        if any(r[name] for r in by_account)
    }
    return layers_plot(words["title"], [row["account_type"] for row in by_account], layers)


def _place(row: Row, words: Mapping[str, str]) -> str:
    place, sellers = row["buy_button_rank"], row["number_of_offers"]
    if place is None or row["market_position"] == Position.NO_RANK:
        return ""
    return str(place) if sellers is None else f"{place}{words['of']}{sellers}"


def _price(value: Decimal | None, language: Language) -> str:
    """With all of its decimals, at least two."""
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    return known(value, language, max(2, -exponent if isinstance(exponent, int) else 0))
