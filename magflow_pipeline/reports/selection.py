"""Which rows of a report view are shown or written, and what stands in their cells: composed as SQL, for any medium.

Belongs here: filters, order, the choice of columns, headings, words of codes. Not here: how a medium writes a row.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.dictionary import Column, describe
from magflow_pipeline.purchasing.statuses import RUNNING_OUT
from magflow_pipeline.reports.choices import Language, View
from magflow_pipeline.reports.tables import BUYING_ORDER, read_rows
from magflow_pipeline.reports.wording import headings
from magflow_pipeline.settings import ConfigurationError

# Columns whose codes have the same words in any column; others have words of their own in app.value_texts.
CODED = frozenset(
    {
        *("level_problem", "demand_method", "demand_class", "flags", "supplier_rule", "cost_problem", "blocked"),
        *("reason_code", "shipping"),
        *("market_position", "position_before", "crossed", "suggestion"),
    }
)
ROMANIAN = "_ro"  # ends the name of a column that says in Romanian what the one without it says in English
# A view is in its own order; the table in that in which a buyer reads.
ORDERS = {View.LOW_STOCK_REPORT: BUYING_ORDER}
# What each filter compares. Those of an item's are asked of the report where the view has no such column but a SKU.
_ALIKE = sql.SQL("lower(app.spaced({0})) = ANY (SELECT lower(app.spaced(wanted)) FROM unnest(%s::text[]) AS wanted)")
_EQUAL = sql.SQL("{0} = ANY (%s)")
_FILTERS: Mapping[str, tuple[str, sql.SQL]] = {
    "account": ("account_type", _EQUAL),
    "supplier": ("supplier_name", _ALIKE),
    "status": ("status", _EQUAL),
    "brand": ("brand", _ALIKE),
    "category": ("category_id", _EQUAL),
    "min_price": ("price", sql.SQL("{0} >= %s")),
    "max_price": ("price", sql.SQL("{0} <= %s")),
}
# Of the report: what the view low_stock shows.
RUNS_OUT = sql.SQL("status = ANY ({}) AND is_kept IS DISTINCT FROM FALSE").format(
    sql.Literal(sorted(status.value for status in RUNNING_OUT))
)
_OF_ITEMS = frozenset({"status", "brand", "category", "min_price", "max_price"})


@dataclass(frozen=True)
class Filters:
    """What rows are chosen by; nothing: all. Prices are without VAT, in the currency of the offer."""

    account: Sequence[str] = ()
    supplier: Sequence[str] = ()
    status: Sequence[str] = ()
    brand: Sequence[str] = ()
    category: Sequence[int] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None

    def given(self) -> dict[str, Any]:
        """The filters that say something."""
        values = {name: getattr(self, name) for name in _FILTERS}
        return {name: value for name, value in values.items() if value is not None and value != ()}


@dataclass(frozen=True)
class Shown(Column):
    """A column with what people read above it, and instead of its codes."""

    heading: str = ""
    words: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Selection:
    """Rows of a view, as they are written: `language` None is for programs, with codes and every column."""

    view: View
    columns: tuple[Shown, ...]
    language: str | None
    condition: sql.Composable
    values: tuple[object, ...]
    titles: Mapping[str, str]
    limit: int | None = None

    @property
    def title(self) -> str:
        """What people call the view."""
        return self.titles[self.view]

    def query(self, columns: sql.Composable) -> sql.Composed:
        """The SELECT of `columns`, which may name those of the view; its parameters are `values`."""
        order = ORDERS.get(self.view, ())
        return sql.SQL("SELECT {} FROM {}{}{}{}").format(
            columns,
            sql.Identifier("app", self.view.value),
            self.condition,
            sql.SQL(" ORDER BY {}").format(
                sql.SQL(", ").join(each if isinstance(each, sql.Composable) else sql.Identifier(each) for each in order)
            )
            if order
            else sql.SQL(""),
            sql.SQL("") if self.limit is None else sql.SQL(" LIMIT {}").format(self.limit),
        )

    def cells(self) -> sql.Composed:
        """Every column, with words instead of its codes, and a time that Python cannot hold as null."""
        return sql.SQL(", ").join(map(cell, self.columns))

    def count(self, session: psycopg.Connection[Any]) -> int:
        """How many rows there are, without the limit."""
        query = replace(self, limit=None).query(sql.SQL("*"))
        [(count,)] = session.execute(sql.SQL("SELECT count(*) FROM ({}) AS chosen").format(query), self.values)
        return count

    def and_also(self, condition: sql.Composable) -> "Selection":
        """The rows for which `condition`, which has no parameters, holds too."""
        joined = sql.SQL(" AND ") if self.condition != sql.SQL("") else sql.SQL(" WHERE ")
        return replace(self, condition=self.condition + joined + condition)


def select(
    database: Database, view: View, filters: Filters, language: str | None, limit: int | None = None
) -> Selection:
    """The rows of a view that all filters choose.

    Raises:
        ConfigurationError: a filter is about something that the rows of the view do not have.
    """
    columns = {column.name: column for column in describe(database, view)}
    conditions: list[sql.Composable] = []
    of_items: list[sql.Composable] = []
    values: list[object] = []
    values_of_items: list[object] = []
    for name, value in filters.given().items():
        column, compared = _FILTERS[name]
        given = (
            value if isinstance(value, Decimal) else [str(each) if isinstance(each, str) else each for each in value]
        )
        if column in columns:
            conditions.append(compared.format(sql.Identifier(column)))
            values.append(given)
        elif name in _OF_ITEMS and "sku" in columns:
            of_items.append(compared.format(sql.Identifier(column)))
            values_of_items.append(given)
        else:
            raise ConfigurationError(
                f"The rows of {view} cannot be chosen by --{name.replace('_', '-')}: they have no {column}."
            )
    if of_items:
        key = [each for each in ("account_type", "sku") if each in columns]
        names = sql.SQL(", ").join(map(sql.Identifier, key))
        conditions.append(
            sql.SQL("({0}) IN (SELECT {0} FROM app.low_stock_report WHERE {1})").format(
                names, sql.SQL(" AND ").join(of_items)
            )
        )
        values += values_of_items
    words = words_of_values(database, language or Language.EN.value)
    return Selection(
        view,
        _shown(database, list(columns.values()), language, words),
        language,
        sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions) if conditions else sql.SQL(""),
        tuple(values),
        words["view"],
        limit,
    )


def cell(column: Shown) -> sql.Composable:
    """A column's value in SQL: words instead of codes; null where Python could not hold the time."""
    name = sql.Identifier(column.name)
    if column.words is not None and column.type == "text":
        words = json.dumps(column.words).replace("%", "\\u0025")  # psycopg would take it for a parameter
        # Most cells hold one code: a call of the function for each of them would take most of the time.
        return sql.SQL("coalesce({1}::jsonb ->> {0}, app.in_words({0}, {1}::jsonb))").format(name, sql.Literal(words))
    if column.type == "date" or column.type.startswith("timestamp"):
        return sql.SQL("CASE WHEN {0} >= '0002-01-01' AND {0} < '9999-01-01' THEN {0} END").format(name)
    return name


