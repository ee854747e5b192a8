"""The views that spare analysts window functions, on rows whose answers are worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from magflow_pipeline.catalogue.sellable import why_not_sellable
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_offer, emag_product, insert
from magflow_pipeline_tests.reports.measured import report_row
from magflow_pipeline_tests.reports.shops import today

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # the next day in Bucharest


def offers(session: psycopg.Connection, *skus: str, account: str = "main", warehouse: str = "EMAG-MAIN") -> None:
    """An account with an active offer of each SKU, numbered from 1, with its product and its warehouse."""
    place = session.execute("SELECT count(*) + 1 FROM emag_accounts").fetchone()
    assert place is not None
    insert(
        session,
        "emag_accounts",
        account_type=account,
        marketplace="m",
        username=account,
        warehouse=warehouse,
        is_configured=True,
        place=place[0],
        kind="fbe" if account == "fbe" else "main",
    )
    session.execute("INSERT INTO warehouses (code) VALUES (%s) ON CONFLICT DO NOTHING", [warehouse])
    for number, sku in enumerate(skus, 1):
        own = {"account_type": account, "sku": sku}
        insert(session, "emag_products_v2", **emag_product(emag_id=number, name=f"Name {sku}", currency="RON", **own))
        insert(session, "emag_product_offers_v2", **emag_offer(emag_offer_id=number, currency="RON", **own))
        session.execute("INSERT INTO products (sku) VALUES (%s) ON CONFLICT DO NOTHING", [sku])


def was(session: psycopg.Connection, hours: int, price: str | None, number: int = 1, **values: object) -> None:
    row = {"account_type": "main", "emag_offer_id": number, "sku": "A", "currency": "RON", "status": 1, "stock": 5}
    insert(
        session, "emag_offer_history", **{**row, "price": price, "valid_from": NOON + timedelta(hours=hours), **values}
    )


@both_servers
def test_price_moves_have_the_price_before_and_after(session):
    """Stock that changes is no move, nor is a first price; a currency that changes is one without a difference."""
    offers(session, "A", "B")
    was(session, 0, "10")
    was(session, 1, "10", stock=3)
    was(session, 2, "12.50")
    was(session, 3, "12.50", status=0)
    was(session, 4, None)
    was(session, 5, "5")
    was(session, 6, "2.5565", currency="EUR")
    was(session, 11, "3", currency="EUR")
    was(session, 7, "99", number=2, sku="B")
    moves = session.execute(
        "SELECT day, price_before, price, currency_before, currency, change, change_percent FROM price_moves"
        " ORDER BY moved_at"
    ).fetchall()
    third, fourth = date(2026, 11, 3), date(2026, 11, 4)
    assert moves == [
        (third, Decimal(10), Decimal("12.50"), "RON", "RON", Decimal("2.50"), Decimal("25.00")),
        (third, Decimal("12.50"), None, "RON", "RON", None, None),
        (third, None, Decimal(5), "RON", "RON", None, None),
        (third, Decimal(5), Decimal("2.5565"), "RON", "EUR", None, None),
        (fourth, Decimal("2.5565"), Decimal(3), "EUR", "EUR", Decimal("0.4435"), Decimal("17.35")),
    ]
    assert session.execute("SELECT DISTINCT sku, name FROM price_moves").fetchall() == [("A", "Name A")]


@both_servers
def test_buy_box_moves_say_what_was_won_and_lost(session):
    offers(session, "A")
    ranks = ((1, 3), (1, 4), (2, 4), (3, 4), (1, 4), (None, 4), (2, 4))
    for hours, (rank, sellers) in enumerate(ranks):
        insert(
            session,
            "emag_offer_market_history",
            account_type="main",
            emag_offer_id=1,
            observed_at=NOON + timedelta(hours=hours),
            buy_button_rank=rank,
            number_of_offers=sellers,
            best_offer_sale_price=10 - hours,
        )
    moves = session.execute(
        "SELECT move, rank_before, rank, best_price_before, best_price, offers FROM buy_box_moves ORDER BY moved_at"
    ).fetchall()
    assert moves == [
        ("lost", 1, 2, 9, 8, 4),
        ("moved", 2, 3, 8, 7, 4),
        ("won", 3, 1, 7, 6, 4),
        ("left", 1, None, 6, 5, 4),
        ("moved", None, 2, 5, 4, 4),
    ]


@both_servers
def test_what_cannot_be_sold_says_why_in_both_languages_as_the_rule_does(session):
    """Inactive offers are in no report: why they do not sell stood nowhere."""
    offers(session, "A", "B", "C", "D", "E")
    session.execute("UPDATE emag_products_v2 SET status = 0 WHERE sku = 'B'")
    session.execute("UPDATE emag_products_v2 SET validation_status = '{8,10,9}' WHERE sku = 'C'")
    session.execute(
        "UPDATE emag_product_offers_v2 SET price = NULL, visibility = 'hidden', is_available = FALSE WHERE sku = 'C'"
    )
    session.execute("UPDATE emag_product_offers_v2 SET visibility = 'hidden', is_available = FALSE WHERE sku = 'D'")
    session.execute("UPDATE emag_products_v2 SET translation_validation_status = '{14}' WHERE sku = 'D'")
    session.execute("UPDATE emag_products_v2 SET status = 0, removed_at = now() WHERE sku = 'E'")
    rows = session.execute("SELECT sku, is_active, reason, reason_ro FROM not_sellable_offers ORDER BY sku").fetchall()
    rules = {
        "B": why_not_sellable(status=0, price=Decimal(10)),
        "C": why_not_sellable(status=1, price=None, documentation=[8, 10, 9]),
        "D": why_not_sellable(status=1, price=Decimal(10), translation=[14], is_hidden=True),
    }
    assert [(sku, active) for sku, active, *_ in rows] == [("B", False), ("C", True), ("D", True)]
    for sku, _, reason, reason_ro in rows:
        rule = rules[sku]
        assert rule is not None and (reason, reason_ro) == (rule.en, rule.ro)


def sample(session: psycopg.Connection, day: date, seen: int, in_stock: int, for_sale: int | None, **own: str) -> None:
    row = {"account_type": "main", "sku": "A", "first_stock": 0, "min_stock": 0, "max_stock": 9, "last_stock": 1, **own}
    counts = {"samples": seen, "samples_in_stock": in_stock, "samples_sellable": for_sale}
    insert(session, "stock_snapshots", day=day, **row, **counts)


@both_servers
def test_stock_out_days_count_parts_of_days_by_month_and_lately(session, whole_day):
    report_row(session, "main", "A", "critical", quantity=1, price="10")
    session.execute(
        "UPDATE low_stock_report SET expected_daily_demand = 2, margin_ron = 3.5, margin_source = 'margin',"
        " supplier_name = 'TZT'"
    )
    sample(session, date(2024, 2, 1), 48, 0, 0)
    sample(session, date(2024, 2, 2), 48, 12, 6)
    sample(session, date(2024, 2, 29), 10, 10, 5)
    sample(session, date(2024, 3, 1), 4, 4, 4)
    sample(session, today(), 4, 0, 0)
    sample(session, today() - timedelta(1), 4, 1, None)
    sample(session, today() - timedelta(30), 4, 0, 0)
    sample(session, today() - timedelta(31), 4, 0, 0)
    sample(session, today() - timedelta(90), 4, 2, 2)
    sample(session, today() - timedelta(91), 4, 0, 0)
    sample(session, date(2024, 2, 1), 2, 1, 1, sku="GONE")
    february = session.execute(
        "SELECT sku, supplier_name, ends_on, days_seen, days_out, stock_out_days, not_for_sale_days, lost_units,"
        " lost_ron FROM stock_out_days WHERE period = 'month' AND starts_on = '2024-02-01' ORDER BY sku"
    ).fetchall()
    # 1 + 36/48 days out; (12 - 6)/48 + 5/10 not for sale; 1.75 days x 2 pieces x 3.5 RON
    assert february == [
        ("A", "TZT", date(2024, 2, 29), 3, 1, Decimal("1.75"), Decimal("0.63"), Decimal("3.50"), Decimal("12.25")),
        ("GONE", None, date(2024, 2, 29), 1, 0, Decimal("0.50"), Decimal("0.00"), None, None),
    ]
    lately = session.execute(
        "SELECT period, starts_on, ends_on, days_seen, days_out, stock_out_days FROM stock_out_days"
        " WHERE period LIKE 'last%' ORDER BY period"
    ).fetchall()
    before = [today() - timedelta(days) for days in (30, 90, 1)]
    assert lately == [
        ("last 30 days", before[0], before[2], 2, 1, Decimal("1.75")),
        ("last 90 days", before[1], before[2], 4, 2, Decimal("3.25")),
    ]


def offered(
    session: psycopg.Connection, sku: str, supplier: int, rank: int, price: str | None, **values: object
) -> None:
    row: dict[str, object] = {
        "is_preferred": False,
        "is_verified": False,
        "lead_time_days": 45,
        "lead_time_spread_days": 10,
        "lead_time_source": "default",
        "minimum_order_quantity": 1,
        "pack_size": 1,
        "planning_quantity": 1,
        "rule": "cheapest",
        "shipping": "usual",
        "currency": "CNY",
        "rate": "0.6",
        "supplier_name": f"S{supplier}",
    }
    insert(
        session,
        "supplier_offers",
        **{**row, "sku": sku, "supplier_id": supplier, "rank": rank, "unit_price": price, **values},
    )


@both_servers
def test_stock_is_worth_what_it_costs_and_what_it_sells_for_and_what_is_not_known_is_counted(session):
    """Two accounts on one warehouse publish the same pieces: they were added up twice."""
    offers(session, "A", "B", "C")
    offers(session, "A", account="second", warehouse="EMAG-MAIN")
    offers(session, "A", account="fbe", warehouse="EMAG-FBE")
    session.execute("UPDATE products SET brand = 'X' WHERE sku IN ('A', 'B')")
    session.execute("UPDATE emag_products_v2 SET brand = 'of eMAG'")
    session.execute("UPDATE emag_product_offers_v2 SET price = 20 WHERE sku = 'A' AND account_type = 'main'")
    session.execute("UPDATE emag_products_v2 SET currency = 'HUF' WHERE sku = 'B'")
    insert(session, "exchange_rates", currency="HUF", rate_date=today(), ron="1.30", units=100)
    stock = (("A", "EMAG-MAIN", 7), ("B", "EMAG-MAIN", 100), ("C", "EMAG-MAIN", 3), ("A", "EMAG-FBE", 2))
    for sku, warehouse, pieces in stock:
        session.execute(
            "INSERT INTO inventory_items (product_id, warehouse_id, quantity) SELECT products.id, warehouses.id, %s"
            " FROM products, warehouses WHERE sku = %s AND code = %s",
            [pieces, sku, warehouse],
        )
    offered(session, "A", 1, 1, "5", landed_unit_cost_ron="3.25")
    offered(session, "A", 2, 2, "1", landed_unit_cost_ron="1")
    offered(session, "B", 1, 1, None)
    rows = session.execute(
        "SELECT warehouse, account_type, sku, brand, pieces, value_at_cost_ron, value_at_price_ron, supplier_name"
        " FROM stock_value ORDER BY warehouse, sku"
    ).fetchall()
    assert rows == [
        ("EMAG-FBE", "fbe", "A", "X", 2, Decimal("6.50"), Decimal("20.00"), "S1"),
        ("EMAG-MAIN", "main", "A", "X", 7, Decimal("22.75"), Decimal("140.00"), "S1"),
        ("EMAG-MAIN", "main", "B", "X", 100, None, Decimal("13.00"), "S1"),
        ("EMAG-MAIN", "main", "C", "of eMAG", 3, None, Decimal("30.00"), None),
    ]
    brands = session.execute(
        "SELECT warehouse, brand, items, pieces, value_at_cost_ron, items_without_cost, pieces_without_cost,"
        " value_at_price_ron, items_not_valued FROM stock_value_by_brand ORDER BY 1, 2"
    ).fetchall()
    assert brands == [
        ("EMAG-FBE", "X", 1, 2, Decimal("6.50"), 0, 0, Decimal("20.00"), 0),
        ("EMAG-MAIN", "X", 2, 107, Decimal("22.75"), 1, 100, Decimal("153.00"), 0),
        ("EMAG-MAIN", "of eMAG", 1, 3, None, 1, 3, Decimal("30.00"), 0),
    ]


@both_servers
def test_rejected_rows_say_which_why_when_and_whether_it_is_so_still(session):
    offers(session, "A", "B")
    session.execute(
        "UPDATE emag_products_v2 SET last_synced_at = %s, sync_status = 'error', sync_error = 'no SKU' WHERE sku = 'B'",
        [LATE],
    )
    session.execute("UPDATE emag_products_v2 SET last_synced_at = %s WHERE sku = 'A'", [LATE + timedelta(hours=1)])
    for number in (5, 6):
        insert(session, "emag_sync_logs", id=number, account_type="main", status="partial", completed_at=LATE)
    for number in (1, 2, 77, None):
        insert(
            session,
            "emag_rejected_offers",
            account_type="main",
            sync_log_id=5,
            page=3,
            emag_offer_id=number,
            reason="no SKU",
            payload=b"{}",
            rejected_at=LATE,
        )
    order = {"account_type": "main", "order_id": 9, "order_type": 3, "is_whole": True, "content_hash": b"x"}
    times = {"created_at": NOON, "updated_at": NOON, "last_sync_id": 1}
    insert(session, "emag_orders", **order, **times)
    insert(
        session,
        "emag_rejected_orders",
        account_type="main",
        sync_log_id=6,
        order_type=3,
        page=1,
        order_id=9,
        line_number=2,
        reason="no quantity",
        payload="{}",
        rejected_at=LATE,
    )
    rows = session.execute(
        "SELECT kind, emag_number, sku, line_number, day, reason, sync_id, is_open FROM rejected_rows"
        " ORDER BY kind, emag_number"
    ).fetchall()
    fourth = date(2026, 11, 4)
    assert rows == [
        ("offer", 1, "A", None, fourth, "no SKU", 5, False),
        ("offer", 2, "B", None, fourth, "no SKU", 5, True),
        ("offer", 77, None, None, fourth, "no SKU", 5, True),
        ("offer", None, None, None, fourth, "no SKU", 5, True),
        ("order", 9, None, 2, fourth, "no quantity", 6, True),
    ]
    session.execute("UPDATE emag_orders SET updated_at = %s", [LATE + timedelta(minutes=1)])
    assert session.execute("SELECT is_open FROM rejected_rows WHERE kind = 'order'").fetchall() == [(False,)]


@both_servers
def test_suppliers_disagree_where_prices_are_apart_or_several_are_confirmed(session):
    offers(session, "A", "B", "C")
    offered(session, "A", 1, 1, "20", rule="verified", is_verified=True, landed_unit_cost_ron="13")
    offered(session, "A", 1, 4, "1", shipping="by air")  # another way of one supplier is no other supplier
    offered(session, "A", 2, 2, "10")
    offered(session, "A", 3, 3, None)
    offered(session, "B", 1, 1, None, is_verified=True)
    offered(session, "B", 2, 2, "10", is_verified=True)
    offered(session, "C", 1, 1, "10")
    insert(
        session,
        "demand",
        account_type="main",
        sku="A",
        sellable_days=9,
        days_are_calendar=False,
        units=9,
        expected_daily_demand="0.5",
        demand_method="several memories",
    )
    rows = session.execute(
        "SELECT sku, name, suppliers, verified_suppliers, verified_names, cheapest_supplier_name, cheapest_price_ron,"
        " dearest_supplier_name, apart_percent, chosen_supplier_name, rule, chosen_landed_cost_ron, ron_a_year"
        " FROM supplier_disagreements ORDER BY sku"
    ).fetchall()
    # (20 - 10) CNY x 0.6 x 0.5 a day x 365
    assert rows == [
        ("A", "Name A", 3, 1, "S1", "S2", 6, "S1", 100, "S1", "verified", 13, Decimal("1095.00")),
        ("B", "Name B", 2, 2, "S1; S2", "S2", 6, "S2", None, "S1", "cheapest", None, None),
    ]


@both_servers
def test_ordered_lines_tell_sold_from_cancelled_and_returned(session):
    offers(session, "A")
    #        order status, line status, quantity, initial, storno
    lines = ((4, 1, 5, 5, 0), (4, 1, 3, 5, 2), (5, 1, 4, 4, 0), (0, 1, 6, 6, 0), (4, 0, 7, 7, 0), (4, None, 8, 8, 0))
    for number, (status, of_line, quantity, initial, storno) in enumerate(lines, 1):
        insert(
            session,
            "emag_orders",
            account_type="main",
            order_id=number,
            order_type=3,
            status=status,
            ordered_at=NOON,
            is_whole=True,
            content_hash=b"x",
            last_sync_id=1,
            created_at=NOON,
            updated_at=NOON,
        )
        insert(
            session,
            "emag_order_lines",
            account_type="main",
            order_id=number,
            line_id=1,
            product_id=1,
            status=of_line,
            quantity=quantity,
            initial_qty=initial,
            storno_qty=storno,
            sale_price="9.5",
            currency="RON",
        )
    rows = session.execute(
        "SELECT order_id, sku, ordered_units, kept_units, is_sold, is_cancelled, unit_price FROM ordered_lines"
        " ORDER BY order_id"
    ).fetchall()
    price = Decimal("9.5")
    assert rows == [
        (1, "A", 5, 5, True, False, price),
        (2, "A", 5, 3, True, False, price),
        (3, "A", 4, 0, True, False, price),
        (4, "A", 6, 0, False, True, price),
        (5, "A", 7, 0, False, True, price),
        (6, "A", 8, 8, False, False, price),
    ]
    columns = "account_type, order_id, line_id, day, sku, ordered_units, kept_units"
    sold = session.execute(f"SELECT {columns} FROM sold_lines ORDER BY 2").fetchall()
    assert sold == session.execute(f"SELECT {columns} FROM ordered_lines WHERE is_sold ORDER BY 2").fetchall()
    assert len(sold) == 3


@pytest.mark.parametrize("view", ["price_moves", "buy_box_moves"])
def test_moves_of_a_week_are_looked_up_by_key_and_not_sorted(session, view):
    """A window over the whole history of 200,000 offers sorts millions of rows for the few of a week."""
    plan = session.execute(
        f"EXPLAIN (COSTS off) SELECT * FROM {view} WHERE moved_at >= now() - interval '7 days'"
    ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "WindowAgg" not in text and "_pkey on emag_offer" in text
