"""Somebody else holds a lock: nobody waits long, and whoever gives up says who it was."""

import asyncio
import multiprocessing
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

import psycopg
import pytest

from magflow_pipeline.database import blockers, connection, locks, migration, sessions
from magflow_pipeline.database.blockers import LockedError
from magflow_pipeline.database.connection import Database, Use, open_database
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import SQL_FOLDER, ConfigurationError, load_settings
from magflow_pipeline.suppliers.matches import confirm
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.servers import of_role, of_superuser

FORK = multiprocessing.get_context("fork")
ANALYST = r"user 'postgres', analyst.* since 20\d\d-.* Europe/Bucharest; it is idle in transaction, .*begins: {}"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-outs of a second, so that the tests are quick."""
    for settings in (sessions.SESSION, sessions.DAGSTER):
        monkeypatch.setitem(settings, "lock_timeout", "1s")
    monkeypatch.setattr(blockers.patiently, "__defaults__", (1.0, 0.1))
    monkeypatch.setattr(blockers.patiently_async, "__defaults__", (2.5,))


@contextmanager
def analyst(url: str, *statements: str) -> Iterator[int]:
    """An open transaction of a superuser's; the number of its process."""
    session = psycopg.connect(of_role(url, "postgres"), application_name="analyst")
    try:
        for statement in statements:
            session.execute(statement)
        yield session.info.backend_pid
    finally:
        session.close()  # it may have been ended meanwhile


@contextmanager
def ended(url: str, pid: int) -> Iterator[None]:
    """The session `pid` ends in a moment, and has ended when the block does."""
    with psycopg.connect(of_role(url, "postgres")) as session:
        end = threading.Timer(1.5, lambda: session.execute("SELECT pg_terminate_backend(%s)", [pid]))
        end.start()
        yield
        end.join()


@pytest.mark.slow
@both_servers
def test_reading_names_whoever_has_locked_the_table(database):
    """`report` waited two minutes for an analyst's LOCK TABLE and ended in a traceback."""
    with analyst(database.url, "LOCK TABLE low_stock_report") as pid:
        started = time.monotonic()
        with pytest.raises(LockedError, match=ANALYST.format("LOCK TABLE low_stock_report")) as problem:
            read_rows(database, "low_stock_report")
        assert time.monotonic() - started < 5
        assert f"pg_terminate_backend({pid})" in str(problem.value)
    assert read_rows(database, "low_stock_report") == []


@pytest.mark.slow
@both_servers
def test_building_the_report_names_whoever_holds_it(database):
    lock = "LOCK TABLE low_stock_report IN SHARE MODE"
    with analyst(database.url, lock), pytest.raises(LockedError, match=ANALYST.format(lock)):
        build_low_stock_report(database)


@pytest.mark.slow
@both_servers
def test_a_row_lock_is_named_too(database, session):
    insert(session, "products", sku="A")
    insert(session, "product_supplier_sheets", sku="A", supplier_name="TZT")
    update = "UPDATE product_supplier_sheets SET supplier_url = 'x'"
    with analyst(database.url, update), pytest.raises(LockedError, match=ANALYST.format(update)):
        confirm(database, "A", "TZT", "ana")


@pytest.mark.slow
def test_who_waits_behind_another_is_not_blamed(database):
    """A pending ALTER TABLE stands in the way, but only because a SELECT was left open before it."""
    with analyst(database.url, "SELECT count(*) FROM low_stock_report"):
        pending = psycopg.connect(of_role(database.url, "postgres"), application_name="pending", autocommit=True)

        def alter() -> None:
            with suppress(psycopg.errors.QueryCanceled):
                pending.execute("ALTER TABLE low_stock_report ADD COLUMN note text")

        waiting = threading.Thread(target=alter)
        waiting.start()
        time.sleep(0.5)
        with pytest.raises(LockedError, match=ANALYST.format("SELECT count")):
            read_rows(database, "low_stock_report")
        pending.cancel()
        waiting.join()
        pending.close()


@pytest.mark.slow
def test_a_lock_of_our_own_is_named_as_such(database, monkeypatch):
    monkeypatch.setattr(locks, "TURN_SECONDS", 1.0)
    with database.connect("magflow report") as other, other.transaction():
        locks.one_at_a_time(other, "magflow: low_stock_report")
        with pytest.raises(LockedError, match=r"Another process of MagFlow holds .* magflow report\)"):
            build_low_stock_report(database)


