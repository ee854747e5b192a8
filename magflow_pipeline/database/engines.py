"""The SQLAlchemy engines of this process: one for each address.

Belongs here: pools, and what keeps them sound. Not here: addresses, session settings, and what runs on a connection.
"""

import os
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from magflow_pipeline.database.pool import is_ended

POOL_SIZE = 2  # connections that a process keeps; more are opened while more are needed
POOL_SECONDS = 120  # a firewall may silently drop an idle connection after four minutes

_engines: dict[str, sqlalchemy.Engine] = {}


def engine_of(url: str, **parameters: Any) -> sqlalchemy.Engine:
    """The process's only engine for `url`, in autocommit; `parameters` are those of its connections.

    It detects and replaces connections that a restart of the server broke, without asking the server each time.
    """
    if url in _engines:
        return _engines[url]
    engine = sqlalchemy.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=-1,
        pool_recycle=POOL_SECONDS,
        connect_args=parameters,
    )
    event.listen(engine, "checkout", _check)
    return _engines.setdefault(url, engine)  # that of a thread that was faster


def _check(connection: Any, record: ConnectionPoolEntry, fairy: object) -> None:  # noqa: ARG001
    """Have a connection replaced that the server has ended."""
    if is_ended(connection.fileno()):
        raise DisconnectionError


def close_idle_engines() -> None:
    """Close and forget the engines on which no session is open, as if the process had just begun."""
    for url, engine in list(_engines.items()):
        assert isinstance(engine.pool, sqlalchemy.QueuePool)
        if not engine.pool.checkedout():
            engine.dispose()
            del _engines[url]


def _forget_those_of_the_parent() -> None:
    """Its connections stay open: they are the parent's, and two processes that talk on one garble each other."""
    while _engines:
        _engines.popitem()[1].dispose(close=False)


os.register_at_fork(after_in_child=_forget_those_of_the_parent)
