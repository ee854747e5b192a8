"""`magflow orders`, and what `status` and `history` say of it, as processes against a marketplace."""

import pytest

from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.cli import test_syncing as syncing
from magflow_pipeline_tests.cli.test_syncing import outcome

ask, magflow, session = syncing.ask, syncing.magflow, syncing.session  # fixtures
REFUSED = {"kind": "403", "route": "order/read"}


@pytest.fixture
def simulator():
    switches = {name: Switches(enforce_rate_limit=False) for name in ("main", "fbe")}
    with running(make_catalogue(main=200, fbe=150), switches, days=40) as simulator:
        yield simulator


@pytest.mark.slow
def test_orders_are_read_beside_the_offers_and_both_are_told(magflow, simulator, ask):
    shown = magflow("orders", "--days", "40")
    assert shown.returncode == 0, outcome(shown)
    assert "main: completed, orders in" in shown.stdout and "every order since" in shown.stdout
    stored = dict(ask("SELECT account_type, count(*) FROM emag_orders GROUP BY 1"))
    assert stored == {name: len(simulator.orders(name)) for name in ("main", "fbe")}
    shown = magflow("status", COLUMNS="250")
    assert "Orders:" in shown.stdout and str(stored["main"]) in shown.stdout
    shown = magflow("history", COLUMNS="250")
    assert "orders" in shown.stdout and "backfill" in shown.stdout
    assert magflow("sync", "main").returncode == 0
    shown = magflow("history", COLUMNS="250")
    assert "products" in shown.stdout and "orders" in shown.stdout
    simulator.switch("main", faults=[{"kind": "504-html", "route": "order/read", "page": 1}])
    shown = magflow("orders", "main", "--days", "90", "--items-per-page", "50")
    assert shown.returncode == 1, outcome(shown)
    assert "No page of account 'main' could be read" in shown.stdout
    assert "main: orders not read" in magflow("status").stdout
    simulator.switch("main", faults=[{"kind": "504-html", "route": "order/read", "page": 1, "times": 2}])
    shown = magflow("orders", "main")
    assert shown.returncode == 3, outcome(shown)
    assert "could not be read whole: not one page came" in shown.stdout
    assert "orders not read" not in magflow("status").stdout, "history was read, and the present is young"


@pytest.mark.slow
def test_a_wrong_number_of_days_is_wrong_usage(magflow):
    shown = magflow("orders", "--days", "0")
    assert shown.returncode == 2, outcome(shown)
    assert "--days" in shown.stderr
