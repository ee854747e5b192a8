"""The metrics: their numbers are those of the tables, and a scrape costs the shop nothing."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.gate import LOOPBACK
from magflow_pipeline.reports import metrics
from magflow_pipeline.reports.metrics import Snapshots, create_app, exposition, take_snapshot
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.reports.measured import NOW, log, measure_everything

pytestmark = pytest.mark.slow  # many looks at one database

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
SUMS = {
    "magflow_throttled_total": "rate_limit_hits",
    "magflow_rows_removed_total": "removed_items",
    "magflow_sync_seconds_total": "duration_seconds",
}
BY_RESULT = {
    ("magflow_pages_total", "stored"): "pages_processed",
    ("magflow_pages_total", "failed"): "pages_failed",
    ("magflow_rows_total", "created"): "created_items",
    ("magflow_rows_total", "updated"): "updated_items",
    ("magflow_rows_total", "unchanged"): "unchanged_items",
    ("magflow_rows_total", "rejected"): "failed_items",
    ("magflow_rows_total", "duplicate"): "duplicate_items",
}


def series(text: str) -> Series:
    """What a scrape brings, by name and labels."""
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def value(found: Series, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


@both_servers
def test_counters_are_the_sums_of_the_logs(session, database, rows):
    measure_everything(session)
    found = series(exposition(database))
    for account in ("main", "fbe"):
        lane = {"account": account, "type": "products"}
        logs = rows("SELECT * FROM emag_sync_logs WHERE account_type = %s", account)
        statuses = Counter(each["status"] for each in logs)
        assert statuses == {"completed": 1, "partial": 2, "failed": 1}
        for status, count in statuses.items():
            assert value(found, "magflow_syncs_total", **lane, status=status) == count
        for name, column in SUMS.items():
            assert value(found, name, **lane) == sum(each[column] for each in logs) > 0
        for (name, result), column in BY_RESULT.items():
            assert value(found, name, **lane, result=result) == sum(each[column] for each in logs) > 0
        answers = {
            labels: number
            for (name, labels), number in found.items()
            if name == "magflow_requests_total" and ("account", account) in labels
        }
        assert sum(answers.values()) == sum(each["api_requests_made"] for each in logs)
        assert value(found, "magflow_requests_total", **lane, answer="slow") == 3
        assert value(found, "magflow_requests_total", **lane, answer="unknown") == 9  # its log has no classes
        assert value(found, "magflow_api_budget_used_ratio", **lane) == pytest.approx(27 / (180 * 1440))
    assert value(found, "magflow_alerts_sent_total", channel="mail", what="opened", result="failed") == 1
    assert value(found, "magflow_alerts_sent_total", channel="mail", what="recovered", result="delivered") == 1


@both_servers
def test_gauges_are_the_numbers_of_the_tables(session, database, rows):
    measure_everything(session)
    found = series(exposition(database))
    lane = {"account": "fbe", "type": "products"}
    [newest] = rows("SELECT * FROM emag_sync_logs WHERE account_type = 'fbe' AND status = 'completed'")
    assert value(found, "magflow_last_success_timestamp_seconds", **lane) == newest["completed_at"].timestamp()
    assert value(found, "magflow_last_read_timestamp_seconds", **lane) == newest["completed_at"].timestamp()
    assert value(found, "magflow_last_sync_seconds", **lane) == 60
    assert value(found, "magflow_offers_seen", **lane) == 90
    assert value(found, "magflow_offers_announced", **lane) == 100
    assert value(found, "magflow_coverage_ratio", **lane) == pytest.approx(0.9)
    assert value(found, "magflow_sync_running", account="fbe") == 0
    for status, count in (("critical", 1), ("in_stock", 1), ("out_of_stock", 1), ("low_stock", 0), ("overstock", 0)):
        assert value(found, "magflow_items", account="main", status=status) == count
    assert value(found, "magflow_stock_value", account="main", currency="RON") == 3 * 2.5 + 10
    assert value(found, "magflow_items_to_decide", account="main") == 1
    assert value(found, "magflow_proposed_purchases_ron") == 850
    assert value(found, "magflow_supplier_conflicts", conflict="two suppliers with one name") == 1
    assert value(found, "magflow_incidents_open", kind="sync_failed", severity="critical") == 1
    assert value(found, "magflow_incidents_open", kind="backup_old", severity="warning") == 0
    assert value(found, "magflow_backup_bytes") == 20_000  # the newest is not proven
    now = datetime.now(UTC).timestamp()
    assert value(found, "magflow_backup_age_seconds") == pytest.approx(now - NOW.timestamp() + 20 * 3600, abs=5)
    assert value(found, "magflow_report_age_seconds", account="main") == pytest.approx(
        now - NOW.timestamp() + 180, abs=5
    )
    assert 0 <= value(found, "magflow_daemon_lag_seconds") < 60
    assert value(found, "magflow_disk_free_bytes", disk="data") == 5
    assert value(found, "magflow_database_bytes", database="magflow") > 1_000_000
    [sizes] = rows("SELECT pg_total_relation_size('emag_sync_logs') AS bytes")
    assert value(found, "magflow_table_bytes", table="emag_sync_logs") == sizes["bytes"]
    assert value(found, "magflow_up") == 1


def test_an_account_that_was_never_read_and_an_empty_database_break_nothing(session, database):
    assert value(series(exposition(database)), "magflow_up") == 1
    insert(session, "emag_accounts", account_type="main", marketplace="m", username="u", warehouse="w")
    session.execute("SET session_replication_role = replica")  # a row of before the triggers that refuse it
    log(session, "main", hours=1, total_items=0, processed_items=0, completed_at="infinity")
    found = series(exposition(database))
    assert value(found, "magflow_syncs_total", account="main", type="products", status="partial") == 1
    assert value(found, "magflow_items", account="main", status="critical") == 0


@both_servers
def test_counters_never_fall_when_retention_deletes_what_they_counted(session, database):
    """A counter that falls is a restart to Prometheus: it would count the rest of the month anew."""
    measure_everything(session)
    log(session, "main", hours=24 * 60)  # nothing keeps this one
    counted = {key: number for key, number in series(exposition(database)).items() if key[0].endswith("_total")}
    with psycopg.ClientCursor(session) as cursor:
        cursor.execute(
            statement("sync/retention"), {"log_days": 1, "raw_days": 1, "snapshot_days": 400, "alert_days": 365}
        )
    deleted = session.execute("DELETE FROM alert_deliveries WHERE delivered RETURNING id").fetchall()
    assert len(deleted) == 2
    left = session.execute("SELECT count(*) FROM emag_sync_logs").fetchone()
    assert left is not None and left[0] < 9
    assert counted == {key: number for key, number in series(exposition(database)).items() if key[0].endswith("_total")}


def test_every_metric_says_what_it_is_and_docs_list_them(session, database, rows):
    """The seed's dashboard and rules used names that nobody exported."""
    measure_everything(session)
    texts = {each["name"]: each for each in rows("SELECT * FROM metric_texts")}
    found = series(exposition(database))
    labels = {name: set(dict(labels)) for name, labels in found}
    assert labels == {name: set(each["labels"]) for name, each in texts.items()}
    page = (PROJECT_ROOT / "docs" / "metrics.md").read_text()
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| (.*) \|$", page, re.MULTILINE)
    assert documented == [
        (name, each["type"], ", ".join(f"`{label}`" for label in each["labels"]) or "–", each["help"])
        for name, each in texts.items()
    ]


