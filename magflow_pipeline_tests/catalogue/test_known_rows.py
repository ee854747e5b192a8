"""Rows that come again byte for byte: known by a hash, and as if each had been read (rules.md: Storing)."""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from magflow_pipeline.catalogue import known_rows, store
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.database.statements import statement
from magflow_pipeline.emag.answers import rows_of
from magflow_pipeline.emag.client import Page
from magflow_pipeline.sync.pages import PageCounts
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import counts
from magflow_pipeline_tests.traps.conftest import Shop, open_shop

__all__ = ["open_shop"]

VERSIONS = "SELECT emag_id, xmin::text AS version FROM {} WHERE account_type = %s ORDER BY 1"
WIDE = (
    VERSIONS.format("emag_product_contents"),
    VERSIONS.format("emag_offer_contents").replace("emag_id", "emag_offer_id"),
)
MARKET = "SELECT count(*)::int AS n FROM emag_offer_market_history WHERE account_type = %s"
HISTORY = "SELECT count(*)::int AS n FROM emag_offer_history WHERE account_type = %s"


@pytest.fixture
def shop(open_shop: Callable[[], Shop]) -> Shop:
    """An account that nobody else uses."""
    return open_shop()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The ids of the rows that were read, in their order."""
    make, found = store.read_record, list[Any]()

    def look(rows: Any, place: int, *about: Any) -> Any:
        found.append(rows[place]["id"])
        return make(rows, place, *about)

    monkeypatch.setattr(store, "read_record", look)
    return found


def test_rows_that_come_again_are_marked_as_seen_and_neither_read_nor_written(shop, read):
    before = shop.scanned(*offers(5))
    versions = [shop.rows(query) for query in WIDE]
    read.clear()
    result = shop.sync()
    assert (counts(result), result.is_complete) == ((5, 0, 0, 5, 0, 0), True)
    assert read == []
    assert [shop.rows(query) for query in WIDE] == versions
    for emag_id, row in shop.stored().items():
        assert row["last_sync_id"] == result.sync_log_id
        assert row["last_synced_at"] > before[emag_id]["last_synced_at"]
        assert {**row, "last_sync_id": 0, "last_synced_at": 0} == {
            **before[emag_id],
            "last_sync_id": 0,
            "last_synced_at": 0,
        }
    times = shop.rows("SELECT last_synced_at FROM emag_products_v2 WHERE account_type = %s ORDER BY emag_id")
    assert times == [{"last_synced_at": row["last_synced_at"]} for row in shop.stored().values()], "of both views"


def test_only_the_row_that_changed_is_read(shop, read):
    shop.scanned(*offers(5))
    read.clear()
    shop.sell(*offers(2), offer(3, sale_price="90.0000"), *offers(2, start=4))
    assert counts(shop.sync()) == (5, 0, 1, 4, 0, 0)
    assert read == [3]


def test_another_order_of_keys_is_read_once_and_says_nothing(shop, read):
    shop.scanned(offer(1))
    versions = [shop.rows(query) for query in WIDE]
    shop.sell(dict(reversed(offer(1).items())))
    read.clear()
    assert [counts(shop.sync()) for _ in range(2)] == [(1, 0, 0, 1, 0, 0)] * 2
    assert read == [1]
    assert [shop.rows(query) for query in WIDE] == versions


def test_market_values_make_a_row_of_their_series_when_they_change_and_none_when_they_stay(shop):
    shop.scanned(offer(1))
    shop.sell(offer(1, buy_button_rank=4))
    assert [counts(shop.sync()) for _ in range(2)] == [(1, 0, 0, 1, 0, 0)] * 2
    assert shop.rows(MARKET) == [{"n": 2}]


def test_a_removed_offer_that_comes_back_as_it_was_is_there_again(shop):
    shop.scanned(*offers(4))
    shop.sell(*offers(3))
    shop.sync()
    assert shop.sync().counts.removed == 1
    shop.sell(*offers(4))
    assert counts(shop.sync()) == (4, 0, 1, 3, 0, 0)
    back = shop.stored()[4]
    assert (back["removed_at"], back["is_active"], back["visibility"]) == (None, True, "visible")
    assert shop.rows(HISTORY) == [{"n": 6}], "there, gone and there again"


def test_an_offer_of_which_only_a_bound_was_known_has_its_number_again(shop):
    shop.scanned(*offers(2))
    shop.session.execute(
        "UPDATE emag_product_contents SET stock_above = 40, stock_above_since = now() WHERE account_type = %s",
        [shop.account],
    )
    assert counts(shop.sync()) == (2, 0, 2, 0, 0, 0)
    assert {row["stock_above"] for row in shop.stored().values()} == {None}


def test_a_row_that_cannot_be_stored_is_rejected_each_time_and_the_good_one_is_read_again(shop, read):
    shop.scanned(*offers(3))
    good = shop.stored()[2]["last_synced_at"]
    shop.sell(offer(1), offer(2, part_number=None), offer(3))
    assert [counts(shop.sync()) for _ in range(2)] == [(3, 0, 0, 2, 1, 0)] * 2
    row = shop.stored()[2]
    assert (row["sync_status"], row["sync_attempts"], row["last_synced_at"]) == ("error", 2, good)
    [seen] = shop.rows("SELECT last_synced_at FROM emag_products_v2 WHERE account_type = %s AND emag_id = 2")
    assert seen["last_synced_at"] > good, "it was seen; its stock is that of the last good reading"
    shop.sell(*offers(3))
    read.clear()
    assert counts(shop.sync()) == (3, 0, 1, 2, 0, 0)
    row = shop.stored()[2]
    assert (read, row["sync_status"], row["sync_attempts"]) == ([2], "synced", 0)


def test_a_bad_row_of_an_offer_that_was_stored_in_the_same_sync_is_no_failed_attempt(shop):
    shop.scanned(*offers(2))
    shop.sell(*offers(2), offer(2, part_number=None))
    shop.sync()
    shop.sell(*offers(2))
    shop.sync()
    row = shop.stored()[2]
    assert (row["sync_status"], row["sync_attempts"]) == ("synced", 0)


def test_another_version_of_the_reader_reads_everything_once(shop, read, monkeypatch):
    shop.scanned(*offers(3))
    monkeypatch.setattr(store, "reader_version", lambda *_: b"another")
    read.clear()
    assert [counts(shop.sync()) for _ in range(2)] == [(3, 0, 0, 3, 0, 0)] * 2
    assert read == [1, 2, 3]


def test_the_version_follows_the_code_and_the_statements(monkeypatch, tmp_path):
    version = known_rows.reader_version(*store.SYNC)
    assert known_rows.reader_version(*store.SYNC[1:]) != version
    other = tmp_path / "records.py"
    other.write_bytes(Path(str(known_rows.records.__file__)).read_bytes() + b"\n")
    monkeypatch.setattr(known_rows.records, "__file__", str(other))
    known_rows.reader_version.cache_clear()
    assert known_rows.reader_version(*store.SYNC) != version
    known_rows.reader_version.cache_clear()


@pytest.mark.parametrize("table", ["emag_products_v2", "emag_product_offers_v2"])
def test_what_was_changed_by_hand_is_read_and_stored_again(shop, read, table):
    shop.scanned(*offers(2))
    key = "emag_id" if table == "emag_products_v2" else "emag_offer_id"
    prices = f"SELECT price::int FROM {table} WHERE account_type = %s ORDER BY {key}"
    shop.session.execute(f"UPDATE {table} SET price = 1 WHERE account_type = %s AND {key} = 2", [shop.account])
    assert shop.rows(prices) == [{"price": 84}, {"price": 1}]
    read.clear()
    assert [counts(shop.sync()) for _ in range(2)] == [(2, 0, 1, 1, 0, 0), (2, 0, 0, 2, 0, 0)]
    assert (read, shop.rows(prices)) == ([2], [{"price": 84}, {"price": 84}])


def test_an_offer_that_was_deleted_without_its_product_is_stored_anew(shop):
    shop.scanned(*offers(2))
    shop.session.execute(
        "DELETE FROM emag_product_offers_v2 WHERE account_type = %s AND emag_offer_id = 2", [shop.account]
    )
    assert [counts(shop.sync()) for _ in range(2)] == [(2, 0, 1, 1, 0, 0), (2, 0, 0, 2, 0, 0)]
    stored = "SELECT emag_offer_id, price::int FROM emag_product_offers_v2 WHERE account_type = %s ORDER BY 1"
    assert shop.rows(stored) == [{"emag_offer_id": 1, "price": 84}, {"emag_offer_id": 2, "price": 84}]


def test_an_offer_that_was_deleted_by_hand_is_stored_anew(shop):
    shop.scanned(*offers(2))
    shop.session.execute("DELETE FROM emag_products_v2 WHERE account_type = %s AND emag_id = 2", [shop.account])
    assert shop.rows("SELECT emag_id FROM emag_offers_seen WHERE account_type = %s") == [{"emag_id": 1}]
    assert counts(shop.sync()) == (2, 1, 0, 1, 0, 0)
    assert [*shop.stored()] == [1, 2]


def test_a_row_inserted_by_hand_is_a_row_like_another(shop):
    shop.scanned(offer(1))
    shop.session.execute(
        "INSERT INTO emag_products_v2 (account_type, emag_id, sku, stock_quantity, status, content_hash, created_at,"
        " updated_at, last_synced_at) VALUES (%s, 2, 'SKU2', 5, 1, '', now(), now(), '2026-01-01')",
        [shop.account],
    )
    [row] = shop.rows("SELECT * FROM emag_products_v2 WHERE account_type = %s AND emag_id = 2")
    assert (row["images"], row["notes"], row["sync_status"], row["is_active"]) == ([], [], "synced", True)
    assert row["last_synced_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    shop.sell(*offers(2))
    assert counts(shop.sync()) == (2, 0, 1, 1, 0, 0)


KINDS = ("same", "same", "same", "market", "price", "order", "bad", "twice", "twice bad", "gone", "no id", "text id")


def changed(row: dict[str, Any], kind: str, chance: random.Random) -> dict[str, Any]:
    if kind == "market":
        return {**row, "number_of_offers": chance.randrange(9)}
    if kind == "price":
        return {**row, "sale_price": f"{chance.randrange(1, 4)}.5"}
    return dict(reversed(row.items())) if kind == "order" else row


def sent_as(row: dict[str, Any], kind: str, chance: random.Random) -> list[dict[str, Any]]:
    bad = {**row, "part_number": None}
    return {
        "bad": [bad],
        "twice": [row, chance.choice([row, {**row, "sale_price": "7"}])],
        "twice bad": [row, bad],
        "gone": [],
        "no id": [{**row, "id": None}],
        "text id": [{**row, "id": str(row["id"])}],
    }.get(kind, [row])


def page_of(chance: random.Random, rows: dict[int, dict[str, Any]]) -> bytes:
    """A page of these offers, some of them changed for good; of some another row comes too, before or after."""
    sent: list[Any] = []
    for emag_id in [*rows]:
        kind = chance.choice(KINDS)
        rows[emag_id] = changed(rows[emag_id], kind, chance)
        now = sent_as(rows[emag_id], kind, chance)
        chance.shuffle(now)
        sent += now
    text = json.dumps({"isError": False, "messages": [], "results": sent})
    return (text.replace('"warranty": 24', '"warranty": NaN') if chance.random() < 0.1 else text).encode()


TABLES = {
    "emag_products_v2": ("last_synced_at", "created_at", "updated_at", "removed_at", "stock_above_since"),
    "emag_product_offers_v2": ("last_synced_at", "created_at", "updated_at"),
    "emag_offer_history": ("valid_from",),
    "emag_offer_market_history": ("observed_at",),
    "emag_rejected_offers": ("id", "rejected_at"),
    "raw_emag_product_pages": ("fetched_at",),
}


def told(shop: Shop) -> dict[str, list[str]]:
    """What the tables say, times by their order and syncs by their place."""
    found: dict[str, list[str]] = {}
    logs = [row["id"] for row in shop.rows("SELECT id FROM emag_sync_logs WHERE account_type = %s ORDER BY id")]
    times = sorted(
        {
            row[name]
            for table, names in TABLES.items()
            for row in shop.rows(f"SELECT * FROM {table} WHERE account_type = %s")
            for name in names
            if isinstance(row[name], datetime)
        }
    )
    for table, names in TABLES.items():
        rows = shop.rows(f"SELECT * FROM {table} WHERE account_type = %s")
        for row in rows:
            del row["account_type"]
            row.pop("id", None)
            for name in row.keys() & {*names}:
                row[name] = row[name] and times.index(row[name])
            for name in row.keys() & {"sync_log_id", "last_sync_id", "received_sync_id"}:
                row[name] = row[name] and row[name] in logs and logs.index(row[name])
        found[table] = sorted(map(repr, rows))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_tables_and_counts_are_those_of_reading_every_row(open_shop, monkeypatch, seed):
    """Pages made at random are stored in two accounts, in one of them without recognising a row."""
    chance = random.Random(seed)
    rows = {emag_id: offer(emag_id) for emag_id in range(1, 13)}
    shops = open_shop(), open_shop()
    clock = iter(range(10**6))
    known = 0
    for _ in range(8):
        bodies = [page_of(chance, rows) for _ in range(2)]
        removed = [chance.sample(sorted(rows), 2) for _ in range(2)]
        at = [datetime.fromtimestamp(1_790_000_000 + next(clock), UTC) for _ in bodies]
        counted: list[list[PageCounts]] = []
        for place, each in enumerate(shops):
            if place:
                monkeypatch.setattr(store, "recognisable", lambda *_: {})
            else:
                monkeypatch.setattr(store, "recognisable", known_rows.recognisable)
            counted.append(asyncio.run(_store(each, bodies, at)))
            each.session.execute(
                "UPDATE emag_product_contents SET removed_at = %s WHERE account_type = %s AND emag_id = ANY(%s)",
                [at[0], each.account, removed[0]],
            )
            each.session.execute(
                "UPDATE emag_product_contents SET stock_above = 9, stock_above_since = %s"
                " WHERE account_type = %s AND emag_id = ANY(%s)",
                [at[0], each.account, removed[1]],
            )
        assert counted[0] == counted[1]
        assert told(shops[0]) == told(shops[1])
        known += sum(each.unchanged for each in counted[0])
    assert known > 10


@pytest.mark.parametrize("seed", range(4))
def test_pages_that_are_stored_together_leave_what_they_leave_one_after_the_other(open_shop, seed):
    """Of an offer that is on two of them, what one row means depends on the other: it may be refused, or known."""
    chance = random.Random(seed)
    rows = {emag_id: offer(emag_id) for emag_id in range(1, 25)}
    shops = open_shop(), open_shop()
    clock = iter(range(10**6))
    for _ in range(6):
        parts = [{each: rows[each] for each in rows if each % 4 == part} for part in range(4)]
        bodies = [page_of(chance, chance.choice([part, part, parts[0] | part])) for part in parts]
        at = [datetime.fromtimestamp(1_790_000_000 + next(clock), UTC) for _ in bodies]
        counted = [asyncio.run(_store(each, bodies, at, is_together=bool(place))) for place, each in enumerate(shops)]
        assert counted[0] == counted[1]
        assert told(shops[0]) == told(shops[1])
        for part in parts:
            rows |= part


@pytest.mark.parametrize("refused", [2, 3])
def test_a_row_that_the_database_refuses_harms_none_of_the_pages_beside_it(open_shop, refused):
    shops = open_shop(), open_shop()
    pages = [offers(3, start=1 + 3 * page) for page in range(4)]
    pages[refused][1] = offer(100, stock=[{"value": 2**63 // 1000}] * 2000)  # each fits, their sum does not
    bodies = [json.dumps({"isError": False, "messages": [], "results": page}).encode() for page in pages]
    at = [datetime(2026, 11, 1, tzinfo=UTC)] * 4
    counted = [asyncio.run(_store(each, bodies, at, is_together=bool(place))) for place, each in enumerate(shops)]
    assert counted[0] == counted[1]
    assert [each.rejected for each in counted[1]] == [int(page == refused) for page in range(4)]
    assert told(shops[0]) == told(shops[1])


def test_pages_that_cannot_be_stored_are_as_if_they_had_not_come(shop):
    """The next attempt takes no row of them for one that came before."""
    bodies = [json.dumps({"isError": False, "messages": [], "results": offers(3, start=n)}).encode() for n in (1, 3)]
    at = datetime(2026, 11, 1, tzinfo=UTC)

    async def try_twice() -> list[PageCounts]:
        async with _page_store(shop) as pages:
            came = [Page(n, 100, {}, rows_of(body), body, 200, at, 0.1) for n, body in enumerate(bodies, 1)]
            lock = "LOCK TABLE raw_emag_product_pages IN EXCLUSIVE MODE"
            with shop.database.connect("analyst") as analyst, analyst.transaction():
                await asyncio.to_thread(analyst.execute, lock)
                await pages.session.execute("SET lock_timeout = '0.1s'")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    await pages.store_all(came)
            assert (pages.seen, pages.pages, [*shop.stored()]) == (set(), 0, [])
            return await pages.store_all(came)

    assert asyncio.run(try_twice()) == [PageCounts(3, 3, 0, 0, 0, 0), PageCounts(3, 2, 0, 0, 0, 1)]


def test_the_plan_of_an_empty_table_looks_none_through_when_it_is_full(shop):
    """A first reading makes its plan in the first page, and fills the table with all that follow."""
    names: dict[str, str] = {}
    asked = re.sub(
        r"%\((\w+)\)s",
        lambda found: names.setdefault(found[1], f"${len(names) + 1}"),
        statement("catalogue/known_rows"),
    )
    with psycopg.connect(shop.database.url) as session, session.cursor() as cursor:
        cursor.execute("TRUNCATE app.emag_offers_seen")
        cursor.execute(statement("catalogue/settings_of_pages"))
        plan = [row for (row,) in cursor.execute(f"EXPLAIN (GENERIC_PLAN) {asked}").fetchall()]
        session.rollback()
    assert any("Tid Scan on emag_offers_seen" in row for row in plan)
    assert not any("Seq Scan" in row for row in plan)


def test_a_page_that_was_read_ahead_is_stored_as_if_it_came_after_the_one_before(shop, read):
    """Offers that move to the next page while it is read come on both: the first row counts."""
    pages = [offers(4), offers(4, start=5), [offer(8, name="Another"), *offers(3, start=9)]]
    bodies = [json.dumps({"isError": False, "messages": [], "results": [*page]}).encode() for page in pages]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    new, moved = PageCounts(4, 4, 0, 0, 0, 0), PageCounts(4, 3, 0, 0, 0, 1)
    assert asyncio.run(_store(shop, bodies, [at] * 3, is_ahead=True)) == [new, new, moved]
    assert read == [1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11], "each once"
    assert shop.stored()[8]["name"] == offer(8)["name"]


def test_an_offer_that_somebody_inserts_meanwhile_is_stored_as_one_that_changed(shop):
    """It is looked up before it is there: the page would be refused as a whole."""
    body = json.dumps({"isError": False, "messages": [], "results": offers(3)}).encode()

    async def store_while_it_is_inserted() -> list[PageCounts]:
        async with await psycopg.AsyncConnection.connect(shop.database.url) as other:
            await other.execute(
                "INSERT INTO app.emag_products_v2 (account_type, emag_id, sku, stock_quantity, status, content_hash,"
                " created_at, updated_at, last_synced_at) VALUES (%s, 2, 'x', 5, 1, '', now(), now(), now())",
                [shop.account],
            )
            storing = asyncio.create_task(_store(shop, [body], [datetime.now(UTC)]))
            waits = "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
            while not shop.session.execute(waits, [other.info.backend_pid]).fetchall():
                assert not storing.done(), storing
                await asyncio.sleep(0.01)
            await other.commit()
            return await storing

    assert asyncio.run(store_while_it_is_inserted()) == [PageCounts(3, 2, 1, 0, 0, 0)]
    assert [row["sku"] for row in shop.stored().values()] == ["SKU1", "SKU2", "SKU3"]
    assert shop.rows(HISTORY) == [{"n": 3}]


@asynccontextmanager
async def _page_store(shop: Shop) -> AsyncGenerator[PageStore]:
    async with shop.database.connect_async("test") as session:
        await session.execute(
            "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES (%s, 'x', %s, 'W')"
            " ON CONFLICT DO NOTHING",
            [shop.account, shop.account],
        )
        cursor = await session.execute(
            "INSERT INTO emag_sync_logs (account_type, sync_type, operation, status, parameters, completed_at)"
            " VALUES (%s, 'products', 'full', 'partial', '{}', now()) RETURNING id",
            [shop.account],
        )
        [(sync_log_id,)] = await cursor.fetchall()
        pages = PageStore(session, shop.account, sync_log_id)
        await pages.prepare()
        yield pages


async def _store(
    shop: Shop, bodies: list[bytes], at: list[datetime], *, is_ahead: bool = False, is_together: bool = False
) -> list[PageCounts]:
    async with _page_store(shop) as pages:
        came = [
            Page(number, 100, {}, rows_of(body), body, 200, at[number - 1], 0.1)
            for number, body in enumerate(bodies, 1)
        ]
        if is_together:
            return await pages.store_all(came)
        if not is_ahead:
            return [await pages.store(page) for page in came]
        counted = [await pages.store(came[0])]
        read = [await pages.read_ahead(page) for page in came[1:]]
        return counted + [await pages.store(page) for page in read]
