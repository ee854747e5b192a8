"""Routes under /_simulator for tests and curious people: requests, switches, offers, orders, the clock, the truth.

Belongs here: everything the real marketplace does not have. None of it asks for credentials or
counts against a rate limit. Not here: the marketplace itself (server.py).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from magflow_pipeline.simulator.answers import as_json
from magflow_pipeline.simulator.bucharest import ZONE
from magflow_pipeline.simulator.market import Account, Market
from magflow_pipeline.simulator.switches import Switches

DONE = 204


def control_routes(market: Market) -> list[Route]:
    """The routes that watch and change one market."""

    async def list_requests(request: Request) -> Response:
        account = request.query_params.get("account")
        return as_json([asdict(entry) for entry in market.requests if account in {None, entry.account}])

    async def forget_requests(_: Request) -> Response:
        market.requests.clear()
        return Response(status_code=DONE)

    async def show_clock(_: Request) -> Response:
        return as_json({"now": datetime.fromtimestamp(market.now, ZONE).isoformat()})

    async def move_clock(request: Request) -> Response:
        try:
            given = TypeAdapter(dict[str, AwareDatetime]).validate_json(await request.body())
            market.move_clock(int(given["now"].timestamp()))
        except (ValidationError, KeyError, ValueError) as error:
            return as_json({"message": f'send {{"now": an ISO time with its offset}}: {error}'}, 422)
        return await show_clock(request)

    def of_account(handle: Callable[[Account, Request], Awaitable[Response]]) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            account = market.accounts.get(request.path_params["account"])
            if account is None:
                return as_json({"message": f"no such account; there are: {', '.join(market.accounts)}"}, 404)
            return await handle(account, request)

        return endpoint

    return [
        Route("/_simulator/requests", list_requests, methods=["GET"]),
        Route("/_simulator/requests", forget_requests, methods=["DELETE"]),
        Route("/_simulator/switches/{account}", of_account(_show_switches), methods=["GET"]),
        Route("/_simulator/switches/{account}", of_account(_set_switches), methods=["PUT", "PATCH"]),
        Route("/_simulator/offers/{account}", of_account(_list_offers), methods=["GET"]),
        Route("/_simulator/offers/{account}", of_account(_replace_offers), methods=["PUT"]),
        Route("/_simulator/offers/{account}", of_account(_upsert_offers), methods=["PATCH"]),
        Route("/_simulator/offers/{account}/{id}", of_account(_remove_offer), methods=["DELETE"]),
        Route("/_simulator/orders/{account}", of_account(_list_orders), methods=["GET"]),
        Route("/_simulator/orders/{account}", of_account(_replace_orders), methods=["PUT"]),
        Route("/_simulator/orders/{account}", of_account(_upsert_orders), methods=["PATCH"]),
        Route("/_simulator/orders/{account}", of_account(_restore_orders), methods=["DELETE"]),
        Route("/_simulator/orders/{account}/{id}", of_account(_remove_order), methods=["DELETE"]),
        Route("/_simulator/sales/{account}/{sku}", of_account(_show_sales), methods=["GET"]),
        Route("/_simulator/clock", show_clock, methods=["GET"]),
        Route("/_simulator/clock", move_clock, methods=["PUT"]),
    ]


async def _show_switches(account: Account, _: Request) -> Response:
    return as_json(account.switches.model_dump(mode="json"))


async def _set_switches(account: Account, request: Request) -> Response:
    """PUT resets switches that are not given, PATCH keeps them, and which faults were played."""
    try:
        given = TypeAdapter(dict[str, Any]).validate_json(await request.body())
        kept = account.switches.model_dump() if request.method == "PATCH" else {}
        account.switches = Switches.model_validate(kept | given)
    except ValidationError as error:
        return as_json({"message": str(error)}, 422)
    return as_json(account.switches.model_dump(mode="json"))


async def _list_offers(account: Account, _: Request) -> Response:
    return as_json(account.offers)


async def _replace_offers(account: Account, request: Request) -> Response:
    return await _change_rows(request, account.replace)


async def _upsert_offers(account: Account, request: Request) -> Response:
    return await _change_rows(request, account.upsert)


async def _change_rows(request: Request, change: Callable[[list[Any]], None]) -> Response:
    try:
        rows = json.loads(await request.body())
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        return as_json({"message": "send a JSON list of rows"}, 422)
    change(cast("list[Any]", rows))
    return Response(status_code=DONE)


async def _remove_offer(account: Account, request: Request) -> Response:
    if account.remove(request.path_params["id"]):
        return Response(status_code=DONE)
    return as_json({"message": "no such offer"}, 404)


async def _list_orders(account: Account, _: Request) -> Response:
    return as_json([entry.row() for entry in account.book.entries()])


async def _replace_orders(account: Account, request: Request) -> Response:
    return await _change_rows(request, account.book.replace)


async def _upsert_orders(account: Account, request: Request) -> Response:
    return await _change_rows(request, account.book.upsert)


async def _restore_orders(account: Account, _: Request) -> Response:
    account.book.restore()
    return Response(status_code=DONE)


async def _remove_order(account: Account, request: Request) -> Response:
    if account.book.remove(request.path_params["id"]):
        return Response(status_code=DONE)
    return as_json({"message": "no such order"}, 404)


async def _show_sales(account: Account, request: Request) -> Response:
    """The truth of one SKU, by day."""
    truth = account.book.sales.truth()
    if request.path_params["sku"] not in truth.skus:
        return as_json({"message": "no such SKU"}, 404)
    place = truth.of(request.path_params["sku"])
    days = [
        {
            "day": day.isoformat(),
            "expected": round(float(truth.expected[row, place]), 4),
            **{name: int(getattr(truth, name)[row, place]) for name in ("sold", "taken", "delivered", "stock")},
            "could_sell": bool(truth.could_sell[row, place]),
        }
        for row, day in enumerate(truth.days)
    ]
    return as_json({"class": truth.classes[place], "days": days})
