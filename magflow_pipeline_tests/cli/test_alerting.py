"""`magflow alerts`, and what is sent at the end of `magflow sync`: processes against real receivers."""

import json
import time
from collections.abc import Iterator

import psycopg
import pytest

from magflow_pipeline_tests.alerts.receivers import Receiver, http_receiver
from magflow_pipeline_tests.cli.test_syncing import ask, magflow, outcome, session, simulator

__all__ = ["ask", "magflow", "session", "simulator"]  # fixtures
PARTS = ("w3bh00k-pa55", "h3artb3at-uuid", "ch4nnel-t0ken", "s1gning-k3y", "m4il-pa55word")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def planted(receiver) -> dict[str, str]:
    """Every secret there is: a webhook, a heartbeat, a chat that works and a mail server that is not there."""
    hook, beat, chat, key, mail = PARTS
    return {
        "MAGFLOW_WEBHOOK_URL": f"http://user:{hook}@{receiver.address}/hook?key={hook}",
        "MAGFLOW_WEBHOOK_SECRET": key,
        "MAGFLOW_HEARTBEAT_URL": f"http://{receiver.address}/beat/{beat}/{{account}}",
        "MAGFLOW_ALERT_URLS": f"chat=json://{receiver.address}/{chat} mailto://user:{mail}@127.0.0.1:9?to=a@b.example",
    }


@pytest.mark.slow
def test_a_sync_tells_who_is_to_be_told_and_planted_secrets_are_found_nowhere(
    magflow, simulator, receiver, planted, ask, database_url, tmp_path
):
    """In no table of either database, no file of the home, no output."""
    simulator.switch("fbe", faults=[{"kind": "504-html", "page": 1}])
    shown = magflow("sync", **planted)
    assert shown.returncode == 1, outcome(shown)
    assert receiver.got, outcome(shown)
    caught_up = magflow("alerts", "send", **planted)  # what a slow machine had no time for
    assert "mailto: " in shown.stderr + caught_up.stdout, outcome(caught_up)
    paths = [each.path.partition("?")[0] for each in receiver.got]
    assert sorted(paths) == ["/beat/h3artb3at-uuid/main", "/ch4nnel-t0ken", "/hook", "/hook"]
    told = [json.loads(each.body) for each in receiver.got if each.path.startswith("/hook")]
    assert sorted((each["account"], each["outcome"], (each["report"] or {}).get("items")) for each in told) == [
        ("fbe", "failed", None),
        ("main", "completed", 25),
    ]
    listed = magflow("alerts", **planted)
    tried = magflow("alerts", "test", "mailto", **planted)
    sent = magflow("alerts", "send", **planted)
    assert "warning: fbe: the sync failed" in listed.stdout and "channel chat (incidents, info" in listed.stdout
    assert "channel mailto" in listed.stdout and "not taken at" in listed.stdout, outcome(listed)
    assert (tried.returncode, "mailto: not taken: " in tried.stdout) == (1, True), outcome(tried)
    assert sent.returncode == 0, outcome(sent)  # the mail waits for its next attempt
    seen = [outcome(each)[1] for each in (shown, caught_up, listed, tried, sent)]
    name, mark, rest = database_url.partition("?")
    for url in (database_url, f"{name}_dagster{mark}{rest}"):
        seen += _everything_in(url)
    seen += [file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    assert len(seen) > 50
    for part in PARTS:
        assert not [text[:200] for text in seen if part in text], part


@pytest.mark.slow
def test_a_receiver_that_hangs_neither_delays_nor_fails_a_sync(magflow, receiver):
    receiver.gate.clear()
    began = time.monotonic()
    alone = magflow("sync", "main")
    usual = time.monotonic() - began
    began = time.monotonic()
    shown = magflow("sync", "main", MAGFLOW_WEBHOOK_URL=f"http://{receiver.address}/hook")
    assert (alone.returncode, shown.returncode) == (0, 0), outcome(shown)
    assert time.monotonic() - began < 3 * usual + 30
    assert "Alerts: webhook: " in shown.stderr


@pytest.mark.slow
def test_wrong_channels_are_a_sentence_and_stop_no_sync(magflow):
    shown = magflow("sync", "main", MAGFLOW_ALERT_URLS="slack:/t0ken")
    assert shown.returncode == 0 and "MAGFLOW_ALERT_URLS: channel 1 is not written" in shown.stderr, outcome(shown)
    listed = magflow("alerts", MAGFLOW_ALERT_URLS="slack:/t0ken")
    assert listed.returncode == 2 and "channel 1" in listed.stderr, outcome(listed)
    nobody = magflow("alerts")
    assert nobody.returncode == 0 and "Nobody is told" in nobody.stdout, outcome(nobody)


def _everything_in(url: str) -> list[str]:
    """Each table of a database, as text."""
    with psycopg.connect(url, autocommit=True) as session:
        tables = session.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return [
            "\n".join(str(row) for (row,) in session.execute(f"SELECT t::text FROM {table} AS t"))
            for (table,) in tables
        ]
