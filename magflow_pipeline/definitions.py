"""The one door that Dagster opens."""

from pathlib import Path

import dagster as dg

from magflow_pipeline.defs.resources import default_resources


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in `defs/`, on the real database and the configured accounts."""
    return build_definitions()


def build_definitions(**resources: object) -> dg.Definitions:
    """The same with other resources in place of the default ones, by name."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        # Runs that start from the asset graph have no job of their own and take the executor from here. One process
        # for all steps: 2 s of work took 18 s with a process a step.
        dg.Definitions(resources={**default_resources(), **resources}, executor=dg.in_process_executor),
    )
