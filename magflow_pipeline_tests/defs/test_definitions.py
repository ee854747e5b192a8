"""What the operator finds in Dagster: a table to read beside the definitions, and that they load anywhere."""

import os
import subprocess
import sys

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.snap import JobSnap
from dagster._core.snap.snap_to_yaml import default_values_yaml_from_type_snap

from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.settings import PROJECT_ROOT, load_settings

ASSETS = {
    # asset: (group, owner, read by, kinds, partitioned by account, upstream)
    "raw_emag_product_pages": ("catalogue", "team:catalogue", "operators", {"python", "postgres"}, True, set()),
    "emag_products_v2": (
        *("catalogue", "team:catalogue", "analysts", {"python", "postgres"}, True),
        {"raw_emag_product_pages"},
    ),
    "emag_product_offers_v2": (
        *("catalogue", "team:catalogue", "analysts", {"python", "postgres"}, True),
        {"emag_products_v2"},
    ),
    "emag_orders": ("orders", "team:catalogue", "analysts", {"python", "postgres"}, True, set()),
    "emag_order_lines": ("orders", "team:catalogue", "analysts", {"python", "postgres"}, True, {"emag_orders"}),
    "inventory_items": (
        *("inventory", "team:warehouse", "analysts", {"postgres"}, True),
        {"emag_products_v2", "emag_product_offers_v2"},
    ),
    "supplier_verification": ("matching", "team:purchasing", "buyers", {"postgres"}, False, set()),
    "exchange_rates": ("suppliers", "team:purchasing", "buyers", {"python", "postgres"}, False, set()),
    "supplier_offers": (
        *("suppliers", "team:purchasing", "buyers", {"postgres"}, False),
        {"supplier_verification", "demand", "exchange_rates"},
    ),
    "demand_levels": (
        *("purchasing", "team:purchasing", "buyers", {"python", "numpy", "postgres"}, False),
        {"emag_products_v2", "demand", "supplier_offers"},
    ),
    "reorder_proposals": (
        *("purchasing", "team:purchasing", "buyers", {"python", "postgres"}, False),
        {"inventory_items", "supplier_offers", "demand_levels"},
    ),
    "low_stock_report": (
        *("purchasing", "team:purchasing", "buyers", {"python", "postgres"}, False),
        {"inventory_items", "demand", "supplier_offers", "demand_levels", "reorder_proposals"},
    ),
    "demand_days": (
        *("demand", "team:purchasing", "analysts", {"postgres"}, True),
        {"emag_orders", "emag_order_lines", "emag_products_v2"},
    ),
    "demand": (
        *("demand", "team:purchasing", "buyers", {"python", "numpy", "postgres"}, True),
        {"demand_days"},
    ),
    "report_files": (
        *("reports", "team:purchasing", "buyers", {"python", "csv", "excel"}, False),
        {"low_stock_report", "reorder_proposals"},
    ),
    "database_backup": ("operations", "team:operations", "operators", {"python", "postgres"}, False, set()),
}


@pytest.fixture
def graph():
    return build_definitions().resolve_asset_graph()


def test_the_assets_are_those_that_are_wanted(graph):
    found = {}
    for node in graph.asset_nodes:
        kinds = {tag.removeprefix("dagster/kind/") for tag in node.tags if tag.startswith("dagster/kind/")}
        upstream = {key.to_user_string() for key in node.parent_keys}
        read_by = node.tags["magflow/read_by"]
        name = node.key.to_user_string()
        found[name] = (node.group_name, *node.owners, read_by, kinds, node.is_partitioned, upstream)
    assert found == ASSETS


