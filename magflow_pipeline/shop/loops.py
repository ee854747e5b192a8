"""How often the loops of Dagster and gRPC wake for which they have no setting.

Run as a module, it runs a script of Dagster's: `python -m magflow_pipeline.shop.loops bin/dagster-daemon run`.
"""

import runpy
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple


class Loop(NamedTuple):
    """Where its seconds stand: a private name, which a later version may not have."""

    module: str
    name: str
    seconds: int


# Whether the code server is still the same one, each time over a new connection. One that was started again is noticed
# so late: the UI may launch no run before.
CODE_WATCH = Loop("dagster._grpc.server_watcher", "WATCH_INTERVAL", 5)
# All definitions are loaded again, though the watch has them loaded when they change. Dagster ends a daemon in which it
# has failed for 300 s.
WORKSPACE = Loop("dagster._daemon.controller", "RELOAD_WORKSPACE_INTERVAL", 240)
# gRPC's server wakes so that a signal is seen, which in Python 3 wakes it by itself.
SERVER = Loop("grpc._common", "MAXIMUM_WAIT_TIMEOUT", 5)
OF_SCRIPTS = {"dagster-daemon": (CODE_WATCH, WORKSPACE), "dagster": (SERVER,)}


def slow_down(*loops: Loop) -> None:
    """Set the seconds of this process's loops, before they begin. Without the module they stay as they are."""
    for loop in loops:
        with suppress(ModuleNotFoundError):
            vars(import_module(loop.module))[loop.name] = loop.seconds


if __name__ == "__main__":
    del sys.argv[0]
    slow_down(*OF_SCRIPTS[Path(sys.argv[0]).name])
    runpy.run_path(sys.argv[0], run_name="__main__")
