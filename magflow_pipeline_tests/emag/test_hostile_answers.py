"""Servers, proxies and answers that mean no good: every wait ends, nothing grows without bound, no password is told."""

import asyncio
import base64
import gzip
import html
import itertools
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.emag.client import Marketplace, Retries, open_marketplace
from magflow_pipeline.emag.errors import (
    BrokenConnectionError,
    MalformedError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    SlowError,
    ThrottledError,
    TooLargeError,
    TransientError,
)
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.receiving import MOST_BYTES
from magflow_pipeline_tests.emag.raw import selling, speaking
from magflow_pipeline_tests.emag.test_client import Unlimited, everything_told

USER, PASSWORD = "seller@example.ro", 'S3/CR+ET "<&ș'
TOKEN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b'{"isError": false, "messages": [], "results": []}'


def account(url: str) -> Account:
    return Account("main", USER, SecretStr(PASSWORD), url, "test", "main", "W")


def ask(url: str, times: int = 1, told: list[str] | None = None, **options: Any) -> list[Any]:
    """What each of so many reads gave: a page or an error."""
    options = {"connect_timeout": 0.5, "read_timeout": 0.5, "retries": Retries(attempts=1, max_wait=0), **options}

    async def run() -> list[Any]:
        tell = told.append if told is not None else print
        async with open_marketplace(account(url), {OFFERS.limit: Unlimited()}, tell=tell, **options) as marketplace:
            return [await one(marketplace) for _ in range(times)]

    async def one(marketplace: Marketplace) -> Any:
        try:
            return await marketplace.read(OFFERS, {}, 1, 10)
        except MarketplaceError as error:
            return error

    return asyncio.run(run())


def answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


# Waits


def nothing(_: socket.socket, __: bytes) -> Iterator[bytes]:
    time.sleep(10)
    yield b""


def trickle(_: socket.socket, __: bytes) -> Iterator[bytes]:
    yield OK + b"Content-Length: 1000\r\n\r\n"
    while True:
        time.sleep(0.1)
        yield b" "


def trickled_headers(_: socket.socket, __: bytes) -> Iterator[bytes]:
    yield OK
    for number in itertools.count():
        time.sleep(0.1)
        yield b"X-%d: 1\r\n" % number


def informational(_: socket.socket, __: bytes) -> Iterator[bytes]:
    while True:
        time.sleep(0.01)
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("speak", [nothing, trickle, trickled_headers, informational])
def test_a_server_that_does_not_end_is_left_in_time(speak):
    with speaking(speak) as server:
        start = time.monotonic()
        [error] = ask(server.url)
        assert time.monotonic() - start < 3
    assert isinstance(error, SlowError)


def test_a_server_that_says_nothing_to_a_greeting_is_left_in_time():
    """TLS: the connection is there, and the other side never takes part."""
    with speaking(nothing) as server:
        start = time.monotonic()
        [error] = ask(server.url.replace("http:", "https:"))
        assert time.monotonic() - start < 3
    assert type(error) is TransientError
    assert f"no connection to https://127.0.0.1:{server.port}/api-3 within 0.5 s" in str(error)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("speak", [nothing, trickled_headers])
def test_a_proxy_that_accepts_and_does_not_end_is_left_in_time(monkeypatch, variable, speak):
    """`magflow check` waited for it for ever, and it held the turn of all other requests."""
    with speaking(speak) as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        start = time.monotonic()
        errors = ask("https://marketplace.invalid/api-3", times=2)
        assert time.monotonic() - start < 4
    assert [type(error) for error in errors] == [TransientError] * 2
    assert proxy.requests[0].startswith(b"CONNECT marketplace.invalid:443")


