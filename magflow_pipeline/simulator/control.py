"""Routes under /_simulator for tests and curious people: see requests, turn switches, change offers.

Belongs here: everything the real marketplace does not have. None of it asks for credentials or
counts against a rate limit. Not here: the marketplace itself (server.py).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from magflow_pipeline.simulator.answers import as_json
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
    return await _change_offers(request, account.replace)


async def _upsert_offers(account: Account, request: Request) -> Response:
    return await _change_offers(request, account.upsert)


async def _change_offers(request: Request, change: Callable[[list[Any]], None]) -> Response:
    try:
        offers = json.loads(await request.body())
    except ValueError:
        offers = None
    if not isinstance(offers, list):
        return as_json({"message": "send a JSON list of offers"}, 422)
    change(cast("list[Any]", offers))
    return Response(status_code=DONE)


async def _remove_offer(account: Account, request: Request) -> Response:
    if account.remove(request.path_params["id"]):
        return Response(status_code=DONE)
    return as_json({"message": "no such offer"}, 404)
