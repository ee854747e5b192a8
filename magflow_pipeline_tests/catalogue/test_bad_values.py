"""A marketplace that sends what is no JSON, or no value: what it costs a sync, and what is told of it."""

import asyncio
import json
import time

import pytest

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue import probe as check
from magflow_pipeline.catalogue.probe import check_account
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline.sync.marketplace import open_account
from magflow_pipeline_tests.catalogue.test_records import BAD, COSMETIC, odd_row
from magflow_pipeline_tests.emag.raw import Heard, selling, speaking
from magflow_pipeline_tests.emag.test_hostile_answers import answer, nothing
from magflow_pipeline_tests.emag.test_limits import distances
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import errors

STORED = "SELECT emag_id, stock_quantity, notes FROM emag_products_v2 ORDER BY emag_id"


@pytest.fixture
def connect(make_seller, monkeypatch):
    """Let the environment name a server for both accounts."""

    def connect(server: Heard, **variables: str) -> None:
        make_seller(server, **variables)

    return connect


@pytest.mark.slow
def test_every_bad_value_costs_itself_in_the_database_too(rows, sync, newest_log, connect):
    """1e9999999999999999999 failed the sync; 6,000 digits or one byte lost 100 offers, NaN in a characteristic one."""
    cases = [(key, BAD[bad]) for key in COSMETIC for bad in BAD]
    with selling([odd_row(number, key, literal) for number, (key, literal) in enumerate(cases, start=1)]) as server:
        connect(server)
        result = sync()
    assert (result.outcome, result.counts.stored, result.counts.rejected) == ("completed", len(cases), 0)
    assert newest_log()["errors"] == []
    assert rows("SELECT FROM emag_rejected_offers") == []
    [body] = rows("SELECT count(*) AS count FROM raw_emag_product_bodies")
    assert body["count"] == result.counts.pages


def test_an_offer_that_runs_out_is_seen_in_spite_of_a_bad_value(rows, sync, connect):
    """50 pieces became 0, one characteristic held NaN: the row was rejected and the report said in stock."""
    with selling([json.dumps(offer(1)), json.dumps(offer(2))]) as server:
        connect(server)
        sync()
    bad = json.dumps(offer(1, stock_value=0, characteristics=[{"id": 5, "value": "@"}])).replace('"@"', "NaN")
    with selling([bad, json.dumps(offer(2))]) as server:
        connect(server)
        make_same_source(rows, server)
        assert sync().outcome == "completed"
    first = rows(STORED)[0]
    assert (first["stock_quantity"], first["notes"]) == (0, ["characteristics: a number that is none was left out"])


def make_same_source(rows, server: Heard) -> None:
    """The second server is the marketplace of the first one, on another port."""
    rows("UPDATE emag_accounts SET marketplace = %s RETURNING 1", server.url.removeprefix("http://"))


def test_a_row_that_breaks_its_page_costs_itself(rows, sync, newest_log, connect):
    """The page is cut smaller, down to the row: 99 others are read."""
    sold = [json.dumps(each) for each in offers(230)]
    sold[141] = '{"id": 142, "name": "a"b"}'
    with selling(sold) as server:
        connect(server, EMAG_RETRY_ATTEMPTS="2")
        result = sync()
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert [row["emag_id"] for row in rows(STORED)] == [*range(1, 142), *range(143, 231)]
    log = newest_log()
    assert log["pages_failed"] == 1
    assert "page 142 of 1 offers was given up: the answer is not JSON; it starts: '{" in errors(log)
    assert len(server.requests) < 45


@pytest.mark.slow
def test_an_answer_that_is_too_large_is_cut_smaller(rows, sync, connect):
    sold = [json.dumps(offer(number, description="x" * 300_000)) for number in range(1, 101)]
    with selling(sold) as server:
        connect(server)
        assert sync().outcome == "completed"
    assert len(rows(STORED)) == 100
    sizes = [asked["itemsPerPage"] for asked in server.requests if "itemsPerPage" in asked]
    assert sizes.count(100) <= 2 and sizes.count(50) >= 2


