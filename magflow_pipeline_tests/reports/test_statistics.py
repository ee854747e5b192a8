"""The views of statistics, against the same numbers computed in Python from the same rows."""

import random
import statistics
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import psycopg
import pytest

from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.choices import Period
from magflow_pipeline.reports.digest import period_of
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_product, insert
from magflow_pipeline_tests.purchasing.test_demand import demand
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, open_account
from magflow_pipeline_tests.reports import shops

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("whole_day")]  # many looks at one database

CRITICAL = ("out_of_stock", "critical")


def bucharest_day(moment: datetime) -> date:
    return moment.astimezone(BUCHAREST).date()


@both_servers
def test_syncs_are_counted_by_the_day_week_and_month_of_bucharest_they_began_in(session, rows):
    """Also those whose logs are past their retention: a month has 31 days, logs are kept for 30."""
    made = shops.syncs(session, seed=1)
    expected: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in made:
        for period in Period:
            first, last = period_of(bucharest_day(row["started_at"]), period)
            expected.setdefault((period.value, first, last, row["sync_type"], row["account_type"]), []).append(row)
    seen = {
        (row["period"], row["starts_on"], row["ends_on"], row["sync_type"], row["account_type"]): row
        for row in rows("SELECT * FROM sync_statistics")
    }
    assert seen.keys() == expected.keys()
    for key, syncs in expected.items():
        row = seen[key]
        by_status = {
            status: [each for each in syncs if each["status"] == status] for status in ("completed", "partial")
        }
        received, rejected = (sum(each[name] for each in syncs) for name in ("processed_items", "failed_items"))
        completed = len(by_status["completed"])
        assert (row["syncs"], row["completed"], row["partial"]) == (len(syncs), completed, len(by_status["partial"]))
        assert row["failed"] == len(syncs) - completed - len(by_status["partial"])
        assert (row["received"], row["rejected"]) == (received, rejected)
        assert float(row["completed_share"]) == pytest.approx(completed / len(syncs), abs=1e-12)
        assert row["completed_enough"] == (1000 * completed >= 999 * len(syncs))
        assert row["rejected_few_enough"] == (1000 * rejected <= received)
        assert (row["rejected_share"] is None) == (received == 0)
        assert row["requests"] == sum(each["api_requests_made"] for each in syncs)
        assert row["throttled"] == sum(each["rate_limit_hits"] for each in syncs)
        seconds = [
            (each["completed_at"] - each["started_at"]).total_seconds() for each in syncs if each["status"] != "failed"
        ]
        assert (row["median_seconds"] is None) == (not seconds)
        if seconds:
            assert float(row["median_seconds"]) == pytest.approx(statistics.median(seconds), abs=0.051)
            assert float(row["longest_seconds"]) == pytest.approx(max(seconds), abs=0.051)
        over = (min(row["ends_at"], datetime.now(UTC)) - row["starts_at"]).total_seconds() / 60
        assert float(row["requests_per_minute"]) == pytest.approx(row["requests"] / over, rel=0.01)


def test_a_day_has_the_hours_it_has_in_bucharest(session, rows):
    """25 of them when the clocks go back: a sync at 03:30 summer time and one at 03:30 winter time are of one day."""
    for number, clock in enumerate(("2026-10-24 23:30", "2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 22:30"), 1):
        started = datetime.fromisoformat(f"{clock}+00:00")
        ended = {"operation": "full", "status": "completed", "started_at": started, "completed_at": started}
        counts = ("processed_items", "created_items", "updated_items", "removed_items", "failed_items")
        counts += ("api_requests_made", "rate_limit_hits")
        insert(
            session,
            "past_syncs",
            id=number,
            sync_type="products",
            account_type="main",
            **ended,
            **dict.fromkeys(counts, 0),
        )
    seen = rows("SELECT starts_on, syncs, ends_at - starts_at AS length FROM sync_statistics WHERE period = 'day'")
    assert [(str(row["starts_on"]), row["syncs"], row["length"]) for row in seen] == [
        ("2026-10-25", 3, timedelta(hours=25)),
        ("2026-10-26", 1, timedelta(hours=24)),
    ]


def test_an_impossible_time_is_left_out_and_a_running_sync_is_not_over(session, rows):
    session.execute("SET session_replication_role = replica")  # without triggers: a row of before the rule
    insert(
        session, "emag_sync_logs", account_type="main", started_at="-infinity", completed_at="infinity", status="failed"
    )
    insert(session, "emag_sync_logs", account_type="main")
    assert rows("SELECT * FROM ended_syncs") == rows("SELECT * FROM sync_statistics") == []
    assert [row["period"] for row in rows("SELECT * FROM statistics_periods ORDER BY period")] == [
        "day",
        "month",
        "week",
    ]


