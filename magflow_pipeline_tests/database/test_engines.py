"""Sessions come from one pool of the process: few, kept, clean, and good again after PostgreSQL was started anew."""

import multiprocessing

import psycopg
import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import is_held, wait_for
from magflow_pipeline.reports.tables import count_rows


def _pid(database: Database) -> int:
    with database.connect() as session:
        return session.info.backend_pid


def _opened(session: psycopg.Connection) -> int:
    [(count,)] = session.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    return count


def test_sessions_and_readings_after_one_another_share_a_connection(database, session):
    """A sync opened 156 connections: each check, each look of the display had one of its own."""
    before = _opened(session)
    assert len({_pid(database) for _ in range(5)}) == 1
    count_rows(database, "emag_accounts")
    assert _opened(session) == before + 1


def test_sessions_at_the_same_time_are_different_ones(database):
    with database.connect() as one, database.connect() as another, database.connect() as third:
        assert len({each.info.backend_pid for each in (one, another, third)}) == 3


def test_nothing_that_a_session_took_is_left_to_the_next_one(database, session):
    """A setting, a lock or a table of one caller would change what another one gets."""
    with database.connect("first") as first:
        pid = first.info.backend_pid
        wait_for(first, "of the first", 1)
        first.execute("SET TimeZone = 'Asia/Tokyo'")
        first.execute("CREATE TEMPORARY TABLE emag_accounts (id int)")
        assert is_held(session, "of the first")
    assert not is_held(session, "of the first")
    with database.connect("second") as second:
        assert second.info.backend_pid == pid
        [row] = second.execute("SELECT current_setting('TimeZone'), current_setting('application_name')").fetchall()
        assert row == ("UTC", "second")
        assert second.execute("SELECT account_type FROM emag_accounts").fetchall() == []


@pytest.mark.parametrize("left_open", ["BEGIN", "SELECT 1/0"])
def test_a_session_that_ends_badly_is_not_used_again(database, left_open):
    with pytest.raises((RuntimeError, psycopg.Error)), database.connect() as session:
        pid = session.info.backend_pid
        session.execute(left_open)
        raise RuntimeError
    assert _pid(database) != pid
    with database.connect() as session:
        pid = session.info.backend_pid
        session.execute("BEGIN")
    assert _pid(database) != pid


def test_connections_that_the_server_has_ended_are_replaced(database, session):
    """After a restart of PostgreSQL, the display of a sync and the next tick of a sensor go on."""
    pid = _pid(database)
    assert session.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)
    assert _pid(database) != pid
    assert session.execute("SELECT pg_terminate_backend(%s, 10000)", [_pid(database)]).fetchone() == (True,)
    assert count_rows(database, "emag_accounts") == 0


def test_a_forked_process_has_connections_of_its_own(database):
    """`magflow sync` forks its runs: two processes that talk on one connection garble each other."""
    before = _pid(database)
    context = multiprocessing.get_context("fork")
    pids = context.SimpleQueue()
    child = context.Process(target=lambda: pids.put(_pid(database)))
    child.start()
    assert pids.get() != before
    child.join()
    assert child.exitcode == 0
    assert _pid(database) == before
