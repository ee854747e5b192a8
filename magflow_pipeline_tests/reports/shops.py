"""A shop with a past: syncs, changes of status, orders and incidents of some weeks, made from a seed."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.measured import proposed

ACCOUNTS = ("main", "fbe")
STATUSES = ("out_of_stock", "critical", "low_stock", "in_stock", "overstock")
DAYS = 45  # a month and more


def today() -> date:
    return datetime.now(BUCHAREST).date()


def syncs(session: psycopg.Connection, seed: int, count: int = 300) -> list[dict[str, Any]]:
    """Ended syncs at any minute of the last DAYS days, some of them without their logs; the rows."""
    random_ = random.Random(seed)
    made = []
    for number in range(1, count + 1):
        started = datetime.now(UTC) - timedelta(minutes=random_.randrange(1, DAYS * 24 * 60))
        received = random_.choice((0, 50, 1275))
        row = {
            "id": number,
            "sync_type": random_.choice(("products", "products", "orders")),
            "account_type": random_.choice(ACCOUNTS),
            "operation": random_.choice(("full", "incremental")),
            "status": random_.choice(("completed",) * 8 + ("partial", "failed")),
            "started_at": started,
            "completed_at": started + timedelta(milliseconds=random_.randrange(1000, 600_000)),
            "processed_items": received,
            "created_items": received // 10,
            "updated_items": received // 5,
            "removed_items": random_.randrange(3),
            "failed_items": min(received, random_.choice((0, 0, 0, 1, 7))),
            "api_requests_made": random_.randrange(1, 60),
            "rate_limit_hits": random_.choice((0, 0, 2)),
        }
        insert(session, "past_syncs" if started < datetime.now(UTC) - timedelta(days=30) else "emag_sync_logs", **row)
        made.append(row)
    return made


def changes(session: psycopg.Connection, seed: int, skus: int = 80) -> list[dict[str, Any]]:
    """For each SKU a chain of statuses, of which None is "not in the report"; the rows in their order."""
    random_ = random.Random(seed)
    made = []
    for account in ACCOUNTS:
        for number in range(skus):
            times = sorted(
                datetime.now(UTC) - timedelta(minutes=random_.randrange(1, DAYS * 24 * 60))
                for _ in range(random_.randrange(8))
            )
            status = random_.choice((*STATUSES, None))
            for changed_at in times:
                before, status = status, random_.choice([each for each in (*STATUSES, None) if each != status])
                row = {
                    "account_type": account,
                    "sku": f"{account}-{number}",
                    "status_before": before,
                    "status_after": status,
                    "changed_at": changed_at,
                }
                insert(session, "item_status_changes", **row)
                made.append(row)
    return made


def days(session: psycopg.Connection, seed: int) -> None:
    """Items per status of most days: on some, no report was built."""
    random_ = random.Random(seed)
    for account in ACCOUNTS:
        for age in range(DAYS):
            if random_.random() < 0.8:
                day = today() - timedelta(days=age)
                for status in STATUSES:
                    insert(
                        session,
                        "item_days",
                        account_type=account,
                        day=day,
                        status=status,
                        items=random_.randrange(2000),
                    )


def orders(session: psycopg.Connection, seed: int, count: int = 30) -> None:
    """Orders of every status, some late, some without a price, a currency, or a rate for it."""
    random_ = random.Random(seed)
    insert(session, "suppliers", id=1, name="广州市新锐 GXR")
    insert(session, "products", id=1, sku="A")
    insert(session, "exchange_rates", currency="CNY", rate_date=today() - timedelta(days=20), ron="0.61")
    insert(session, "exchange_rates", currency="HUF", rate_date=today() - timedelta(days=20), ron="1.29", units=100)
    statuses = ("draft", "sent", "confirmed", "partially_received", "received", "cancelled")
    for number in range(1, count + 1):
        expected = random_.choice((None, today() + timedelta(days=random_.randrange(-20, 20))))
        insert(
            session,
            "purchase_orders",
            id=number,
            supplier_id=random_.choice((1, None)),
            status=random_.choice(statuses),
            currency=random_.choice(("RON", "CNY", "HUF", "EUR", None)),
            ordered_at=datetime.now(UTC) - timedelta(days=random_.randrange(DAYS)),
            expected_on=expected,
        )
        for _ in range(random_.randrange(4)):
            insert(
                session,
                "purchase_order_items",
                purchase_order_id=number,
                product_id=1,
                quantity=random_.randrange(1, 5000),
                received_quantity=random_.choice((None, 0, 10)),
                unit_price=random_.choice((None, "12.5", "3.3333")),
            )


def incidents(session: psycopg.Connection) -> None:
    """One that is over, and two that are open."""
    now = datetime.now(UTC)
    insert(
        session, "incidents", kind="report_stale", severity="warning", opened_at=now - timedelta(days=9), closed_at=now
    )
    insert(session, "incidents", kind="backup_old", severity="warning", opened_at=now - timedelta(days=2))
    insert(
        session,
        "incidents",
        kind="sync_failed",
        subject="fbe",
        severity="critical",
        opened_at=now - timedelta(hours=3),
        first_error="eMAG answered 504",
    )


def shop_with_a_past(session: psycopg.Connection, seed: int) -> None:
    for account in ACCOUNTS:
        insert(
            session,
            "emag_accounts",
            account_type=account,
            marketplace="m",
            username=account,
            warehouse=account,
            first_synced_at=datetime.now(UTC) - timedelta(days=DAYS),
        )
    syncs(session, seed)
    changes(session, seed)
    days(session, seed)
    orders(session, seed)
    incidents(session)
    proposed(session, "PROPOSED", 85, "10")
    proposed(session, "OF-UNKNOWN-COST", 5, None)
    proposed(session, "NOT-BOUGHT", 0, "3")
