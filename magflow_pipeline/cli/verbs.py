"""The app with all its verbs: each module adds its own."""

from magflow_pipeline.cli import alerting, campaigns, importing, matching, planning, rates, reading, services, syncing
from magflow_pipeline.cli.base import app

__all__ = [
    "alerting",
    "app",
    "campaigns",
    "importing",
    "matching",
    "planning",
    "rates",
    "reading",
    "services",
    "syncing",
]