@pytest.mark.slow
def test_a_user_who_may_not_see_the_query_is_told_so(database, session):
    session.execute("CREATE ROLE looker LOGIN")
    try:
        session.execute("GRANT USAGE ON SCHEMA app TO looker")
        session.execute("GRANT SELECT ON low_stock_report TO looker")
        looker = Database(of_role(database.url, "looker"), "")
        hidden = r"process \d+, user 'postgres', analyst\); what it does is not shown to this user"
        with analyst(database.url, "LOCK TABLE low_stock_report"), pytest.raises(LockedError, match=hidden):
            read_rows(looker, "low_stock_report")
    finally:
        session.execute("DROP OWNED BY looker")
        session.execute("DROP ROLE looker")


@pytest.mark.slow
def test_a_lock_that_is_let_go_in_time_is_no_error(database):
    """A short lock of the ERP's must not cost a sync its page."""

    async def store() -> None:
        async with database.connect_async("magflow sync main") as session:
            await run_statement(session, "sync/retention", log_days=30, raw_days=7, snapshot_days=1100, alert_days=365)

    with analyst(database.url, "LOCK TABLE stock_snapshots") as pid, ended(database.url, pid):
        asyncio.run(store())


@pytest.mark.slow
@pytest.mark.parametrize("table", ["emag_products_v2", "raw_emag_product_pages", "emag_sync_progress"])
def test_a_sync_whose_table_is_locked_ends_and_says_by_whom(
    database, make_simulator, make_seller, sync, newest_log, table
):
    make_seller(make_simulator(main=offers(5)))
    sync()
    with analyst(database.url, f"LOCK TABLE {table}"):
        started = time.monotonic()
        with pytest.raises((SyncFailedError, LockedError), match=ANALYST.format(f"LOCK TABLE {table}")):
            sync()
        assert time.monotonic() - started < 20
    if table == "raw_emag_product_pages":  # of the others, the log needs one itself
        assert newest_log()["status"] == "failed"
        assert "LOCK TABLE" in newest_log()["errors"][-1]["error"]
    assert sync().outcome == "completed"


@pytest.mark.slow
def test_a_log_is_never_seen_without_its_deadline(database, session, make_simulator, make_seller, sync):
    """A server that was killed between the two left a log that said running for a quarter of an hour."""
    make_seller(make_simulator(main=offers(5)))
    before_it = (
        "SET session_replication_role = replica",  # its log is not there yet
        "INSERT INTO emag_sync_progress (sync_log_id)"
        " SELECT nextval(pg_get_serial_sequence('emag_sync_logs', 'id')) + 1",
    )
    with ThreadPoolExecutor() as pool, analyst(database.url, *before_it) as pid:
        with ended(database.url, pid):
            syncing = pool.submit(sync)
            waits = "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
            while not session.execute(waits, [pid]).fetchone():
                assert not syncing.done()
            assert session.execute("SELECT status FROM emag_sync_logs").fetchall() == []
        assert syncing.result().outcome == "completed"


@pytest.mark.slow
def test_a_sync_waits_for_a_short_lock(database, make_simulator, make_seller, sync):
    make_seller(make_simulator(main=offers(5)))
    with analyst(database.url, "LOCK TABLE emag_products_v2") as pid, ended(database.url, pid):
        assert sync().outcome == "completed"


@contextmanager
def crossing(url: str, first: str, second: str) -> Iterator[threading.Event]:
    """Somebody has locked `second`, and asks for `first` once the event is set; never the one that is given up."""
    begun = threading.Event()
    with psycopg.connect(of_role(url, "postgres"), application_name="analyst") as session:
        session.execute("SET deadlock_timeout = '1min'")
        session.execute(f"LOCK TABLE {second}")

        def cross() -> None:
            begun.wait()
            session.execute(f"LOCK TABLE {first}")
            session.commit()

        thread = threading.Thread(target=cross)
        thread.start()
        yield begun
        thread.join()


@pytest.mark.slow
def test_a_transaction_that_is_given_up_for_a_deadlock_is_done_again(database):
    """LOCK TABLE on a view takes its tables one by one, in another order than a sync writes them."""
    of_one = of_superuser(database)  # who may say how soon PostgreSQL looks for a deadlock
    attempts = 0

    def build() -> None:
        nonlocal attempts
        attempts += 1
        with of_one.connect("magflow report") as session, session.transaction():
            session.execute("SET LOCAL deadlock_timeout = '500ms'")
            session.execute("LOCK TABLE emag_offers_seen")
            begun.set()
            session.execute("LOCK TABLE emag_product_contents")

    with crossing(database.url, "emag_offers_seen", "emag_product_contents") as begun:
        blockers.patiently(build)
    assert attempts > 1


