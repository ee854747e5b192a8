"""A seller with two accounts, and a way to import a file of a kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import xlsxwriter

from magflow_pipeline.database.connection import Database
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.imports.loading import Imported, import_file

Sheets = dict[str, list[list[Any]]]


def workbook(path: Path, sheets: Sheets) -> Path:
    """A workbook whose cells are written as they are."""
    options = {"default_date_format": "dd.mm.yyyy", "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, options) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.fixture
def seller(session: psycopg.Connection) -> psycopg.Connection:
    """Two accounts; the seller ships from the second one. Each sells A, B, AUR516 and 00469."""
    session.execute(
        "INSERT INTO emag_accounts (account_type, kind, marketplace, username, warehouse, place) VALUES"
        " ('fbe', 'fbe', 'm', 'u', 'EMAG-FBE', 1), ('main', 'main', 'm', 'u', 'EMAG-MAIN', 2)"
    )
    session.execute("INSERT INTO products (sku) VALUES ('A'), ('B'), ('AUR516'), ('00469')")
    session.execute(
        "INSERT INTO warehouses (code, kind) VALUES ('EMAG-FBE', 'fbe'), ('EMAG-MAIN', 'main') ON CONFLICT DO NOTHING"
    )
    session.execute(
        "INSERT INTO inventory_items (product_id, warehouse_id, quantity)"
        " SELECT products.id, warehouses.id, 5 FROM products, warehouses"
    )
    return session


@pytest.fixture
def bring(seller: psycopg.Connection, database: Database, tmp_path: Path) -> Callable[..., Imported]:
    """Import a text, or a workbook's sheets, as a file of a kind; Ana does."""

    def run(kind: str, content: str | bytes | Sheets, **options: Any) -> Imported:
        if isinstance(content, dict):
            file = workbook(tmp_path / f"{kind}.xlsx", content)
        else:
            file = tmp_path / f"{kind}.csv"
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(database, KINDS[kind], file, **{"by": "ana", **options})

    return run
