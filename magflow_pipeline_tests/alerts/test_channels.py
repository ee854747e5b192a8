"""How channels are written in MAGFLOW_ALERT_URLS, and that what is in their addresses is seen nowhere."""

import logging
import re
from uuid import uuid4

import apprise
import pytest

from magflow_pipeline.alerts.channels import AppriseChannel, Heartbeat, Webhook, alert_channels, sync_channels
from magflow_pipeline.alerts.delivery import send_trial
from magflow_pipeline.alerts.messages import Message
from magflow_pipeline.settings import PROJECT_ROOT, ConfigurationError, load_settings

SECRET = "T0K3N/secret-pa55"


@pytest.fixture
def channels(setting):
    def read(text: str) -> list[tuple[str, str, str]]:
        setting(MAGFLOW_ALERT_URLS=text)
        return [(each.name, each.least, each.url) for each in alert_channels(load_settings())]

    return read


def test_a_channel_is_its_address_with_a_name_and_a_severity_before_it(channels):
    assert channels("") == []
    assert channels("slack://A/B/C critical=slack://D Phone=tgram://E mail:warning=mailto://u:p@h?to=a,b&x=y") == [
        ("slack", "info", "slack://A/B/C"),
        ("slack-2", "critical", "slack://D"),
        ("phone", "info", "tgram://E"),
        ("mail", "warning", "mailto://u:p@h?to=a,b&x=y"),
    ]


def test_channels_come_from_a_file_too(channels, tmp_path):
    file = tmp_path / "channels"
    file.write_text("# who is told\nmail=mailto://u:p@h\n\ncritical=slack://A\n")
    assert channels(f"@{file}") == [("mail", "info", "mailto://u:p@h"), ("slack", "critical", "slack://A")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"slack:/{SECRET}", "channel 1 is not written as"),
        (f"json://x urgent:very=json://{SECRET}", "severity of channel 2"),
        (f"a=json://{SECRET} a=json://y", "two channels are called 'a'"),
        (f"webhook=json://{SECRET}", "another channel's name"),
        ("@/nowhere/channels", "cannot be read: No such file"),
    ],
)
def test_a_wrong_channel_is_a_sentence_without_the_address(channels, text, what):
    with pytest.raises(ConfigurationError, match=what) as caught:
        channels(text)
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAGFLOW_WEBHOOK_URL", f"ftp://{SECRET}"), ("MAGFLOW_HEARTBEAT_URL", f"https:///{SECRET}")],
)
def test_webhook_and_heartbeat_are_addresses(setting, name, value):
    setting(**{name: value})
    with pytest.raises(ConfigurationError, match=f"{name}: it is no address") as caught:
        load_settings()
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize(
    "channel",
    [
        AppriseChannel("a", "info", f"json://user:{SECRET.replace('/', '%2F')}@127.0.0.1:9/{SECRET}?k={SECRET}"),
        AppriseChannel("a", "info", f"mailto://user:{SECRET.replace('/', '%2F')}@127.0.0.1:9?to=a@b.example"),
        AppriseChannel("a", "info", f"bogus://{SECRET}"),
        Webhook(f"http://127.0.0.1:9/{SECRET}", SECRET),
        Heartbeat(f"http://user:secret-pa55@127.0.0.1:9/{SECRET}"),
    ],
)
def test_what_is_in_an_address_is_seen_nowhere(channel, caplog, capfd):
    """Not in the error, the logs (also when everything is logged), the output, or the channel's own description."""
    caplog.set_level(logging.DEBUG)
    error = channel.send(Message(uuid4(), "test", "title", "body", facts={"account": "main"}))
    out, err = capfd.readouterr()
    seen = f"{error} {caplog.text} {out} {err} {channel!r} {channel}"
    assert error
    for part in ("T0K3N", "secret-pa55"):
        assert part not in seen


def test_apprise_knows_every_address_that_the_operators_page_shows():
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text().split("## Who gets told")[1].split("## What to do")[0]
    addresses = re.findall(r"`([a-z]+://[^`]+)`", page.split("| where | address |")[1].split("[Apprise]")[0])
    places = {
        "TOKEN_A": "T1JJ3T3L2", "TOKEN_B": "A1BRTD4JD", "TOKEN_C": "TIiajkdnlazkcOXrIdevi7FQ", "CHAT_ID": "12315544",
        "BOT_TOKEN": "123456789:abcdefg_hijklmnop-qrstuvwxyz1234567", "WEBHOOK_ID": "4174216298",
        "WEBHOOK_TOKEN": "JHMHI8qBe7bk2ZwO5U711o3dV_js", "ADDRESS": "a@b.example", "SMTP_HOST": "h",
    }  # fmt: skip
    assert len(addresses) == 7
    for address in addresses:
        filled = re.sub("|".join(places), lambda found: places[found[0]], address)
        assert apprise.Apprise.instantiate(filled) is not None, filled


def test_a_trial_is_sent_and_noted(database, receiver, setting, rows):
    setting(
        MAGFLOW_ALERT_URLS=f"chat=json://{receiver.address}/x",
        MAGFLOW_WEBHOOK_URL=f"http://{receiver.address}/hook",
        MAGFLOW_HEARTBEAT_URL=f"http://{receiver.address}/beat/{{account}}",
    )
    for name in ("chat", "webhook", "heartbeat"):
        assert send_trial(database, load_settings(), name) is None
    assert [each.path for each in receiver.got] == ["/x", "/hook", "/beat/main"]
    assert rows("SELECT channel, what, delivered FROM alert_deliveries ORDER BY id") == [
        {"channel": name, "what": "test", "delivered": True} for name in ("chat", "webhook", "heartbeat")
    ]
    with pytest.raises(ConfigurationError, match=r"no channel 'pager'\. Channels: webhook, heartbeat, chat"):
        send_trial(database, load_settings(), "pager")


def test_without_a_secret_the_webhook_is_not_signed(receiver, setting):
    setting(MAGFLOW_WEBHOOK_URL=f"http://{receiver.address}/hook")
    [webhook] = sync_channels(load_settings())
    assert webhook.send(Message(uuid4(), "sync")) is None
    assert "X-MagFlow-Signature" not in receiver.got[0].headers
