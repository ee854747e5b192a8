"""What becomes graver is told again, what comes and goes is no noise, and what nobody could be told is told late."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from magflow_pipeline.alerts.delivery import send_alerts
from magflow_pipeline.alerts.incidents import update_incidents
from magflow_pipeline.alerts.messages import MOST_APART
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import load_settings

pytestmark = pytest.mark.slow  # many looks at one database

STATES = "SELECT what, delivered FROM alert_deliveries WHERE channel <> 'webhook' ORDER BY id"


@pytest.fixture
def news(told):
    """Which words each title began with: new, graver, over or missed."""
    begins = {"graver": "graver", "over": "over", "over, could not be told before": "missed"}

    def read() -> list[str]:
        return [begins.get(title.removeprefix("MagFlow: ").partition(": ")[0], "new") for title in told()]

    return read


def test_each_rise_is_told_once_more_and_a_fall_is_not(news, look, disk, receiver, age):
    """A disk with 5 % left, told last week, is full tonight."""
    for free, expected in (
        (4, ["new"]),
        (3, ["new"]),  # other numbers, as grave
        (1, ["new", "graver"]),
        (0.5, ["new", "graver"]),
        (3, ["new", "graver"]),
        (1, ["new", "graver", "graver"]),
        (90, ["new", "graver", "graver", "over"]),
    ):
        disk(free)
        look()
        look()
        assert news() == expected, free
        age(61)  # more than four in an hour would be held back
    body = json.loads(receiver.got[1].body)["message"]
    assert "Critical since 20" in body and "open since 20" in body


def test_a_channel_for_the_gravest_hears_of_a_rise_as_of_what_is_new(look, disk, setting, receiver, told):
    setting(MAGFLOW_ALERT_URLS=f"critical=json://{receiver.address}/x")
    disk(4)
    look()
    assert told() == []
    disk(1)
    look()
    look()
    assert told() == ["MagFlow: Disk of /x nearly full: 1.0 of 100.0 GB free"]


def test_a_rise_that_was_over_before_the_channel_took_it_is_told_to_nobody(news, look, disk, receiver, age):
    disk(4)
    look()
    receiver.status = 503
    disk(1)
    look()
    disk(3)
    receiver.status = 200
    receiver.got.clear()
    age(61)
    look()
    assert news() == [], "it is as grave as the channel knows"


def test_a_rise_breaks_quiet_hours_as_an_opening_of_that_severity_does(news, look, disk, quiet):
    quiet(hold=False)
    disk(4)
    look()
    quiet(hold=True)
    disk(1)
    look()
    assert news() == ["new", "graver"]


def test_a_rise_during_the_sending_of_the_warning_is_told_by_the_next_look(news, look, disk, receiver, database, rows):
    """Noted by the time of the note, the warning would count as told after the rise: a full disk was told to nobody."""
    disk(4)
    receiver.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(look)
        while not receiver.got:
            threading.Event().wait(0.01)
        disk(1)
        with database.connect() as session:
            update_incidents(session, load_settings())
        receiver.gate.set()
        sending.result()
    look()
    look()
    assert news() == ["new", "graver"]
    assert rows(STATES) == [{"what": what, "delivered": True} for what in ("opened", "worsened")]


def test_two_senders_at_once_tell_a_rise_once(news, look, disk, receiver, database):
    disk(4)
    look()
    disk(1)
    receiver.gate.clear()
    threading.Timer(1.0, receiver.gate.set).start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send_alerts(database, load_settings(), 20), range(4)))
    assert news() == ["new", "graver"]


def test_rises_of_many_are_one_message_and_a_storm_holds_no_critical_one(told, look, session, receiver):
    def disks(free: float) -> None:
        session.execute(
            "INSERT INTO observations (name, subject, value)"
            " SELECT name, '/' || n, value FROM generate_series(1, 8) AS n,"
            " (VALUES ('disk_total_bytes', 1e11), ('disk_free_bytes', %s)) AS seen (name, value)"
            " ON CONFLICT (name, subject) DO UPDATE SET value = excluded.value",
            [free],
        )
        look()
        look()

    for free in (4e9, 1e9):
        disks(free)
    assert len(told()) == 2
    assert told()[1].startswith("MagFlow: 8 incidents: graver: Disk of /1 nearly full")
    disks(9e10)
    assert told()[2].startswith("MagFlow: 8 incidents: over: Disk of /1")
    assert len(told()) == 3


def test_a_rise_is_tried_at_once_though_the_warning_waits_and_then_waits_itself(news, look, disk, receiver, age):
    """The back-off is of a message; that of the rise is another one."""
    receiver.status = 500
    disk(4)
    look()
    look()
    disk(1)
    look()
    look()
    assert len(news()) == 2
    age(2)
    receiver.status = 200
    look()
    look()
    assert news()[2:] == ["new"], "the channel was told nothing before"


def test_what_comes_and_goes_is_told_four_times_an_hour_and_then_as_it_is(news, look, disk, age):
    """A disk at the threshold, written and cleaned each half minute, would send a thousand messages in a night."""
    for _ in range(6):
        disk(1)
        look()
        disk(90)
        look()
    disk(1)
    look()
    assert news() == ["new", "over"] * 2
    age(61)
    look()
    look()
    assert news()[4:] == ["new"]
    for _ in range(6):
        disk(4)
        look()
        disk(1)
        look()
    assert news()[5:] == ["graver"] * 3
    disk(90)
    look()
    age(61)
    look()
    assert news()[8:] == ["over"]


def test_what_began_and_ended_while_its_only_channel_was_dead_is_told_as_over(
    told, look, receiver, ended, account, age
):
    """Nobody knew that for a night nothing was read; when the mail works again, one message says so."""
    account()
    ended("failed", errors=["No page could be read: HTTP 504"])
    receiver.status = 503
    look()
    ended()
    look()
    receiver.status = 200
    receiver.got.clear()
    age(61)
    for _ in range(3):
        look()
    assert told() == ["MagFlow: over, could not be told before: main: the sync failed"]
    body = json.loads(receiver.got[0].body)["message"]
    assert "First error: No page could be read: HTTP 504" in body and "From 20" in body and "What to do" not in body


def test_what_is_over_wakes_nobody(news, look, disk, receiver, age, quiet):
    receiver.status = 503
    disk(1)
    look()
    disk(90)
    look()
    receiver.status = 200
    receiver.got.clear()
    age(61)
    quiet(hold=True)
    look()
    assert news() == []
    quiet(hold=False)
    look()
    assert news() == ["missed"]


def test_the_end_that_is_held_back_is_told_though_retention_ran_meanwhile(news, look, disk, session, quiet):
    """What was told a year ago was deleted in the night in which it ended."""
    quiet(hold=False)
    disk(4)
    look()
    session.execute("UPDATE alert_deliveries SET attempted_at = attempted_at - interval '366 days'")
    quiet(hold=True)
    disk(90)
    look()
    days = {"log_days": 30, "raw_days": 7, "snapshot_days": 1100, "alert_days": 365}
    psycopg.ClientCursor(session).execute(statement("sync/retention"), days)
    quiet(hold=False)
    look()
    assert news() == ["new", "over"]


def test_a_storm_holds_a_rise_to_a_warning_and_lets_one_to_critical_through(told, look, session, disk, age):
    for number in range(MOST_APART):
        session.execute(
            "INSERT INTO build_outcomes (name, error) SELECT %s, 'broken' FROM generate_series(1, 3)", [f"t{number}"]
        )
        look()
    disk(4)
    look()
    assert len(told()) == MOST_APART
    disk(1)
    look()
    assert told()[MOST_APART:] == ["MagFlow: Disk of /x nearly full: 1.0 of 100.0 GB free"]
