"""Dagster's daemon: `dagster-daemon`, with its options, which looks less often for what rarely happens.

Not here: its looks at the queue and at the sensors, for which people wait (`dagster.yaml`, `defs/sensors.py`).
"""

from dagster._daemon import controller
from dagster._daemon.cli import main  # what its script imports: there is no public name

from magflow_pipeline.shop.watching import watch_seldom

# It loads the definitions anew each minute, although it also does when the code server was started again, which is how
# they change. Less than the five minutes after which it gives up without them.
SECONDS_BETWEEN_LOADS = 240


def serve() -> None:
    """Run the daemon."""
    watch_seldom()
    controller.RELOAD_WORKSPACE_INTERVAL = SECONDS_BETWEEN_LOADS
    main()


if __name__ == "__main__":
    serve()
