"""The speed limit: what is asked of the permits, and what the marketplace sees of it."""

import asyncio
import multiprocessing
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.emag.client import Retries, open_marketplace
from magflow_pipeline.emag.errors import TransientError
from magflow_pipeline.emag.limits import SAFETY, window
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.sending import RequestStats
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.emag.test_client import Unlimited
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.traps.asking import Timed, read_in_a_process


@pytest.mark.parametrize(
    ("per_second", "per_minute", "seconds"),
    [(3, 180, 1), (3, 60, 3), (12, 720, 1), (5, 200, 1.5), (1, 180, 1)],
)
def test_one_window_holds_both_limits(per_second, per_minute, seconds):
    assert window(per_second, per_minute) == (per_second, pytest.approx(seconds * SAFETY))


@given(per_second=st.integers(1, 12), per_minute=st.integers(1, 720))
def test_no_minute_holds_more_than_its_limit(per_second, per_minute):
    """All permits of a window at its begin is the worst: a minute must not see the begins of too many windows."""
    permits, seconds = window(per_second, per_minute)
    assert permits <= per_second
    begins = -(-60 // seconds)
    assert begins * permits <= per_minute


def distances(times: Sequence[float], apart: int) -> list[float]:
    """Seconds from each of the moments to the one so many later."""
    return [late - early for early, late in zip(sorted(times), sorted(times)[apart:], strict=False)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "pages", "minute"),
    [
        (window(3, 180), 2, None),
        # A short minute of 4 s with 9 requests: both windows are met within seconds.
        pytest.param(window(3, 9, minute=4), 9, (9, 4), marks=pytest.mark.slow),
    ],
    ids=["second", "minute"],
)
def test_three_processes_on_one_account_share_its_limit(
    database, make_simulator, make_seller, accounts, limit, pages, minute
):
    """Each process kept its own count, and refused requests, which count too, kept the account over its limit."""
    simulator = make_simulator(main=offers(2 * pages))
    simulator.switch(
        "main",
        enforce_rate_limit=True,
        faults=[{"kind": "429", "page": 2, "times": 1}, {"kind": "500", "page": 1, "times": 1}],
    )
    make_seller(simulator)
    context = multiprocessing.get_context("spawn")
    start, sent = context.Barrier(3), context.Queue()
    arguments = (database, accounts()["main"], limit, pages, start, sent)
    processes = [context.Process(target=read_in_a_process, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    times = [moment for _ in processes for moment in sent.get(timeout=120)]
    for process in processes:
        process.join()
    seen = simulator.requests("main")
    assert sorted(request["status"] for request in seen) == [200] * 3 * pages + [429, 500]
    arrived = [request["arrived"] for request in seen]
    assert min(distances(arrived, 3)) > 1
    assert min(distances(times, 3)) >= 1.05
    # And no slower than the limit asks for, by much: each window lets three through.
    assert max(arrived) - min(arrived) < 2 * limit.seconds * len(seen) / 3
    if minute:
        assert min(distances(arrived, minute[0])) > minute[1]


@pytest.mark.slow
def test_under_the_limit_the_pipe_is_full(start_sync, make_simulator, make_seller, monkeypatch: pytest.MonkeyPatch):
    """A page takes 1 to 2 s: waited for one by one, 13 of them took 20 s."""
    simulator = make_simulator(main=offers(1275), fbe=offers(1275))
    for account in ("main", "fbe"):
        simulator.switch(account, enforce_rate_limit=True, latency_seconds=1, latency_jitter_seconds=1)
    make_seller(simulator)
    monkeypatch.delenv("EMAG_REQUESTS_PER_SECOND")
    monkeypatch.delenv("EMAG_REQUESTS_PER_MINUTE")
    load_settings.cache_clear()

    async def both():
        return await asyncio.gather(start_sync("main"), start_sync("fbe"))

    for result in asyncio.run(both()):
        assert (result.outcome, result.counts.stored, result.counts.throttled) == ("completed", 1275, 0)
        assert result.counts.requests == len(simulator.requests(result.account))
        assert result.seconds <= 1.3 * (result.counts.requests / 3 + 2 * 1.5)


def test_a_tunnel_through_a_proxy_is_no_request(monkeypatch: pytest.MonkeyPatch):
    """The marketplace sees only what goes through it: a permit for the tunnel too would halve the speed."""
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            pass

    async def read(account: Account, permits: Timed, stats: RequestStats) -> None:
        retries = Retries(attempts=1)
        async with open_marketplace(account, {OFFERS.limit: permits}, retries=retries, stats=stats) as marketplace:
            await marketplace.read(OFFERS, {}, 1, 2)

    timed, stats = Timed(Unlimited()), RequestStats()
    account = Account("main", "u", SecretStr("p"), "https://marketplace.invalid/api-3", "test", "main", "W")
    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        with pytest.raises(TransientError, match="ProxyError"):
            asyncio.run(read(account, timed, stats))
        proxy.shutdown()
        thread.join()
    assert asked == ["marketplace.invalid:443"]
    assert (timed.times, stats.requests) == ([], 0)
