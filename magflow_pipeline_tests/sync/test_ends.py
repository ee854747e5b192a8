"""The end of a sync, whatever ends it: its log is closed, its lock is free."""

import asyncio
import time

import pytest

from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline.sync.stuck import close_stuck_syncs
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.sync.looks import counts, errors, until

PRODUCTS = "SELECT * FROM emag_products_v2 ORDER BY account_type, emag_id"


def test_a_sync_that_takes_too_long_ends_by_itself(rows, sync, newest_log, make_simulator, make_seller):
    """Runs stayed `running` for ever (rules.md: failure 6)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="1")
    start = time.monotonic()
    with pytest.raises(SyncFailedError, match=r"did not end in time.*EMAG_SYNC_TIMEOUT_SECONDS is 1"):
        sync(items_per_page=10)
    assert time.monotonic() - start < 9
    log = newest_log()
    assert log["status"] == "failed"
    assert "did not end in time" in errors(log)
    assert rows("SELECT FROM emag_sync_progress") == []
    assert 0 < log["processed_items"] == len(rows(PRODUCTS)) < 25, "pages that were stored stay"


def test_a_cancelled_sync_closes_its_log_and_leaves_no_lock(
    rows, start_sync, sync, newest_log, make_simulator, make_seller
):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2, "times": 1}])
    make_seller(simulator)

    async def cancel() -> None:
        task = asyncio.create_task(start_sync(items_per_page=10))
        await until(lambda: rows("SELECT FROM emag_sync_progress WHERE pages_done = 2"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    log = newest_log()
    assert (log["status"], errors(log)) == ("failed", "The sync was interrupted before its end.")
    assert rows("SELECT FROM emag_sync_progress") == []
    told: list[str] = []
    result = sync(items_per_page=10, tell=told.append)
    # It goes on with pages 1 and 3; page 3 was not full, and is read again.
    assert (result.outcome, counts(result)) == ("completed", (30, 25, 0, 0, 0, 5))
    assert not any("another sync is running" in line for line in told)


@pytest.mark.slow
def test_a_sync_cancelled_at_any_moment_closes_its_log(rows, start_sync, sync, make_simulator, make_seller):
    """A COPY cut short left the session unusable and the log `running`."""
    simulator = make_simulator(main=offers(40))
    simulator.switch("main", latency_seconds=0.01)
    make_seller(simulator)

    async def cancel_after(seconds: float) -> None:
        task = asyncio.create_task(start_sync(items_per_page=2))
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait([task])

    for step in range(12):
        asyncio.run(cancel_after(step * 0.02))
        assert rows("SELECT FROM emag_sync_logs WHERE status = 'running'") == []
        stored = rows("SELECT count(*) AS n FROM emag_products_v2")[0]["n"]
        assert stored % 2 == 0, "a page is stored whole"
        assert rows("SELECT count(*) AS n FROM emag_product_offers_v2")[0]["n"] == stored
    assert sync(items_per_page=2).outcome == "completed"
    assert len(rows(PRODUCTS)) == 40


class Interrupt(BaseException):
    """As Dagster raises it in the main thread, wherever that is at the moment."""


def test_an_interrupt_from_a_signal_closes_the_log(start_sync, newest_log, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(25)))

    def interrupt(line: str) -> None:
        if "stopped after 1 pages" in line:
            raise Interrupt

    with pytest.raises(Interrupt):
        asyncio.run(start_sync(items_per_page=10, tell=interrupt, max_pages=1))
    log = newest_log()
    assert (log["status"], errors(log).splitlines()[-1]) == ("failed", "The sync was interrupted before its end.")


# Where the log cannot be closed as it should be


def refuse_ends(session, condition: str) -> None:
    """Let the database refuse that logs end, as an ERP's trigger or a forgotten constraint may."""
    session.execute(f"ALTER TABLE emag_sync_logs ADD CONSTRAINT odd CHECK ({condition}) NOT VALID")


def test_a_log_whose_numbers_are_refused_is_closed_with_its_reason(
    session, sync, newest_log, make_simulator, make_seller
):
    """It stayed `running`, without a reason."""
    make_seller(make_simulator(main=offers(25)))
    refuse_ends(session, "processed_items = 0")
    with pytest.raises(Exception, match="odd"):
        sync()
    log = newest_log()
    assert (log["status"], log["processed_items"]) == ("failed", 0)
    assert "odd" in errors(log)


def test_a_log_that_cannot_be_closed_at_all_is_closed_later_and_truly(
    database, session, sync, newest_log, make_simulator, make_seller
):
    """The sweeper said that its process had died."""
    make_seller(make_simulator(main=offers(25)))
    refuse_ends(session, "status = 'running'")
    with pytest.raises(Exception, match="odd"):
        sync()
    assert newest_log()["status"] == "running"
    session.execute("ALTER TABLE emag_sync_logs DROP CONSTRAINT odd")
    session.execute("UPDATE emag_sync_logs SET started_at = started_at - interval '1 minute'")
    [closed] = close_stuck_syncs(database, 15)
    assert "its end could not be written into its log: " in closed.reason and "odd" in closed.reason
    assert "died" not in errors(newest_log())


def test_a_sync_whose_session_is_ended_closes_its_log_over_another(
    rows, session, start_sync, newest_log, make_simulator, make_seller
):
    """An administrator ends the session: that is no death of the process."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "slow", "seconds": 1, "page": 3, "times": 1}])
    make_seller(simulator)

    async def end_session() -> None:
        task = asyncio.create_task(start_sync(items_per_page=10))
        await until(lambda: rows("SELECT FROM emag_sync_progress WHERE pages_done = 2"))
        session.execute("SELECT pg_terminate_backend(backend_pid) FROM emag_sync_progress")
        with pytest.raises(SyncFailedError):
            await task

    asyncio.run(end_session())
    assert newest_log()["status"] == "failed"
    assert "died" not in errors(newest_log()) and errors(newest_log())
