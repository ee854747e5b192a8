"""Orders and a marketplace in trouble: no watermark moves over what was not read, and nobody's name is quoted."""

import json

import pytest

from magflow_pipeline.orders.gaps import gap_sentences
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.orders.conftest import ago, day_ago
from magflow_pipeline_tests.orders.marketplace import customer, line, order
from magflow_pipeline_tests.orders.test_stored import at

REFUSED = {"isError": True, "messages": ["You are not allowed to use this API."], "results": []}
TRUNCATED = '{"results": [{"customer": {"name": "Ioana Popescu"}, "id": 7'


def failing(market, status=504, body="<html>504</html>", **asked):
    """Let requests with these keys fail; a text means that the value begins with it."""

    def before(request):
        fits = all(
            str(request.get(key, "")).startswith(value) if isinstance(value, str) else request.get(key) == value
            for key, value in asked.items()
        )
        return (status, body) if fits else None

    market.before = before


def test_trap_13_a_page_that_fails_moves_no_watermark(shop):
    """Orders of a page that failed were never asked for again."""
    shop.market.rows = [order(number, ago(days=3)) for number in range(1, 251)]
    failing(shop.market, route="order/read", currentPage=2, type=3)
    assert shop.sync(days=5).outcome == "partial"
    [created] = [window for window in shop.windows(axis="created", order_type=3) if window["processed_items"]]
    assert (created["read_to"], created["processed_items"]) == (None, 150)
    assert created["error"] == "1 of its pages failed"
    [other] = [
        window for window in shop.windows(axis="created", order_type=2) if window["starts_at"] == created["starts_at"]
    ]
    assert other["read_to"] is not None, "the other type is read nevertheless"
    failing(shop.market, route="nothing")
    assert shop.sync(days=5).outcome == "completed"
    assert len(shop.orders()) == 250


def test_trap_39_types_are_asked_for_one_by_one(shop):
    """Without a type, eMAG answers with type 3 only."""
    shop.market.rows = [order(1, ago(hours=3)), order(2, ago(hours=3), type=2)]
    shop.sync()
    assert {each["type"] for each in shop.market.asked} == {2, 3}
    assert sorted(shop.orders()) == [1, 2]


def test_an_answer_with_both_types_is_stored_as_what_it_says(shop):
    shop.market.ignores_types = True
    shop.market.rows = [order(1, ago(hours=3)), order(2, ago(hours=3), type=2)]
    assert shop.sync().outcome == "completed"
    assert {key: row["order_type"] for key, row in shop.orders().items()} == {1: 3, 2: 2}


@pytest.mark.slow
def test_trap_40_no_question_is_longer_than_a_month(shop):
    """The marketplace of the test refuses it, as eMAG does."""
    shop.market.rows = [order(number, ago(days=30 * number)) for number in range(1, 14)]
    assert shop.sync(days=400).windows_left == 0
    assert sorted(shop.orders()) == list(range(1, 14))


def test_trap_41_fresh_orders_have_no_time_of_change(shop):
    """A scan by modifiedAfter alone never sees them."""
    shop.sync()
    shop.market.rows = [order(1, ago(minutes=1), modified=None), order(2, ago(days=9), modified=at(ago(minutes=1)))]
    shop.sync()
    assert sorted(shop.orders()) == [1, 2], "the one by its creation, the other by its change"


@pytest.mark.parametrize("answers", [True, False])
def test_trap_39_a_change_without_lines_is_asked_for_by_number(shop, answers):
    """A return of eMAG's own orders never came: by its change, the row is empty."""
    moment = at(ago(hours=50))
    shop.market.rows = [order(1, moment, type=2, products=[line(1, quantity=3)]), order(2, moment, type=2)]
    shop.sync(days=5)
    returned = order(
        1, moment, type=2, modified=at(ago(minutes=2)), products=[line(1, quantity=1, initial_qty=3, storno_qty=2)]
    )
    empty = {**returned, "customer": None, "products": []}
    shop.market.rows = [returned]

    def before(request):
        if "id" in request and not answers:
            return 500, json.dumps({**REFUSED, "messages": ["Error processing data"]})
        is_of_it = request["route"] == "order/read" and "modifiedAfter" in request and request["type"] == 2
        return (200, json.dumps({"isError": False, "messages": [], "results": [empty]})) if is_of_it else None

    shop.market.before = before
    assert shop.sync(days=5).outcome == ("completed" if answers else "partial")
    assert shop.lines(1)[0]["storno_qty"] == (2 if answers else 0)
    assert [(each["id"], each["type"]) for each in shop.market.reads() if "id" in each] == [(1, 2)]
    shop.market.asked.clear()
    shop.sync(days=5)
    asked = [each["id"] for each in shop.market.reads() if "id" in each]
    assert asked == ([] if answers else [1]), "each change is asked for until it is answered, and once"


@pytest.mark.slow
@pytest.mark.parametrize("counts", [True, False])
def test_trap_07_a_count_that_fails_does_not_stop_orders(shop, counts):
    shop.market.counts = counts
    shop.market.rows = [order(number, ago(hours=3)) for number in range(1, 131)]
    assert shop.sync().outcome == "completed"
    assert len(shop.orders()) == 130
    assert ("the count could not be read" in shop.errors()) is not counts


