"""The settings that definitions are built with, before there is a resource to ask.

Accounts, crons, time limits of jobs, and whether this is a demo: a change of them takes effect when Dagster loads the
definitions again. Whatever a run, a tick or a check needs comes from the resources.
"""

from magflow_pipeline.settings import load_settings

SETTINGS = load_settings()
