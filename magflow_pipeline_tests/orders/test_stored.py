"""What syncs of orders leave in the tables: a later row changes only what it should."""

from decimal import Decimal

import pytest

from magflow_pipeline_tests.orders.conftest import ago, day_ago
from magflow_pipeline_tests.orders.marketplace import line, order

NUMBERS = ("created_items", "updated_items", "unchanged_items", "failed_items")


def at(moment):
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def changes(shop):
    return tuple(shop.log()[name] for name in NUMBERS)


def states(shop):
    """The tables without what differs from sync to sync by right."""
    orders = shop.rows("SELECT * FROM emag_orders WHERE account_type = %s ORDER BY order_id")
    for each in orders:
        del each["account_type"], each["last_sync_id"], each["created_at"], each["updated_at"]
    lines = shop.rows("SELECT * FROM emag_order_lines WHERE account_type = %s ORDER BY order_id, line_id")
    for each in lines:
        del each["account_type"]
    return orders, lines


def test_orders_of_both_types_and_their_lines_are_stored_once(shop):
    shop.market.rows = [
        order(5_000_000_001, ago(hours=2), products=[line(1, 1042, 3), line(2, 1043, 1)]),
        order(5_000_000_002, ago(hours=1), type=2, customer=None),
        order(5_000_000_003, ago(days=20)),
    ]
    result = shop.sync(days=30)
    assert (result.outcome, result.orders, result.windows_left) == ("completed", 3, 0)
    assert {key: row["order_type"] for key, row in shop.orders().items()} == {
        5_000_000_001: 3,
        5_000_000_002: 2,
        5_000_000_003: 3,
    }
    assert [(row["product_id"], row["quantity"], row["sale_price"]) for row in shop.lines(5_000_000_001)] == [
        (1042, 3, Decimal("84.0336")),
        (1043, 1, Decimal("84.0336")),
    ]
    before = states(shop)
    assert shop.log()["operation"] == "backfill"
    shop.market.asked.clear()
    again = shop.sync(days=30)
    assert (again.outcome, again.counts.created, again.counts.updated) == ("completed", 0, 0)
    assert states(shop) == before
    assert shop.log()["operation"] == "incremental"
    assert len(shop.market.asked) == 8, "a count and a page of each type and time"


def test_an_unchanged_order_is_not_written_again(shop):
    """A half-hourly run costs what changed."""
    shop.market.rows = [order(1, ago(hours=2)), order(2, ago(hours=2))]
    shop.sync()
    query = "SELECT order_id, xmin::text, updated_at FROM emag_orders WHERE account_type = %s ORDER BY 1"
    before = shop.rows(query)
    shop.market.rows[1] = order(2, ago(hours=2), status=5)
    shop.sync()
    after = shop.rows(query)
    assert after[0] == before[0]
    assert after[1]["updated_at"] > before[1]["updated_at"]


def test_a_return_changes_its_line_only(shop):
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment, products=[line(1, 1042, 3), line(2, 1043, 1)])]
    shop.sync()
    shop.market.rows = [
        order(
            1,
            moment,
            status=5,
            modified=at(ago(minutes=2)),
            products=[line(1, 1042, 2, initial_qty=3, storno_qty=1), line(2, 1043, 1)],
        )
    ]
    shop.sync()
    assert shop.orders()[1]["status"] == 5
    assert [(row["quantity"], row["initial_qty"], row["storno_qty"]) for row in shop.lines(1)] == [(2, 3, 1), (1, 1, 0)]
    assert changes(shop) == (0, 1, 1, 0), "changed by the one time, unchanged by the other"


def test_a_cancellation_keeps_the_lines(shop):
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment)]
    shop.sync()
    before = shop.lines(1)
    shop.market.rows = [order(1, moment, status=0, modified=at(ago(minutes=2)), reason_cancellation=32)]
    shop.sync()
    assert (shop.orders()[1]["status"], shop.orders()[1]["reason_cancellation"]) == (0, 32)
    assert shop.lines(1) == before


