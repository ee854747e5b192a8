"""Loads suppliers, price lists and matches from memory into the tables."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import copy_rows
from magflow_pipeline.database.statements import statement


class Sheet(NamedTuple):
    """A supplier's price of one piece of a SKU, CNY."""

    sku: str
    supplier_name: str
    price_cny: Decimal
    supplier_url: str


class Match(NamedTuple):
    """A supplier's article matched to a SKU, confirmed by a person or not yet."""

    sku: str
    supplier_name: str
    url: str
    is_confirmed: bool
    confirmed_by: str | None


def load_suppliers(database: Database, sheets: Sequence[Sheet], matches: Sequence[Match]) -> None:
    """Insert missing rows, in one transaction; existing rows stay. Idempotent."""
    with database.connect("magflow suppliers") as session, session.transaction():
        session.execute(
            "CREATE TEMPORARY TABLE incoming_sheets"
            " (sku text, supplier_name text, price_cny numeric, supplier_url text) ON COMMIT DROP"
        )
        session.execute(
            "CREATE TEMPORARY TABLE incoming_matches"
            " (sku text, supplier_name text, url text, is_confirmed boolean, confirmed_by text) ON COMMIT DROP"
        )
        copy_rows(session, "incoming_sheets", Sheet._fields, sheets)
        copy_rows(session, "incoming_matches", Match._fields, matches)
        session.execute(statement("suppliers/suppliers_from_lists"))
