"""One sync per account and one user per account; the others wait, say so, or are refused."""

import asyncio

import pytest

from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync import account_lock as locks
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.sync.looks import counts, until

PRODUCTS = "SELECT * FROM emag_products_v2 ORDER BY account_type, emag_id"
LOGS = "SELECT * FROM emag_sync_logs ORDER BY id"


def test_a_running_sync_is_visible_and_its_progress_goes_with_it(
    rows, start_sync, newest_log, make_simulator, make_seller
):
    """A second run was started because nothing was visible (rules.md: failures 5 and 7)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2, "times": 1}])
    make_seller(simulator, EMAG_READ_TIMEOUT_SECONDS="1")

    async def watch():
        task = asyncio.create_task(start_sync(items_per_page=10))
        progress = await until(lambda: rows("SELECT * FROM emag_sync_progress WHERE pages_done = 2"))
        return progress[0], newest_log(), await task

    progress, log, result = asyncio.run(watch())
    assert (progress["sync_log_id"], progress["pages_total"], progress["items_done"]) == (result.sync_log_id, 3, 15)
    assert progress["items_per_second"] > 0
    assert progress["expected_end_at"] > log["started_at"]
    assert (log["status"], log["completed_at"], log["account_type"]) == ("running", None, "main")
    assert result.outcome == newest_log()["status"] == "completed"
    assert rows("SELECT FROM emag_sync_progress") == []


@both_servers
def test_a_second_sync_of_an_account_waits_for_the_first(
    rows, start_sync, make_simulator, make_seller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.05)
    simulator = make_simulator(main=offers(5))
    simulator.switch("main", latency_seconds=0.3)
    make_seller(simulator)
    told: list[str] = []

    async def both():
        first = asyncio.create_task(start_sync())
        await until(lambda: rows("SELECT FROM emag_sync_logs"))
        return await asyncio.gather(first, start_sync(tell=told.append))

    first, second = asyncio.run(both())
    assert (counts(first)[1], counts(second)[3]) == (5, 5)
    logs = rows(LOGS)
    assert [log["status"] for log in logs] == ["completed", "completed"]
    assert logs[1]["started_at"] >= logs[0]["completed_at"]
    assert told[0] == "main: another sync is running; waiting up to 600 s for it to end"


def test_the_other_account_does_not_wait(rows, start_sync, make_simulator, make_seller):
    simulator = make_simulator(main=offers(5), fbe=offers(5))
    simulator.switch("main", faults=[{"kind": "hang", "page": 1, "times": 1}])
    make_seller(simulator, EMAG_READ_TIMEOUT_SECONDS="2")

    async def both() -> list[dict]:
        slow = asyncio.create_task(start_sync("main"))
        await until(lambda: rows("SELECT FROM emag_sync_logs"))
        await start_sync("fbe")
        logs = rows(LOGS)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        return logs

    assert [(log["account_type"], log["status"]) for log in asyncio.run(both())] == [
        ("main", "running"),
        ("fbe", "completed"),
    ]


def test_a_sync_that_waits_too_long_says_so_and_opens_no_log(
    rows, session, sync, make_simulator, make_seller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.05)
    simulator = make_simulator(main=offers(5))
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="0.2")
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
    with pytest.raises(SyncFailedError, match=r"Another sync of account 'main' is still running.*magflow status"):
        sync()
    assert (rows(LOGS), simulator.requests()) == ([], [])


def test_another_user_of_the_same_account_is_refused(rows, sync, make_simulator, make_seller):
    """Rows of two sellers in one table cannot be told apart afterwards."""
    simulator = make_simulator(main=offers(5), fbe=offers(9))
    make_seller(simulator)
    sync("main")
    simulator.clear()
    make_seller(simulator, EMAG_MAIN_USERNAME="fbe")
    with pytest.raises(ConfigurationError, match="came from another marketplace or user"):
        sync("main")
    assert (len(rows(LOGS)), len(rows(PRODUCTS)), simulator.requests()) == (1, 5, [])


def test_a_typing_error_in_the_first_user_can_be_mended(rows, sync, make_simulator, make_seller):
    """The wrong user was remembered, and the right one refused for ever."""
    simulator = make_simulator(main=offers(3))
    make_seller(simulator, EMAG_MAIN_USERNAME="mian")
    with pytest.raises(SyncFailedError):
        sync()
    make_seller(simulator)
    assert sync().outcome == "completed"
    assert [row["username"] for row in rows("SELECT username FROM emag_accounts")] == ["main"]
