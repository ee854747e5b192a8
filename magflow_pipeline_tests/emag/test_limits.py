"""The speed limit: what is asked of the permits, and what the marketplace sees of it."""

import asyncio

import pytest

from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.emag.client import open_marketplace
from magflow_pipeline.emag.limits import SAFETY, window
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.offers import offers


@pytest.mark.parametrize(
    ("per_second", "per_minute", "seconds"),
    [(3, 180, 1), (3, 60, 3), (12, 720, 1), (5, 200, 1.5), (1, 180, 1)],
)
def test_one_window_holds_both_limits(per_second, per_minute, seconds):
    assert window(per_second, per_minute) == (per_second, pytest.approx(seconds * SAFETY))


def test_no_rolling_second_sees_a_fourth_request(
    database, make_simulator, make_seller, accounts, monkeypatch: pytest.MonkeyPatch
):
    """Refused requests count against the limit: a client that goes over it stays over it (trap 15)."""
    simulator = make_simulator(main=offers(24))
    simulator.switch("main", enforce_rate_limit=True)
    make_seller(simulator)
    monkeypatch.delenv("EMAG_REQUESTS_PER_SECOND")
    monkeypatch.delenv("EMAG_REQUESTS_PER_MINUTE")
    load_settings.cache_clear()
    settings = load_settings()
    limit = window(settings.requests_per_second, settings.requests_per_minute)

    async def read_all() -> None:
        with open_permits(database, "main", *limit) as permits:
            async with open_marketplace(accounts()["main"], permits) as marketplace:
                await asyncio.gather(*(marketplace.read_page(number, 2) for number in range(1, 13)))

    asyncio.run(read_all())
    seen = simulator.requests("main")
    assert [request["status"] for request in seen] == [200] * 12
    arrived = sorted(request["arrived"] for request in seen)
    assert all(fourth - first > 1 for first, fourth in zip(arrived, arrived[3:], strict=False))
    # And no slower than the limit asks for: 12 requests are three windows after the first three.
    assert arrived[-1] - arrived[0] < 6 * limit.seconds