def test_a_line_that_a_whole_row_lacks_is_deleted(shop):
    """A seller may edit the lines of an order that is in progress."""
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment, products=[line(1), line(2)])]
    shop.sync()
    shop.market.rows = [order(1, moment, modified=at(ago(minutes=2)), products=[line(2), line(3)])]
    shop.sync()
    assert [row["line_id"] for row in shop.lines(1)] == [2, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "later",
    [
        {"products": [], "customer": None},
        {"products": []},
        {"products": None},
        {"customer": None, "products": [line(2, 1043, None, sale_price=None)]},
        {"products": [line(1, 1042, 3), "no line"]},
    ],
    ids=str,
)
def test_trap_39_a_row_without_products_or_customer_takes_nothing_away(shop, later):
    """Orders lost their lines, and demand with them, when eMAG sent them a second time without."""
    moment = at(ago(hours=5))
    whole = order(1, moment, type=2, products=[line(1, 1042, 3), line(2, 1043, 1)])
    shop.market.rows = [whole]
    shop.sync()
    before, lines = shop.orders()[1], shop.lines(1)
    empty = {"shipping_tax": None, "payment_mode_id": None, "refunded_amount": None, "date": moment}
    shop.market.rows = [{**whole, **empty, **later, "status": 4}]
    shop.sync()
    assert shop.lines(1) == lines
    assert shop.orders()[1] == before, "nothing new in it"
    shop.market.rows = [{**whole, **later, "status": 0, "modified": at(ago(minutes=2))}]
    shop.sync()
    assert shop.lines(1) == lines
    assert (shop.orders()[1]["status"], shop.orders()[1]["is_whole"]) == (0, True), "what it does say counts"
    shop.market.rows = [{**whole, "status": 4, "modified": at(ago(minutes=1)), "products": [line(1, 1042, 3)]}]
    shop.sync()
    assert [row["line_id"] for row in shop.lines(1)] == [1]


def test_an_order_that_was_never_whole_becomes_so(shop):
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment, type=2, products=[], customer=None)]
    shop.sync()
    assert (shop.orders()[1]["is_whole"], shop.lines(1)) == (False, [])
    shop.market.rows = [order(1, moment, type=2, products=[line(1, 1042, 3)])]
    shop.sync()
    assert (shop.orders()[1]["is_whole"], len(shop.lines(1))) == (True, 1)


def test_an_older_row_changes_nothing(shop):
    """A cache of the marketplace that is behind."""
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment, status=4, modified=at(ago(minutes=10)))]
    shop.sync()
    before = states(shop)
    shop.market.rows = [order(1, moment, status=1, modified=at(ago(minutes=50)))]
    shop.sync()
    assert states(shop) == before


def test_rows_that_cannot_be_stored_are_told_and_stop_nobody(shop):
    moment = at(ago(hours=5))
    shop.market.rows = [order(1, moment), order(None, moment), "Ioana Popescu", order(2, moment, products=[line(None)])]
    result = shop.sync()
    assert (result.outcome, sorted(shop.orders())) == ("partial", [1, 2])
    rejected = shop.rows("SELECT * FROM emag_rejected_orders WHERE account_type = %s ORDER BY id")
    assert {(row["order_id"], row["line_number"], row["reason"]) for row in rejected} == {
        (None, None, "id is missing or not usable"),
        (None, None, "the row is not an object but a str"),
        (2, 1, "id is missing or not usable"),
    }
    assert "3 orders or lines could not be stored: emag_rejected_orders says why" in shop.errors()
    assert "Ioana" not in str(rejected)
    assert not any(window["error"] for window in shop.windows()), "they were read: the watermark moves"


def test_a_line_that_cannot_be_stored_makes_the_sync_partial(shop):
    """Its demand is missing, though the order is there."""
    shop.market.rows = [order(2, ago(days=3), products=[line(1), line(None)])]
    assert shop.sync(days=5).outcome == "partial"
    assert "1 orders or lines could not be stored" in shop.errors()


