"""Who is told: each incident once and its end once, whatever sends, however often, and whatever the receiver does."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from magflow_pipeline.alerts.delivery import send_alerts
from magflow_pipeline.alerts.messages import MOST_APART
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.digest import digest_message, due_digests
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.alerts.receivers import SECRET, mail_receiver

pytestmark = pytest.mark.slow  # many looks at one database

ATTEMPTS = "SELECT channel, what, delivered FROM alert_deliveries ORDER BY id"


@pytest.fixture
def storm(session):
    """Builds that fail, so many of them."""

    def run(number: int, start: int = 0) -> None:
        session.execute(
            "INSERT INTO build_outcomes (name, error) SELECT 'table ' || lpad(t::text, 2, '0'), 'broken'"
            " FROM generate_series(%s::int, %s) AS t, generate_series(1, 3)",
            [start, start + number - 1],
        )

    return run


def test_an_incident_is_told_once_and_its_end_once(told, look, wrong):
    look()
    assert told() == []
    wrong(3)
    for _ in range(3):
        look()
    assert told() == ["MagFlow: 3 conflicts of suppliers, prices or matches"]
    wrong(0)
    for _ in range(3):
        look()
    assert told()[1:] == ["MagFlow: over: 3 conflicts of suppliers, prices or matches"]


def test_the_message_has_the_first_error_and_what_to_do_in_the_language_that_is_set(
    told, receiver, account, ended, look, setting
):
    account()
    ended("failed", errors=["No page could be read: HTTP 504"])
    setting(MAGFLOW_LANGUAGE="ro")
    look()
    [message] = [json.loads(each.body) for each in receiver.got]
    assert message["title"] == "MagFlow: main: sincronizarea a eșuat"
    assert "Prima eroare: No page could be read: HTTP 504" in message["message"]
    assert "Ce este de făcut: Următoarea sincronizare" in message["message"]
    assert "București" in message["message"]


def test_the_end_of_what_nobody_was_told_is_not_told(told, look, wrong, setting):
    setting(MAGFLOW_ALERT_URLS="")
    wrong(3)
    look()
    wrong(0)
    look()
    setting(MAGFLOW_ALERT_URLS="json://127.0.0.1:9/x")
    look()
    assert told() == []


def test_two_senders_at_once_send_once(told, receiver, database, wrong, rows):
    wrong(3)
    receiver.gate.clear()
    threading.Timer(1.5, receiver.gate.set).start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send_alerts(database, load_settings(), 20), range(4)))
    assert len(told()) == 1
    assert len(rows(ATTEMPTS)) == 1


def test_a_channel_gets_its_severity_and_above(receiver, setting, look, wrong, account, ended):
    setting(
        MAGFLOW_ALERT_URLS=f"critical=json://{receiver.address}/gravest work:warning=json://{receiver.address}/work"
        f" json://{receiver.address}/all"
    )
    wrong(1)
    account(days=1)
    ended("failed")
    look()
    paths = [each.path.strip("/") for each in receiver.got]
    assert (paths.count("gravest"), paths.count("work"), paths.count("all")) == (1, 2, 3)


def test_a_dead_receiver_is_noticed_told_through_the_others_and_caught_up_with(
    told, receiver, setting, look, wrong, age, rows, session
):
    with mail_receiver() as (port, mails):
        setting(
            MAGFLOW_ALERT_URLS=f"chat=json://{receiver.address}/{SECRET}"
            f" mailto://127.0.0.1:{port}?from=a@magflow.example&to=b@magflow.example&mode=insecure"
        )
        receiver.status = 503
        wrong(3)
        for minutes in (2, 3, 9):
            look()
            age(minutes)
        look()
        assert [mail["Subject"] for mail in mails] == [
            "MagFlow: 3 conflicts of suppliers, prices or matches",
            "MagFlow: Channel chat takes no messages: 3 attempts failed",
        ]
        failed = rows("SELECT error FROM alert_deliveries WHERE NOT delivered")
        assert "503" in failed[0]["error"] and SECRET not in str(failed)
        wrong(0)  # over before the channel was told: nothing to catch up with
        wrong(4)
        receiver.status, receiver.got[:] = 200, []
        age(60)
        look()
        assert told() == ["MagFlow: 4 conflicts of suppliers, prices or matches"]
        look()
        assert mails[-1]["Subject"].startswith("MagFlow: over: Channel chat takes no messages")
        assert len(mails) == 3 and len(told()) == 1, "the channel is not told of itself"


def test_attempts_at_a_dead_receiver_back_off_and_a_new_incident_is_tried_at_once(
    told, receiver, look, wrong, age, account, ended
):
    receiver.status = 500
    wrong(1)
    look()
    look()
    assert len(told()) == 1
    account()
    ended("failed")
    look()
    look()
    assert len(told()) == 2
    age(1)
    look()
    assert len(told()) == 2, "after the second failure it waits two minutes"
    age(1)
    look()
    assert len(told()) == 3


def test_a_message_that_is_never_taken_keeps_nobody_else_waiting(told, receiver, database, look, wrong, rows, session):
    """It is tried again last."""
    receiver.status = 400
    wrong(1)
    look()
    receiver.status = 200
    session.execute(
        "INSERT INTO observations (name, value, observed_at) VALUES ('daemon_beat', 1, now() - interval '1 hour')"
    )
    look()
    assert [title[:20] for title in told()] == ["MagFlow: 1 conflicts", "MagFlow: The daemon "]
    look()
    assert [title[:20] for title in told()[2:]] == ["MagFlow: 1 conflicts"]


def test_a_storm_is_one_message_and_so_is_its_end(told, receiver, look, storm, session):
    storm(42)
    look()
    assert told() == ["MagFlow: 42 incidents: table 00: 3 of the last day's 3 builds failed"]
    body = json.loads(receiver.got[0].body)["message"]
    assert "... and 37 more: magflow alerts lists them" in body
    assert "table 04" in body and "table 05" not in body
    session.execute("DELETE FROM build_outcomes")
    look()
    look()
    assert [title.partition(" table")[0] for title in told()[1:]] == ["MagFlow: 42 incidents: over:"]


def test_a_storm_that_comes_in_drops_is_held_back_but_for_what_is_critical(told, look, storm, age, session):
    for number in range(MOST_APART + 4):
        storm(1, start=number)
        look()
    assert len(told()) == MOST_APART
    session.execute(
        "INSERT INTO observations (name, value, observed_at) VALUES ('daemon_beat', 1, now() - interval '1 hour')"
    )
    look()
    assert len(told()) == MOST_APART + 1
    age(11)
    look()
    assert len(told()) == MOST_APART + 5, "the other four"


def test_quiet_hours_hold_back_all_but_the_gravest(told, look, wrong, quiet, session):
    quiet(hold=True)
    wrong(3)
    session.execute(
        "INSERT INTO observations (name, value, observed_at) VALUES ('daemon_beat', 1, now() - interval '1 hour')"
    )
    look()
    assert [title[:19] for title in told()] == ["MagFlow: The daemon"]
    quiet(hold=False)
    look()
    look()
    assert [title[:20] for title in told()[1:]] == ["MagFlow: 3 conflicts"]


def test_what_began_and_ended_in_quiet_hours_is_told_to_nobody(told, look, wrong, quiet):
    quiet(hold=True)
    wrong(3)
    look()
    wrong(0)
    look()
    quiet(hold=False)
    look()
    assert told() == []


def test_foreign_text_mentions_nobody_links_nowhere_and_makes_no_header(told, receiver, setting, account, ended, look):
    evil = "SKU<b>\r\nBcc: x@evil.example\r\n@everyone <!channel> <script>alert(1)</script> http://evil.example *x*"
    with mail_receiver() as (port, mails):
        setting(
            MAGFLOW_ALERT_URLS=f"json://{receiver.address}/x"
            f" mailto://127.0.0.1:{port}?from=a@magflow.example&to=b@magflow.example&mode=insecure&format=html"
        )
        account("main")
        ended("failed", errors=[evil], sync_type="orders\r\nBcc: x@evil.example")
        look()
        [mail] = mails
        assert mail["Bcc"] is None and "Bcc: x" in mail["Subject"], "one line"
        html = mail.get_body(("html",)).get_content()
        assert "<script" not in html and "&lt;" in html
        [body] = [json.loads(each.body)["message"] for each in receiver.got]
        for harm in ("@everyone", "<!channel>", "<script", "http://evil"):
            assert harm not in body
        assert "evil.example" in body, "it is still there to be read"


def test_a_channel_that_apprise_does_not_know_stops_no_other_one(told, receiver, setting, look, wrong, rows):
    setting(MAGFLOW_ALERT_URLS=f"nonsense://{SECRET} json://{receiver.address}/x")
    wrong(1)
    sent = look()
    assert len(told()) == 1
    assert sent.failed == ["nonsense: Apprise does not know this kind of address, or something is missing in it"]


def test_a_receiver_that_does_not_answer_is_given_up_and_nobody_waits_for_it(
    told, receiver, setting, look, wrong, monkeypatch, rows
):
    monkeypatch.setattr("magflow_pipeline.alerts.channels.ATTEMPT_SECONDS", 0.5)
    receiver.gate.clear()
    wrong(1)
    assert look().failed == ["json: no answer within 0 s"]
    assert rows(ATTEMPTS) == [{"channel": "json", "what": "opened", "delivered": False}]


def test_a_redirect_is_not_followed(told, receiver, look, wrong):
    """The address and what is in it are for one host."""
    receiver.status, receiver.location = 307, f"http://{receiver.address}/elsewhere"
    wrong(1)
    assert "307" in look().failed[0]
    assert [SECRET in each.path for each in receiver.got] == [True]


def test_a_digest_goes_once_to_every_channel_a_page_by_mail_and_text_elsewhere(
    receiver, setting, look, account, session, rows, database
):
    account(days=40)
    digests = "SELECT channel, delivered FROM alert_deliveries WHERE what = 'digest' ORDER BY id"
    with mail_receiver() as (port, mails):
        setting(
            MAGFLOW_ALERT_URLS=f"chat=json://{receiver.address}/x"
            f" mailto://127.0.0.1:{port}?from=a@magflow.example&to=b@magflow.example&mode=insecure",
            MAGFLOW_DIGEST="daily",
        )
        receiver.status = 500
        look()
        receiver.status = 200
        session.execute("UPDATE alert_deliveries SET attempted_at = attempted_at - interval '1 hour'")
        for _ in range(3):
            look()
    assert [row["channel"] for row in rows(digests) if row["delivered"]] == ["mailto", "chat"]
    [due] = due_digests(database, load_settings(), datetime.now(UTC))
    message = digest_message(database, load_settings(), due.day, due.period, Language.EN)
    [mail] = [each for each in mails if each["Subject"] == message.title]
    assert "<html" in mail.get_body(("html",)).get_content()
    told = [json.loads(each.body) for each in receiver.got]
    assert [each["title"] for each in told].count(message.title) in (1, 2), "once taken, once refused at most"
    assert "<html" not in next(each["message"] for each in told if each["title"] == message.title)


def test_who_was_told_hears_the_end_also_of_what_became_less_grave_before(told, look, setting, receiver, disk):
    """A disk gets space bit by bit: whoever was woken by it never heard that it was over."""
    setting(MAGFLOW_ALERT_URLS=f"critical=json://{receiver.address}/x")

    for free in (0.1, 2.1, 90, 90):
        disk(free)
        look()
    began, ended = told()
    assert began.startswith("MagFlow: ") and ended.startswith("MagFlow: over: ")
