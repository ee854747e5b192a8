"""When a sync goes on where another one died, and what it may conclude then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline_tests.crash import tables
from magflow_pipeline_tests.crash.conftest import SMALL, VANISHED
from magflow_pipeline_tests.crash.lab import Lab, name_of, until_stored
from magflow_pipeline_tests.offers import offer, offers

pytestmark = pytest.mark.slow

AGE_PAGES = "UPDATE raw_emag_product_pages SET fetched_at = fetched_at - %s::interval"
SAME_COUNT = "UPDATE emag_sync_logs SET total_items = 25 WHERE id = %s"
STOCK_OF_TEN = "SELECT stock_quantity, sync_status FROM emag_products_v2 WHERE emag_id = 10"
IS_REMOVED = "SELECT removed_at IS NOT NULL FROM emag_products_v2 WHERE emag_id = %s"


@pytest.fixture(scope="module")
def died(small_lab: Lab) -> Iterator[str]:
    """The name of a database in which a sync died when it had stored two of its three pages."""
    with small_lab.fresh() as database:
        assert small_lab.kill_at(database, until_stored(small_lab.points(), 2), in_flight=1)
        assert small_lab.dead(database).pages == {1: True, 2: True}
        yield name_of(database)


def execute(database: Database, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.connect("test") as session:
        cursor = session.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def test_it_goes_on_after_the_pages_that_are_stored(small_lab: Lab, died: str):
    with small_lab.fresh(died) as database:
        execute(database, AGE_PAGES, "9 minutes")
        dead = small_lab.dead(database)
        assert small_lab.problems_of_next_run(database, dead) == []
        log = small_lab.newest_log(database)
        assert (log["resumed_from"], log["is_complete"], log["pages_processed"]) == (dead.log["id"], False, 3)
        assert small_lab.pages_asked_for() == [3]


def test_it_begins_anew_when_the_checkpoint_is_ten_minutes_old(small_lab: Lab, died: str):
    with small_lab.fresh(died) as database:
        execute(database, AGE_PAGES, "10 minutes")
        small_lab.simulator.clear()
        assert small_lab.run(database).outcome == SMALL.outcome
        begins_anew(small_lab, database, [1, 2, 3])
        assert small_lab.newest_log(database)["is_complete"]


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ({"items_per_page": 5}, [1, 2, 3, 4, 5, 6]),
        ({"include_inactive": False}, [1, 2, 3]),
        ({"max_pages": 9}, [1, 2, 3]),
    ],
    ids=str,
)
def test_it_begins_anew_when_it_is_asked_for_something_else(
    small_lab: Lab, died: str, options: dict[str, Any], pages: list[int]
):
    # All of them active: as many with the filter as without, so that the count does not tell the difference.
    with small_lab.selling(*offers(25)), small_lab.fresh(died) as database:
        small_lab.simulator.clear()
        assert small_lab.run(database, options=options).outcome == "completed"
        begins_anew(small_lab, database, pages)


def test_it_begins_anew_in_another_mode(small_lab: Lab, died: str):
    """An incremental sync after a full one that died, and the other way round."""
    with small_lab.fresh(died) as database:
        small_lab.simulator.clear()
        assert small_lab.run(database, options={"mode": "incremental"}).outcome == "completed"
        begins_anew(small_lab, database, [1])
        assert small_lab.newest_log(database)["operation"] == "incremental"
    with small_lab.fresh() as database:
        incremental = {"mode": "incremental"}
        with small_lab.fresh() as other:
            points = small_lab.run(other, in_flight=1, options=incremental).points
        assert small_lab.kill_at(database, until_stored(points, 1), in_flight=1, options=incremental)
        dead = small_lab.dead(database)
        assert (dead.log["operation"], dead.log["status"]) == ("incremental", "running")
        execute(database, SAME_COUNT, dead.log["id"])  # or the count would tell the difference
        small_lab.simulator.clear()
        assert small_lab.run(database, options={"mode": "full"}).outcome == SMALL.outcome
        begins_anew(small_lab, database, [1, 2, 3])


def test_it_begins_anew_when_the_count_is_another(small_lab: Lab, died: str):
    with small_lab.selling(*SMALL.after, offer(26)), small_lab.fresh(died) as database:
        small_lab.simulator.clear()
        assert small_lab.run(database).outcome == SMALL.outcome
        begins_anew(small_lab, database, [1, 2, 3])
        assert small_lab.newest_log(database)["processed_items"] == 26


def begins_anew(lab: Lab, database: Database, pages: list[int]) -> None:
    log = lab.newest_log(database)
    assert (log["resumed_from"], sorted(lab.pages_asked_for())) == (None, pages)


def test_a_resumed_scan_proves_no_removal(small_lab: Lab):
    """The offer was missing in a complete scan, and is in the resumed one: only the next complete one is proof."""
    with small_lab.fresh() as database:
        small_lab.run_clean(database)
        assert execute(database, IS_REMOVED, VANISHED) == [(False,)]
        assert small_lab.kill_at(database, until_stored(small_lab.points(), 2), in_flight=1)
        dead = small_lab.dead(database)
        assert small_lab.run(database).outcome == SMALL.outcome
        log = small_lab.newest_log(database)
        assert (log["resumed_from"], log["is_complete"], log["removed_items"]) == (dead.log["id"], False, 0)
        assert execute(database, IS_REMOVED, VANISHED) == [(False,)]
        small_lab.run_clean(database)
        assert execute(database, IS_REMOVED, VANISHED) == [(True,)]


def test_a_chain_of_syncs_that_died_loses_no_page(small_lab: Lab):
    """Each stores one page and is killed; the last one reads what is left, and every page was read once."""
    with small_lab.fresh() as database:
        asked: list[int] = []
        for _ in range(2):
            points = small_lab.points(name_of(database))
            small_lab.simulator.clear()
            assert small_lab.kill_at(database, until_stored(points, 1), in_flight=1)
            asked += small_lab.pages_asked_for()
            dead = small_lab.dead(database)
        assert small_lab.problems_of_next_run(database, dead) == []
        assert asked + small_lab.pages_asked_for() == [1, 2, 3]


@contextmanager
def clean_and_resumed(lab: Lab, pages: int, *rows: Any) -> Iterator[list[tuple[str | None, Database]]]:
    """How a scan of these rows ends that nobody kills, and one that goes on after so many stored pages."""
    point = until_stored(lab.points(), pages)
    with lab.selling(*rows), lab.fresh() as clean, lab.fresh() as database:
        undisturbed = lab.run(clean)
        assert lab.kill_at(database, point, in_flight=1)
        dead = lab.dead(database)
        resumed = lab.run(database)
        assert lab.newest_log(database)["resumed_from"] == dead.log["id"]
        yield [(undisturbed.outcome, clean), (resumed.outcome, database)]


def test_a_refused_row_with_an_offer_id_is_counted_once(small_lab: Lab):
    """The last page is read again, and the offer of a row that was refused there is no new one."""
    rows = [*offers(24), offer(25, part_number=None)]
    with clean_and_resumed(small_lab, 3, *rows) as [(clean, clean_database), (resumed, database)]:
        assert (clean, resumed) == ("completed", "completed")
        assert tables.differences(small_lab.tables(database), small_lab.tables(clean_database)) == []


def test_a_good_row_of_an_offer_with_a_refused_one_is_stored(small_lab: Lab):
    """Two rows of one offer, the first cannot be stored: the second is, also when the sync was killed in between."""
    rows = [*offers(9), offer(10, part_number=None), offer(10, stock_value=7), *offers(14, start=11)]
    with clean_and_resumed(small_lab, 1, *rows) as [(clean, clean_database), (resumed, database)]:
        assert (clean, resumed) == ("partial", "partial")  # 25 rows, and 24 offers
        assert execute(clean_database, STOCK_OF_TEN) == [(7, "synced")]
        assert execute(database, STOCK_OF_TEN) == [(7, "synced")]