def test_trap_12_fewer_orders_than_announced_move_no_watermark(shop):
    """A marketplace whose pages lack rows: equal rows are stored, and the window is asked for again."""
    rows = [order(number, ago(hours=3)) for number in range(1, 31)]

    def before(request):
        if request["route"] == "order/read" and "createdAfter" in request and request["type"] == 3:
            return 200, json.dumps({"isError": False, "messages": [], "results": rows[:29]})
        return None

    shop.market.rows, shop.market.before = rows, before
    assert shop.sync().outcome == "partial"
    assert "29 orders came and 30 were announced" in shop.errors()
    failing(shop.market, route="nothing")
    assert shop.sync().outcome == "completed"
    assert len(shop.orders()) == 30


def test_trap_34_a_filter_that_is_ignored_is_told(shop):
    """Everything comes, whatever was asked for: no window of it is proven."""
    old = order(1, ago(days=200), modified=at(ago(days=199)))
    everything = json.dumps({"isError": False, "messages": [], "results": [old]})
    failing(shop.market, 200, everything, route="order/read")
    with pytest.raises(SyncFailedError):
        shop.sync()
    assert "the marketplace ignored the filter createdAfter" in shop.errors()
    assert not any(window["read_to"] for window in shop.windows())


def test_a_type_that_is_refused_leaves_the_other(shop):
    """An account of the one kind, whose user may not read orders of the other."""
    shop.market.rows = [order(1, ago(hours=3)), order(2, ago(days=3), type=2)]
    failing(shop.market, 500, json.dumps({**REFUSED, "messages": ["Error processing data"]}), type=3)
    assert shop.sync(days=30).outcome == "partial"
    assert sorted(shop.orders()) == [2]
    assert {window["order_type"] for window in shop.windows() if window["read_to"] is None} == {3}


def test_trap_45_a_refusal_ends_the_sync_at_once(shop):
    failing(shop.market, 403, json.dumps(REFUSED))
    with pytest.raises(SyncFailedError, match="has no API rights"):
        shop.sync()
    assert len(shop.market.asked) <= 2
    assert shop.log()["status"] == "failed"


def test_an_outage_is_not_asked_again_for_every_window(shop):
    failing(shop.market, 500, json.dumps({**REFUSED, "messages": ["Error processing data"]}))
    with pytest.raises(SyncFailedError, match="No page of account"):
        shop.sync(days=400)
    assert len(shop.market.asked) < 20


@pytest.mark.parametrize(("status", "body"), [(200, TRUNCATED), (502, TRUNCATED), (200, f"<p>{TRUNCATED}")])
def test_trap_47_an_answer_that_is_malformed_is_not_quoted(shop, status, body):
    """The start of a malformed answer went into the log: of orders, it holds names."""
    failing(shop.market, status, body, route="order/read")
    shop.market.rows = [order(1, ago(hours=3), modified=at(ago(hours=2)))]
    with pytest.raises(SyncFailedError):
        shop.sync()
    assert "Ioana" not in "\n".join([*shop.said, shop.errors()])


def test_gaps_are_named(shop):
    """What was not read, by its dates, until it is."""
    shop.market.rows = [order(1, ago(days=1))]
    failing(shop.market, type=3, createdAfter=f"{day_ago(27)}")
    shop.sync(days=60)
    settings = shop.settings.model_copy(update={"accounts": (shop.account,)})
    [sentence] = gap_sentences(shop.database, settings)
    first, last = day_ago(26), day_ago(1)
    assert sentence == f"{shop.account}: orders not read: {first} to {last}"
    [gap] = shop.rows("SELECT * FROM order_gaps WHERE account_type = %s AND minutes > 10")
    assert (gap["kind"], gap["order_type"], gap["axis"]) == ("not read", 3, "created")
    assert gap["reason"] == "not one page came"
    [status] = shop.rows("SELECT * FROM order_status WHERE account_type = %s")
    assert (status["read_back_to"], status["windows_left"], status["orders"]) == (day_ago(0), 1, 1)
    failing(shop.market, route="nothing")
    shop.sync(days=60)
    assert gap_sentences(shop.database, settings) == []
    [status] = shop.rows("SELECT * FROM order_status WHERE account_type = %s")
    assert (status["read_back_to"], status["windows_left"], status["orders"]) == (day_ago(60), 0, 1)


def test_a_day_without_orders_among_many_is_named(shop):
    days = [day for day in range(1, 31) if day != 12]
    shop.market.rows = [order(100 * day + n, f"{day_ago(day)} 12:00:00") for day in days for n in range(11)]
    shop.sync(days=31)
    settings = shop.settings.model_copy(update={"accounts": (shop.account,)})
    [sentence] = gap_sentences(shop.database, settings)
    empty = day_ago(12)
    assert sentence == f"{shop.account}: days without an order, among days with many: {empty}"


def test_trap_47_the_customer_is_stored_nowhere(shop):
    """Names, addresses, mails and telephones: in no table, whatever happens to the row they came with."""
    planted = customer("Zxqv Nimeni")
    shop.market.rows = [
        order(1, ago(hours=3), customer=planted, details={"note": "Zxqv"}, vendor_name="Zxqv"),
        order(None, "Zxqv", customer=planted),
        order(3, "Zxqv", status="Zxqv", customer=planted, products=[{"id": "Zxqv", "name": "Zxqv"}, "Zxqv"]),
        {"customer": planted},
        "Zxqv",
    ]
    shop.sync()
    tables = shop.session.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'"
        " AND schemaname <> 'information_schema'"
    ).fetchall()
    assert len(tables) > 30
    for word in ("Zxqv", "Nimeni", "ioana.popescu", "0722000111", "Florilor"):
        for (table,) in tables:
            [(found,)] = shop.session.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{word}%"])
            assert found == 0, (word, table)
        assert word not in "\n".join(shop.said)
    assert sorted(shop.orders()) == [1, 3]
