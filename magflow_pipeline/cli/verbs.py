"""The app with all its verbs: each module adds its own."""

from magflow_pipeline.cli import importing, matching, reading, services, syncing
from magflow_pipeline.cli.base import app

__all__ = ["app", "importing", "matching", "reading", "services", "syncing"]
