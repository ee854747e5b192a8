"""What went wrong is told by its cause: real errors of a real server, of the operating system, and what wraps them."""

import errno
import os

import psycopg
import pytest
import sqlalchemy
from dagster_shared.error import SerializableErrorInfo

from magflow_pipeline.orchestrator import cause_of
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline.troubles import reason_of, trouble_named, trouble_of

RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = E'told by the server\\nsecond line'; END $$"
TOLD = {
    "53100": ("The database's disk is full", 2),
    "53200": ("no memory left", 2),
    "53300": ("no connection left", 2),
    "57P01": ("The database went away", 2),
    "57P03": ("starting up or shutting down", 2),
    "57014": ("cancelled", 1),
    "40001": ("Two transactions changed the same rows", 1),
    "40P01": ("waited for each other", 1),
    "25006": ("read-only", 2),
    "42501": ("lacks a right", 2),
    "28P01": ("refused the login", 2),
    "55P03": ("holds a lock", 2),
    "22P02": ("a value that cannot be worked with", 1),
    "23505": ("refused a row", 1),
    "XX001": ("damaged", 1),
    "58030": ("cannot read or write its files", 2),
    "P0001": ("refused a statement", 1),
}


def raised(session: psycopg.Connection, code: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as problem:
        session.execute(RAISE.format(code))
    return problem.value


def test_postgresqls_errors_are_told_apart_by_their_code(session):
    """A full disk and a serialization failure were told as "The database went away"."""
    for code, (words, exit_code) in TOLD.items():
        told = trouble_of(raised(session, code))
        assert told is not None and words in told.sentence and told.exit_code == exit_code, code
        assert "told by the server" in told.sentence and "second line" not in told.sentence
        assert ("went away" in told.sentence) == (code == "57P01"), code


def test_the_cause_counts_whatever_was_raised_around_it(session, database):
    try:
        try:
            raise raised(session, "53100")
        except psycopg.Error as error:
            raise RuntimeError("Error occurred while executing op") from error
    except RuntimeError as wrapped:
        assert "disk is full" in reason_of(wrapped, " while it was tested")
    with pytest.raises(sqlalchemy.exc.DBAPIError) as problem, database.engine().connect() as connection:
        connection.execute(sqlalchemy.text(RAISE.format("40001").replace(":", r"\:")))
    assert "Two transactions changed the same rows" in reason_of(problem.value)


def test_only_the_name_and_the_message_are_left_in_dagsters_events():
    told = trouble_named("DiskFull", 'could not extend file "base/1"')
    assert told is not None and told.sentence.startswith("The database's disk is full: could not extend file")
    assert trouble_named("KeyError", "'x'") is None


def test_an_interrupted_run_says_so_and_not_the_name_of_a_class():
    """Who ends `magflow sync` by SIGTERM was shown DagsterExecutionInterruptedError twice."""
    name = "DagsterExecutionInterruptedError"
    error = SerializableErrorInfo(f"dagster._core.errors.{name}\n", [], name)
    assert cause_of(error) == "It was interrupted; start again to finish it."


def test_who_cannot_connect_is_told_why(database, server):
    """Such errors carry no code."""
    for address, words in ((server.format("nowhere"), "does not exist"), ("postgresql://u@127.0.0.1:1/x", "reached")):
        with pytest.raises(psycopg.OperationalError) as problem:
            psycopg.connect(address, connect_timeout=5)
        assert words in reason_of(problem.value)


def test_a_session_that_was_ended_is_gone(database, session):
    with database.connect("other") as other, pytest.raises(psycopg.OperationalError) as problem:
        session.execute("SELECT pg_terminate_backend(%s)", [other.info.backend_pid])
        other.execute("SELECT 1")
    assert reason_of(problem.value).startswith("The database went away: ")
    with pytest.raises(psycopg.OperationalError) as problem:
        other.execute("SELECT 1")
    assert reason_of(problem.value).startswith("The database went away: ")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.ENOENT])
def test_the_operating_system_is_told_with_the_file(number):
    told = trouble_of(OSError(number, os.strerror(number), "/var/x\x1b[2J"))
    assert told is not None and told.exit_code == 2
    assert os.strerror(number) in told.sentence and r"/var/x\x1b[2J" in told.sentence


def test_our_own_sentences_stay_and_faults_are_no_trouble():
    assert reason_of(ConfigurationError("Set A, such as https://a/b")) == "Set A, such as https://a/b"
    told = trouble_of(SyncFailedError("It failed."))
    assert told is not None and (told.sentence, told.exit_code) == ("It failed.", 1)
    assert trouble_of(KeyError("x")) is None
    assert reason_of(KeyError("x")) == "KeyError: 'x'"
