"""Answers that no simulator's framework would send: bytes written to a socket by hand."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.errors import MalformedError, MarketplaceError, RefusedError, ThrottledError, TransientError
from magflow_pipeline.emag.offers import OFFERS


class NoLimit:
    async def acquire(self) -> None:
        """Any time."""


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[Account]:
    """An account of a marketplace that answers everything like this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/api-3"
        yield Account("main", "u", SecretStr("p"), address, "test", "main", "EMAG-MAIN")
        server.shutdown()
        thread.join()


def error_of(account: Account) -> MarketplaceError:
    async def ask() -> None:
        retries = Retries(attempts=1)
        async with open_marketplace(account, {OFFERS.limit: NoLimit()}, retries=retries) as marketplace:
            await marketplace.read(OFFERS, {}, 1, 10)

    with pytest.raises(MarketplaceError) as caught:
        asyncio.run(ask())
    return caught.value


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("-3", 0.0),
        ("nan", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_any_retry_after_is_survived(header, seconds):
    with answering(429, b'{"message": "API rate limit exceeded"}', Retry_After=header) as account:
        error = error_of(account)
    assert isinstance(error, ThrottledError)
    assert error.retry_after == seconds


def test_a_broken_compression_is_a_malformed_answer():
    with answering(200, b"this is not gzip", Content_Encoding="gzip") as account:
        assert isinstance(error_of(account), MalformedError)


def test_an_error_nested_without_end_is_still_an_error():
    with answering(502, b"[" * 100_000) as account:
        assert isinstance(error_of(account), TransientError)


@pytest.mark.parametrize(
    "messages", [b'"You are not allowed to use this API."', b'["You are not allowed to use this API."]']
)
def test_a_refusal_is_seen_in_any_shape_of_messages(messages):
    with answering(200, b'{"isError": true, "messages": ' + messages + b', "results": []}') as account:
        assert isinstance(error_of(account), RefusedError)


@pytest.mark.parametrize("results", [b"{}", b"null", b'"none"'])
def test_results_that_are_no_list_are_malformed(results):
    with answering(200, b'{"isError": false, "messages": null, "results": ' + results + b"}") as account:
        assert isinstance(error_of(account), MalformedError)


def test_more_rows_than_asked_for_is_an_error():
    """A page size that is not honoured breaks the sign of the last page (emag-api.md: Requests)."""
    rows = ",".join("{}" for _ in range(11))
    with answering(200, f'{{"isError": false, "results": [{rows}]}}'.encode()) as account:
        assert "11 rows where 10 were asked for" in str(error_of(account))
