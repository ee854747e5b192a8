"""Pages of fewer offers where the marketplace does not answer in time, and of more again once it does."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.sync.sizes import GROW_AFTER, PageSizes, ladder
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

WAIT = 0.3  # seconds that the client waits for an answer


def reads(shop) -> list[dict]:
    return [request for request in shop.requests() if request["route"] == "read" and "id" not in request["body"]]


def size_of(request: dict) -> int:
    return request["body"]["itemsPerPage"]


def rows_of(request: dict) -> range:
    """The rows of the catalogue that it asks for."""
    size = size_of(request)
    return range((request["body"]["currentPage"] - 1) * size, request["body"]["currentPage"] * size)


def hanging(start: int, end: int, *sizes: int) -> list[dict]:
    """Faults that let every page hang that holds a row from `start` to `end` (not included)."""
    return [
        {"kind": "hang", "size": size, "page": page}
        for size in sizes
        for page in range(start // size + 1, -(-end // size) + 1)
    ]


# The choice of a size


@pytest.mark.parametrize(
    ("largest", "sizes"),
    [(100, (100, 50, 20, 10)), (80, (80, 20, 10)), (50, (50, 10)), (20, (20, 10)), (10, (10,)), (37, (37,)), (1, (1,))],
)
def test_the_ladder_holds_the_sizes_that_a_page_can_be_cut_into(largest, sizes):
    assert ladder(largest) == sizes


@given(largest=st.integers(1, 100), pages=st.integers(1, 4), news=st.lists(st.booleans(), max_size=80))
def test_pages_that_fit_tile_every_range_without_overlap_or_gap(largest, pages, news):
    """Whichever pages come in time and whichever are cut into smaller ones: a row skipped is an offer lost."""
    sizes = PageSizes(largest)
    parts: list[tuple[int, int, int | None]] = [(0, pages * largest, None)]
    read: list[int] = []
    while parts:
        start, end, below = parts.pop(0)
        size = sizes.fit(start, end, below)
        assert start % size == 0, "pages are numbered by their size"
        if start + size < end:
            parts.insert(0, (start + size, end, below))
        if news and news.pop() and sizes.has_smaller(size):
            sizes.too_slow(size)
            parts.insert(0, (start, start + size, size))
        else:
            sizes.answered(size)
            read.extend(range(start, start + size))
    assert read == [*range(pages * largest)]


@given(steps=st.lists(st.tuples(st.booleans(), st.sampled_from((100, 50, 20, 10))), max_size=80))
def test_the_size_never_leaves_the_ladder_and_moves_one_step_at_a_time(steps):
    sizes = PageSizes(100)
    for is_answered, size in steps:
        before = sizes.step
        (sizes.answered if is_answered else sizes.too_slow)(size)
        assert sizes.size in (100, 50, 20, 10)
        assert sizes.step >= before or (is_answered and sizes.step == before - 1)
        assert sizes.step <= before or (not is_answered and sizes.size < size)


def test_a_larger_size_is_tried_after_three_answers_in_a_row():
    sizes = PageSizes(100)
    sizes.too_slow(100)
    for _ in range(GROW_AFTER - 1):
        sizes.answered(50)
    sizes.too_slow(50)
    assert sizes.size == 20, "the count begins anew"
    for size in (20, 50):
        for answer in range(GROW_AFTER):
            assert (sizes.size, answer) == (size, answer)
            sizes.answered(size)
    assert sizes.size == 100


def test_answers_of_another_size_say_nothing_of_this_one():
    """Pages asked for before the size went down still come, and they were slow ones."""
    sizes = PageSizes(100)
    sizes.too_slow(100)
    for _ in range(10):
        sizes.answered(100)
    sizes.too_slow(100)
    assert sizes.size == 50


# The scan


@pytest.mark.slow
def test_a_page_that_is_too_slow_is_read_in_smaller_ones_and_the_size_grows_back(shop):
    """100, 50 and 20 do not answer, 10 does; one request at a time shows each step."""
    shop.sell(*offers(560))
    shop.set(read_timeout_seconds=WAIT)
    shop.switch(faults=[{"kind": "hang", "size": size, "times": 1} for size in (100, 50, 20)])
    result = shop.sync(in_flight=1)
    assert (result.outcome, result.is_complete) == ("completed", True)
    sizes = [size_of(request) for request in reads(shop)]
    assert sizes[:4] == [100, 50, 20, 10]
    grown = sizes[3:]
    assert [grown.index(size) for size in (10, 20, 50, 100)] == sorted(grown.index(size) for size in (10, 20, 50, 100))
    assert sizes[-1] == 100
    answered = [row for request in reads(shop) if request["status"] == 200 for row in rows_of(request)]
    assert sorted(answered) == [*range(len(answered))], "each row exactly once"
    assert (result.counts.fetched, result.counts.duplicate, [*shop.stored()]) == (560, 0, [*range(1, 561)])


def test_one_region_that_hangs_in_pages_of_100_loses_nothing(shop):
    shop.sell(*offers(450))
    shop.set(read_timeout_seconds=WAIT)
    shop.switch(faults=hanging(200, 300, 100))
    result = shop.sync()
    assert (result.outcome, result.counts.duplicate, [*shop.stored()]) == ("completed", 0, [*range(1, 451)])
    asked = [(size_of(request), rows_of(request).start) for request in reads(shop)]
    assert [size for size, start in asked if start in (200, 250)] == [100, 50, 50]


@pytest.mark.slow
def test_a_marketplace_that_needs_time_for_each_row_is_read_in_pages_it_can_answer(shop):
    """A page of 100 took 156 s: twenty at once come in time (emag-api.md: Errors)."""
    shop.sell(*offers(130))
    shop.set(read_timeout_seconds=0.35)
    shop.switch(latency_per_item_seconds=0.01)  # 1 s, 0.5 s, 0.2 s and 0.1 s
    result = shop.sync()
    assert (result.outcome, result.counts.fetched, [*shop.stored()]) == ("completed", 130, [*range(1, 131)])
    answered = [request for request in reads(shop) if request["status"] == 200]
    assert max(size_of(request) for request in answered) == 20
    for early, late in pairwise(sorted(answered, key=lambda request: rows_of(request).start)):
        assert rows_of(early).stop == rows_of(late).start


def test_a_page_size_that_nothing_divides_is_kept(shop):
    """37 offers to a page cannot be cut: what is slow is tried again as it is."""
    shop.sell(*offers(80))
    shop.set(read_timeout_seconds=WAIT)
    shop.switch(faults=[{"kind": "hang", "page": 2, "times": 1}])
    result = shop.sync(items_per_page=37)
    assert (result.outcome, result.counts.fetched) == ("completed", 80)
    assert {size_of(request) for request in reads(shop)} == {37}


@pytest.mark.slow
def test_rows_that_hang_in_every_size_are_given_up_within_a_third_of_the_run(shop):
    """They cost the offers around them nothing, and the run not its end."""
    shop.sell(*offers(230))
    shop.set(read_timeout_seconds=WAIT, sync_timeout_seconds=4.5)
    shop.switch(faults=hanging(120, 130, 100, 50, 20, 10))
    result = shop.sync()
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert [*shop.stored()] == [*range(1, 121), *range(131, 231)]
    assert "page 13 of 10 offers was given up" in shop.errors()
    assert result.seconds < 4.5
    hung = [request for request in reads(shop) if request["status"] != 200]
    assert len(hung) * WAIT < 1.5 + 2 * WAIT


@pytest.mark.slow
def test_the_parts_of_a_page_that_hangs_in_every_size_are_not_the_end(shop):
    """Ten pages in a row that fail may be the end of a catalogue; ten parts of one page are not."""
    shop.sell(*offers(430))
    shop.set(read_timeout_seconds=WAIT, sync_timeout_seconds=30, retry_attempts=1)
    shop.switch(faults=[{"kind": "half-page", "page": 1, "size": 100}, *hanging(100, 200, 100, 50, 20, 10)])
    result = asyncio.run(shop.start(in_flight=1))
    assert result.outcome == "partial"
    assert {*range(201, 431)} <= {*shop.stored()}


def test_an_odd_page_of_a_smaller_size_is_read_again(shop):
    """Half a page of 50 in the middle, where pages of 100 hang."""
    shop.sell(*offers(230))
    shop.set(read_timeout_seconds=WAIT)
    shop.switch(faults=[*hanging(100, 200, 100), {"kind": "half-page", "size": 50, "page": 3, "times": 1}])
    result = shop.sync()
    assert (result.outcome, shop.errors(), [*shop.stored()]) == ("completed", "", [*range(1, 231)])


def test_a_cap_on_pages_counts_pages_of_the_size_asked_for(shop):
    """Two pages of 100 are 200 offers, in however many requests they come."""
    shop.sell(*offers(350))
    shop.set(read_timeout_seconds=WAIT)
    shop.switch(faults=hanging(0, 100, 100))
    result = shop.sync(max_pages=2)
    assert (result.outcome, [*shop.stored()]) == ("partial", [*range(1, 201)])


# Time


@pytest.mark.slow
def test_waits_that_are_asked_for_count_towards_the_share_of_a_page(shop):
    """A page that is refused again and again took the whole run with it, which failed instead of being partial."""
    shop.sell(*offers(25))
    shop.set(retry_attempts=8, sync_timeout_seconds=4.5)
    shop.switch(retry_after="seconds", retry_after_seconds=1, faults=[{"kind": "429", "page": 2}])
    result = shop.sync(items_per_page=10)
    assert (result.outcome, result.counts.stored) == ("partial", 15)
    assert "page 2 was given up: HTTP 429" in shop.errors()


@pytest.mark.slow
def test_the_limit_of_a_run_knows_how_many_requests_small_pages_need(shop):
    """Ten times as many requests as were planned take ten times as long: the limit is twice what they need."""
    shop.sell(*offers(250))
    shop.set(read_timeout_seconds=0.2, sync_timeout_seconds=2, requests_per_second=10, requests_per_minute=600)
    shop.switch(faults=[{"kind": "hang", "size": size} for size in (100, 50, 20)])
    result = shop.sync()
    assert (result.outcome, result.counts.stored) == ("completed", 250)


@pytest.mark.slow
def test_a_slow_page_before_the_end_is_not_taken_for_what_lies_behind_it(shop):
    """The last offers came slowly, the empty pages behind them at once: the offers were given up without a word."""
    shop.sell(*offers(210))
    shop.set(read_timeout_seconds=0.5)
    shop.switch(faults=[{"kind": "hang", "size": size, "page": page} for size, page in ((100, 3), (50, 5), (20, 11))])
    result = shop.sync()
    assert (result.outcome, result.counts.stored) == ("completed", 210)