@pytest.mark.slow
def test_a_page_that_is_given_up_for_a_deadlock_is_stored_again(database):
    attempts = 0

    async def store() -> None:
        async with of_superuser(database).connect_async("magflow sync main") as session:
            await blockers.patiently_async(lambda: page(session))

    async def page(session: psycopg.AsyncConnection) -> None:
        nonlocal attempts
        attempts += 1
        async with session.transaction():
            await session.execute("SET LOCAL deadlock_timeout = '500ms'")
            await session.execute("LOCK TABLE emag_offers_seen")
            begun.set()
            await session.execute("LOCK TABLE emag_product_contents")

    with crossing(database.url, "emag_offers_seen", "emag_product_contents") as begun:
        asyncio.run(store())
    assert attempts > 1


@pytest.mark.slow
@both_servers
def test_a_migration_queues_only_for_a_moment_and_names_whoever_is_in_its_way(database, monkeypatch, tmp_path):
    """While ALTER TABLE waited behind an open transaction, every verb waited behind ALTER TABLE."""
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", of_role(database.url, "postgres"))
    load_settings.cache_clear()
    monkeypatch.setattr(migration, "PATIENCE_SECONDS", 4.0)
    add_migration(monkeypatch, tmp_path, "ALTER TABLE app.low_stock_report ADD COLUMN note text;")
    longest = 0.0

    refusals: list[ConfigurationError] = []

    def migrate() -> None:
        try:
            open_database(load_settings(), Use.MIGRATE)
        except ConfigurationError as error:
            refusals.append(error)

    with analyst(database.url, "SELECT count(*) FROM low_stock_report"):
        connection._open.cache_clear()
        migrating = threading.Thread(target=migrate)
        migrating.start()
        with psycopg.connect(database.url, autocommit=True) as reader:
            while migrating.is_alive():
                started = time.monotonic()
                reader.execute("SELECT count(*) FROM low_stock_report")
                longest = max(longest, time.monotonic() - started)
                time.sleep(0.05)
    assert 0 < longest < 4
    with pytest.raises(LockedError, match=ANALYST.format("SELECT count")):
        raise refusals[0]
    connection._open.cache_clear()
    open_database(load_settings(), Use.MIGRATE)
    with database.connect() as session:
        session.execute("SELECT note FROM low_stock_report")


def add_migration(monkeypatch: pytest.MonkeyPatch, folder, text: str) -> None:
    """A version of the code that has one migration more."""
    shutil.copytree(SQL_FOLDER, folder / "sql")
    newest = max(file.stem for file in (folder / "sql" / "migrations").glob("*.sql"))
    (folder / "sql" / "migrations" / "9999.next.sql").write_text(f"-- depends: {newest}\n{text}\n")
    monkeypatch.setattr(migration, "SQL_FOLDER", folder / "sql")


def looking_out() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "magflow blockers"]


def test_one_thread_looks_out_for_all_sessions_and_ends_when_none_is_used(database):
    """A thread for each use of a session had to be started and waited for 250 times in a sync."""
    with database.connect("one"), database.connect("another"):
        assert len(looking_out()) == 1
    with database.connect("a third"):
        [thread] = looking_out()
    thread.join(10)
    assert not thread.is_alive()


def test_the_holder_is_named_again_after_a_thread_could_not_be_started(database, monkeypatch):
    """As where the system lets a container have no thread more: nobody was named by that process any more."""
    while looking_out():
        time.sleep(0.05)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread_left)
        with database.connect("without a look-out"):
            assert not looking_out()
    with (
        analyst(database.url, "LOCK TABLE low_stock_report"),
        pytest.raises(LockedError, match=ANALYST.format("LOCK TABLE low_stock_report")),
    ):
        read_rows(database, "low_stock_report")


def no_thread_left(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


@pytest.mark.slow
def test_a_forked_process_looks_out_for_its_own_sessions(database):
    """The thread of the parent is not there in a run of `magflow sync`, which is a fork."""
    with database.connect("of the parent"), analyst(database.url, "LOCK TABLE low_stock_report") as pid:
        receiver, sender = FORK.Pipe(duplex=False)
        child = FORK.Process(target=tell_the_blocker, args=(database, sender))
        child.start()
        assert f"pg_terminate_backend({pid})" in receiver.recv()
        child.join()
        [_] = looking_out()  # the parent's goes on
        with pytest.raises(LockedError, match=ANALYST.format("LOCK TABLE low_stock_report")):
            read_rows(database, "low_stock_report")


def tell_the_blocker(database: Database, sender: Connection) -> None:
    try:
        read_rows(database, "low_stock_report")
    except LockedError as error:
        sender.send(str(error))