@both_servers
def test_an_item_moves_when_it_is_critical_after_the_period_and_was_not_before(session, rows):
    """There and back is no news."""
    made = shops.changes(session, seed=2)
    expected = {}
    for period in Period:
        for (account, sku), chain in groupby(made, lambda row: (row["account_type"], row["sku"])):

            def first_day(row, period=period):
                return period_of(bucharest_day(row["changed_at"]), period)[0]

            for first, inside in groupby(chain, first_day):
                changes = list(inside)
                before, after = changes[0]["status_before"], changes[-1]["status_after"]
                if (before in CRITICAL) != (after in CRITICAL):
                    became = "new_and_critical" if before is None else "became_critical"
                    ceased = "gone_while_critical" if after is None else "recovered"
                    expected[period.value, first, account, sku] = became if after in CRITICAL else ceased
    seen = {
        (row["period"], row["starts_on"], row["account_type"], row["sku"]): row["movement"]
        for row in rows("SELECT * FROM status_movements")
    }
    assert seen == expected
    assert set(seen.values()) == {"became_critical", "recovered", "new_and_critical", "gone_while_critical"}
    for counted in rows("SELECT * FROM status_movements_by_account"):
        of_it = [
            movement
            for (period, first, account, _), movement in seen.items()
            if (period, first, account) == (counted["period"], counted["starts_on"], counted["account_type"])
        ]
        assert {name: counted[name] for name in set(seen.values())} == {
            name: of_it.count(name) for name in set(seen.values())
        }


def yesterday(session: psycopg.Connection) -> None:
    """Let a day go by."""
    session.execute("UPDATE item_days SET day = day - 1000")
    session.execute("UPDATE item_days SET day = day + 999")
    session.execute("UPDATE item_status_changes SET changed_at = changed_at - interval '1 day'")


@both_servers
def test_builds_keep_what_each_day_ended_with_and_every_difference_is_explained(database, session, rows):
    """Critical yesterday + became + new - recovered - gone = critical today, whatever the builds of the day saw."""
    random_ = random.Random(3)
    open_account(session, "main")
    for number in range(40):
        offer(session, "main", number + 1, f"S{number}")
        item(session, f"S{number}", "EMAG-MAIN", random_.choice((0, 5, 15, 50, 150)))
    build_plan(database)
    for _ in range(3):
        yesterday(session)
        for _ in range(2):
            for number in random_.sample(range(40), 15):
                session.execute(
                    "UPDATE inventory_items SET quantity = %s WHERE product_id ="
                    " (SELECT id FROM products WHERE sku = %s)",
                    [random_.choice((0, 5, 15, 50, 150)), f"S{number}"],
                )
                session.execute(
                    "UPDATE emag_products_v2 SET status = %s WHERE emag_id = %s",
                    [random_.choice((0, 1, 1)), number + 1],
                )
            build_plan(database)
        [counts] = rows("SELECT * FROM low_stock_by_account")
        before, today = rows("SELECT * FROM items_by_day ORDER BY day DESC LIMIT 2")[::-1]
        assert {name: today[name] for name in (*shops.STATUSES, "items")} == {
            name: counts[name] for name in (*shops.STATUSES, "items")
        }
        [moved] = rows("SELECT * FROM status_movements_by_account WHERE period = 'day' ORDER BY starts_on DESC LIMIT 1")
        assert today["out_of_stock"] + today["critical"] == (
            before["out_of_stock"]
            + before["critical"]
            + moved["became_critical"]
            + moved["new_and_critical"]
            - moved["recovered"]
            - moved["gone_while_critical"]
        )


def test_a_build_that_changes_nothing_writes_no_statistics(database, session):
    open_account(session, "main")
    offer(session, "main", 1, "A")
    item(session, "A", "EMAG-MAIN", 5)
    versions = "SELECT xmin::text FROM item_days UNION ALL SELECT xmin::text FROM item_status_changes"
    build_plan(database)
    before = session.execute(versions).fetchall()
    assert len(before) == 6 + 1
    build_plan(database)
    assert session.execute(versions).fetchall() == before


def test_what_never_sold_becomes_critical_when_somebody_wants_it(database, session, rows):
    open_account(session, "main")
    offer(session, "main", 1, "A", price=100, currency="RON")
    item(session, "A", "EMAG-MAIN", 5)
    demand(session, "A", None, demand_method="never sold")
    build_plan(database)
    counted = "SELECT critical, not_kept, items FROM items_by_day"
    assert rows(counted) == [{"critical": 0, "not_kept": 1, "items": 1}]
    assert rows("SELECT * FROM item_status_changes") == []
    session.execute("UPDATE inventory_items SET manual_reorder_point = 20, manual_set_by = 'Ana'")
    build_plan(database)
    assert rows(counted) == [{"critical": 1, "not_kept": 0, "items": 1}]
    [change] = rows("SELECT status_before, status_after FROM item_status_changes")
    assert change == {"status_before": "not_kept", "status_after": "critical"}


def test_the_last_item_that_leaves_an_account_is_counted_out(database, session, rows):
    open_account(session, "main")
    offer(session, "main", 1, "A")
    item(session, "A", "EMAG-MAIN", 5)
    build_plan(database)
    session.execute("UPDATE emag_products_v2 SET status = 0")
    build_plan(database)
    assert rows("SELECT items FROM items_by_day") == [{"items": 0}]


