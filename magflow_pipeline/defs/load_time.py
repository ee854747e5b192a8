"""The settings that definitions are built with, before resources exist.

Accounts, crons, time limits of jobs, and whether this is a demo: changes take effect when Dagster reloads the
definitions. Not here: the settings of runs, ticks and checks, which come from the resources.
"""

from magflow_pipeline.settings import load_settings

SETTINGS = load_settings()
SECONDS_AMONG_SELLERS = 60


def seconds_between_looks(alone: int) -> int:
    """The interval of a sensor: longer where sellers share a daemon, because it is one process (docs/scale.md)."""
    return max(alone, SECONDS_AMONG_SELLERS) if SETTINGS.seller else alone
