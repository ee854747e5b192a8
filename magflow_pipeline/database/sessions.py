"""What every session relies on, said by the session itself: a role's or a database's own settings must not change it.

Belongs here: the settings, and how a client is given them. Not here: addresses, and what a session does.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import conninfo_to_dict

CONNECT_SECONDS = 10
LOCK_SECONDS = 10  # how long a statement waits for somebody else's lock before the session says who holds it

# Not here: default_transaction_read_only. Who froze a database (a full disk, a standby) means it.
COMMON = {
    # A column is read and written in one form, whatever the country of the server.
    "TimeZone": "UTC",
    "DateStyle": "ISO,MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    # Statements are written for it: a serializable session fails where two accounts meet.
    "default_transaction_isolation": "read committed",
    # A policy that hides rows is an error here, not a shorter report.
    "row_security": "off",
    # Statements of many joins and few rows: compiling one took ten times as long as it.
    "jit": "off",
    # Our own limits end what takes too long; a session that is idle holds the sign that its process is alive.
    "statement_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "10min",
    "lock_timeout": f"{LOCK_SECONDS}s",
    # A client whose machine is gone must not hold the account's lock for hours: it is noticed within a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
SESSION = {
    **COMMON,
    # No schema where others may make functions and tables: who can, decides what a name means. pg_temp is last.
    "search_path": "app,pg_temp",
    # A backend whose client died ends its query, and with it the session's advisory lock.
    "client_connection_check_interval": "2s",
}
DAGSTER = {**COMMON, "search_path": '"$user",public', "lock_timeout": "1min"}


def options(settings: Mapping[str, str], before: str = "") -> str:
    """Settings as libpq's `options`; those of the address come `before`, and ours win."""
    ours = (f"-c {name}={_escaped(value)}" for name, value in settings.items())
    return " ".join([before, *ours] if before else ours)


def parameters(url: str, application_name: str, **changed: str) -> dict[str, Any]:
    """How a session of ours is opened on `url`; `changed` are settings that differ from `SESSION`."""
    return {
        "application_name": application_name,
        "client_encoding": "UTF8",
        "connect_timeout": CONNECT_SECONDS,
        "options": options({**SESSION, **changed}, str(conninfo_to_dict(url).get("options") or "")),
    }


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
