"""`deploy/kubernetes/values.yaml`, and the `dagster.yaml` that Dagster's Helm chart makes of it.

The chart is not here: what it knows is in `chart_values.yaml`, what its templates do with it below, both for the values
that MagFlow sets.
"""

from pathlib import Path
from typing import Any

import yaml

from magflow_pipeline.settings import PROJECT_ROOT

VALUES = PROJECT_ROOT / "deploy" / "kubernetes" / "values.yaml"
CHART = Path(__file__).parent / "chart_values.yaml"


def load_values() -> dict[str, Any]:
    """The values of the deployment."""
    return yaml.safe_load(VALUES.read_text())


def load_chart() -> dict[str, Any]:
    """The version of Dagster whose chart was read, and the kinds of its values."""
    return yaml.safe_load(CHART.read_text())


def dagster_yaml(values: dict[str, Any]) -> dict[str, Any]:
    """The instance's configuration, with the password in DAGSTER_PG_PASSWORD."""
    given, daemon = values["postgresql"], values["dagsterDaemon"]
    postgres = {
        "postgres_db": {
            "username": given["postgresqlUsername"],
            "password": {"env": "DAGSTER_PG_PASSWORD"},
            "hostname": given["postgresqlHost"],
            "db_name": given["postgresqlDatabase"],
            "port": given["service"]["port"],
            "params": given["postgresqlParams"],
            "scheme": given["postgresqlScheme"],
        }
    }
    storages = {"run_storage": "RunStorage", "event_log": "EventLogStorage", "schedule_storage": "ScheduleStorage"}
    monitoring = daemon["runMonitoring"]
    return {
        **{
            name if name.endswith("storage") else f"{name}_storage": {
                "module": f"dagster_postgres.{name}",
                "class": f"Postgres{storage}",
                "config": postgres,
            }
            for name, storage in storages.items()
        },
        "run_launcher": _launcher(values),
        "run_coordinator": daemon["runCoordinator"]["config"]["customRunCoordinator"],
        "compute_logs": {
            "module": "dagster.core.storage.noop_compute_log_manager",
            "class": values["computeLogManager"]["type"],
        },
        "run_monitoring": {
            "enabled": monitoring["enabled"],
            "start_timeout_seconds": monitoring["startTimeoutSeconds"],
            "cancel_timeout_seconds": monitoring["cancelTimeoutSeconds"],
            "max_resume_run_attempts": monitoring["maxResumeRunAttempts"],
            "poll_interval_seconds": monitoring["pollIntervalSeconds"],
            "free_slots_after_run_end_seconds": monitoring["freeSlotsAfterRunEndSeconds"],
        },
        **{
            kind: {"use_threads": daemon[kind]["useThreads"], "num_workers": daemon[kind]["numWorkers"]}
            for kind in ("sensors", "schedules")
        },
        "telemetry": values["telemetry"],
        "retention": {
            kind: {"purge_after_days": values["retention"][kind]["purgeAfterDays"]} for kind in ("schedule", "sensor")
        },
        **values["additionalInstanceConfig"],
    }


def _launcher(values: dict[str, Any]) -> dict[str, Any]:
    given = values["runLauncher"]["config"]["k8sRunLauncher"]
    raw = given["runK8sConfig"]
    return {
        "module": "dagster_k8s",
        "class": values["runLauncher"]["type"],
        "config": {
            "load_incluster_config": given.get("loadInclusterConfig", True),
            **({"kubeconfig_file": given["kubeconfigFile"]} if "kubeconfigFile" in given else {}),
            "job_namespace": "dagster",
            "image_pull_policy": given["imagePullPolicy"],
            "service_account_name": "dagster",
            "dagster_home": values["global"]["dagsterHome"],
            "instance_config_map": "dagster-instance",
            "postgres_password_secret": values["global"]["postgresqlSecretName"],
            "security_context": given["securityContext"],
            "run_k8s_config": {"pod_spec_config": raw["podSpecConfig"], "job_spec_config": raw["jobSpecConfig"]},
        },
    }
