# pyright: reportUnknownMemberType=false
# Apprise is only partially typed.
"""Where messages go: mail and chat through Apprise, the webhook, the heartbeat.

A channel's address is a secret as a whole. It is known by its name: rows, errors and output have nothing else.
"""

import hashlib
import hmac
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from magflow_pipeline.alerts.messages import Message
from magflow_pipeline.emag.redaction import hider
from magflow_pipeline.settings import PROJECT_ROOT, ConfigurationError, Settings
from magflow_pipeline.text import noted, printable, storable

ATTEMPT_SECONDS = 10.0
SEVERITIES = ("info", "warning", "critical")
WEBHOOK, HEARTBEAT = "webhook", "heartbeat"
SIGNATURE, ID = "X-MagFlow-Signature", "X-MagFlow-Id"
_SHORTEST_SECRET = 4  # characters: what is shorter would be found in every sentence
_CHANNEL = re.compile(
    r"(?:(?P<name>[a-z0-9][a-z0-9_-]*)(?::(?P<severity>[a-z]+))?=)?(?P<url>(?P<scheme>[a-z][a-z0-9+.-]*)://\S+)",
    re.IGNORECASE,
)
# Loggers of libraries that log addresses: at INFO, at DEBUG, and Apprise at ERROR too.
_TALKATIVE = ("httpx", "httpcore", "urllib3", "apprise")


_addresses: set[str] = set()  # that this process has sent to


class Channel(Protocol):
    """Something that takes messages."""

    @property
    def name(self) -> str:
        """How people and rows call it."""
        ...

    def send(self, message: Message) -> str | None:
        """Send, within ATTEMPT_SECONDS; returns why it was not taken, without secrets, or None."""
        ...


@dataclass(frozen=True)
class AppriseChannel:
    """Mail or chat, by Apprise. It gets incidents of `least` severity and above."""

    name: str
    least: str
    url: str = field(repr=False)

    @property
    def severities(self) -> list[str]:
        """Those it is for."""
        return list(SEVERITIES[SEVERITIES.index(self.least) :])

    def send(self, message: Message) -> str | None:
        """Send as plain text, which Apprise escapes for HTML, Markdown and Slack."""
        _keep_out_of_logs(self.url)
        import apprise  # a quarter of a second that only those who send should pay, and several for its services

        asset = apprise.AppriseAsset(
            app_id="MagFlow",
            app_desc="MagFlow",
            app_url="",
            http_redirects=False,  # the address is for one host
            storage_mode=apprise.PersistentStoreMode.MEMORY,
            async_mode=False,
            plugin_paths=[],
        )
        service = apprise.Apprise.instantiate(self.url, asset=asset)
        if service is None:
            return "Apprise does not know this kind of address, or something is missing in it"
        service.redirects = False  # whatever the address says
        is_page = bool(message.html) and self.url.lower().startswith("mailto")
        if service.overflow_mode is apprise.OverflowMode.UPSTREAM and not is_page:
            # What is too long for Discord (2,000 characters) or Telegram (4,096) would be refused for ever.
            service.overflow_mode = apprise.OverflowMode.SPLIT
        sender = apprise.Apprise(asset=asset)
        sender.add(service)

        def notify() -> str | None:
            said: list[str] = []
            is_taken = sender.notify(
                title=message.title,
                body=message.html if is_page else message.body,
                body_format=apprise.NotifyFormat.HTML if is_page else apprise.NotifyFormat.TEXT,
                notify_type=apprise.NotifyType.FAILURE if message.is_critical else apprise.NotifyType.INFO,
                log_callback=lambda entry, _: said.append(entry.message),
                log_level=logging.WARNING,
            )
            why = "; ".join(dict.fromkeys(said)) or "it was not taken, and Apprise does not say why"
            return None if is_taken else why

        return _bounded(notify, self.url)


