"""Dagster's storage: a database of its own, on the server that the settings name.

`dagster.yaml` names this class, so that `dg dev` and `dg check defs` work with nothing set: a strict `{env: X}`
there would break them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.database.engines import engine_of
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.settings import load_settings

if TYPE_CHECKING:  # Dagster has no public names for them
    from dagster._config import UserConfigSchema
    from dagster._serdes import ConfigurableClassData


class _Pooled:
    """A storage on the process's engine.

    dagster-postgres makes an engine for each storage of each instance, without a pool or, in the webserver, with one
    that fails after a restart of PostgreSQL. Those are not used.
    """

    postgres_url: str

    @property
    def _engine(self) -> sqlalchemy.Engine:
        return engine_of(self.postgres_url)

    @_engine.setter
    def _engine(self, unused: sqlalchemy.Engine) -> None:
        pass


class _EventLogStorage(_Pooled, PostgresEventLogStorage): ...


class _RunStorage(_Pooled, PostgresRunStorage): ...


class _ScheduleStorage(_Pooled, PostgresScheduleStorage): ...


class MagflowDagsterStorage(DagsterPostgresStorage):
    """dagster-postgres, with the address from the settings and pooled connections."""

    def __init__(self, postgres_url: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False, inst_data=inst_data)
        self._event_log_storage = _EventLogStorage(postgres_url)
        self._run_storage = _RunStorage(postgres_url)
        self._schedule_storage = _ScheduleStorage(postgres_url)

    @classmethod
    def config_type(cls) -> "UserConfigSchema":
        """Nothing to configure."""
        return {}

    @classmethod
    @tick_told_plainly
    def from_config_value(
        cls,
        inst_data: "ConfigurableClassData | None",
        config_value: Mapping[str, Any],  # noqa: ARG003  # Dagster passes it by this name
    ) -> "MagflowDagsterStorage":
        """The storage, with the server started if it is the embedded one."""
        return cls(open_database(load_settings()).dagster_storage_url, inst_data=inst_data)
