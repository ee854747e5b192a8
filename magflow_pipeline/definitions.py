"""The entry point that Dagster loads."""

import logging
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from magflow_pipeline.defs.resources import default_resources
from magflow_pipeline.notices import notices
from magflow_pipeline.settings import load_settings


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in `defs/`, on the real database and the configured accounts."""
    for notice in notices(load_settings()):
        logging.getLogger(__name__).warning(notice)
    return build_definitions()


def build_definitions(resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """The same, with `resources` in place of the default ones of the same names.

    Every run, check, sensor and schedule uses them.
    """
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        # Runs that start from the asset graph have no job of their own and take the executor from here. One process
        # for all steps: 2 s of work took 18 s with a process per step.
        dg.Definitions(resources={**default_resources(), **(resources or {})}, executor=dg.in_process_executor),
    )
