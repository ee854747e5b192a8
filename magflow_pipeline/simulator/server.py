"""The simulated api-3 over HTTP, as a Starlette app: read and count of product_offer and of order.

Belongs here: the way of a request from the gateway to its answer. Not here: sockets and threads
(running.py) and the control routes under /_simulator (control.py).
"""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from magflow_pipeline.gate import LOOPBACK, Gate
from magflow_pipeline.simulator import answers
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.control import control_routes
from magflow_pipeline.simulator.drift import DriftError, play_drift
from magflow_pipeline.simulator.faults import PLAYERS, NoAnswerError, Situation, pause
from magflow_pipeline.simulator.market import Account, LoggedRequest, Market, open_market
from magflow_pipeline.simulator.order_reading import ORDER_READERS, RefusedError, check_order_query
from magflow_pipeline.simulator.orders import FULFILLED_BY_SELLER
from magflow_pipeline.simulator.rates import rate_routes
from magflow_pipeline.simulator.reading import (
    PAGE_LIMIT,
    READERS,
    Query,
    WrongShapeError,
    parameters,
    read_body,
    read_query,
    with_contacts,
)
from magflow_pipeline.simulator.sales import HISTORY_DAYS
from magflow_pipeline.simulator.shapes import written
from magflow_pipeline.simulator.switches import RouteName, Switches

PASSWORD = "demo"  # noqa: S105  # the one password of every simulated account; nothing real is behind it
"""Sign in with HTTP Basic: the account's name (`main`, `fbe`) and this password."""

ROUTES: dict[tuple[str, str], RouteName] = {
    ("POST", "/api-3/product_offer/read"): "read",
    ("POST", "/api-3/product_offer/count"): "count",
    ("GET", "/api-3/product_offer/count"): "count",
    ("POST", "/api-3/order/read"): "order/read",
    ("POST", "/api-3/order/count"): "order/count",
    ("GET", "/api-3/order/count"): "order/count",
}
ORDER_ROUTES = {"order/read", "order/count"}
EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(
    catalogue: Catalogue,
    switches: dict[str, Switches] | None = None,
    opened: datetime | None = None,
    is_live: bool = False,
    days: int = HISTORY_DAYS,
) -> Starlette:
    """Make a marketplace that sells a catalogue.

    Args:
        catalogue: The accounts and their offers; copied, so the caller's stays as it is.
        switches: How accounts behave; an account that is not named has the defaults.
        opened: An aware time: what was sold until then fits the stock that the offers show. By default now.
        is_live: Whether it goes on selling as time passes; else the clock stands still, or a test moves it.
        days: The length of the history.

    Returns:
        An app for `running` or `serve`, which give it the connections that the fault `reset` closes.
    """
    market = open_market(catalogue, switches or {}, opened, is_live, days)

    async def marketplace(request: Request) -> Response:
        return await _log_and_answer(market, request)

    app = Starlette(
        routes=[
            *control_routes(market),
            *rate_routes(market),
            Route("/{path:path}", marketplace, methods=EVERY_METHOD),
        ],
        # Keeps web pages from setting switches; `simulator` is its host name among the containers.
        middleware=[Middleware(Gate, hosts=LOOPBACK | {"simulator"}, below="/_simulator")],
    )
    app.state.connections = set()
    return app


async def _log_and_answer(market: Market, request: Request) -> Response:
    # Nothing is awaited before the log and the limit have seen the request: both are in order of arrival.
    arrived = time.monotonic()
    name, password = _credentials(request)
    route = ROUTES.get((request.method, request.url.path))
    logged = LoggedRequest(name, route or request.url.path, None, arrived)
    market.requests.append(logged)
    account = market.accounts.get(name or "")
    response = _gateway_refusal(account, route, password, arrived)
    content_type = request.headers.get("content-type", "")
    logged.body = read_body(content_type, await request.body())
    if response is None and account is not None and route is not None:
        await market.tick(time.time())
        if route in ORDER_ROUTES:
            await account.book.ready()
        keys = parameters(logged.body, content_type, account.switches.data_wrapper_on_read)
        try:
            response = await _answer(request, account, route, keys)
        except WrongShapeError:
            response = answers.wrong_shape()
        except RefusedError as error:
            response = answers.refusal(str(error), 200)
        except DriftError as error:
            # Not a trait of eMAG: a test that planned a drift must not pass without it.
            response = answers.as_json({"message": f"the planned drift cannot be played: {error}"}, 500)
        except NoAnswerError:
            return Response()  # written to a closed connection, so it reaches nobody
    response = response or answers.no_route()
    logged.status = response.status_code
    return response


