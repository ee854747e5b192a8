"""The daemon's sensor tells; where the daemon is gone, cron does; a broken channel is a failed check in the UI."""

import json

import pytest

from magflow_pipeline.alerts.delivery import send_alerts
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.alerts.receivers import http_receiver
from magflow_pipeline_tests.defs.conftest import tick_of


@pytest.fixture
def receiver(monkeypatch):
    with http_receiver() as receiver:
        monkeypatch.setenv("MAGFLOW_ALERT_URLS", f"chat=json://{receiver.address}/x")
        load_settings.cache_clear()
        yield receiver


@pytest.fixture
def tick(repository, instance):
    return lambda cursor=None: tick_of(repository, instance, "send_alerts", cursor)


@pytest.mark.slow
def test_an_unplugged_daemon_is_told_by_cron_and_its_return_by_itself(receiver, tick, database, session):
    tick()
    send_alerts(database, load_settings(), 5)
    assert receiver.got == []
    session.execute("UPDATE observations SET observed_at = observed_at - interval '6 minutes'")
    send_alerts(database, load_settings(), 5)
    tick()
    assert [json.loads(each.body)["title"] for each in receiver.got] == [
        "MagFlow: The daemon has been silent for 6 minutes",
        "MagFlow: over: The daemon has been silent for 6 minutes",
    ]


@pytest.mark.slow
def test_a_broken_channel_fails_its_check_and_a_working_one_passes_it(receiver, tick, session):
    first = tick()
    assert [event.passed for event in first.asset_events] == [True]
    assert tick(first.cursor).asset_events == [], "nothing new"
    receiver.status = 500
    session.execute("INSERT INTO observations (name, value) VALUES ('supplier_conflicts', 1)")
    broken, cursor = [], first.cursor
    for _ in range(3):
        data = tick(cursor)
        cursor, broken = data.cursor, [*broken, *data.asset_events]
        session.execute("UPDATE alert_deliveries SET attempted_at = attempted_at - interval '1 hour'")
    [event] = broken
    assert (event.passed, event.check_name) == (False, "every_channel_takes_messages")
    assert "chat" in str(event.metadata)
    receiver.status = 200
    assert [event.passed for event in tick(cursor).asset_events] == [True]


@pytest.mark.slow
def test_builds_that_fail_are_noted_and_an_incident_after_the_third(receiver, tick, database, session, rows):
    from magflow_pipeline.purchasing.low_stock import build_low_stock_report

    session.execute("INSERT INTO emag_accounts (account_type, marketplace, username, warehouse, place)"
                    " VALUES ('main', 'm', 'u', 'EMAG-MAIN', 1)")  # fmt: skip
    build_low_stock_report(database)
    session.execute("ALTER TABLE low_stock_report RENAME TO hidden")
    for _ in range(3):
        with pytest.raises(Exception, match="low_stock_report"):
            build_low_stock_report(database)
    outcomes = rows("SELECT name, error IS NULL AS is_good FROM build_outcomes ORDER BY id")
    assert [each["is_good"] for each in outcomes] == [True, False, False, False]
    session.execute("ALTER TABLE hidden RENAME TO low_stock_report")
    tick()
    [told] = [json.loads(each.body) for each in receiver.got]
    assert told["title"] == "MagFlow: low_stock_report: 3 of the last day's 4 builds failed"
    assert "First error: " in told["message"] and "low_stock_report" in told["message"]
