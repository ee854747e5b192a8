"""Running the simulator: for people until they stop it, for tests in a thread on a free port.

Belongs here: sockets, threads, and the helper for tests. Not here: what the marketplace answers (server.py).
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.rates import RateSwitches
from magflow_pipeline.simulator.sales import HISTORY_DAYS
from magflow_pipeline.simulator.server import create_app
from magflow_pipeline.simulator.switches import Switches

STARTUP_SECONDS = 10
SECONDS_BETWEEN_TICKS = 1

CONTROL_SECONDS = 120
"""How long a control route may take: 200,000 offers are hundreds of megabytes of JSON."""


class Simulator:
    """A running simulator: where it listens, and its control routes as methods."""

    def __init__(self, origin: str, control: httpx.Client) -> None:
        self.origin = origin
        self.url = f"{origin}/api-3"
        self._control = control

    def requests(self, account: str | None = None) -> list[dict[str, Any]]:
        """The requests received: account, route, body, arrived (monotonic seconds) and status."""
        return self._call("GET", "requests", params={"account": account} if account else None).json()

    def clear(self) -> None:
        """Forget the requests received; rate limits still remember them."""
        self._call("DELETE", "requests")

    def switch(self, account: str, **fields: Any) -> Switches:
        """Change some switches of an account and leave the others as they are."""
        given = Switches.model_validate(fields).model_dump_json(exclude_unset=True)
        return Switches.model_validate(self._call("PATCH", f"switches/{account}", content=given).json())

    def offers(self, account: str) -> list[Any]:
        """Everything an account sells, ascending by id."""
        return self._call("GET", f"offers/{account}").json()

    def put_offers(self, account: str, offers: list[Any]) -> None:
        """Let an account sell exactly these offers, however malformed they are."""
        # json.dumps and not httpx: it can write what a hostile row holds, such as half a surrogate pair.
        self._call("PUT", f"offers/{account}", content=json.dumps(offers))

    def patch_offers(self, account: str, offers: list[Any]) -> None:
        """Put whole offers in place of those with the same id, or add them."""
        self._call("PATCH", f"offers/{account}", content=json.dumps(offers))

    def remove_offer(self, account: str, offer_id: int | str) -> None:
        """Let an offer vanish from an account."""
        self._call("DELETE", f"offers/{account}/{offer_id}")

    def orders(self, account: str) -> list[Any]:
        """All orders of an account as they are now, complete, ascending by id."""
        return self._call("GET", f"orders/{account}").json()

    def put_orders(self, account: str, orders: list[Any]) -> None:
        """Let an account have exactly these orders, however malformed they are, and none that it sold."""
        self._call("PUT", f"orders/{account}", content=json.dumps(orders))

    def patch_orders(self, account: str, orders: list[Any]) -> None:
        """Put whole orders in place of those with the same id, or add them."""
        self._call("PATCH", f"orders/{account}", content=json.dumps(orders))

    def remove_order(self, account: str, order_id: int | str) -> None:
        """Let an order vanish from an account."""
        self._call("DELETE", f"orders/{account}/{order_id}")

    def restore_orders(self, account: str) -> None:
        """Let an account have the orders that it sold and no others."""
        self._call("DELETE", f"orders/{account}")

    def rates(self, **fields: Any) -> dict[str, Any]:
        """Set the switches of the exchange-rate feed, if any are named; returns them, and how often it was asked."""
        content = RateSwitches.model_validate(fields).model_dump_json() if fields else None
        return self._call("PUT" if fields else "GET", "rates", content=content).json()

    def now(self) -> datetime:
        """The simulated time, which stands still until it is moved."""
        return datetime.fromisoformat(self._call("GET", "clock").json()["now"])

    def move_clock(self, now: datetime) -> None:
        """Sell until then: orders come and change, stock falls and is delivered."""
        self._call("PUT", "clock", content=json.dumps({"now": now.isoformat()}))

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return self._control.request(method, f"/_simulator/{path}", **arguments).raise_for_status()


class _Server(uvicorn.Server):
    """Cuts the connections when it stops: a request that hangs on purpose must not delay it."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        app.state.connections = self.server_state.connections

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


class _LastingServer(_Server):
    """Looks each second whether it is to end, not ten times: all that a simulator does which nobody asks."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # noqa: ASYNC110  # what ends it sets a flag
            await asyncio.sleep(SECONDS_BETWEEN_TICKS)


def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8300) -> None:
    """Serve until Ctrl-C or a signal to end."""
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, lifespan="off", ws="none")
    _LastingServer(config, app).run()


@contextmanager
def running(
    catalogue: Catalogue | None = None,
    switches: dict[str, Switches] | None = None,
    port: int = 0,
    opened: datetime | None = None,
    is_live: bool = False,
    days: int = HISTORY_DAYS,
) -> Generator[Simulator]:
    """Run a simulator in a thread for the length of a `with` block.

    Args:
        catalogue: What it sells; the catalogue of `make_catalogue()` when none is given.
        switches: How its accounts behave at first.
        port: A port of the loopback address; 0 takes a free one.
        opened: An aware time: what was sold until then fits the stock that the offers show. By default now.
        is_live: Whether it goes on selling as time passes.
        days: The length of the history of sales.

    Yields:
        The address to call and the methods to steer it.
    """
    app = create_app(catalogue if catalogue is not None else make_catalogue(), switches, opened, is_live, days)
    # Without logging of its own: that would replace the handlers of the process it runs in.
    config = uvicorn.Config(app, log_config=None, log_level="warning", access_log=False, lifespan="off", ws="none")
    server = _Server(config, app)
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), name="emag-simulator", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
            # Of no certificates: it is plain HTTP, and to load those of all authorities takes 35 ms of a processor.
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            with httpx.Client(base_url=origin, verify=nobody, trust_env=False, timeout=CONTROL_SECONDS) as control:
                yield Simulator(origin, control)
        finally:
            server.should_exit = True
            thread.join()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + STARTUP_SECONDS
    while not server.started:
        if time.monotonic() > end or not thread.is_alive():
            raise RuntimeError("the simulator did not start")
        time.sleep(0.005)