def _gateway_refusal(
    account: Account | None, route: RouteName | None, password: str | None, arrived: float
) -> Response | None:
    """The gateway's refusal, before the marketplace reads the request; all requests of an account count."""
    if account is not None:
        switches = account.switches
        limit = account.order_limit if route in ORDER_ROUTES else account.limit
        admitted = limit.admit(arrived)
        if switches.enforce_rate_limit and not admitted:
            return answers.too_many_requests(switches.retry_after, limit.wait(arrived), switches.retry_after_seconds)
    if route is None:
        return answers.no_route()
    if password is None:
        return answers.bad_credentials(401)  # measured: no header at all is a 401
    if account is None or password != PASSWORD:
        style = account.switches.auth_style if account is not None else Switches().auth_style
        return answers.bad_credentials(style)
    return answers.vendor_ip_refused() if account.switches.refuse_ip else None


async def _answer(request: Request, account: Account, route: RouteName, keys: dict[str, Any]) -> Response:
    query = read_query(keys, ORDER_READERS if route in ORDER_ROUTES else READERS)
    if route in ORDER_ROUTES:
        check_order_query(query, is_count=route == "order/count")
    latency = account.switches.latency(route, query)
    if latency:
        await pause(request, latency)
    switches = account.switches  # after the wait: they may have changed meanwhile
    asked = query.without(switches.ignore_filters)
    if route in ORDER_ROUTES and switches.default_order_type == "3" and switches.ignore_filters is not True:
        asked = replace(asked, filters={"type": FULFILLED_BY_SELLER, **asked.filters})

    def regular(page: int) -> Response:
        return _regular_answer(account, route, replace(asked, page=page))

    fault = switches.next_fault(route, query)
    if fault is None:
        response = regular(query.page)
    else:
        response = await PLAYERS[fault.kind](Situation(fault, request, switches, query.page, regular))
    if route.endswith("read") and response.status_code == 200 and not asked.names_one_product:
        play_drift(account, route, asked)
    return response


def _regular_answer(account: Account, route: RouteName, query: Query) -> Response:
    if route.endswith("read"):
        return _read(account, route, query)
    if account.switches.count_says is not None:
        return answers.success({"noOfItems": account.switches.count_says})
    if route == "count":
        found = account.found(query.filters)
    else:
        found = account.book.found(query.filters, account.switches.order_of_rows)
    return _count(account, len(found) + account.switches.count_offset)


def _read(account: Account, route: RouteName, query: Query) -> Response:
    if query.size > PAGE_LIMIT and account.switches.over_limit == "error400":
        return answers.too_large_page()
    size = min(query.size, PAGE_LIMIT)
    if route == "order/read":
        return answers.success(account.book.page(query.filters, query.page, size, account.switches))
    rows = account.found(query.filters)[(query.page - 1) * size : query.page * size]
    rows = [written(row, account.switches) for row in rows]
    if query.names_one_product:
        rows = [with_contacts(row) for row in rows]
    return answers.success(rows)


def _count(account: Account, items: int) -> Response:
    """Pages are counted at 100 rows, whatever size was asked for: a client that plans with them reads too little."""
    items = max(0, items)
    numbers = {"noOfItems": items, "noOfPages": -(-items // PAGE_LIMIT), "itemsPerPage": PAGE_LIMIT}
    if account.switches.count_style == "ints":
        return answers.success(numbers)
    return answers.success({key: str(number) for key, number in numbers.items()})


def _credentials(request: Request) -> tuple[str | None, str | None]:
    """User and password of HTTP Basic; None for a header that is absent or unreadable."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return name, password
