"""The values for Dagster's Helm chart: every key is one that the chart knows, and what it makes of them loads."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import yaml
from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict
from kubernetes import client
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.accounts import ACCOUNT_FIELDS
from magflow_pipeline.database.connection import Database
from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.defs import sweeper
from magflow_pipeline.defs.sweeper import end_dead_runs
from magflow_pipeline.settings import PROJECT_ROOT, Settings
from magflow_pipeline_tests.deploy.kubernetes import dagster_yaml, load_chart, load_values

KINDS: dict[str, tuple[type, ...]] = {"text": (str,), "whole": (int,), "flag": (bool,), "any": (object,)}
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "users": [{"name": "none", "user": {}}],
    "current-context": "none",
}


def unknown(value: Any, kind: Any, path: str = "") -> Iterator[str]:
    """The places of a value, or of what is in it, that are not of the kind."""
    if isinstance(kind, str):
        if not isinstance(value, KINDS[kind]) or (kind == "whole" and isinstance(value, bool)):
            yield f"{path} is no {kind}"
    elif isinstance(kind, list):
        if len(kind) == 1:
            for place, each in enumerate(value):
                yield from unknown(each, kind[0], f"{path}[{place}]")
        elif value not in kind:  # one of these words
            yield f"{path} is none of {kind}"
    elif "object" in kind or "part" in kind:
        yield from unknown_to_kubernetes(value, kind, path)
    else:
        for key, each in value.items():
            place = f"{path}.{key}".lstrip(".")
            inner = kind.get("map", kind.get(key))
            yield from [f"the chart knows no {place}"] if inner is None else unknown(each, inner, place)


def unknown_to_kubernetes(value: Any, kind: dict[str, str], path: str) -> Iterator[str]:
    """Why Kubernetes' client refuses an object; of a part of one, the launcher adds what is missing."""
    [(whole_or_part, name)] = kind.items()
    model = getattr(client, name)
    try:
        given = k8s_snake_case_dict(model, value)
        if whole_or_part == "object":
            k8s_model_from_dict(model, given)
    except Exception as error:  # noqa: BLE001  # whatever it says is why
        yield f"{path}: {error}"


def test_the_chart_knows_every_key():
    """The chart refuses an unknown key of most sections, and ignores it in the others: the setting does nothing."""
    assert list(unknown(load_values(), load_chart()["values"])) == []


@pytest.mark.parametrize(
    ("section", "value", "said"),
    [
        (
            "dagsterDaemon",
            {"runCoordinator": {"enable": True}},
            "the chart knows no dagsterDaemon.runCoordinator.enable",
        ),
        ("postgresql", {"service": {"port": "5432"}}, "postgresql.service.port is no whole"),
        ("runLauncher", {"type": "K8sLauncher"}, "runLauncher.type is none of"),
        ("dagsterWebserver", {"resources": {"limit": {"cpu": 1}}}, "dagsterWebserver.resources"),
        ("userDeployments", {}, "the chart knows no userDeployments"),
    ],
)
def test_a_key_that_the_chart_does_not_know_is_found(section, value, said):
    """A test that finds nothing in any file would not be one."""
    [found] = unknown({section: value}, load_chart()["values"])
    assert found.startswith(said)


def test_the_chart_that_was_read_is_that_of_the_installed_dagster():
    """The chart has the package's version: with a new minor version, chart_values.yaml is read again."""
    assert version("dagster").startswith(f"{load_chart()['dagster']}.")
    assert version("dagster-k8s").split(".")[-1] == version("dagster").split(".")[-1]


@pytest.fixture
def instance(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The instance that the chart describes, on the server of the tests; at the address of Kubernetes there is none."""
    values = load_values()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(KUBECONFIG))
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    launcher |= {"loadInclusterConfig": False, "kubeconfigFile": str(kubeconfig)}
    address = conninfo_to_dict(database.dagster_url)
    with psycopg.connect(database.dagster_url, autocommit=True):  # it is there
        values["postgresql"] |= {"postgresqlHost": "", "postgresqlDatabase": address["dbname"]}
        values["postgresql"] |= {"postgresqlUsername": address["user"]}
        values["postgresql"]["postgresqlParams"] |= {"host": address["host"]}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(dagster_yaml(values)))
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def test_the_sweeper_stands_down_for_dagsters_own_monitoring(instance, database, monkeypatch):
    """Dagster asks Kubernetes for each run's pod and ends a dead one itself; a second judge would retry it twice."""
    monkeypatch.setattr(sweeper, "SECONDS_TO_BEGIN", 0)
    monkeypatch.setattr(sweeper, "SECONDS_TO_END", 0)
    job = build_definitions().resolve_job_def("refresh_report")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert (type(instance.run_launcher).__name__, instance.run_monitoring_enabled) == ("K8sRunLauncher", True)
    assert end_dead_runs(instance, database) == []
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED


def test_the_queue_limits_lanes_and_sellers(instance):
    """The same lanes as on one machine, and no seller has all places."""
    [lane, seller] = instance.run_coordinator.get_run_queue_config().tag_concurrency_limits
    alone = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    assert lane == alone["concurrency"]["runs"]["tag_concurrency_limits"][0]
    assert (seller["key"], seller["value"]) == ("magflow/seller", {"applyLimitPerUniqueValue": True})
    assert seller["limit"] < instance.run_coordinator.get_run_queue_config().max_concurrent_runs
    assert load_values()["additionalInstanceConfig"]["run_retries"] == alone["run_retries"]


def test_each_seller_has_its_own_secret_and_reaches_no_other():
    """A secret of a section that reaches all runs, or of another seller, would be in this one's pods."""
    values = load_values()
    sellers = values["dagster-user-deployments"]["deployments"]
    assert len(sellers) > 1
    for seller in sellers:
        name = seller["name"]
        assert seller["env"]["MAGFLOW_SELLER"] == name
        assert seller["includeConfigInLaunchedRuns"] == {"enabled": True}
        of_others = [each["name"] for each in sellers if each["name"] != name]
        assert not any(other in str(seller) for other in of_others)
        assert {"secret": {"secretName": f"seller-{name}"}, "name": "seller"} in seller["volumes"]
        known = {field.alias for field in Settings.model_fields.values()} | {"MAGFLOW_ENV_FILE"}
        assert set(seller["env"]) <= known
    shared = str({key: value for key, value in values.items() if key != "dagster-user-deployments"})
    assert not any(each["name"] in shared for each in sellers)
    assert not re.search(rf"(?i)_({'|'.join(ACCOUNT_FIELDS)})\b|password['\"]?: ['\"][^'\"]", str(values))
