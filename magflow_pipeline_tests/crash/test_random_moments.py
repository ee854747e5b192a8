"""A sync with many requests in flight, killed at random moments, and several syncs of one account at once."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline_tests.crash import tables
from magflow_pipeline_tests.crash.driver import Ended, Task
from magflow_pipeline_tests.crash.lab import KILLED, Lab, Stage, until_stored
from magflow_pipeline_tests.offers import offer, offers

MOMENTS = 20
SEED = 20260801
SENT = "POINT after sending a request"
WIDE = Stage(
    before=[*offers(80), offer(999)],
    after=[
        *offers(3),
        offer(4, part_number=None),
        *offers(40, start=5),
        *offers(30, start=45, stock_value=3),
        *offers(21, start=75),
    ],
    outcome="partial",
    problem="known offers could not be stored, so their stock is that of their last good reading: SKU SKU4",
)
# Nothing vanishes, so that three complete scans conclude what one does.
STEADY = Stage(
    before=[*offers(10), *offers(9, start=12)],
    after=[*offers(10, stock_value=3), offer(11, part_number=None), *offers(14, start=12)],
)


@pytest.fixture(scope="module")
def wide_lab(make_lab: Callable[[Stage], AbstractContextManager[Lab]]) -> Iterator[Lab]:
    """95 rows on ten pages, each of which takes its time."""
    with make_lab(WIDE) as lab:
        lab.simulator.switch("main", latency_seconds=0.05, latency_jitter_seconds=0.15)
        yield lab


@pytest.fixture(scope="module")
def steady_lab(make_lab: Callable[[Stage], AbstractContextManager[Lab]]) -> Iterator[Lab]:
    with make_lab(STEADY) as lab:
        lab.simulator.switch("main", latency_seconds=0.1)
        yield lab


def kill_at_some_moment(lab: Lab, database: Database, chance: random.Random) -> tuple[Ended, list[str]]:
    """Kill a sync some time after it has filled the pipe; what was half-written up to then."""
    task = lab.task(database)
    pid = lab.driver.start(task)
    wait_for(task, SENT, times=6)
    end = time.monotonic() + chance.uniform(0, 0.35)
    seen: list[str] = []
    with database.connect("test") as session:
        while time.monotonic() < end:
            seen += [f"while it ran: {name}: {rows}" for name, rows in tables.half_written(session).items()]
    os.kill(pid, signal.SIGKILL)
    return lab.driver.wait(pid, task), seen


def wait_for(task: Task, what: str, times: int) -> None:
    """Until a process has come by somewhere so often."""
    deadline = time.monotonic() + 30
    while not task.trace.exists() or task.trace.read_text().count(what) < times:
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.slow
def test_killed_at_random_moments_with_the_pipe_full(wide_lab: Lab):
    chance = random.Random(SEED)
    problems: dict[int, list[str]] = {}
    stored: list[int] = []
    unanswered: list[int] = []
    while len(stored) < MOMENTS:
        with wide_lab.fresh() as database:
            ended, seen = kill_at_some_moment(wide_lab, database, chance)
            if ended.status != KILLED:
                continue  # it was quicker
            dead = wide_lab.dead(database)
            if seen := seen + wide_lab.problems_of_next_run(database, dead):
                problems[len(stored)] = seen
            stored.append(len(dead.pages))
            unanswered.append(times(ended, "after sending a request") - times(ended, "after the request and its body"))
    assert problems == {}
    # The moments were what they should be: with many requests in flight, some pages stored and some not.
    assert max(unanswered) >= 7, unanswered
    assert len(set(stored)) > 2, stored


def times(ended: Ended, what: str) -> int:
    """How often a process had come by somewhere."""
    return sum(point.startswith(f"{what} #") for point in ended.points)


@pytest.mark.slow
def test_three_syncs_of_one_account_run_one_after_the_other(steady_lab: Lab):
    with steady_lab.fresh() as database:
        tasks = [steady_lab.task(database) for _ in range(3)]
        pids = [steady_lab.driver.start(task) for task in tasks]
        ended = [steady_lab.driver.wait(pid, task) for pid, task in zip(pids, tasks, strict=True)]
        assert [each.outcome for each in ended] == ["completed"] * 3, ended
        with database.connect("test") as session:
            assert tables.half_written(session) == {}
            assert tables.differences(tables.business(session), steady_lab.once) == []
            logs = session.execute(
                "SELECT status, is_complete, started_at > lag(completed_at) OVER (ORDER BY id) FROM emag_sync_logs"
                " ORDER BY id"
            ).fetchall()
        assert logs == [("completed", True, None), *[("completed", True, True)] * 3]


@pytest.mark.slow
def test_one_of_three_syncs_is_killed_and_another_goes_on(steady_lab: Lab):
    point = until_stored(steady_lab.points(), 1)
    with steady_lab.fresh() as database:
        tasks = [steady_lab.task(database, in_flight=1, fatal=point), *[steady_lab.task(database) for _ in range(2)]]
        pids = [steady_lab.driver.start(tasks[0])]
        wait_for(tasks[0], SENT, times=1)  # it holds the lock
        pids += [steady_lab.driver.start(task) for task in tasks[1:]]
        ended = [steady_lab.driver.wait(pid, task) for pid, task in zip(pids, tasks, strict=True)]
        assert [(each.status, each.outcome) for each in ended] == [(KILLED, None), *[(0, "completed")] * 2]
        with database.connect("test") as session:
            assert tables.half_written(session) == {}
            assert tables.differences(tables.business(session), steady_lab.once) == []
            logs = session.execute(
                "SELECT status, is_complete, resumed_from = lag(id) OVER (ORDER BY id),"
                " started_at > lag(completed_at) OVER (ORDER BY id) FROM emag_sync_logs ORDER BY id OFFSET 1"
            ).fetchall()
        assert [log[:3] for log in logs] == [
            ("failed", False, None),
            ("completed", False, True),
            ("completed", True, None),
        ]
        assert logs[-1][3]
