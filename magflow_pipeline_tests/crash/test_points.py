"""A sync killed before and after each of its statements and requests: the next one ends as if nothing had happened."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from queue import SimpleQueue

import pytest

from magflow_pipeline_tests.crash.conftest import SMALL
from magflow_pipeline_tests.crash.lab import PAGE_STORED, Lab, Stage, name_of, until_stored

pytestmark = pytest.mark.slow

# What has to be among the points: a scan in which one of these is not counted any more is not killed there either.
KINDS = ("connecting", "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "COPY", "the rows of a COPY", "the request", "LOCK")


@pytest.fixture(scope="module")
def labs(small_lab: Lab, make_lab: Callable[[Stage], AbstractContextManager[Lab]]) -> Iterator[list[Lab]]:
    """Two, because a kill waits now for the one process and now for the other."""
    with make_lab(SMALL) as second:
        yield [small_lab, second]


def problems_at(lab: Lab, point: str, template: str | None = None) -> list[str]:
    """Kill a sync at a point; what is wrong then, and after the next run."""
    with lab.fresh(template) as database:
        if not lab.kill_at(database, point, in_flight=1):
            return ["it did not come by there"]
        return lab.problems_of_next_run(database, lab.dead(database), in_flight=1)


def problems_at_all(labs: Sequence[Lab], points: Sequence[str], template: str | None = None) -> dict[str, list[str]]:
    """The points at which something is wrong."""
    free: SimpleQueue[Lab] = SimpleQueue()
    for lab in labs:
        free.put(lab)

    def examine(point: str) -> list[str]:
        lab = free.get()
        try:
            return problems_at(lab, point, template)
        finally:
            free.put(lab)

    with ThreadPoolExecutor(len(labs)) as threads:
        found = dict(zip(points, threads.map(examine, points), strict=True))
    return {point: problems for point, problems in found.items() if problems}


@pytest.mark.slow
def test_killed_before_and_after_each_statement_and_request(labs: list[Lab]):
    points = labs[0].points()
    assert len(points) == len(set(points)) > 300
    assert sum(point.startswith(PAGE_STORED) for point in points) == 3
    assert sum(point.startswith("after sending a request") for point in points) == 6
    for start in (f"{when} {kind}" for when in ("before", "after") for kind in KINDS):
        assert any(point.startswith(start) for point in points), start
    assert problems_at_all(labs, points) == {}


def test_killed_at_the_commits_of_its_pages(small_lab: Lab):
    """The smoke test of the one above: before and after the commit that makes page and checkpoint one."""
    points = small_lab.points()
    after = [until_stored(points, page) for page in (1, 2, 3)]
    assert problems_at_all([small_lab], [name for each in after for name in (before(each), each)]) == {}


@pytest.mark.slow
def test_killed_again_while_it_takes_over(small_lab: Lab, labs: list[Lab]):
    """From the look for a checkpoint to the first request for a page, every point; the third sync ends it."""
    with small_lab.fresh() as died:
        assert small_lab.kill_at(died, until_stored(small_lab.points(), 1), in_flight=1)
        small_lab.dead(died)
        template = name_of(died)
        points = small_lab.points(template)
        start = next(index for index, point in enumerate(points) if "The account's newest sync" in point)
        chosen = points[start : points.index("before the request and its body #2") + 1]
        assert any("Moves the pages of a dead sync" in point for point in chosen)
        assert problems_at_all(labs, chosen, template) == {}


def before(point: str) -> str:
    """The point before the statement that `point` is after."""
    return point.replace("after", "before")