def test_what_the_database_refuses_costs_that_order(shop):
    shop.session.execute(
        "CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.order_id = 666 THEN RAISE numeric_value_out_of_range; END IF; RETURN NEW; END$$"
    )
    shop.session.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON emag_orders FOR EACH ROW EXECUTE FUNCTION app.refuse()"
    )
    try:
        shop.market.rows = [order(number, ago(hours=5)) for number in (664, 665, 666, 667)]
        assert shop.sync().outcome == "partial"
    finally:
        shop.session.execute("DROP TRIGGER refuse ON emag_orders; DROP FUNCTION app.refuse()")
    assert sorted(shop.orders()) == [664, 665, 667]
    [reason] = {row["reason"] for row in shop.rows("SELECT reason FROM emag_rejected_orders WHERE account_type = %s")}
    assert reason == "the database refused it: NumericValueOutOfRange"


def test_an_unknown_status_is_kept_and_told(shop):
    shop.market.rows = [order(1, ago(hours=5), status=17), order(2, ago(hours=5), status=None)]
    assert shop.sync().outcome == "completed"
    assert {key: row["status"] for key, row in shop.orders().items()} == {1: 17, 2: None}
    assert any("1 orders have the status 17, which is not known" in said for said in shop.said)


@pytest.mark.slow
def test_windows_in_another_order_give_the_same_tables(shop, open_shop):
    """The newest 30 days first, then 60; and all at once: the same."""
    rows = [order(number, ago(days=number), modified=at(ago(hours=number))) for number in range(1, 60)]
    shop.market.rows = rows
    shop.sync(days=30)
    shop.sync(days=61)
    other = open_shop()
    other.market = shop.market
    other.sync(days=61)
    assert states(shop) == states(other)
    assert sorted(shop.orders()) == list(range(1, 60))


def test_each_window_adds_up(shop):
    # None where windows overlap, at whatever hour this runs: those are read twice.
    shop.market.rows = [order(number, ago(days=3)) for number in range(1, 251)]
    shop.market.rows += [order(None, ago(days=3)), *(order(number, ago(days=30)) for number in range(300, 311))]
    shop.sync(days=40)
    windows = [window for window in shop.windows(axis="created", order_type=3) if window["processed_items"]]
    for window in windows:
        parts = ("created_items", "updated_items", "unchanged_items", "failed_items", "duplicate_items")
        assert window["processed_items"] == sum(window[part] for part in parts)
        assert window["total_items"] == window["distinct_items"]
    assert [window["created_items"] for window in windows] == [250, 11]
    assert windows[0]["pages_processed"] == 3
    assert shop.log()["total_items"] == 262
    assert shop.log()["processed_items"] == 262


def test_the_source_of_orders_is_remembered(shop):
    """Orders of two sellers in one table would be one seller's demand."""
    shop.market.rows = [order(1, ago(hours=5))]
    shop.sync()
    stored = shop.rows("SELECT username, marketplace FROM emag_accounts WHERE account_type = %s")
    assert stored == [{"username": shop.account, "marketplace": "test"}]


def test_the_newest_orders_are_there_before_the_history(shop):
    shop.market.rows = [order(number, ago(days=number)) for number in (1, 30, 60, 90)]
    shop.sync(days=100)
    days = [each["createdAfter"][:10] for each in shop.market.reads() if "createdAfter" in each]
    assert days == sorted(days, reverse=True)
    assert shop.log()["is_complete"]


def test_the_day_of_an_order_is_that_of_bucharest(shop):
    """Half past midnight there is the day before in UTC."""
    day = day_ago(1)
    shop.market.rows = [order(1, f"{day} 00:30:00"), order(2, f"{day} 23:30:00")]
    shop.sync()
    assert {row["ordered_on"] for row in shop.orders().values()} == {day}
