"""Receivers that trickle, flood, redirect or ask to wait: each is noted as what it is, and nobody waits for it."""

import json
from uuid import uuid4

import pytest

from magflow_pipeline.alerts.channels import AppriseChannel, Heartbeat, Webhook
from magflow_pipeline.alerts.messages import Message
from magflow_pipeline_tests.alerts.receivers import mail_receiver, raw_receiver

TRICKLE = (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.05)  # its head has no end, and no pause is long
FLOOD = (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", b"x" * 65_536, 0.001)
MESSAGE = Message(uuid4(), "test", "title", "body", facts={"account": "main"})


def channels(address: str) -> list[AppriseChannel | Webhook | Heartbeat]:
    return [
        AppriseChannel("chat", "info", f"json://{address}/x"),
        Webhook(f"http://{address}/x", "secret"),
        Heartbeat(f"http://{address}/x"),
    ]


@pytest.mark.parametrize("number", range(3))
def test_a_receiver_that_sends_its_answer_byte_by_byte_is_given_up(monkeypatch, number):
    """A time limit per read never ends it."""
    monkeypatch.setattr("magflow_pipeline.alerts.channels.ATTEMPT_SECONDS", 1.0)
    with raw_receiver(*TRICKLE) as (address, heads):
        assert channels(address)[number].send(MESSAGE) is not None
        assert len(heads) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_an_answer_without_end_is_taken_by_its_status_and_not_read(number):
    with raw_receiver(*FLOOD) as (address, heads):
        assert channels(address)[number].send(MESSAGE) is None
        assert len(heads) == 1


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("status", [302, 307, 308])
def test_no_channel_follows_a_redirect(receiver, number, status):
    receiver.status, receiver.location = status, f"http://{receiver.address}/elsewhere"
    error = channels(receiver.address)[number].send(MESSAGE)
    assert error is not None and str(status) in error
    assert [each.path for each in receiver.got] == ["/x"]


@pytest.mark.parametrize("number", range(3))
def test_a_receiver_that_asks_to_wait_is_asked_once_and_its_answer_noted(receiver, number):
    receiver.status, receiver.retry_after = 429, "3600"
    error = channels(receiver.address)[number].send(MESSAGE)
    assert error is not None and ("429" in error or "Too Many" in error)
    assert len(receiver.got) == 1


def test_a_text_that_is_too_long_for_a_service_comes_in_parts(receiver):
    """Mattermost takes 4,000 characters, Telegram 4,096, Discord 2,000: a long digest was refused at every attempt."""
    lines = [f"- SKU-{number:04} critical" for number in range(600)]
    channel = AppriseChannel("chat", "info", f"mmost://{receiver.address}/3ccdd113474722377935511fc85d3dd4")
    assert channel.send(Message(uuid4(), "digest", "MagFlow, day", "\n".join(lines))) is None
    texts = [json.loads(each.body)["text"] for each in receiver.got]
    assert len(texts) > 1 and max(map(len, texts)) <= 4000
    assert all(f"SKU-{number:04}" in "".join(texts) for number in range(600))


def test_a_page_by_mail_stays_whole():
    """Half a page of HTML is none."""
    page = "<html><body>" + "<p>a line</p>" * 5000 + "<p>the end</p></body></html>"
    with mail_receiver() as (port, mails):
        url = f"mailto://127.0.0.1:{port}?from=a@magflow.example&to=b@magflow.example&mode=insecure"
        assert AppriseChannel("mail", "info", url).send(Message(uuid4(), "digest", "title", "text", page)) is None
    [mail] = mails
    assert "the end" in mail.get_body(("html",)).get_content()
