"""A database in which every metric of the view `metrics` has a value, for tests of metrics, dashboards and rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
from psycopg.types.json import Json

from magflow_pipeline_tests.database.rows import insert

NOW = datetime.now(UTC)
LOG = {
    "sync_type": "products",
    "is_complete": False,
    "total_items": 100,
    "processed_items": 100,
    "created_items": 40,
    "updated_items": 30,
    "unchanged_items": 20,
    "failed_items": 7,
    "duplicate_items": 3,
    "removed_items": 2,
    "pages_processed": 5,
    "pages_failed": 1,
    "api_requests_made": 9,
    "rate_limit_hits": 1,
    "answers": Json({"ok": 7, "throttled": 1, "slow": 1}),
    "requests_per_minute": 180,
}


def log(session: psycopg.Connection, account: str, hours: float, status: str = "partial", **values: object) -> None:
    """A sync that took a minute and ended so many hours ago."""
    ended = NOW - timedelta(hours=hours)
    times = {"started_at": ended - timedelta(minutes=1), "completed_at": ended}
    insert(session, "emag_sync_logs", account_type=account, status=status, **{**LOG, **times, **values})


def measure_everything(session: psycopg.Connection) -> None:
    """Rows of two accounts, their logs, report, incidents, messages, back-ups and observations."""
    for place, account in enumerate(("main", "fbe"), start=1):
        place_of = {"warehouse": f"EMAG-{account.upper()}", "is_configured": True, "place": place}
        insert(session, "emag_accounts", account_type=account, marketplace="simulator", username=account, **place_of)
        for name, value in (("buy_buttons_won", 5), ("buy_buttons_lost", 2), ("buy_buttons_lost_today", 1)):
            insert(session, "observations", name=name, subject=account, value=value)
        insert(session, "builds", name="low_stock_report", account_type=account, built_at=NOW - timedelta(minutes=3))
        log(session, account, hours=0.1, status="completed")
        log(session, account, hours=1)
        log(session, account, hours=2, status="failed", processed_items=0, created_items=0, answers=Json({}))
        log(session, account, hours=30)
        report_row(session, account, "A", "critical", quantity=3, price="2.50")
        report_row(session, account, "B", "in_stock", quantity=10, price="1")
        report_row(session, account, "C", "out_of_stock", quantity=0, price=None)
        session.execute("UPDATE low_stock_report SET reorder_quantity = NULL WHERE sku = 'C'")
    proposed(session, "A", 85, "10")
    proposed(session, "B", 5, None)
    for name in ("TZT", "tzt"):
        insert(session, "suppliers", name=name)
    for kind, severity, closed in (("sync_failed", "critical", None), ("backup_old", "warning", NOW)):
        insert(session, "incidents", kind=kind, severity=severity, opened_at=NOW - timedelta(hours=1), closed_at=closed)
    for what, delivered in (("opened", True), ("opened", False), ("recovered", True)):
        insert(session, "alert_deliveries", message_id=uuid4(), channel="mail", what=what, delivered=delivered)
    for hours, proven in ((40, True), (20, True), (1, False)):
        began = NOW - timedelta(hours=hours)
        values = {"started_at": began, "finished_at": began, "proven_at": began if proven else None}
        insert(session, "backups", file=f"{hours}.magflow", size_bytes=1000 * hours, **values)
    for name, subject, value in (
        ("daemon_beat", "", 1),
        ("disk_free_bytes", "data", 5),
        ("disk_total_bytes", "data", 9),
    ):
        insert(session, "observations", name=name, subject=subject, value=value)


def proposed(session: psycopg.Connection, sku: str, quantity: int, cost: str | None) -> None:
    """A purchase of a SKU at a landed cost of a piece; null: it is not known."""
    pieces = dict.fromkeys(("raw_quantity", "after_moq", "after_pack", "quantity"), quantity)
    total = None if cost is None else quantity * Decimal(cost)
    terms = {"supplier_rule": "only one", "minimum_order_quantity": 1, "pack_size": 1, "stock": 0}
    insert(session, "reorder_proposals", sku=sku, landed_unit_cost_ron=cost, total_ron=total, **pieces, **terms)


def report_row(
    session: psycopg.Connection, account: str, sku: str, status: str, *, quantity: int, price: str | None
) -> None:
    """A row of the low-stock report."""
    numbers = dict.fromkeys(
        ("reserved_quantity", "on_order_quantity", "minimum_stock", "reorder_point", "maximum_stock"), 0
    )
    insert(
        session,
        "low_stock_report",
        account_type=account,
        sku=sku,
        emag_id=ord(sku),
        product_id=ord(sku),
        warehouse=f"EMAG-{account.upper()}",
        status=status,
        reason="why",
        reason_ro="de ce",
        quantity=quantity,
        available_quantity=quantity,
        price=price,
        currency="RON",
        has_manual_levels=False,
        reorder_quantity=5,
        is_verified=False,
        supplier_count=0,
        **numbers,
    )
