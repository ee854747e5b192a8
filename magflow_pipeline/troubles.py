"""Errors explained to people: one true sentence with advice, and the exit code that goes with it.

The root cause of an error counts, not the errors raised around it; PostgreSQL's are told apart by their SQLSTATE. Not
here: errors of the marketplace (`emag/errors.py`), and of settings, which are sentences already.
"""

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple

import psycopg

from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted

MENDABLE, FAILED = 2, 1  # exit codes: the user can correct it, or cannot


class Trouble(NamedTuple):
    """What happened, the original message, the advice, and the exit code."""

    what: str
    words: str = ""
    advice: str = ""
    exit_code: int = MENDABLE

    @property
    def sentence(self) -> str:
        """All parts as one text."""
        return self.during("")

    def during(self, doing: str) -> str:
        """The same, with what was being done."""
        parts = [f"{self.what}{doing}{self.words and f': {self.words}'}", self.advice]
        return ". ".join(part for part in parts if part)


class _Kind(NamedTuple):
    what: str
    advice: str
    exit_code: int = MENDABLE


_AGAIN = "What was stored stays: start again."
_WHEN_BACK = "What was stored stays; when the database is back, start again: the next sync goes on from there."
_UNKNOWN = _Kind("The database refused a statement", "See the server's log.", FAILED)
# By SQLSTATE or its class; the longest matching prefix counts.
_KINDS = {
    "08": _Kind("The connection to the database was lost", _WHEN_BACK),
    "22": _Kind("The database holds or was given a value that cannot be worked with", "Correct that value.", FAILED),
    "23": _Kind("A rule of the database refused a row", "Correct that row.", FAILED),
    "23514": _Kind("A rule of the database refused a value", "Correct that value.", FAILED),
    "25006": _Kind("The database takes no changes: it is read-only", "Use the primary server, or end its recovery."),
    "25P02": _Kind("The database gave up a transaction after an error", _AGAIN, FAILED),
    "25P03": _Kind("The database ended a session that had waited too long", _AGAIN, FAILED),
    "28": _Kind("The database refused the login", "Check user and password in MAGFLOW_DATABASE_URL."),
    "3D000": _Kind("The database does not exist", "Check its name in MAGFLOW_DATABASE_URL, or create it."),
    "40": _Kind("The database gave up a transaction in favour of another one", _AGAIN, FAILED),
    "40001": _Kind("Two transactions changed the same rows, and the database gave one up", _AGAIN, FAILED),
    "40P01": _Kind("Two transactions waited for each other, and the database gave one up", _AGAIN, FAILED),
    "42": _Kind(
        "The database and this version of magflow do not fit together", "Run `magflow database migrate`.", FAILED
    ),
    "42501": _Kind("The database's user lacks a right", "Make it the owner of the database, or grant it the right."),
    "53": _Kind("The database has no resources left", "See the server's log."),
    "53100": _Kind("The database's disk is full", "Free space there, then start again. What was stored stays."),
    "53200": _Kind("The database has no memory left", "Give its server more, then start again."),
    "53300": _Kind(
        "The database has no connection left", "Close some, or raise max_connections; what was stored stays."
    ),
    "54": _Kind("The database was asked for more than it can hold", "See the server's log.", FAILED),
    "55P03": _Kind("Somebody else holds a lock in the database", "End what they do there, then start again."),
    "55006": _Kind("Something in the database is in use", "End what uses it, then start again."),
    "57014": _Kind("A statement was cancelled in the database: it took too long, or somebody ended it", _AGAIN, FAILED),
    "57": _Kind("Somebody intervened in the database", _WHEN_BACK),
    "57P01": _Kind("The database went away", _WHEN_BACK),
    "57P02": _Kind("The database went away", _WHEN_BACK),
    "57P03": _Kind("The database is starting up or shutting down", "Try again in a moment."),
    "57P04": _Kind("The database was dropped", "Check MAGFLOW_DATABASE_URL."),
    "58": _Kind("The database's server has trouble with its files", "See its log, and the disk."),
    "58030": _Kind("The database cannot read or write its files", "See the server's log, and the disk."),
    "reach": _Kind("The database cannot be reached", "Check that its server runs and MAGFLOW_DATABASE_URL is right."),
    "XX": _Kind("The database reports an inner error", "See the server's log.", FAILED),
    "XX001": _Kind("The database is damaged", "Stop it, and restore a backup: docs/operations.md.", FAILED),
    "XX002": _Kind("An index of the database is damaged", "REINDEX it; a backup is safer: docs/operations.md.", FAILED),
}
# Messages of libpq's errors of connecting, which carry no SQLSTATE.
_CONNECTING = (
    ("password authentication failed|no password supplied|pg_hba|role .* does not exist", "28"),
    ("database .* does not exist", "3D000"),
    ("too many clients|connection slots|too many connections", "53300"),
    ("starting up|shutting down|not yet accepting|recovery mode", "57P03"),
    ("terminating connection due to administrator", "57P01"),
    ("No space left", "53100"),
    ("connection failed|connection timeout|connection to server|failed to resolve|[Cc]ould not translate", "reach"),
)
_AWAY = _Kind("The database went away", _WHEN_BACK)
_OPERATING_SYSTEM = {
    errno.ENOSPC: "Free space on that disk.",
    errno.EDQUOT: "Free space: the quota is used up.",
    errno.EACCES: "Give this user the right to it.",
    errno.EPERM: "Give this user the right to it.",
    errno.EROFS: "Use a folder that can be written to.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
    errno.ENFILE: "Raise the machine's limit of open files.",
    errno.ENOMEM: "Give the machine more memory.",
}