@dataclass(frozen=True)
class Webhook:
    """Gets the statistics of each sync as JSON, signed."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    name: str = WEBHOOK

    def send(self, message: Message) -> str | None:
        """POST them."""
        body = json.dumps({"id": str(message.id), **message.facts}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", ID: str(message.id)}
        if self.secret:
            headers[SIGNATURE] = signature(body, self.secret)
        return _bounded(lambda: _request("POST", self.url, headers, body), self.url, self.secret)


@dataclass(frozen=True)
class Heartbeat:
    """Is called after each good sync: something outside, which misses the call, tells that nothing runs any more."""

    url: str = field(repr=False)
    name: str = HEARTBEAT

    def send(self, message: Message) -> str | None:
        """GET the address; {account} in it is the account."""
        url = self.url.replace("{account}", quote(str(message.facts["account"])))
        return _bounded(lambda: _request("GET", url, {}, None), self.url)


def _keep_out_of_logs(*addresses: str) -> None:
    _addresses.update(addresses)
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_without_addresses)  # once, however often it is added
        logging.getLogger(name).propagate = False  # loggers below it have no such filter


def _without_addresses(record: logging.LogRecord) -> bool:
    """Let only warnings into logs, and these without any part of an address."""
    record.msg, record.args = _without_parts(record.getMessage(), _addresses), ()
    return record.levelno >= logging.WARNING


def signature(body: bytes, secret: str) -> str:
    """The value of the header X-MagFlow-Signature.

    >>> signature(b"{}", "key")[:19]
    'sha256=a777724d943e'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def alert_channels(settings: Settings) -> list[AppriseChannel]:
    """The channels that MAGFLOW_ALERT_URLS names.

    Raises:
        ConfigurationError: one cannot be read, or two have one name; the message quotes no address.
    """
    text = settings.alert_urls.get_secret_value().strip() if settings.alert_urls else ""
    if text.startswith("@"):
        text = _file(PROJECT_ROOT / Path(text[1:]).expanduser())
    channels = list(_channels(text))
    twice = [name for name, count in Counter(channel.name for channel in channels).items() if count > 1]
    if twice:
        raise ConfigurationError(f"MAGFLOW_ALERT_URLS: two channels are called {twice[0]!r}. Give each its own name.")
    return channels


def sync_channels(settings: Settings) -> list[Webhook | Heartbeat]:
    """Webhook and heartbeat, as far as they are set."""
    channels: list[Webhook | Heartbeat] = []
    if settings.webhook_url:
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        channels.append(Webhook(settings.webhook_url.get_secret_value(), secret))
    if settings.heartbeat_url:
        channels.append(Heartbeat(settings.heartbeat_url.get_secret_value()))
    return channels


def _file(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise ConfigurationError(
            f"MAGFLOW_ALERT_URLS names the file {printable(str(path))}, which cannot be read: {why}."
        ) from None
    return " ".join(line for line in lines if not line.lstrip().startswith("#"))


def _channels(text: str) -> Iterator[AppriseChannel]:
    """`[NAME[:SEVERITY]=]URL` or `SEVERITY=URL`, between blanks."""
    nameless: Counter[str] = Counter()
    for number, part in enumerate(text.split(), start=1):
        found = _CHANNEL.fullmatch(part)
        if found is None:
            raise ConfigurationError(
                f"MAGFLOW_ALERT_URLS: channel {number} is not written as URL, SEVERITY=URL, NAME=URL or "
                "NAME:SEVERITY=URL. A blank within a URL is %20."
            )
        name, severity = (found["name"] or "").lower(), (found["severity"] or "").lower()
        if not severity and name in SEVERITIES:
            name, severity = "", name
        if (severity or "info") not in SEVERITIES:
            raise ConfigurationError(
                f"MAGFLOW_ALERT_URLS: the severity of channel {number} is none of {', '.join(SEVERITIES)}."
            )
        if name in (WEBHOOK, HEARTBEAT):
            raise ConfigurationError(f"MAGFLOW_ALERT_URLS: {name!r} is another channel's name. Choose another one.")
        if not name:
            scheme = found["scheme"].lower()
            nameless[scheme] += 1
            name = scheme if nameless[scheme] == 1 else f"{scheme}-{nameless[scheme]}"
        yield AppriseChannel(name, severity or "info", found["url"])


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> str | None:
    import httpx

    try:
        with (
            httpx.Client(timeout=ATTEMPT_SECONDS / 2, follow_redirects=False) as client,
            client.stream(method, url, headers={"User-Agent": "magflow-pipeline", **headers}, content=body) as answer,
        ):
            return None if answer.is_success else f"it answered HTTP {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _bounded(send: Callable[[], str | None], *secrets: str) -> str | None:
    """Run `send` for at most ATTEMPT_SECONDS; what it says or raises, without the parts of the address.

    A receiver that answers a byte a minute keeps a thread, not the caller: the libraries' time limits are per read.
    """
    _keep_out_of_logs(*secrets)
    ended: list[str | None] = [f"no answer within {ATTEMPT_SECONDS:.0f} s"]

    def run() -> None:
        try:
            ended.append(send())
        except Exception as error:  # noqa: BLE001  # of 130 services: none may stop the others
            ended.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(ATTEMPT_SECONDS)
    said = ended[-1]
    return None if said is None else storable(noted(_without_parts(said, secrets)))


def _without_parts(text: str, addresses: Iterable[str]) -> str:
    """`text` without any part of the addresses, however they are written in it."""
    for address in list(addresses):
        rest = address.partition("://")[2] or address
        user = unquote(rest.partition("@")[0].partition(":")[0]) if "@" in rest else ""
        pieces = {piece for part in re.split(r"[/?&=:@,;#\s]+", rest) for piece in (part, unquote(part))}
        for piece in sorted((each for each in pieces if len(each) >= _SHORTEST_SECRET), key=len, reverse=True):
            text = hider(user, piece)(text)
    return text
