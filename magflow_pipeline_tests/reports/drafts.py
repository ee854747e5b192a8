"""A shop with drafts of orders, row by row: names are as bad as a test wants them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline_tests.database.rows import NOW, emag_product, insert

ACCOUNTS = ("main", "fbe")
HOSTILE = (
    "=1+1",
    '=HYPERLINK("https://evil.example","x")',
    "<script>alert(1)</script> & co",
    'it\'s "quoted" [x]:*?/\\',
    "'apostrophes'",
    "👨‍👩‍👧 家庭 emoji 🛒" * 3,
    "x" * 3000,
    "\x1b[2J\x07 escape \u202egnp.exe",
    "History",
    "A supplier of which the name is cut here, one",
    "A supplier of which the name is cut here, two",
    "Case Only",
    "CASE ONLY",
    "con",
    "../../etc/passwd",
    "ends with dots...",
)


def shop(session: psycopg.Connection, *, marketplace: str = "eMAG", scan_status: str = "completed") -> None:
    """Two accounts, read just now, and rates."""
    for place, account in enumerate(ACCOUNTS):
        insert(
            session,
            "emag_accounts",
            account_type=account,
            kind=account,
            marketplace=marketplace,
            username=account,
            warehouse=f"EMAG-{account.upper()}",
            place=place,
        )
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    insert(session, "exchange_rates", currency="CNY", rate_date=yesterday, ron="0.6123")
    insert(session, "exchange_rates", currency="EUR", rate_date=yesterday, ron="5.09")
    item(session, "READ", scan_status=scan_status)


def item(session: psycopg.Connection, sku: str, accounts: Sequence[str] = ACCOUNTS, **values: Any) -> int:
    """An item of these accounts; returns the number of its product."""
    name = values.pop("name", f"Lampă {sku}")
    product = {"sku": sku, "name": name, "brand": "Nordwell"}
    columns, marks = ", ".join(product), ", ".join(f"%({each})s" for each in product)
    query = f"INSERT INTO products ({columns}) VALUES ({marks}) RETURNING id"
    [(product_id,)] = session.execute(query, product).fetchall()
    numbers = ("quantity", "reserved_quantity", "on_order_quantity", "minimum_stock", "reorder_point", "maximum_stock")
    for account in accounts:
        row = {
            **dict.fromkeys(numbers, 10),
            "account_type": account,
            "sku": sku,
            "emag_id": product_id,
            "product_id": product_id,
            "name": name,
            "warehouse": f"EMAG-{account.upper()}",
            "status": Status.CRITICAL if account == "main" else Status.OUT_OF_STOCK,
            "reason": f"why {account}",
            "reason_ro": f"de ce {account}",
            "available_quantity": 7 if account == "main" else 0,
            "reorder_quantity": 12,
            "has_manual_levels": False,
            "is_verified": False,
            "supplier_count": 1,
            "price": Decimal("84.0336"),
            "currency": "RON",
            "marketplace": "eMAG",
            "scan_status": "completed",
            "scan_offers": 3,
            "scan_total": 3,
            "scanned_at": datetime.now(UTC),
            "ron_at_risk_per_day": Decimal("2.50"),
            "expected_daily_demand": Decimal("1.25"),
            "flags": "order_overdue; never_sold" if account == "main" else "order_overdue",
            **values,
        }
        insert(session, "low_stock_report", **row)
        picture = json.dumps([{"url": f"https://pictures.invalid/{product_id}.jpg", "display_type": 1}])
        offer = emag_product(account_type=account, emag_id=product_id, sku=sku, name=name, images=picture)
        insert(
            session, "emag_products_v2", **{**offer, "url": f"https://shop.example/{product_id}", "last_synced_at": NOW}
        )
    return product_id


def draft(
    session: psycopg.Connection,
    number: int,
    supplier: str,
    lines: Sequence[dict[str, Any]],
    *,
    currency: str | None = "CNY",
    shipping: str = "sea",
    minimum: str | None = None,
) -> int:
    """A draft to a supplier that is entered for it; of each line its product, and what else differs."""
    insert(session, "suppliers", id=number, name=supplier)
    order = {"id": number, "supplier_id": number, "currency": currency, "shipping": shipping}
    insert(session, "purchase_orders", **order, draft_key=f"D{100 + number}")
    for line in lines:
        row = {"quantity": 12, "proposed_quantity": 12, "unit_price": Decimal("2.3456"), **line}
        about = {name: row.pop(name, None) for name in ("sku", "url", "article_name", "specification")}
        insert(session, "purchase_order_items", purchase_order_id=number, **row)
        if about["sku"]:
            sheet = {"sku": about["sku"], "supplier_name": supplier, "supplier_id": number, "price_cny": "2.3456"}
            told = {name: about[name] for name in ("article_name", "specification")}
            insert(session, "product_supplier_sheets", **sheet, **told, supplier_url=about["url"])
            terms = {"lead_time_days": 30, "lead_time_spread_days": 5, "lead_time_source": "terms"}
            flags = {"is_preferred": False, "is_verified": False, "rank": 1, "rule": "only", "planning_quantity": 1}
            least = {"minimum_order_quantity": 6, "pack_size": 6, "minimum_order_value_ron": minimum}
            names = {"sku": about["sku"], "supplier_id": number, "supplier_name": supplier, "shipping": shipping}
            asked = datetime.now(UTC).date() - timedelta(days=400)
            insert(session, "supplier_offers", **names, **terms, **flags, **least, asked_on=asked)
    return number
