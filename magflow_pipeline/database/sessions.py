"""Session settings that the code relies on, set on each connection: a role's or a database's own must not change them.

Belongs here: the settings, and how a client passes them. Not here: addresses, and statements.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import conninfo_to_dict

CONNECT_SECONDS = 10
LOCK_SECONDS = 10  # how long a statement waits for another session's lock before the error names that session

# Not here: default_transaction_read_only. A database is made read-only on purpose (a full disk, a standby).
COMMON = {
    # One text format of values, whatever the server's locale.
    "TimeZone": "UTC",
    "DateStyle": "ISO,MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    # Statements are written for it: under serializable, syncs of two accounts at once would fail.
    "default_transaction_isolation": "read committed",
    # A row security policy that hides rows raises an error, instead of shortening the report.
    "row_security": "off",
    # Statements have many joins and few rows: compiling one took ten times as long as running it.
    "jit": "off",
    # The code has deadlines of its own; an idle session may hold the lock that shows that its process is alive.
    "statement_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "10min",
    "lock_timeout": f"{LOCK_SECONDS}s",
    # A client whose machine is gone must not hold the account's lock for hours: keepalives detect it within a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
SESSION = {
    **COMMON,
    # No schema where other roles can create objects: theirs could shadow a name. pg_temp is last.
    "search_path": "app,pg_temp",
    # A backend whose client died ends its query, and so releases the session's advisory locks.
    "client_connection_check_interval": "2s",
}
DAGSTER = {
    **COMMON,
    "search_path": '"$user",public',
    "lock_timeout": "1min",
    # Each of a run's hundreds of events would wait for the disk. What a crash of the server can take are those of the
    # last second, after the last commit of the seller's tables. A run that had just ended counts as started again:
    # the sweeper fails it, as the runs that the crash killed, and the daemon's retry reads once more.
    "synchronous_commit": "off",
}


def options(settings: Mapping[str, str], before: str = "") -> str:
    """Settings as libpq's `options`; they override those of the address, `before`."""
    ours = (f"-c {name}={_escaped(value)}" for name, value in settings.items())
    return " ".join([before, *ours] if before else ours)


def parameters(url: str, application_name: str, **changed: str) -> dict[str, Any]:
    """Connection parameters for a session on `url`; `changed` override settings of `SESSION`."""
    return {
        "application_name": application_name,
        "client_encoding": "UTF8",
        "connect_timeout": CONNECT_SECONDS,
        "options": options({**SESSION, **changed}, str(conninfo_to_dict(url).get("options") or "")),
    }


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
