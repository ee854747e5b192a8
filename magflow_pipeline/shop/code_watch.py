"""How often UI and daemon ask the code server whether it is still the same one.

Dagster opens a connection each time: every second, they took a quarter of what an idle shop takes of a processor.
Run as a module, it runs a script of Dagster's: `python -m magflow_pipeline.shop.code_watch bin/dagster-daemon run`.
"""

import runpy
import sys
from contextlib import suppress
from importlib import import_module

SECONDS_BETWEEN_LOOKS = 5  # a code server that was started again is seen so late: the UI may launch no run before


def look_less_often() -> None:
    """Set the interval of this process, before it begins to look.

    Dagster has no setting for it, and no public name. A version without this one looks as often as it likes.
    """
    with suppress(ModuleNotFoundError):
        vars(import_module("dagster._grpc.server_watcher"))["WATCH_INTERVAL"] = SECONDS_BETWEEN_LOOKS


if __name__ == "__main__":
    look_less_often()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
