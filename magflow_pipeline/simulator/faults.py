"""What each planned fault does to a request: one small function per kind.

Belongs here: how faults are played. Not here: when one is due (switches.py) and ordinary refusals
(answers.py). A new kind is a member of FaultKind, a function and a line in PLAYERS.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from magflow_pipeline.simulator import answers
from magflow_pipeline.simulator.switches import Fault, FaultKind, Switches

FOREIGN_IDS = 900_000_000
"""Added to the ids of a page's rows, so that no account has them."""


class NoAnswerError(Exception):
    """The connection is closed: no answer can be sent."""


@dataclass(frozen=True)
class Situation:
    """The input of a fault: its plan, the request, the switches, and the regular answer to a page."""

    fault: Fault
    request: Request
    switches: Switches
    page: int
    answer: Callable[[int], Response]
    is_planned: Callable[[], bool]
    """Whether a fault of the kind is planned for the route still."""


async def until_client_leaves(request: Request) -> None:
    """Wait until the connection closes, also because the server shuts down."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def pause(request: Request, seconds: float) -> None:
    """Delay the answer to a request.

    Raises:
        NoAnswerError: The client left before that.
    """
    try:
        await asyncio.wait_for(until_client_leaves(request), seconds)
    except TimeoutError:
        return
    raise NoAnswerError


async def _too_many_requests(situation: Situation) -> Response:
    switches = situation.switches
    return answers.too_many_requests(switches.retry_after, 1, switches.retry_after_seconds)


async def _server_error(_: Situation) -> Response:
    return answers.as_json({"message": "An unexpected error occurred"}, 500)


async def _bad_gateway_html(_: Situation) -> Response:
    return answers.html(502, "502 Bad Gateway")


async def _unavailable_html(_: Situation) -> Response:
    return answers.html(503, "503 Service Temporarily Unavailable")


async def _gateway_timeout_html(_: Situation) -> Response:
    return answers.html(504, "504 Gateway Time-out")


async def _ok_html(_: Situation) -> Response:
    return answers.html(200, "Revenim în curând")


async def _truncated(situation: Situation) -> Response:
    """Half of the regular answer, with a length that says it is complete."""
    whole = bytes(situation.answer(situation.page).body)
    return Response(whole[: len(whole) // 2], media_type="application/json")


async def _null(_: Situation) -> Response:
    return answers.as_json(None)


async def _empty_page(_: Situation) -> Response:
    return answers.success([])


async def _repeat_page(situation: Situation) -> Response:
    """The first page again: played for every page, a scan that waits for an empty one never ends."""
    return situation.answer(1)


async def _wrong_rows(situation: Situation) -> Response:
    """The rows of the next page: a client that does not compare pages stores them twice and misses this one."""
    return situation.answer(situation.page + 1)


async def _half_page(situation: Situation) -> Response:
    """A short page in the middle: a client that takes it for the last one loses the rest."""
    return _with_rows(situation, lambda rows: rows[: len(rows) // 2])


async def _duplicate_rows(situation: Situation) -> Response:
    """A page of the right length whose second half is the first half again."""
    return _with_rows(situation, lambda rows: (rows[: -(-len(rows) // 2)] * 2)[: len(rows)])


async def _foreign_rows(situation: Situation) -> Response:
    """A full page of another seller's offers or orders: only known ids or a second read reveal it."""

    def foreign(row: Any) -> Any:
        named = {"part_number": f"FOREIGN{row['id']}"} if "part_number" in row else {}
        return {**row, "id": FOREIGN_IDS + int(row["id"]), **named}

    return _with_rows(situation, lambda rows: [foreign(row) for row in rows])


def _with_rows(situation: Situation, change: Callable[[list[Any]], list[Any]]) -> Response:
    """The regular answer with other rows; unchanged when it has none, such as a count."""
    answer = situation.answer(situation.page)
    content = json.loads(bytes(answer.body))
    if not isinstance(content["results"], list):
        return answer
    return answers.as_json(content | {"results": change(content["results"])}, answer.status_code)


async def _slow(situation: Situation) -> Response:
    await pause(situation.request, situation.fault.seconds)
    return situation.answer(situation.page)


async def _bad_request_500(_: Situation) -> Response:
    return answers.wrong_shape()


async def _reset(situation: Situation) -> Response:
    """Abort the connection of the request; running.py gives the app its connections."""
    connections: set[Any] = situation.request.app.state.connections
    for connection in list(connections):
        if connection.client == situation.request.scope["client"]:
            connection.transport.abort()
    await until_client_leaves(situation.request)
    raise NoAnswerError


async def _hang(situation: Situation) -> Response:
    await until_client_leaves(situation.request)
    raise NoAnswerError


async def _hold(situation: Situation) -> Response:
    """The regular answer, once the fault is taken back."""
    while situation.is_planned():
        await pause(situation.request, 0.05)
    return situation.answer(situation.page)


PLAYERS: dict[FaultKind, Callable[[Situation], Awaitable[Response]]] = {
    FaultKind.TOO_MANY_REQUESTS: _too_many_requests,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.BAD_GATEWAY_HTML: _bad_gateway_html,
    FaultKind.UNAVAILABLE_HTML: _unavailable_html,
    FaultKind.GATEWAY_TIMEOUT_HTML: _gateway_timeout_html,
    FaultKind.OK_HTML: _ok_html,
    FaultKind.TRUNCATED: _truncated,
    FaultKind.NULL: _null,
    FaultKind.EMPTY_PAGE: _empty_page,
    FaultKind.REPEAT_PAGE: _repeat_page,
    FaultKind.WRONG_ROWS: _wrong_rows,
    FaultKind.HALF_PAGE: _half_page,
    FaultKind.DUPLICATE_ROWS: _duplicate_rows,
    FaultKind.FOREIGN_ROWS: _foreign_rows,
    FaultKind.SLOW: _slow,
    FaultKind.BAD_REQUEST_500: _bad_request_500,
    FaultKind.RESET: _reset,
    FaultKind.HANG: _hang,
    FaultKind.HOLD: _hold,
}
