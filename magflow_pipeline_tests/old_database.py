"""Makes databases of the program before this one, with any mixture of what went wrong in them; one for each seed.

The tables, columns and values are those of the five notes and what they imply: ids as integers, text or UUIDs, times
with and without a zone, `MAIN` beside `main`, doubles where a constraint was missing, offers that are half filled in.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

BEGUN = datetime(2025, 10, 1, tzinfo=UTC)
SKUS = ["AUR516", "BMX136", "EMG469", "EMG470", "BMX301", "ȘUR 7", " ", ""]
SUPPLIERS = ["KEMEISING", "WANKE", "Kemeising ", "TZT", "TZT-T", "XINRUI", "", " \t "]
ACCOUNTS = ["main", "MAIN", "fbe", "FBE ", "Main", "", None]
CODES = ["EMAG-MAIN", "EMAG-FBE", "emag-fbe", "SHOP", ""]
FEW, MANY = 8, 25


@dataclass(frozen=True)
class Kind:
    """The SQL types that a column was seen with, and what its values were, good ones first."""

    types: tuple[str, ...]
    values: tuple[Any, ...]
    bad: tuple[Any, ...] = (None,)


MOMENT = Kind(("timestamp", "timestamptz", "text"), tuple(BEGUN + timedelta(hours=7 * n) for n in range(40)))
DAY = Kind(("date", "timestamp", "timestamptz"), tuple(BEGUN + timedelta(days=n) for n in range(9)), (None, "infinity"))
COUNT = Kind(("integer", "bigint", "text"), (0, 1, 5, 20, 100), (None, -3, 2_000_000_000))
PRICE = Kind(("float8", "numeric", "text"), (35.5, 12, 0.0001, 1999.9999, 0), (None, -1, "NaN", "Infinity", 1e12))
FLAG = Kind(("boolean", "text"), (True, False), (None,))
TEXT = Kind(("text", "varchar(500)"), ("abc", "Șurub, 5 mm", "x'; DROP TABLE y; --"), (None, "", "  "))
SKU = Kind(("varchar(100)", "text"), tuple(SKUS[:6]), (*SKUS[6:], None))
NAME = Kind(("varchar(255)", "text"), tuple(SUPPLIERS[:6]), (*SUPPLIERS[6:], None))
ACCOUNT = Kind(("varchar(10)", "text"), tuple(ACCOUNTS[:5]), tuple(ACCOUNTS[5:]))
STATE = Kind(("varchar(50)",), ("active", "inactive", "1", "0"), (None, "pending"))
DATA = Kind(("jsonb", "json"), (Jsonb({"a": [1]}), Jsonb([{"error": "504"}])), (None, Jsonb("x"), Jsonb({"k": None})))
OFFER_ID = Kind(("varchar(50)", "bigint"), tuple(range(5_000_000_000, 5_000_000_009)), (None, 0, -7))


def reference(most: int) -> Kind:
    """An id of another table; some lead nowhere."""
    return Kind(("integer", "bigint", "text"), tuple(range(1, most + 1)), (None, 777, -1))


TABLES: dict[str, dict[str, Kind]] = {
    "warehouses": {
        "id": reference(FEW),
        "name": TEXT,
        "code": Kind(("varchar(20)",), tuple(CODES[:4]), (CODES[4], None)),
        "city": TEXT,
        "is_active": FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "products": {
        "id": reference(FEW),
        "sku": SKU,
        "name": TEXT,
        "brand": TEXT,
        "base_price": PRICE,
        "ean": TEXT,
        "is_active": FLAG,
        "images": TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "suppliers": {
        "id": reference(FEW),
        "name": NAME,
        "country": TEXT,
        "rating": PRICE,
        "is_active": FLAG,
        "tags": DATA,
        "created_at": MOMENT,
    },
    "supplier_products": {
        "id": reference(FEW),
        "supplier_id": reference(FEW),
        "local_product_id": reference(FEW),
        "supplier_product_url": TEXT,
        "supplier_price": PRICE,
        "price_history": DATA,
        "manual_confirmed": FLAG,
        "confirmed_by": Kind(("integer", "text"), (1, 7)),
        "confirmed_at": MOMENT,
        "is_active": FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "product_supplier_sheets": {
        "id": reference(FEW),
        "sku": SKU,
        "supplier_name": NAME,
        "supplier_id": reference(FEW),
        "price_cny": PRICE,
        "supplier_url": TEXT,
        "supplier_product_chinese_name": TEXT,
        "price_updated_at": MOMENT,
        "is_verified": FLAG,
        "verified_by": TEXT,
        "is_active": FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "inventory_items": {
        "id": reference(FEW),
        "product_id": reference(FEW),
        "warehouse_id": reference(4),
        "quantity": COUNT,
        "reserved_quantity": COUNT,
        "minimum_stock": COUNT,
        "reorder_point": COUNT,
        "manual_reorder_point": COUNT,
        "manual_minimum_stock": COUNT,
        "manual_reorder_quantity": COUNT,
        "manual_valid_until": DAY,
        "is_active": FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "purchase_orders": {
        "id": reference(FEW),
        "order_number": TEXT,
        "supplier_id": reference(FEW),
        "order_date": MOMENT,
        "expected_delivery_date": DAY,
        "status": Kind(("varchar(20)",), ("draft", "sent", "Confirmed", "delivered", "shipped"), (None, "lost")),
        "currency": Kind(("varchar(3)",), ("CNY", "usd"), (None, "¥")),
        "total_value": PRICE,
        "order_items": DATA,
        "internal_notes": TEXT,
        "created_at": MOMENT,
    },
    "purchase_order_items": {
        "id": reference(FEW),
        "purchase_order_id": reference(FEW),
        "local_product_id": reference(FEW),
        "quantity_ordered": COUNT,
        "quantity_received": COUNT,
        "unit_price": PRICE,
        "expected_delivery_date": DAY,
        "quality_status": TEXT,
    },
    "emag_products_v2": {
        "id": Kind(("uuid",), tuple(UUID(int=n) for n in range(1, MANY)), (UUID(int=1),)),
        "emag_id": OFFER_ID,
        "sku": SKU,
        "name": TEXT,
        "account_type": ACCOUNT,
        "brand": TEXT,
        "price": PRICE,
        "currency": TEXT,
        "stock_quantity": COUNT,
        "general_stock": COUNT,
        "status": STATE,
        "is_active": FLAG,
        "sync_status": Kind(("varchar(50)",), ("synced", "pending", "error", "failed"), (None,)),
        "sync_error": TEXT,
        "part_number_key": TEXT,
        "emag_category_id": TEXT,
        "raw_emag_data": DATA,
        "ean": DATA,
        "vat_id": COUNT,
        "warranty": COUNT,
        "last_synced_at": MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "emag_product_offers_v2": {
        "id": Kind(("uuid",), tuple(UUID(int=n) for n in range(1, MANY))),
        "emag_offer_id": OFFER_ID,
        "product_id": Kind(("uuid",), tuple(UUID(int=n) for n in range(1, MANY))),
        "sku": SKU,
        "account_type": ACCOUNT,
        "price": PRICE,
        "sale_price": PRICE,
        "min_sale_price": PRICE,
        "max_sale_price": PRICE,
        "stock": COUNT,
        "reserved_stock": COUNT,
        "available_stock": COUNT,
        "status": STATE,
        "is_available": FLAG,
        "visibility": Kind(("text",), ("visible", "hidden"), (None, "?")),
        "sync_attempts": COUNT,
        "handling_time": COUNT,
        "last_synced_at": MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "emag_sync_logs": {
        "id": Kind(("uuid",), tuple(UUID(int=n) for n in range(1, MANY))),
        "sync_type": Kind(("text",), ("products", "orders"), (None,)),
        "account_type": Kind(("text",), ("main", "FBE"), (None, "both")),
        "operation": Kind(("text",), ("full_sync", "incremental", "selective"), (None, "manual_sync")),
        "status": Kind(("text",), ("running", "completed", "failed", "partial"), (None, "timeout")),
        "total_items": COUNT,
        "processed_items": COUNT,
        "errors": DATA,
        "started_at": MOMENT,
        "completed_at": MOMENT,
        "duration_seconds": PRICE,
        "triggered_by": TEXT,
        "updated_at": MOMENT,
    },
    "emag_sync_progress": {
        "id": Kind(("uuid",), tuple(UUID(int=n) for n in range(1, MANY))),
        "current_page": COUNT,
        "updated_at": MOMENT,
    },
}
NEVER_DROPPED = {"id", "sku", "code", "name", "account_type", "emag_id", "supplier_name"}
UNKNOWN = {
    "users": "app",
    "emag_orders": "app",
    "stock_transfers": "app",
    "order_lines": "app",
    "products_seo": "public",
}


def make_old_database(url: str, seed: int) -> dict[str, str]:
    """Fill an empty database; returns the schema of each table."""
    dice = random.Random(seed)
    schema = dice.choice(["app", "app", "public"])
    places: dict[str, str] = {}
    with psycopg.connect(url) as session:
        session.execute("CREATE SCHEMA app")
        for table, kinds in TABLES.items():
            if table.startswith("emag_products") or dice.random() > 0.08:
                places[table] = schema
                _make_table(session, dice, (schema, table), kinds)
        for table, place in UNKNOWN.items():
            if dice.random() > 0.3:
                places[table] = place
                name = sql.Identifier(place, table)
                session.execute(sql.SQL("CREATE TABLE {} (id serial PRIMARY KEY, said json)").format(name))
                session.execute(sql.SQL("INSERT INTO {} (said) VALUES ('\"\\u0000\"'), (NULL)").format(name))
        session.execute("CREATE VIEW app.low_stock AS SELECT 1 AS number")
    return places


def _make_table(
    session: psycopg.Connection, dice: random.Random, name: tuple[str, str], kinds: dict[str, Kind]
) -> None:
    columns = {column: kind for column, kind in kinds.items() if column in NEVER_DROPPED or dice.random() > 0.05}
    types = {column: dice.choice(kind.types) for column, kind in columns.items()}
    table = sql.Identifier(*name)
    defined = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in types.items()]
    session.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(defined)))
    has_doubles = dice.random() < 0.4
    is_clean = dice.random() < 0.2
    for number in range(dice.choice([0, FEW, MANY, MANY])):
        row: dict[str, Any] = {}
        for column, kind in columns.items():
            is_bad = not is_clean and dice.random() < 0.06
            row[column] = _as(types[column], dice.choice(kind.bad if is_bad else kind.values))
        if not has_doubles and "id" in row and row["id"] is not None:
            row["id"] = UUID(int=number + 1) if types["id"] == "uuid" else _as(types["id"], number + 1)
        session.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                table,
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )


def _as(kind: str, value: Any) -> Any:
    """The value as a column of that type takes it."""
    if value is None or kind in ("jsonb", "json", "uuid", "boolean"):
        return value
    if isinstance(value, datetime) and kind in ("timestamp", "text"):
        value = value.replace(tzinfo=None)
    return str(value).lower() if isinstance(value, bool) else str(value)
