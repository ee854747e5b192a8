"""The sessions that this process keeps open between two uses: one list for each address.

Belongs here: which are kept, and what keeps them sound. Not here: addresses, session settings, and what runs on a
session. By hand, because SQLAlchemy's pool takes a quarter of a second to load, which a verb that asks for ten rows
would wait for, and psycopg's has threads, which a forked run would lack.
"""

import os
import select
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from magflow_pipeline.settings import load_settings

POOL_SECONDS = 120  # a firewall may silently drop an idle connection after four minutes
SURE_SECONDS = 2  # after its last answer, a session is taken for alive unless the server said something else

_kept: dict[str, list[tuple[psycopg.Connection, float]]] = {}


@contextmanager
def kept_session(url: str, application_name: str, **parameters: Any) -> Generator[psycopg.Connection]:
    """A session on `url` in autocommit, one that is kept or a new one; `parameters` are those of a new one.

    It is kept afterwards, without the locks and settings it took meanwhile, unless the block failed or left a
    transaction open.
    """
    session = _take(url, application_name) or psycopg.connect(
        # A session that serves many callers prepares no statement: its plan would be made for no values in particular.
        url,
        autocommit=True,
        prepare_threshold=None,
        **parameters,
        application_name=application_name,
    )
    is_sound = False
    try:
        yield session
        is_sound = session.info.transaction_status is TransactionStatus.IDLE
    finally:
        if is_sound:
            _keep(url, session)
        else:
            session.close()


def close_kept_sessions(url: str | None = None) -> None:
    """Close the sessions that nobody works with: of one address, or all, as if the process had just begun."""
    for each in [url] if url is not None else list(_kept):
        for session, _ in _kept.pop(each, ()):
            session.close()


def is_ended(descriptor: int) -> bool:
    """Whether the server said something unasked over an idle connection: that it ends it, or has ended it."""
    look = select.poll()
    look.register(descriptor, select.POLLIN)
    return bool(look.poll(0))


def _take(url: str, application_name: str) -> psycopg.Connection | None:
    """The session that was used last, unless the server has ended it: a restart breaks all of them.

    It is asked unless it has just answered: a host that was lost says nothing. A sync uses one a hundred times.
    """
    kept = _kept.get(url, [])
    while kept:
        try:
            session, since = kept.pop()
        except IndexError:  # another thread was faster
            break
        idle = time.monotonic() - since
        with suppress(psycopg.OperationalError):
            if idle < POOL_SECONDS and not is_ended(session.fileno()):
                if idle > SURE_SECONDS or session.info.parameter_status("application_name") != application_name:
                    session.execute("SELECT set_config('application_name', %s, false)", [application_name])
                return session
        session.close()
    return None


def _keep(url: str, session: psycopg.Connection) -> None:
    try:
        session.execute("DISCARD ALL")
    except psycopg.OperationalError:  # the server has ended it: what was asked for is done
        session.close()
        return
    kept = _kept.setdefault(url, [])
    if len(kept) < load_settings().kept_sessions:
        kept.append((session, time.monotonic()))
    else:
        session.close()


def _forget_those_of_the_parent() -> None:
    """Their connections stay open: they are the parent's, and two processes that talk on one garble each other."""
    _of_the_parent.append(dict(_kept))
    _kept.clear()


_of_the_parent: list[object] = []  # kept, because a session that is garbage closes its connection
os.register_at_fork(after_in_child=_forget_those_of_the_parent)
