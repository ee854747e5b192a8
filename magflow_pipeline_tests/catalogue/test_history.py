"""What an offer was at a time: row history, market series, stock samples, each only when there is something to tell."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.sync import pages
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

COUNT = "SELECT count(*)::int AS n FROM emag_offer_history"
MARKET = "SELECT * FROM emag_offer_market_history ORDER BY observed_at, emag_offer_id"


@pytest.fixture
def simulator(make_simulator, make_seller) -> Simulator:
    simulator = make_simulator(main=offers(6))
    make_seller(simulator, EMAG_REREAD_BUDGET="0")
    return simulator


@pytest.fixture
def now(session: psycopg.Connection) -> Callable[[], datetime]:
    """The database's time."""
    return lambda: session.execute("SELECT clock_timestamp()").fetchone()[0]


@pytest.fixture
def as_of(rows) -> Callable[..., dict[str, Any] | None]:
    """What an offer was at a time; None when there is nothing."""

    def look(moment: datetime, offer_id: int = 1, account: str = "main") -> dict[str, Any] | None:
        query = "SELECT * FROM offers_as_of(%s) WHERE emag_offer_id = %s AND account_type = %s"
        found = rows(query, moment, offer_id, account)
        assert len(found) <= 1
        return found[0] if found else None

    return look


@both_servers
def test_price_stock_and_status_can_be_asked_as_of_any_time(sync, simulator, now, as_of):
    before = now()
    times, fields = [], {}
    for change in ({}, {"sale_price": 99.5}, {"stock_value": 7}, {"status": 0}, {"currency": "EUR"}, {"status": 1}):
        fields |= change
        simulator.patch_offers("main", [offer(1, **fields)])
        sync()
        times.append(now())
    assert as_of(before) is None, "nothing was known"
    told = [as_of(moment) for moment in times]
    assert [(row["price"], row["stock"], row["status"], row["currency"]) for row in told] == [
        (Decimal("84.0336"), 50, 1, "RON"),
        (Decimal("99.5"), 50, 1, "RON"),
        (Decimal("99.5"), 7, 1, "RON"),
        (Decimal("99.5"), 7, 0, "RON"),
        (Decimal("99.5"), 7, 0, "EUR"),
        (Decimal("99.5"), 7, 1, "EUR"),
    ]
    starts = [row["valid_from"] for row in told]
    assert starts == sorted(starts) and len(set(starts)) == 6
    assert as_of(starts[1]) == told[1], "valid from that moment on"
    assert [as_of(moment, 2)["stock"] for moment in times] == [50] * 6


def test_the_sku_of_a_time_can_be_asked_too(sync, simulator, now, as_of):
    sync()
    before = now()
    simulator.patch_offers("main", [offer(1, part_number="RENAMED")])
    sync()
    assert (as_of(before)["sku"], as_of(now())["sku"]) == ("SKU1", "RENAMED")


def test_accounts_do_not_share_a_history(sync, make_simulator, make_seller, now, as_of):
    make_seller(make_simulator(main=[offer(1)], fbe=[offer(1, stock_value=4)]))
    sync("main")
    between = now()
    sync("fbe")
    assert as_of(between, account="fbe") is None
    assert (as_of(now())["stock"], as_of(now(), account="fbe")["stock"]) == (50, 4)


@both_servers
def test_a_removal_and_a_return_are_told(sync, simulator, now, as_of):
    sync()
    simulator.remove_offer("main", 1)
    sync()
    there = now()
    sync()
    gone = now()
    simulator.patch_offers("main", [offer(1)])
    sync()
    assert [as_of(moment)["is_removed"] for moment in (there, gone, now())] == [False, True, False]
    assert as_of(gone)["price"] == Decimal("84.0336")
    assert as_of(gone)["valid_from"] > there


@both_servers
def test_a_stock_that_was_only_known_to_be_above_is_told(sync, simulator, now, as_of, without_looks):
    simulator.patch_offers("main", [offer(1, stock_value=5)])
    sync()
    counted = now()
    simulator.patch_offers("main", [offer(1, stock_value=80)])
    sync(mode="incremental")
    above = now()
    sync(mode="incremental")
    sync(skus=["SKU1"])
    told = [as_of(moment) for moment in (counted, above, now())]
    assert [(row["stock"], row["stock_above"]) for row in told] == [(5, None), (None, 20), (80, None)]


