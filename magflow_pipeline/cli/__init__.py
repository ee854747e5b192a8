"""The `magflow` command: every verb a thin call of a function that Dagster or a test also calls."""

import sys

from magflow_pipeline.cli import matching, reading, services, syncing
from magflow_pipeline.cli.base import app, make_console
from magflow_pipeline.settings import ConfigurationError

__all__ = ["main", "matching", "reading", "services", "syncing"]


def main() -> None:
    """Run the command; what people can mend is a sentence and exit code 2, never a traceback."""
    try:
        app()
    except ConfigurationError as error:
        make_console(stderr=True).print(f"Error: {error}", style="red", markup=False, highlight=False)
        sys.exit(2)