@both_servers
def test_an_order_is_valued_by_the_rate_of_its_day_and_late_by_its_expected_day(session, rows):
    """A missing rate is no rate, never 1; forints are quoted for 100."""
    today = datetime.now(BUCHAREST).date()
    insert(session, "products", id=1, sku="A")
    for age, ron in ((30, "0.50"), (10, "0.60"), (1, "0.70")):
        insert(session, "exchange_rates", currency="CNY", rate_date=today - timedelta(days=age), ron=ron)
    insert(session, "exchange_rates", currency="HUF", rate_date=today - timedelta(days=30), ron="1.25", units=100)
    cases = [
        ("CNY", "sent", 5, -3, 10, None, Decimal("60.00"), 3),
        ("CNY", "sent", 40, 0, 10, None, None, 0),
        ("HUF", "confirmed", 5, 3, 10, None, Decimal("1.25"), 0),
        ("RON", "partially_received", 5, -1, 10, 4, Decimal("100.00"), 1),
        ("RON", "partially_received", 5, -1, 10, 10, Decimal("100.00"), 0),
        ("RON", "received", 5, -1, 10, None, Decimal("100.00"), 0),
        ("EUR", "sent", 5, None, 10, None, None, None),
        (None, "sent", 5, None, 10, None, None, None),
        ("RON", "draft", 5, -1, 10, None, "no order", None),
        ("RON", "cancelled", 5, -1, 10, None, "no order", None),
    ]
    for number, (currency, status, age, expected, quantity, received, *_) in enumerate(cases, 1):
        insert(
            session,
            "purchase_orders",
            id=number,
            status=status,
            currency=currency,
            ordered_at=datetime.now(UTC) - timedelta(days=age),
            expected_on=None if expected is None else today + timedelta(days=expected),
        )
        line = {"purchase_order_id": number, "product_id": 1}
        insert(session, "purchase_order_items", **line, quantity=quantity, received_quantity=received, unit_price=10)
    insert(session, "purchase_order_items", purchase_order_id=1, product_id=1, quantity=7)
    seen = {row["purchase_order_id"]: row for row in rows("SELECT * FROM supplier_orders")}
    for number, (*_, value, late) in enumerate(cases, 1):
        if value == "no order":
            assert number not in seen
        else:
            assert (seen[number]["value_ron"], seen[number]["days_late"]) == (value, late), cases[number - 1]
    assert (seen[1]["pieces"], seen[1]["lines"], seen[1]["lines_not_valued"]) == (17, 2, 1)
    assert (seen[4]["pieces"], seen[4]["pieces_to_come"]) == (10, 6)


@both_servers
def test_the_weekly_and_daily_queries_of_the_notes_are_views(session, rows):
    now = datetime.now(UTC)
    for age, status, seconds in ((1, "completed", 10), (2, "completed", 20), (3, "failed", 1), (9, "failed", 1)):
        started = now - timedelta(days=age)
        insert(
            session,
            "emag_sync_logs",
            account_type="main",
            status=status,
            started_at=started,
            completed_at=started + timedelta(seconds=seconds),
            total_items=100 * seconds,
            errors='[{"error": "504"}]',
        )
    [completed, failed] = rows("SELECT * FROM syncs_of_the_week ORDER BY status")
    assert (completed["total_syncs"], completed["avg_duration"], completed["avg_items"]) == (2, Decimal("15.0"), 1500)
    assert failed["total_syncs"] == 1
    assert [row["errors"] for row in rows("SELECT * FROM failed_syncs_of_the_week")] == [[{"error": "504"}]]
    insert(session, "emag_products_v2", **emag_product(emag_id=1, last_synced_at=now))
    broken = {"sync_status": "error", "sync_error": "negative stock", "status": 0}
    insert(session, "emag_products_v2", **emag_product(emag_id=2, last_synced_at=now - timedelta(days=2), **broken))
    [counts] = rows("SELECT * FROM products_by_account")
    assert [counts[name] for name in ("total_products", "active_products", "synced", "errors", "synced_today")] == [
        *(2, 1, 1, 1, 1)
    ]


def test_a_status_is_wrong_since_the_first_of_the_syncs_in_a_row_that_did_not_complete(session, rows):
    open_account(session, "main")
    now = datetime.now(UTC)
    since = []
    for age, status in enumerate(("completed", "failed", "completed", "partial", "failed", "failed")):
        started = now - timedelta(hours=9 - age)
        insert(session, "emag_sync_logs", account_type="main", status=status, started_at=started, completed_at=started)
        [row] = rows("SELECT wrong_since FROM sync_status")
        since.append(row["wrong_since"] and round((now - row["wrong_since"]) / timedelta(hours=1)))
    insert(session, "emag_sync_logs", account_type="main")
    assert since == [None, 8, None, 6, 6, 6]
    assert rows("SELECT status, wrong_since IS NULL AS well FROM sync_status") == [{"status": "running", "well": False}]
