"""A lab with a small catalogue that changed since the first sync: new, changed, equal, refused and vanished offers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.crash.driver import open_driver
from magflow_pipeline_tests.crash.lab import Lab, Stage, drop
from magflow_pipeline_tests.offers import offer, offers

VANISHED = 99
SMALL = Stage(
    before=[*offers(21), offer(VANISHED)],
    after=[
        *offers(2),
        offer(3, stock_value=4),
        offer(4, sale_price="71.5000"),
        offer(5, number_of_offers=9),  # what competitors do, which does not change the offer
        *offers(7, start=6),
        offer(13, part_number=None),  # stored before, cannot be stored any more
        *offers(4, start=14),
        offer(18, status=0),
        *offers(3, start=19),
        *offers(3, start=22),  # new
        {"name": "without an id"},
    ],
    outcome="partial",
    problem="known offers could not be stored, so their stock is that of their last good reading: SKU SKU13",
)


@contextmanager
def open_lab(server: str, folder: Path, stage: Stage) -> Iterator[Lab]:
    """A lab with a marketplace and a driver of its own."""
    switches = {"main": Switches(enforce_rate_limit=False)}
    with running(Catalogue({"main": []}), switches) as simulator, open_driver() as driver:
        lab = Lab(server, simulator, driver, folder, stage)
        lab.prepare()
        yield lab
        drop(server, lab.template)


@pytest.fixture(scope="session")
def make_lab(
    servers: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Stage], AbstractContextManager[Lab]]:
    """Labs on the server of the tests."""
    return lambda stage: open_lab(servers("embedded"), tmp_path_factory.mktemp("crash"), stage)


@pytest.fixture(scope="session")
def small_lab(make_lab: Callable[[Stage], AbstractContextManager[Lab]]) -> Iterator[Lab]:
    """25 rows on three pages; a test that changes what is sold puts it back (`selling`)."""
    with make_lab(SMALL) as lab:
        yield lab
