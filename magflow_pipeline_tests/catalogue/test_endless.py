"""A marketplace whose pages never end: the sync does."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from magflow_pipeline.sync import paging
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]


@contextmanager
def never_ending(says: int | None) -> Iterator[str]:
    """Every page is full of offers that nobody has seen."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("count"):
                results: object = {"noOfItems": says}
            else:
                size = asked["itemsPerPage"]
                results = [] if "id" in asked else offers(size, start=1 + (asked["currentPage"] - 1) * size)
            body = json.dumps({"isError": False, "messages": [], "results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api-3"
        server.shutdown()


@pytest.mark.parametrize("says", [23, None])
def test_new_offers_for_ever_are_left(shop, monkeypatch, says):
    """Each new page extended the time limit: the sync went on until the disk was full."""
    monkeypatch.setattr(paging, "BELIEVED_PAGES", 30)
    with never_ending(says) as url:
        monkeypatch.setattr(shop.simulator, "url", url)
        result = shop.sync(items_per_page=2)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert "the marketplace sends new offers for ever" in shop.errors()
    assert result.tally.pages <= 120


def test_pages_that_fail_beyond_the_end_are_not_asked_for_as_long_as_the_count_claims(shop):
    """23 offers, a count of 100,000, and an error for each page behind them: a sync of minutes became one of hours."""
    shop.set(retry_attempts=1)
    shop.sell(*offers(23))
    shop.switch(count_says=100_000, faults=[{"kind": "500", "page": page} for page in range(6, 61)])
    result = asyncio.run(shop.start(items_per_page=5, in_flight=4))
    assert (result.outcome, result.tally.stored) == ("partial", 23)
    assert result.tally.pages_failed <= 15
