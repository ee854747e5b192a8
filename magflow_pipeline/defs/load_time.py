"""The settings that definitions are built with, before resources exist.

Accounts, crons, time limits of jobs, and whether this is a demo: changes take effect when Dagster reloads the
definitions. Not here: the settings of runs, ticks and checks, which come from the resources.
"""

from magflow_pipeline.settings import load_settings

SETTINGS = load_settings()
