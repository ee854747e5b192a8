"""Unfinished runs of this seller, and the assets that they will build."""

import dagster as dg

from magflow_pipeline.defs.keys import OWN

FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
# A status that a later Dagster adds counts as unfinished.
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in FINISHED | {dg.DagsterRunStatus.MANAGED}]


def unfinished_runs(instance: dg.DagsterInstance, **tags: str) -> list[dg.DagsterRun]:
    """This seller's runs that have not ended and have all of `tags`."""
    return list(instance.get_runs(dg.RunsFilter(statuses=UNFINISHED, tags={**OWN, **tags})))


def will_build(run: dg.DagsterRun, asset: str, jobs: dict[str, frozenset[str]]) -> bool:
    """Whether `run` has `asset` among its steps; `jobs` names the assets of each job that selects none itself."""
    if run.asset_selection:
        return asset in {key.path[-1] for key in run.asset_selection}
    return asset in jobs.get(run.job_name, frozenset())