def test_the_requests_of_a_sync_are_kept_by_how_they_ended(make_simulator, make_seller, sync, newest_log, database):
    simulator = make_simulator(main=offers(250))
    make_seller(simulator)
    faults = ["429", "reset", "502-html", "truncated"]
    simulator.switch("main", faults=[{"kind": kind, "times": 1} for kind in faults])
    sync()
    kept = newest_log()
    assert kept["answers"].items() >= {"throttled": 1, "connection": 1, "server_error": 1, "malformed": 1}.items()
    assert sum(kept["answers"].values()) == kept["api_requests_made"] == len(simulator.requests("main"))
    assert kept["requests_per_minute"] == 60_000
    lane = {"account": "main", "type": "products"}
    assert value(series(exposition(database)), "magflow_requests_total", **lane, answer="ok") == kept["answers"]["ok"]


@contextmanager
def away(url: str) -> Iterator[None]:
    """The database takes no sessions."""
    name = sql.Identifier(urlsplit(url).path.removeprefix("/"))
    with psycopg.connect(url.replace(urlsplit(url).path, "/postgres"), autocommit=True) as elsewhere:
        elsewhere.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        ended = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = %s AND application_name LIKE 'magflow%%'
        """
        elsewhere.execute(ended, [urlsplit(url).path.removeprefix("/")])  # a pool may keep some
        try:
            yield
        finally:
            elsewhere.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@pytest.fixture
def served(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SimpleNamespace]:
    """The web application over a database, how often that was read, and what was said to people."""

    def serve(kept_seconds: float) -> SimpleNamespace:
        reads: list[Database] = []

        def counted(database: Database) -> metrics.Snapshot:
            reads.append(database)
            return take_snapshot(database)

        monkeypatch.setattr(metrics, "take_snapshot", counted)
        monkeypatch.setattr(metrics, "LARGEST_SHARE", float("inf"))
        told: list[str] = []
        snapshots = Snapshots(database, take_snapshot(database), told.append, kept_seconds)
        transport = httpx.ASGITransport(create_app(snapshots, LOOPBACK))
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9464")
        return SimpleNamespace(client=client, reads=reads, told=told, snapshots=snapshots)

    return serve


async def scrape(served: SimpleNamespace) -> Series:
    return series((await served.client.get("/metrics")).raise_for_status().text)


def test_scrapes_are_answered_from_one_snapshot(served):
    served = served(kept_seconds=60)

    async def many() -> list[Series]:
        return await asyncio.gather(*(scrape(served) for _ in range(50)))

    answers = asyncio.run(many())
    assert served.reads == []
    ages = [value(each, "magflow_snapshot_age_seconds") for each in answers]
    assert 0 < min(ages) < max(ages) < 60


def test_scrapes_at_one_time_share_the_read_of_a_new_snapshot(served):
    served = served(kept_seconds=0)

    async def many() -> None:
        await asyncio.gather(*(scrape(served) for _ in range(50)))

    asyncio.run(many())
    assert len(served.reads) == 1


def test_a_snapshot_that_takes_long_is_kept_longer(served, monkeypatch):
    """At 200,000 items it takes a second: read each 15 seconds it would be a load."""
    served = served(kept_seconds=0)
    monkeypatch.setattr(metrics, "LARGEST_SHARE", served.snapshots.newest.seconds / 60)
    asyncio.run(scrape(served))
    assert served.reads == []


def test_while_the_database_is_away_the_last_snapshot_is_served_and_says_so(session, served, database_url):
    measure_everything(session)
    served = served(kept_seconds=0)

    async def outage() -> None:
        before = await scrape(served)
        with away(database_url):
            first = await scrape(served)
            await asyncio.sleep(0.1)
            during = await scrape(served)
        assert value(before, "magflow_up") == 1
        assert value(first, "magflow_up") == value(during, "magflow_up") == 0
        for name in ("magflow_backup_age_seconds", "magflow_daemon_lag_seconds", "magflow_snapshot_age_seconds"):
            assert value(during, name) >= value(first, name) + 0.1  # they are not younger for being unknown
        still = [name for name in before if name[0].endswith("_total")]
        assert still and all(before[name] == during[name] for name in still)
        assert value(await scrape(served), "magflow_up") == 1

    asyncio.run(outage())
    [gone, back] = served.told
    assert "not currently accepting connections" in gone and "magflow_up 0" in gone
    assert back == "The database answers again."


def test_a_database_that_hangs_delays_no_scrape(session, served, database, monkeypatch):
    """Prometheus gives up after ten seconds, and then shows nothing at all."""
    monkeypatch.setattr(metrics, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(metrics, "QUERY_SECONDS", 1)
    served = served(kept_seconds=0)

    async def hang() -> None:
        with database.connect("holder") as holder, holder.transaction():
            holder.execute("LOCK TABLE observations")
            first = await scrape(served)
            reading = served.snapshots._reading
            assert reading is not None  # the scrape did not wait for its end
            await reading
            second = await scrape(served)
            await served.snapshots._reading
        assert (value(first, "magflow_up"), value(second, "magflow_up")) == (1, 0)
        monkeypatch.setattr(metrics, "PATIENCE_SECONDS", 60)
        monkeypatch.setattr(metrics, "QUERY_SECONDS", 60)
        assert value(await scrape(served), "magflow_up") == 1

    asyncio.run(hang())
    assert len(served.reads) == 3


def test_a_web_page_cannot_read_them(served):
    served = served(kept_seconds=60)

    async def ask(**headers: str) -> int:
        return (await served.client.get("/metrics", headers=headers)).status_code

    assert asyncio.run(ask(Host="rebound.example:9464")) == 403
    assert asyncio.run(ask(Origin="https://elsewhere.example")) == 403
    assert asyncio.run(ask()) == 200


def test_once_prints_them_and_ends(session, database):
    measure_everything(session)
    done = CliRunner().invoke(app, ["metrics", "--once"])
    assert done.exit_code == 0, done.output
    assert value(series(done.stdout), "magflow_items", account="main", status="critical") == 1
