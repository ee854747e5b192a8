"""The points of a sync at which it can be killed: before and after each statement and each request.

Belongs here: what counts the points of this process and ends something at one of them. The parts that are counted do
their work as ever. Not here: what is killed and what is expected afterwards.
"""

import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
from psycopg._connection_base import BaseConnection
from psycopg._copy_async import AsyncLibpqWriter
from psycopg._cursor_base import BaseCursor

from magflow_pipeline.emag.client import Marketplace
from magflow_pipeline.emag.sending import Sending

LONGEST_NAME = 70


class Points:
    """Names the points that are passed, one line each into a file, and strikes at one of them.

    A point's name is what happens there and how often it has happened before, such as `after COMMIT #7`: permits are
    fetched in threads, so a bare number would not always mean the same point.
    """

    def __init__(self, trace: int, fatal: str | None, strike: Callable[[], None]) -> None:
        self._trace = trace
        self._fatal = fatal
        self._strike = strike
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()

    def passed(self, what: str) -> None:
        """This process is here now; at the fatal point it goes no further before the strike is done.

        The thread that looks up who holds a lock goes by the clock: on a busy machine it is there, else it is not.
        """
        if threading.current_thread().name == "magflow blockers":
            return
        with self._lock:
            self._times[what] += 1
            name = f"{what} #{self._times[what]}"
            os.write(self._trace, f"POINT {name}\n".encode())  # at once: a killed process flushes nothing
            if name == self._fatal:
                self._fatal = None
                self._strike()

    def count_everything(self) -> None:
        """Count connections, statements, COPYs, begins and ends of transactions, and requests of this process."""
        # The generators through which psycopg sends: those of its cursors, and those of its own commands, such as
        # BEGIN and COMMIT.
        self._around_generator(BaseConnection, "_exec_command", _first_line)
        self._around_generator(BaseCursor, "_execute_gen", _first_line)
        self._around_generator(BaseCursor, "_start_copy_gen", _first_line)
        self._around_coroutine(AsyncLibpqWriter, "write", "the rows of a COPY")
        self._around_coroutine(AsyncLibpqWriter, "finish", "the end of a COPY")
        self._around_coroutine(psycopg.AsyncConnection, "close", "closing the session")
        self._around_connecting()
        self._around_coroutine(Marketplace, "_send", "the request and its body")
        self._around_coroutine(httpx.AsyncHTTPTransport, "handle_async_request", "the request and its headers")
        self._after_sending()

    def _around_generator(self, owner: type, name: str, what: Callable[[Any], str]) -> None:
        original = getattr(owner, name)

        def around(this: Any, *arguments: Any, **options: Any) -> Any:
            statement = what(arguments[0] if arguments else options)
            self.passed(f"before {statement}")
            result = yield from original(this, *arguments, **options)
            self.passed(f"after {statement}")
            return result

        setattr(owner, name, around)

    def _around_coroutine(self, owner: type, name: str, what: str) -> None:
        original = getattr(owner, name)

        async def around(this: Any, *arguments: Any, **options: Any) -> Any:
            self.passed(f"before {what}")
            result = await original(this, *arguments, **options)
            self.passed(f"after {what}")
            return result

        setattr(owner, name, around)

    def _around_connecting(self) -> None:
        connect = psycopg.AsyncConnection.connect

        async def around(*arguments: Any, **options: Any) -> Any:
            self.passed("before connecting")
            session = await connect(*arguments, **options)
            self.passed("after connecting")
            return session

        psycopg.AsyncConnection.connect = around  # pyright: ignore[reportAttributeAccessIssue]

    def _after_sending(self) -> None:
        """A point between a request that is on its way and its answer."""
        follow = Sending.__call__

        async def around(this: Sending, event: str, info: Any) -> None:
            await follow(this, event, info)
            if event == "http11.send_request_body.complete":
                self.passed("after sending a request")

        Sending.__call__ = around


def _first_line(statement: Any) -> str:
    """What a person calls the statement: its first line, which in `sql/` is a comment."""
    text = statement.decode() if isinstance(statement, bytes) else statement
    text = text if isinstance(text, str) else text.as_string()
    return re.sub(r"\s+", " ", text.strip().splitlines()[0]).removeprefix("-- ")[:LONGEST_NAME]