def trouble_of(error: BaseException) -> Trouble | None:
    """The cause of `error`, for people; None when it is a fault of the program."""
    chain = list(_causes(error))
    ours = next((each for each in chain if type(each).__module__.startswith("magflow_pipeline.")), None)
    if ours is not None:  # magflow's own errors are sentences already
        return Trouble(str(ours), exit_code=MENDABLE if isinstance(ours, ConfigurationError) else FAILED)
    # Innermost first: errors raised around a cause only hide it.
    return next((told for told in map(_told, reversed(chain)) if told is not None), None)


def reason_of(error: BaseException, doing: str = "") -> str:
    """The same as a sentence for a log, whatever the error is; `doing` names the activity that failed."""
    told = trouble_of(error)
    return told.during(doing) if told else noted(f"{type(error).__name__}{doing}: {error}")


def trouble_named(name: str, message: str) -> Trouble | None:
    """The same for an error of which only the class's name and the message are left, as in Dagster's events."""
    return _named(name, None, message)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its chain of causes, outermost first."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        yield current
        seen.append(current)
        original = getattr(current, "orig", None)  # SQLAlchemy's, which need not be imported for it
        hidden = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or (original if isinstance(original, BaseException) else None) or hidden


def _told(error: BaseException) -> Trouble | None:
    match error:
        case psycopg.Error():
            return _of_database(error.sqlstate, type(error), str(error))
        case UnicodeError():
            return Trouble("A text is not in the encoding that it should have", noted(error))
        case OSError():
            return _of_system(error)
        case MemoryError():
            return Trouble("There is not enough memory", advice="Give the machine more.")
        case _:
            # psycopg 2, which Dagster's storage works with
            return _named(type(error).__name__, getattr(error, "pgcode", None), str(error))


def _named(name: str, sqlstate: str | None, message: str) -> Trouble | None:
    """Both drivers name their classes alike."""
    kind = getattr(psycopg.errors, name, None)
    if not isinstance(kind, type) or not issubclass(kind, psycopg.Error):
        return None
    return _of_database(sqlstate or kind.sqlstate, kind, message)


def _of_database(sqlstate: str | None, kind: type[psycopg.Error], message: str) -> Trouble | None:
    if sqlstate is not None:
        found = [known for known in _KINDS if sqlstate.startswith(known)]
        what = _KINDS[max(found, key=len)] if found else _UNKNOWN
    elif issubclass(kind, psycopg.DataError):  # the driver cannot read what is stored
        what = _KINDS["22"]
    elif issubclass(kind, psycopg.OperationalError | psycopg.InterfaceError):
        what = next((_KINDS[code] for words, code in _CONNECTING if re.search(words, message)), _AWAY)
    else:
        return None
    return Trouble(what.what, _first_line(message), what.advice, what.exit_code)


def _of_system(error: OSError) -> Trouble | None:
    if error.errno is None:  # a library's own, such as a TLS error: its text says all there is
        return Trouble(noted(error).removesuffix(".")) if str(error) else None
    words = noted(error.strerror or error)
    advice = _OPERATING_SYSTEM.get(error.errno, "")
    return Trouble(words, advice=advice) if error.filename is None else Trouble(noted(error.filename), words, advice)


def _first_line(message: str) -> str:
    lines = message.strip().splitlines()
    return noted(lines[0]).rstrip(".") if lines else "no reason given"