def test_a_gateway_that_answers_nonsense_is_not_asked_for_every_row(sync, newest_log, connect):
    """Each malformed page would become a hundred requests."""

    def nonsense(_, request: bytes):
        is_count = b"/count" in request.split(b"\r\n")[0]
        body = b'{"isError": false, "results": {"noOfItems": "1200"}}' if is_count else b"<html>"
        yield answer("200 OK", body, "Connection: close")

    with speaking(nonsense) as server:
        connect(server, EMAG_RETRY_ATTEMPTS="1")
        with pytest.raises(SyncFailedError, match="No page of account 'main' could be read"):
            sync()
    assert len(server.requests) < 60


def test_an_echo_of_the_credentials_is_in_no_log(sync, newest_log, connect, capsys):
    """It was on the terminal, in the sync's log and in Dagster's event log."""

    def echo(_, request: bytes):
        header = next(line for line in request.split(b"\r\n") if line.startswith(b"Authorization"))
        yield answer("500 Oops", b"<html>" + header, "Connection: close")

    with speaking(echo) as server:
        connect(server, EMAG_RETRY_ATTEMPTS="2", EMAG_MAIN_PASSWORD="c0rrect-horse")
        with pytest.raises(SyncFailedError, match="HTTP 500") as caught:
            sync()
    told = f"{caught.value} {errors(newest_log())} {capsys.readouterr()}"
    assert "Authorization: Basic ***" in told
    assert "bWFpbjpjMHJyZWN0" not in told and "c0rrect-horse" not in told


def test_two_accounts_with_one_user_share_its_limit(database, connect, accounts):
    """The limit belongs to the marketplace's user: 6 requests arrived in a second, and eMAG answered 429."""
    sent: list[float] = []

    def count(_, __):
        sent.append(time.monotonic())
        yield answer("200 OK", b'{"isError": false, "results": {"noOfItems": "1"}}', "Connection: close")

    async def ask(account: Account) -> None:
        async with open_account(database, load_settings(), account, OFFERS) as marketplace:
            for _ in range(3):
                await marketplace.count(OFFERS)

    async def both() -> None:
        await asyncio.gather(*(ask(account) for account in accounts().values()))

    with speaking(count) as server:
        limits = {"EMAG_REQUESTS_PER_SECOND": "3", "EMAG_REQUESTS_PER_MINUTE": "180"}
        connect(server, EMAG_FBE_USERNAME="main", **limits)
        asyncio.run(both())
    assert len(sent) == 6
    assert min(distances(sent, 3)) > 1


def test_a_check_ends_where_a_proxy_says_nothing(database, connect, monkeypatch):
    """`magflow check` hung for ever."""
    with speaking(nothing) as proxy:
        connect(proxy, EMAG_MAIN_BASE_URL="https://marketplace.invalid/api-3")
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setattr(check, "CONNECT_TIMEOUT_SECONDS", 0.5)
        result = asyncio.run(check_account(database, load_settings(), "main"))
    assert not result.is_ok
    assert "no connection to https://marketplace.invalid/api-3 within" in result.message


@pytest.mark.slow
def test_a_check_ends_where_there_is_no_permit(database, connect, monkeypatch):
    with selling([]) as server:
        connect(server, EMAG_REQUESTS_PER_SECOND="1", EMAG_REQUESTS_PER_MINUTE="1")
        monkeypatch.setattr(check, "LIMIT_SECONDS", 3)
        result = asyncio.run(check_account(database, load_settings(), "main"))
    assert not result.is_ok and "Not answered within" in result.message
    assert len(server.requests) == 1


@pytest.mark.slow
def test_a_check_says_who_keeps_it_from_permits(database, connect):
    with selling([]) as server, database.connect() as session:
        connect(server)
        assert asyncio.run(check_account(database, load_settings(), "main")).is_ok
        [(table,)] = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'limits'").fetchall()
        with session.transaction():
            session.execute(f'LOCK TABLE limits."{table}"')
            result = asyncio.run(check_account(database, load_settings(), "main"))
    assert not result.is_ok and f"holds a lock on the table limits.{table}" in result.message
