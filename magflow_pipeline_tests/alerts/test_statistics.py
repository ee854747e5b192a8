"""The webhook and the heartbeat: each sync at least once, told apart by its id; only a good sync is a sign of life."""

import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from magflow_pipeline.alerts.delivery import send_alerts
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.offers import offers

pytestmark = pytest.mark.slow  # many looks at one database

SECRET = "s1gning-k3y"


@pytest.fixture
def webhook(receiver, setting):
    setting(MAGFLOW_WEBHOOK_URL=f"http://{receiver.address}/hook", MAGFLOW_WEBHOOK_SECRET=SECRET)
    return lambda: [json.loads(each.body) for each in receiver.got]


@pytest.fixture
def heartbeat(receiver, setting):
    setting(MAGFLOW_HEARTBEAT_URL=f"http://{receiver.address}/ping/{{account}}")
    return lambda: [each.path for each in receiver.got]


@pytest.fixture
def built(session):
    """The report is as new as the syncs."""
    return lambda: session.execute("SELECT begin_build('low_stock_report')")


def test_the_statistics_of_a_sync_are_signed_and_equal_its_row(webhook, receiver, account, ended, built, look, rows):
    account()
    sync = ended(
        "partial",
        processed_items=25,
        created_items=5,
        total_items=26,
        errors=["page 2 was given up"],
        api_requests_made=7,
        triggered_by="schedule",
    )
    built()
    look()
    look()
    [told] = webhook()
    assert (told["account"], told["mode"], told["outcome"]) == ("main", "full", "partial")
    assert (told["sync_id"], told["sync_type"], told["duration_seconds"]) == (sync, "products", 9.0)
    assert told["counts"]["processed"] == 25 and told["counts"]["created"] == 5 and told["counts"]["total"] == 26
    assert (told["requests"], told["errors"], told["triggered_by"]) == (7, ["page 2 was given up"], "schedule")
    [got] = receiver.got
    # As docs/operations.md shows it to the receiver.
    expected = "sha256=" + hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(got.headers["X-MagFlow-Signature"], expected)
    assert got.headers["X-MagFlow-Id"] == told["id"]
    [row] = rows("SELECT message_id::text AS id, channel, what, sync_id, delivered FROM alert_deliveries")
    assert row == {"id": told["id"], "channel": "webhook", "what": "sync", "sync_id": sync, "delivered": True}


def test_the_report_is_waited_for_and_its_counts_are_those_of_the_view(
    webhook, database, look, make_simulator, make_seller, sync, rows
):
    make_seller(make_simulator(main=offers(4)))
    sync()
    look()
    assert webhook() == [], "the report is not built yet"
    refresh_inventory(database, "main")
    build_low_stock_report(database)
    look()
    [told] = webhook()
    [counts] = rows("SELECT * FROM low_stock_by_account WHERE account_type = 'main'")
    assert told["report"]["items"] == counts["items"] == 4
    assert {name: told["report"][name] for name in ("in_stock", "critical")} == {
        name: counts[name] for name in ("in_stock", "critical")
    }
    assert told["report"]["built_at"] == counts["built_at"].isoformat()


def test_a_report_that_is_never_built_is_waited_for_a_quarter_of_an_hour(webhook, account, ended, look):
    account()
    ended(minutes=14)
    look()
    assert webhook() == []
    ended(minutes=16)
    look()
    assert [each["report"] for each in webhook()] == [None]


def test_what_the_receiver_missed_comes_later_with_the_same_id_and_not_after_a_day(
    webhook, receiver, account, ended, built, look, session
):
    account()
    ended(minutes=25 * 60)
    first = ended(minutes=60)
    built()
    receiver.status = 500
    look()
    receiver.status = 200
    session.execute("UPDATE alert_deliveries SET attempted_at = attempted_at - interval '1 hour'")
    second = ended(minutes=1)
    built()
    look()
    look()
    told = webhook()
    assert [each["sync_id"] for each in told] == [first, second, first]
    assert told[0]["id"] == told[2]["id"] != told[1]["id"]


def test_two_senders_at_once_send_the_statistics_once(webhook, receiver, database, account, ended, built):
    account()
    ended()
    built()
    receiver.gate.clear()
    threading.Timer(1.5, receiver.gate.set).start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send_alerts(database, load_settings(), 20), range(4)))
    assert len(webhook()) == 1


def test_a_heartbeat_follows_each_good_sync_of_each_account_and_nothing_else(heartbeat, account, ended, look):
    account("main")
    account("fbe")
    ended(account="main")
    ended("partial", account="fbe")
    look()
    look()
    assert heartbeat() == ["/ping/main"]
    ended(account="fbe")
    ended("failed", account="main")
    look()
    assert heartbeat() == ["/ping/main", "/ping/fbe"], "the older good sync of main is not called again"
    ended(account="main")
    look()
    assert heartbeat()[2:] == ["/ping/main"]


def test_a_heartbeat_of_long_ago_is_not_called(heartbeat, account, ended, look):
    """An outside watcher would believe that all is well now."""
    account()
    ended(minutes=61)
    look()
    assert heartbeat() == []
