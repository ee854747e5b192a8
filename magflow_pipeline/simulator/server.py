"""The simulated api-3: product_offer/read and product_offer/count over HTTP, as a Starlette app.

Belongs here: the way of a request from the gateway to its answer. Not here: sockets and threads
(running.py) and the control routes under /_simulator (control.py).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from magflow_pipeline.simulator import answers
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.control import control_routes
from magflow_pipeline.simulator.faults import PLAYERS, NoAnswerError, Situation, until_client_leaves
from magflow_pipeline.simulator.market import Account, LoggedRequest, Market, open_market
from magflow_pipeline.simulator.reading import (
    PAGE_LIMIT,
    Query,
    WrongShapeError,
    matching,
    parameters,
    read_body,
    read_query,
    with_contacts,
)
from magflow_pipeline.simulator.switches import Switches

PASSWORD = "demo"  # noqa: S105  # the one password of every simulated account; nothing real is behind it
"""Sign in with HTTP Basic: the account's name (`main`, `fbe`) and this password."""

ROUTES = {
    ("POST", "/api-3/product_offer/read"): "read",
    ("POST", "/api-3/product_offer/count"): "count",
    ("GET", "/api-3/product_offer/count"): "count",
}
EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(catalogue: Catalogue, switches: dict[str, Switches] | None = None) -> Starlette:
    """Make a marketplace that sells a catalogue.

    Args:
        catalogue: The accounts and their offers; copied, so the caller's stays as it is.
        switches: How accounts behave; an account that is not named has the defaults.

    Returns:
        An app for `running` or `serve`, which give it the connections that the fault `reset` closes.
    """
    market = open_market(catalogue, switches or {})

    async def marketplace(request: Request) -> Response:
        return await _log_and_answer(market, request)

    app = Starlette(
        routes=[
            *control_routes(market),
            Route("/{path:path}", marketplace, methods=EVERY_METHOD),
        ],
        middleware=[Middleware(ArrivalClock)],
    )
    app.state.connections = set()
    return app


class ArrivalClock:
    """Note the time before anything else happens to a request: rate limits are judged by it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its time of arrival."""
        scope["arrived"] = time.monotonic()
        await self._app(scope, receive, send)


async def _log_and_answer(market: Market, request: Request) -> Response:
    name, password = _credentials(request)
    route = ROUTES.get((request.method, request.url.path))
    content_type = request.headers.get("content-type", "")
    body = read_body(content_type, await request.body())
    arrived: float = request.scope["arrived"]
    logged = LoggedRequest(name, route or request.url.path, body, arrived)
    market.requests.append(logged)
    account = market.accounts.get(name or "")
    refused = _gateway_refusal(account, route, password, arrived)
    if refused is None and account is not None and route is not None:
        keys = parameters(body, content_type, account.switches.data_wrapper_on_read)
        try:
            refused = await _answer(request, account, route, read_query(keys))
        except WrongShapeError:
            refused = answers.wrong_shape()
        except NoAnswerError:
            return Response()  # written to a closed connection, so it reaches nobody
    response = refused or answers.no_route()
    logged.status = response.status_code
    return response


def _gateway_refusal(
    account: Account | None, route: str | None, password: str | None, arrived: float
) -> Response | None:
    """What stops a request before the marketplace reads it; every request of an account is counted."""
    if account is not None:
        admitted = account.limit.admit(arrived)
        if account.switches.enforce_rate_limit and not admitted:
            wait = account.limit.wait(arrived)
            return answers.too_many_requests(account.switches.retry_after, wait)
    if route is None:
        return answers.no_route()
    if password is None:
        return answers.bad_credentials(401)  # measured: no header at all is a 401
    if account is None or password != PASSWORD:
        style = account.switches.auth_style if account is not None else Switches().auth_style
        return answers.bad_credentials(style)
    return answers.vendor_ip_refused() if account.switches.refuse_ip else None


async def _answer(request: Request, account: Account, route: str, query: Query) -> Response:
    switches = account.switches
    if switches.latency_seconds:
        await _sleep(request, switches.latency_seconds)

    def regular(page: int) -> Response:
        return _count(account, query) if route == "count" else _read(account, query, page)

    kind = switches.next_fault(route, query.page)
    if kind is None:
        return regular(query.page)
    return await PLAYERS[kind](Situation(request, switches, query.page, regular))


async def _sleep(request: Request, seconds: float) -> None:
    try:
        await asyncio.wait_for(until_client_leaves(request), seconds)
    except TimeoutError:
        return
    raise NoAnswerError


def _read(account: Account, query: Query, page: int) -> Response:
    if query.size > PAGE_LIMIT and account.switches.over_limit == "error400":
        return answers.too_large_page()
    size = min(query.size, PAGE_LIMIT)
    rows = matching(account.rows(), {} if account.switches.ignore_filters else query.filters)
    rows = rows[(page - 1) * size : page * size]
    if query.names_one_product and not account.switches.ignore_filters:
        rows = [with_contacts(row) for row in rows]
    return answers.success(rows)


def _count(account: Account, query: Query) -> Response:
    """Pages of 100 whatever the caller's page size is: who plans with them reads too little."""
    rows = matching(account.offers, {} if account.switches.ignore_filters else query.filters)
    items = max(0, len(rows) + account.switches.count_offset)
    numbers = {"noOfItems": items, "noOfPages": -(-items // PAGE_LIMIT), "itemsPerPage": PAGE_LIMIT}
    if account.switches.count_style == "ints":
        return answers.success(numbers)
    return answers.success({key: str(number) for key, number in numbers.items()})


def _credentials(request: Request) -> tuple[str | None, str | None]:
    """User and password of HTTP Basic; nothing for a header that is absent or unreadable."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return name, password
