"""One small simulator for the whole package, set back before every test: starting it costs most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from magflow_pipeline.simulator.bucharest import ZONE
from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.switches import Switches

OPENED = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)
"""A day that stands still: what is drawn depends on the date."""
HISTORY = 150
"""Days; they hold a night in which the clocks went back."""


@pytest.fixture(scope="session", autouse=True)
def no_proxy() -> Iterator[None]:
    """The proxy of a developer's machine must not see requests to the loopback address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def small_catalogue() -> Catalogue:
    return make_catalogue(main=203, fbe=120)


@pytest.fixture(scope="session")
def shared_simulator(small_catalogue: Catalogue) -> Iterator[Simulator]:
    with running(small_catalogue, opened=OPENED, days=HISTORY) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: Simulator, small_catalogue: Catalogue) -> Simulator:
    for account, offers in small_catalogue.accounts.items():
        defaults = Switches(enforce_rate_limit=False).model_dump(mode="json")
        shared_simulator.switch(account, **defaults)
        shared_simulator.put_offers(account, offers)
        shared_simulator.restore_orders(account)
    shared_simulator.clear()
    return shared_simulator


@pytest.fixture(scope="session")
def main_client(shared_simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared_simulator.url, auth=("main", PASSWORD), timeout=5) as client:
        yield client


@pytest.fixture
def main(simulator: Simulator, main_client: httpx.Client) -> httpx.Client:
    """A client of the account `main` that sends what a test says and nothing else."""
    return main_client
