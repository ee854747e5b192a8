"""A real Dagster instance, on a database of its own beside the test's, as `dagster.yaml` describes it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import dagster as dg
import psycopg
import pytest
from psycopg import sql

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.engines import engine_of
from magflow_pipeline.definitions import build_definitions
from magflow_pipeline.orchestrator import dagster_environment
from magflow_pipeline.settings import load_settings

TEMPLATE = "magflow_dagster_template"


@pytest.fixture
def instance(server: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", dagster_environment(load_settings())["DAGSTER_HOME"])
    mine = sql.Identifier(database.dagster_url.partition("?")[0].rpartition("/")[2])
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        # Dagster's tables take a second to make: they are made once.
        if session.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is not None:
            session.execute(sql.SQL("DROP DATABASE {}").format(mine))
            session.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(mine, sql.Identifier(TEMPLATE))
            )
        else:
            with dg.DagsterInstance.get():
                pass
            engine_of(database.dagster_storage_url).dispose()  # a template is copied while nobody is connected
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(TEMPLATE), mine))
    with dg.DagsterInstance.get() as instance:
        yield instance
    engine_of(database.dagster_storage_url).dispose()


@pytest.fixture(scope="session")
def repository() -> dg.RepositoryDefinition:
    """Everything that Dagster loads; the accounts are main and fbe."""
    return build_definitions().get_repository_def()


def tick_of(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, sensor: str, cursor: str | None = None
) -> Any:
    """What a sensor asks for and says, on the resources of `repository`."""
    resources = repository.get_top_level_resources()
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=repository, resources=resources
    ) as context:
        return repository.get_sensor_def(sensor).evaluate_tick(context)


def scheduled_tick_of(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, schedule: str, at: datetime
) -> Any:
    """What a schedule asks for at a time, on the resources of `repository`."""
    resources = repository.get_top_level_resources()
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, repository_def=repository, resources=resources
    ) as context:
        return repository.get_schedule_def(schedule).evaluate_tick(context)


@pytest.fixture
def run_job(instance: dg.DagsterInstance) -> Callable[..., dg.ExecuteInProcessResult]:
    """Run the job `sync_account`, or some of its assets, for an account."""

    def run(account: str | None, *assets: str, **options: Any) -> dg.ExecuteInProcessResult:
        job = build_definitions().resolve_job_def("sync_account")
        scans = not assets or set(assets) & {"raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2"}
        return job.execute_in_process(
            instance=instance,
            partition_key=account,
            asset_selection=[dg.AssetKey(name) for name in assets] or None,
            run_config={"ops": {"catalogue": {"config": options}}} if scans else None,
            raise_on_error=False,
        )

    return run