def test_the_clocks_of_our_host_and_of_the_database_need_not_agree(rows, session, sync, simulator, as_of):
    """A return that was read a minute before the removal was concluded, by another clock, never counted."""
    sync()
    simulator.remove_offer("main", 1)
    sync()
    sync()
    # What a database a minute ahead of our host would have written.
    ahead = "{0} = {0} + interval '1 minute'"
    session.execute(f"UPDATE emag_offer_history SET {ahead.format('valid_from')} WHERE is_removed")
    session.execute(f"UPDATE emag_products_v2 SET {ahead.format('removed_at')}")
    simulator.patch_offers("main", [offer(1)])
    sync()
    (later,) = rows("SELECT now() + interval '1 hour' AS time")
    assert as_of(later["time"])["is_removed"] is False


@pytest.mark.slow
def test_what_is_not_price_stock_or_status_adds_no_row(rows, sync, simulator):
    sync()
    assert rows(COUNT) == [{"n": 6}]
    simulator.patch_offers("main", [offer(1, stock_value=2)])
    sync()
    assert rows(COUNT) == [{"n": 7}]
    sync()
    sync(mode="incremental")
    sync(skus=["SKU1", "SKU2"])
    simulator.patch_offers(
        "main", [offer(1, stock_value=2, name="Alt nume", warranty=12), offer(2, sale_price=84.03360)]
    )
    assert sync().counts.updated == 1
    assert rows(COUNT) == [{"n": 7}]


def test_the_market_has_a_series_of_its_own_and_does_not_make_an_offer_look_changed(rows, sync, simulator):
    content = "SELECT content_hash, updated_at FROM emag_products_v2 ORDER BY emag_id"
    sync()
    before, series = rows(content), rows(MARKET)
    for rank, fields in enumerate(
        [{}, {"best_offer_sale_price": 1}, {"best_offer_recommended_price": 2}, {"number_of_offers": 9}], start=2
    ):
        simulator.patch_offers("main", [offer(1, buy_button_rank=rank, **fields)])
        assert sync().counts.updated == 0
    assert (rows(content), rows(COUNT)) == (before, [{"n": 6}])
    told = [row for row in rows(MARKET)[len(series) :] if row["emag_offer_id"] == 1]
    assert [(row["buy_button_rank"], row["best_offer_sale_price"]) for row in told] == [
        (2, Decimal("79.9")),
        (3, 1),
        (4, Decimal("79.9")),
        (5, Decimal("79.9")),
    ]
    assert [(row["best_offer_recommended_price"], row["number_of_offers"]) for row in told] == [
        (99, 3),
        (99, 3),
        (2, 3),
        (99, 9),
    ]
    assert len(rows(MARKET)) == len(series) + 4


# Stock samples: a row per Bucharest day and SKU


def test_every_sync_samples_the_skus_that_it_saw(rows, sync, simulator):
    simulator.patch_offers("main", [offer(1, stock_value=5)])
    sync()
    simulator.patch_offers("main", [offer(1, stock_value=0)])
    sync(mode="incremental")
    simulator.patch_offers("main", [offer(1, stock_value=8)])
    sync(skus=["SKU1"])
    samples = rows("SELECT * FROM stock_snapshots ORDER BY sku")
    assert [(row["samples"], row["samples_in_stock"]) for row in samples] == [(3, 2)] + [(1, 1)] * 5
    first = samples[0]
    assert [first[f"{name}_stock"] for name in ("first", "min", "max", "last")] == [5, 0, 8, 8]


class Interrupt(BaseException):
    """What ends a sync at a moment of the test's choice."""


def interrupt(line: str) -> None:
    if "page 2 of" in line:
        raise Interrupt


def test_a_sync_that_goes_on_samples_and_tells_each_offer_once(rows, sync, simulator, monkeypatch):
    monkeypatch.setattr(pages, "SECONDS_BETWEEN_LINES", 0)
    with pytest.raises(Interrupt):
        sync(items_per_page=2, tell=interrupt)
    told: list[str] = []
    sync(items_per_page=2, tell=told.append)
    assert any("going on after" in line for line in told)
    assert [row["samples"] for row in rows("SELECT samples FROM stock_snapshots")] == [1] * 6
    assert rows(COUNT) == [{"n": 6}]
