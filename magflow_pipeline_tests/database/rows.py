"""Rows of the tables for tests: what a test is about is what it names."""

from datetime import UTC, datetime

import psycopg
from psycopg import sql

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def insert(session: psycopg.Connection, table: str, **values: object) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(map(sql.Placeholder, values))
    session.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), columns, marks), values)


def emag_product(**values: object) -> dict[str, object]:
    return {
        "account_type": "main",
        "emag_id": 1,
        "sku": "A",
        "stock_quantity": 5,
        "status": 1,
        "content_hash": b"x",
        "created_at": NOW,
        "updated_at": NOW,
        "last_synced_at": NOW,
        **values,
    }


def emag_offer(**values: object) -> dict[str, object]:
    return {
        "account_type": "main",
        "emag_offer_id": 1,
        "sku": "A",
        "price": 10,
        "stock": 5,
        "reserved_stock": 0,
        "status": 1,
        "visibility": "visible",
        "is_available": True,
        "created_at": NOW,
        "updated_at": NOW,
        "last_synced_at": NOW,
        **values,
    }
