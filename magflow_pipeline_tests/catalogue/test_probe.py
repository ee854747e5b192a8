"""`magflow check` asks all accounts at once, and tells each as soon as it has answered."""

import asyncio
import time

import pytest

from magflow_pipeline.catalogue.probe import CheckResult, check_accounts
from magflow_pipeline.settings import load_settings
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.offers import offers


@pytest.fixture
def check(database, make_seller, monkeypatch):
    """The results of a check of accounts with so many offers, in the order in which they came."""

    def check(switches: dict[str, Switches], **variables: str) -> list[CheckResult]:
        async def all_of_them() -> list[CheckResult]:
            return [each async for each in check_accounts(database, load_settings(), load_settings().accounts)]

        with running(Catalogue({"main": offers(3), "fbe": offers(2)}), switches) as simulator:
            make_seller(simulator, **variables)
            return asyncio.run(all_of_them())

    return check


@pytest.mark.slow
def test_a_slow_account_keeps_nobody_waiting(check):
    """Accounts were asked one after another, and all were told at the end."""
    began = time.monotonic()
    results = check({name: Switches(latency_seconds=slow) for name, slow in (("main", 1.5), ("fbe", 1.0))})
    assert time.monotonic() - began < 4.5  # two answers of each
    assert [(each.account, each.is_ok, each.message.rpartition(": ")[2]) for each in results] == [
        ("fbe", True, "2 offers"),
        ("main", True, "3 offers"),
    ]


def test_one_account_that_cannot_be_read_spoils_no_other(check):
    results = check({"main": Switches(refuse_ip=True)})
    assert {each.account: each.is_ok for each in results} == {"main": False, "fbe": True}


def test_accounts_of_one_user_stay_within_its_limit(check):
    """A request beyond the limit is answered 429, and a check asks once."""
    limits = {"EMAG_REQUESTS_PER_SECOND": "3", "EMAG_REQUESTS_PER_MINUTE": "180", "EMAG_FBE_USERNAME": "main"}
    results = check({}, **limits)
    assert [each.is_ok for each in results] == [True, True]
