# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false
# The webserver's signatures use a type that it does not export.
"""Dagster's UI behind the gate: `dagster-webserver`, with its options and `--code-port`.

Open-source Dagster has no login, answers under any name, and takes mutations from a GET: any web page that the operator
reads could stop the schedules with one `<img>`.
"""

import argparse
import asyncio
import gc
import socket
import sys
import time

gc.disable()  # what is loaded now stays until the end: looking for garbage in it would take a fifth of the time
from dagster_webserver.cli import main  # noqa: E402
from dagster_webserver.webserver import DagsterWebserver  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from uvicorn import Server  # noqa: E402

from magflow_pipeline.gate import LOOPBACK, Gate  # noqa: E402
from magflow_pipeline.settings import load_settings  # noqa: E402
from magflow_pipeline.shop.loops import CODE_WATCH, slow_down  # noqa: E402

gc.freeze()
gc.enable()

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_BETWEEN_TICKS = 1  # of the clock in its answers, and until it sees that it is to end


def serve() -> None:
    """Run the UI. The gate is the outermost middleware: refused requests never reach Dagster."""
    ours = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    ours.add_argument("--code-port", type=int)
    options, sys.argv[1:] = ours.parse_known_args()
    if options.code_port is not None:
        _wait_for_code(options.code_port)
    inner = DagsterWebserver.build_middleware
    hosts = LOOPBACK | set(load_settings().ui_hosts)
    Server.main_loop = _tick_until_the_end
    slow_down(CODE_WATCH)
    DagsterWebserver.build_middleware = lambda self: [Middleware(Gate, hosts=hosts), *inner(self)]
    main()


def _wait_for_code(port: int) -> None:
    """Wait until the code server of this machine listens: a UI that finds none looks again only after ten seconds."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(SECONDS_BETWEEN_LOOKS)


async def _tick_until_the_end(self: Server) -> None:
    """Uvicorn's loop, which looks ten times a second whether it is to end: half of what an idle UI takes."""
    while not await self.on_tick(0):  # noqa: ASYNC110  # what ends it sets a flag
        await asyncio.sleep(SECONDS_BETWEEN_TICKS)


if __name__ == "__main__":
    serve()