@pytest.mark.slow
def test_a_demo_says_so_where_the_graph_is_closed(monkeypatch, tmp_path):
    """Of a closed group only its name is seen, and a kind says something once it is open; nothing else changes."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "demo").touch()
    load_settings.cache_clear()
    code = (
        "from magflow_pipeline.definitions import build_definitions\n"
        "graph = build_definitions().resolve_asset_graph()\n"
        "print(*sorted(f'{node.group_name}/{node.key.to_user_string()}' for node in graph.asset_nodes))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == sorted(f"demo_{group}/{name}" for name, (group, *_) in ASSETS.items())


@pytest.mark.slow
def test_every_assets_page_links_the_dashboard_that_is_set():
    code = (
        "from magflow_pipeline.definitions import build_definitions\n"
        "graph = build_definitions().resolve_asset_graph()\n"
        "print(*(getattr(node.metadata.get('dashboard'), 'url', None) for node in graph.asset_nodes))\n"
    )
    for variables, links in (
        ({"MAGFLOW_DASHBOARD_URL": "https://grafana.example/d/x"}, "https://grafana.example/d/x"),
        ({}, "None"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ, **variables}
        )
        assert done.stdout.split() == [links] * len(ASSETS)


def test_the_launchpad_begins_with_what_people_choose(repository):
    """Mode and pages first: it began with what has one value only. Dagster leaves out what is None."""
    job = JobSnap.from_job_def(repository.get_job("sync_account"))
    root = job.config_schema_snapshot.get_config_snap(job.mode_def_snaps[0].root_config_key)
    begins = yaml.safe_load(default_values_yaml_from_type_snap(job.config_schema_snapshot, root))
    assert begins == {"ops": {"catalogue": {"config": {"max_pages": 0, "mode": "by size"}}}}


def test_every_asset_opens_the_documents_that_explain_it(graph):
    documents = {f"docs/{name}.md" for name in ("architecture", "data", "operations")}
    for node in graph.asset_nodes:
        opened = {key: value.value for key, value in node.metadata.items() if key in documents}
        assert opened
        assert all(text == (PROJECT_ROOT / page).read_text() for page, text in opened.items())


def test_every_asset_and_check_says_what_it_is(graph):
    assert all(len(node.description or "") > 40 for node in graph.asset_nodes)
    checks = build_definitions().get_repository_def().asset_checks_defs_by_key.values()
    assert all(len(spec.description or "") > 40 for check in checks for spec in check.check_specs)


@pytest.mark.parametrize(
    "name",
    [
        *("refresh_account", "refresh_demand", "refresh_report", "verify_suppliers", "apply_retention"),
        "read_exchange_rates",
    ],
)
def test_what_only_works_in_the_database_is_ended_after_ten_minutes(name):
    job = build_definitions().resolve_job_def(name)
    assert {**job.tags, **job.run_tags}[dg.MAX_RUNTIME_SECONDS_TAG] == "600"


def test_the_job_runs_in_one_process_and_has_a_limit():
    job = build_definitions().resolve_job_def("sync_account")
    assert job.executor_def.name == "in_process"
    assert job.run_tags[dg.MAX_RUNTIME_SECONDS_TAG] == "1320"
    assert job.partitions_def is not None
    assert job.partitions_def.get_partition_keys() == ["main", "fbe"]
    assert build_definitions().executor is dg.in_process_executor


def test_definitions_load_in_a_fresh_interpreter_with_nothing_set():
    """No network, no database, no variables at import: the code server loads them over and over."""
    code = (
        "import socket\n"
        "def refuse(*args): raise AssertionError('a connection at import')\n"
        "socket.socket.connect = refuse\n"
        "import dagster as dg\n"
        "from magflow_pipeline.definitions import build_definitions\n"
        "dg.Definitions.validate_loadable(build_definitions())\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd="/")


def test_the_instance_file_loads_and_keeps_runs_in_a_database_of_their_own(instance, database):
    assert database.dagster_url.partition("?")[0].endswith("_dagster")
    assert instance.run_storage.postgres_url == database.dagster_storage_url
    assert not instance.telemetry_enabled
    limits = instance.get_concurrency_config().run_queue_config
    assert limits.max_concurrent_runs == 16
    each_lane = {"key": "magflow/lane", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
    assert limits.tag_concurrency_limits == [each_lane]
    assert instance.run_coordinator.dequeue_interval_seconds == 1


def test_the_instance_ends_runs_retries_dead_workers_and_keeps_its_history_small(instance):
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 1800
    retries = (instance.run_retries_enabled, instance.run_retries_max_retries)
    assert (retries, instance.run_retries_retry_on_asset_or_op_failure) == ((True, 2), False)
    for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
        assert set(instance.get_tick_retention_settings(kind)) == set(TickStatus)
    assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"


def test_every_asset_that_a_sync_builds_has_a_freshness_policy(graph):
    without = {node.key.to_user_string() for node in graph.asset_nodes if node.freshness_policy is None}
    # The one changes when a person confirms, and the other on working days: every_rate_is_fresh knows.
    assert without == {"supplier_verification", "exchange_rates"}


def test_the_workspace_names_the_module_and_the_location():
    workspace = yaml.safe_load((PROJECT_ROOT / "workspace.yaml").read_text())
    assert workspace["load_from"] == [
        {"python_module": {"module_name": "magflow_pipeline.definitions", "location_name": "magflow_pipeline"}}
    ]