def _shown(
    database: Database, columns: Sequence[Column], language: str | None, words: Mapping[str, dict[str, str]]
) -> tuple[Shown, ...]:
    """The columns in their order; for people, of sentences in two languages the one that they read."""
    if language is None:
        return tuple(Shown(**vars(column), heading=column.name) for column in columns)
    names = {column.name for column in columns}
    in_both = {name.removesuffix(ROMANIAN) for name in names if name.endswith(ROMANIAN)} & names
    left_out = in_both if language == Language.RO.value else {name + ROMANIAN for name in in_both}
    texts = headings(database, language)
    return tuple(
        Shown(
            **vars(column),
            heading=texts.get(column.name, column.name.replace("_", " ")),
            words=words[""] | words.get(column.name, {})
            if column.name in words or column.name in CODED or column.type == "boolean"
            else None,
        )
        for column in columns
        if column.name not in left_out
    )


def words_of_values(database: Database, language: str) -> dict[str, dict[str, str]]:
    """The words of codes by column, "" for those of any column; in English where the language has none."""
    rows = read_rows(database, "value_texts", only={"language": [Language.EN.value, language]})
    words: dict[str, dict[str, str]] = {"": {}}
    for row in sorted(rows, key=lambda row: row["language"] == language):
        words.setdefault(row["column_name"], {})[row["code"]] = row["words"]
    return words
