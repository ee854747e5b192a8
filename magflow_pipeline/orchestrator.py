"""Starting Dagster: its home, one run of the sync job, its UI and daemon.

The one module outside `defs/` and `definitions.py` that imports Dagster. A run is a process of its own: two runs
in one process were seen to deadlock.
"""

import json
import os
import shutil
import signal
import sys
from typing import Any

from magflow_pipeline.settings import PROJECT_ROOT, Settings, environment_of_child

JOB = "sync_account"
SCAN = "catalogue"
RESULT_MARK = "magflow-result:"


def dagster_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that works with Dagster: a home in `MAGFLOW_HOME`, with the project's dagster.yaml.

    The file is written anew each time, so that the project's is the one that counts.
    """
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    fresh = home / f"dagster.yaml.{os.getpid()}"
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", fresh)
    fresh.replace(home / "dagster.yaml")
    return environment_of_child(DAGSTER_HOME=str(home), MAGFLOW_HOME=str(settings.home))


def run_command(account: str, options: dict[str, Any], triggered_by: str) -> list[str]:
    """The command line of one run of the sync job for `account`."""
    return [sys.executable, "-m", "magflow_pipeline.orchestrator", account, json.dumps(options), triggered_by]


def run_sync_job(account: str, options: dict[str, Any], triggered_by: str) -> dict[str, Any]:
    """Run the job in this process, in the instance of `DAGSTER_HOME`.

    Returns:
        `run_id`, `success`, and `error`: the first failure's description, for people, or None.
    """
    import dagster as dg

    from magflow_pipeline.definitions import build_definitions
    from magflow_pipeline.defs.catalogue import TRIGGERED_BY_TAG

    job = build_definitions().resolve_job_def(JOB)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            run_config={
                "ops": {SCAN: {"config": options}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=instance,
            partition_key=account,
            raise_on_error=False,
            tags={TRIGGERED_BY_TAG: triggered_by},
        )
        failures = [event for event in result.all_events if event.is_step_failure]
        error = None
        if failures:
            data = failures[0].step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            error = described or (data.error.message if data.error else None) or failures[0].message
        return {"run_id": result.run_id, "success": result.success, "error": error}


if __name__ == "__main__":
    # Started from a script's background, a process ignores SIGINT, and Dagster then ignores SIGTERM too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(RESULT_MARK, json.dumps(run_sync_job(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3])))  # noqa: T201