def test_a_proxy_for_plain_http_is_left_in_time_too(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with speaking(nothing) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        [error] = ask("http://simulator/api-3")
    assert isinstance(error, SlowError)


@pytest.mark.parametrize("proxy", ["socks5://me:S3CRET@127.0.0.1:1", "ftp://me:S3CRET@h", "http://me:S3/CRET@h:x"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(RefusedError, match="HTTPS_PROXY") as caught:
        ask("https://marketplace.invalid/api-3")
    assert "S3" not in str(caught.value)


def test_a_wait_of_years_is_not_believed():
    """`Retry-After: 1e308` held every request of the account until the sync's limit."""
    replies = iter([answer("429 Too Many", b"{}", "Retry-After: 1e308"), answer("200 OK", EMPTY)])
    with speaking(lambda *_: iter([next(replies)])) as server:
        start = time.monotonic()
        [page] = ask(server.url, retries=Retries(attempts=3, max_wait=0))
        assert time.monotonic() - start < 2
    assert page.rows == []


def test_a_wait_that_is_longer_than_the_time_is_told_at_once():
    with speaking(lambda *_: iter([answer("429 Too Many", b"{}", "Retry-After: 3600")])) as server:
        start = time.monotonic()
        errors = ask(server.url, times=3, retries=Retries(attempts=3, max_wait=0))
        assert time.monotonic() - start < 2
    assert [type(error) for error in errors] == [ThrottledError] * 3
    assert "the marketplace asked to wait 3600 s more" in str(errors[-1])
    assert len(server.requests) == 1


# Bounds


def endless(_: socket.socket, __: bytes) -> Iterator[bytes]:
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b" " * 0x10000 + b"\r\n"


def huge(_: socket.socket, __: bytes) -> Iterator[bytes]:
    yield OK + b"Content-Length: 3000000000\r\n\r\n"
    while True:
        yield b" " * 0x10000


def bomb(_: socket.socket, __: bytes) -> Iterator[bytes]:
    packed = gzip.compress(b" " * 4 * MOST_BYTES, 1)
    yield answer("200 OK", packed, "Content-Encoding: gzip")


@pytest.mark.parametrize("speak", [endless, huge, bomb])
def test_an_answer_is_bounded(speak):
    """3 GB were swallowed. A page has about 1 MB: what is larger is asked for in smaller pages."""
    with speaking(speak) as server:
        [error] = ask(server.url, read_timeout=30, retries=Retries(attempts=3, max_wait=0))
    assert isinstance(error, TooLargeError)
    assert str(error) == "the answer is larger than 16 MiB"
    assert len(server.requests) == 1
    assert server.sent < 3 * MOST_BYTES


def test_an_error_is_read_only_as_far_as_it_is_shown():
    def speak(_: socket.socket, __: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n"
        while True:
            yield b"10000\r\n" + b"sorry " * 0x2AAA + b"sorr\r\n"

    with speaking(speak) as server:
        [error] = ask(server.url, read_timeout=30)
    assert type(error) is TransientError
    assert str(error).startswith("HTTP 502: sorry sorry")
    assert len(str(error)) < 400


def test_endless_headers_are_trouble_that_may_pass():
    def speak(_: socket.socket, __: bytes) -> Iterator[bytes]:
        yield OK
        while True:
            yield b"X: " + b"y" * 60_000 + b"\r\n"

    with speaking(speak) as server:
        [error] = ask(server.url, read_timeout=30)
    assert type(error) is BrokenConnectionError


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip, gzip", gzip.compress(gzip.compress(EMPTY))), ("br", EMPTY), ("gzip", gzip.compress(EMPTY)[:-9])],
    ids=["twice", "unknown", "cut off"],
)
def test_packing_that_was_not_asked_for_is_malformed(encoding, packed):
    reply = answer("200 OK", packed, f"Content-Encoding: {encoding}")
    with speaking(lambda *_: iter([reply])) as server:
        [error] = ask(server.url)
    assert isinstance(error, MalformedError)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP, identity"])
def test_a_packed_answer_is_read(encoding):
    reply = answer("200 OK", gzip.compress(EMPTY), f"Content-Encoding: {encoding}")
    with speaking(lambda *_: iter([reply])) as server:
        [page] = ask(server.url)
    assert (page.rows, page.body) == ([], EMPTY)
    assert b"Accept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize("charset", ["bz2", "hex", "rot13", "undefined", "x" * 5000])
def test_a_charset_of_any_name_is_survived(charset):
    reply = answer("502 Bad", b"<html>\xff\x1b[2J", f"Content-Type: text/html; charset={charset}")
    with speaking(lambda *_: iter([reply])) as server:
        [error] = ask(server.url)
    assert str(error) == "HTTP 502: <html>\N{REPLACEMENT CHARACTER}\\x1b[2J"


def test_no_cookie_is_kept():
    reply = answer("200 OK", EMPTY, "Set-Cookie: a=b; Path=/", "Connection: close")
    with speaking(lambda *_: iter([reply])) as server:
        assert [page.rows for page in ask(server.url, times=2)] == [[], []]
    assert not any(b"Cookie" in request for request in server.requests)


def test_the_credentials_do_not_follow_a_redirection():
    with selling([]) as elsewhere:
        reply = answer("307 Temporary", b"", f"Location: {elsewhere.url}/product_offer/read")
        with speaking(lambda *_: iter([reply])) as server:
            [error] = ask(server.url)
    assert isinstance(error, PermanentError)
    assert "HTTP 307" in str(error) and "Is EMAG_MAIN_BASE_URL right?" in str(error)
    assert elsewhere.requests == []


# Permits


def test_a_request_whose_permit_was_not_taken_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """A network library that no longer says when it writes sent as fast as it could, and all looked well."""
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def silently(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        request.extensions.pop("trace", None)
        return await send(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", silently)
    with selling([]) as server:
        errors = ask(server.url, times=3, retries=Retries(attempts=3, max_wait=0))
    assert [type(error) for error in errors] == [RefusedError] * 3
    assert "left without a permit" in str(errors[0])
    assert len(server.requests) == 1


# Secrets

ECHOES = {
    "header": f"you sent Authorization: Basic {TOKEN}",
    "token": TOKEN,
    "token without padding": TOKEN.rstrip("="),
    "half a header": f"authorization: basic {TOKEN[:20]}...",
    "password": f"wrong password {PASSWORD} for {USER}",
    "pair": f"https://{USER}:{PASSWORD}@host",
    "url": f"?user={quote(USER)}&password={quote(PASSWORD, safe='')}",
    "url, small letters": re.sub("%..", lambda code: code[0].lower(), quote(PASSWORD)),
    "html": f"<b>{html.escape(PASSWORD)}</b>",
    "php": html.escape(PASSWORD, quote=False),
    "behind a lot": " " * 70 + TOKEN,
}
SECRETS = [TOKEN[:24], TOKEN[20:], PASSWORD, quote(PASSWORD, safe=""), "S3/CR", "S3%2FCR", "S3\\/CR", "S3%2fCR"]


def bodies(text: str) -> list[tuple[str, bytes]]:
    echo = json.dumps(text)
    return [
        ("500 Oops", f"<html>{text}</html>".encode()),
        ("500 Oops", echo.replace("/", "\\/").encode()),
        ("500 Oops", f'{{"message": {echo}}}'.encode()),
        ("401 No", f'{{"message": {echo}}}'.encode()),
        ("403 No", f'{{"isError": true, "messages": ["not allowed to use this API", {echo}], "results": []}}'.encode()),
        ("400 Bad", f'{{"isError": true, "messages": [{{"code": {{"deep": {echo}}}}}], "results": []}}'.encode()),
        ("200 OK", f'{{"isError": true, "messages": [{echo}], "results": []}}'.encode()),
        ("200 OK", f"<html>{text}</html>".encode()),
        ("200 OK", f'{{"echo": {echo}}}'.encode()),
        (f"502 {''.join(c for c in text if ' ' <= c <= '~')}", b""),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("echo", ECHOES)
def test_what_the_marketplace_echoes_is_told_without_the_password(echo):
    """A 500 that echoed our header put the password on the terminal, into the sync's log and the event log."""
    for status, body in bodies(ECHOES[echo]):
        told: list[str] = []
        reply = answer(status, body)
        with speaking(lambda *_, reply=reply: iter([reply])) as server:
            [error] = ask(server.url, told=told, retries=Retries(attempts=2, max_wait=0))
        assert isinstance(error, MarketplaceError)
        text = everything_told(error) + "".join(told)
        assert [secret for secret in SECRETS if secret in text] == [], (status, body, text)


def test_the_password_of_a_proxy_is_not_told_either(monkeypatch: pytest.MonkeyPatch):
    key = base64.b64encode(b"me:PR0XY").decode()
    reply = answer(f"407 no {key} PR0XY", f"no {key} for PR0XY".encode())
    with speaking(lambda *_: iter([reply])) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:PR0XY@127.0.0.1:{proxy.port}")
        [error] = ask("https://marketplace.invalid/api-3")
    assert "ProxyError: 407 no *** ***" in str(error)
    assert key not in everything_told(error) and "PR0XY" not in str(error)


def test_a_message_is_cut_and_fit_for_a_terminal():
    text = "\x1b]0;x\x07" + "long " * 1000
    body = json.dumps({"isError": True, "messages": [text], "results": []}).encode()
    with speaking(lambda *_: iter([answer("500 Oops", body)])) as server:
        [error] = ask(server.url)
    assert str(error).startswith(r"HTTP 500: \x1b]0;x\x07long long")
    assert str(error).endswith("characters)") and len(str(error)) < 400
