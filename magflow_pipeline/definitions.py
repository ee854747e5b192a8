"""The entry point that Dagster loads."""

import logging
import warnings
from collections.abc import Mapping

import dagster as dg

from magflow_pipeline import defs as folder
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
    with warnings.catch_warnings():
        # Not dg.load_from_defs_folder: it also describes each component that Dagster has, and parses pyproject.toml
        # twice, a quarter of a second of each process. This is what it reads modules with, and in preview.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.load_definitions_from_package_module(
            folder,
            resources={**default_resources(), **(resources or {})},
            # Runs that start from the asset graph have no job of their own and take the executor from here. One process
            # for all steps: 2 s of work took 18 s with a process per step.
            executor=dg.in_process_executor,
        )
