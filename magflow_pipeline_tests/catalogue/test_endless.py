"""A marketplace whose pages never end: the sync does."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from magflow_pipeline.catalogue.scan import SyncFailedError
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


@pytest.mark.slow
@pytest.mark.parametrize("says", [23, None])
def test_new_offers_for_ever_are_left(shop, monkeypatch, says):
    """Each new page extended the time limit: the sync went on until the disk was full."""
    monkeypatch.setattr(paging, "BELIEVED_PAGES", 30)
    with never_ending(says) as url:
        monkeypatch.setattr(shop.simulator, "url", url)
        result = shop.sync(items_per_page=2)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert "the marketplace sends new offers for ever" in shop.errors()
    assert result.counts.pages <= 120


def test_pages_that_fail_beyond_the_end_are_not_asked_for_as_long_as_the_count_claims(shop):
    """23 offers, a count of 100,000, and an error for each page behind them: a sync of minutes became one of hours."""
    shop.set(retry_attempts=1)
    shop.sell(*offers(23))
    shop.switch(count_says=100_000, faults=[{"kind": "500", "page": page} for page in range(6, 61)])
    result = asyncio.run(shop.start(items_per_page=5, in_flight=4))
    assert (result.outcome, result.counts.stored) == ("partial", 23)
    assert result.counts.pages_failed <= 15


@pytest.mark.parametrize("in_flight", [1, 540])
@pytest.mark.parametrize("kind", ["500", "200-html", "reset"])
def test_only_errors_behind_a_full_last_page_end_the_scan(shop, kind, in_flight):
    """20 offers on 4 full pages, a count that claims 9,000,000: asked for 2,000 pages, and failed by its time limit."""
    shop.set(retry_attempts=1)
    shop.sell(*offers(20))
    shop.switch(count_says=9_000_000, faults=[{"kind": kind, "page": page} for page in range(5, 700)])
    result = asyncio.run(shop.start(items_per_page=5, in_flight=in_flight))
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 20)
    assert len(shop.requests()) <= 90
    assert "from page 5 on the marketplace sent errors only" in shop.errors()
    assert shop.errors().count("was given up") == result.counts.pages_failed >= 10


def test_a_catalogue_of_which_nothing_comes_is_not_asked_for_as_long_as_the_count_claims(shop):
    shop.set(retry_attempts=1)
    shop.sell(*offers(20))
    shop.switch(count_says=9_000_000, faults=[{"kind": "502-html", "route": "read"}])
    with pytest.raises(SyncFailedError, match=r"No page of account .* could be read: page \d+ was given up"):
        asyncio.run(shop.start(items_per_page=5, in_flight=4))
    assert len(shop.requests()) <= 20


@pytest.mark.slow
def test_an_outage_in_the_middle_of_what_is_known_is_read_through(shop):
    """Errors end no scan where offers are known to be: only their own pages are lost."""
    shop.set(retry_attempts=1)
    shop.scanned(*offers(200))
    shop.switch(faults=[{"kind": "500", "page": page} for page in range(3, 33)])
    result = asyncio.run(shop.start(items_per_page=5, in_flight=1))
    assert (result.outcome, result.counts.seen, result.counts.pages_failed) == ("partial", 50, 30)


@pytest.mark.slow
def test_an_outage_of_a_first_reading_is_read_through(shop):
    """Nothing is known yet: as many pages may fail in a row as had come."""
    shop.set(retry_attempts=1)
    shop.sell(*offers(200))
    shop.switch(faults=[{"kind": "500", "page": page} for page in range(16, 30)])
    result = asyncio.run(shop.start(items_per_page=5, in_flight=1))
    assert (result.outcome, result.counts.seen, result.counts.pages_failed) == ("partial", 130, 14)
