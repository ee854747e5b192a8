"""Dagster's storage: a database of its own, on the server that the settings name.

`dagster.yaml` names this class, so that `dg dev` and `dg check defs` work with nothing set: a strict `{env: X}`
there would break them.
"""

import time
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

import dagster as dg
import sqlalchemy
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy import event

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.database.engines import engine_of
from magflow_pipeline.database.statements import statement
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.settings import load_settings

if TYPE_CHECKING:  # Dagster has no public names for them
    from dagster._config import UserConfigSchema
    from dagster._core.scheduler.instigation import TickStatus
    from dagster._serdes import ConfigurableClassData

SECONDS_BETWEEN_PURGES = 3600


def _notify_nobody(_cursor: object, text: str, _parameters: object, _context: object) -> bool | None:
    """Leave out the NOTIFY that Dagster sends after each event for versions that no longer exist: its own watch polls.

    A run of a sync would send 110, each a transaction and a wait for the server.
    """
    return text.startswith("NOTIFY run_events,") or None  # True: it is done


event.listen(sqlalchemy.Engine, "do_execute", _notify_nobody)


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


class _EventLogStorage(_Pooled, PostgresEventLogStorage):
    """Asks the catalog for nothing that has been there since the tables were made.

    Dagster would, some ninety times in a sync of one account: whether a table is there for each event of a check, and
    which columns the table of assets has for each check.
    """

    def has_table(self, table_name: str) -> bool:  # noqa: ARG002  # Dagster's signature
        """True: the tables are made by this version of Dagster or a later one."""
        return True

    def has_asset_key_col(self, column_name: str) -> bool:  # noqa: ARG002  # Dagster's signature
        """True, as above."""
        return True

    def _has_asset_key_col_on_connection(
        self,
        conn: sqlalchemy.Connection,  # noqa: ARG002  # Dagster's signature
        column_name: str,  # noqa: ARG002  # Dagster's signature
    ) -> bool:
        return True


class _RunStorage(_Pooled, PostgresRunStorage):
    """Asks the catalog for no column that the table of runs has had since it was made: Dagster would, in each look.

    The queue looks each second for runs that wait and that are under way, and mostly finds none. A plain statement says
    so: nearly all of such a look was SQLAlchemy, which composes its queries anew.
    """

    def has_run_stats_index_cols(self) -> bool:
        """True."""
        return True

    def get_runs(
        self, filters: dg.RunsFilter | None = None, *where: Any, **which: Any
    ) -> Sequence[dg.DagsterRun]:  # Dagster's signature
        """The runs of a filter."""
        return super().get_runs(filters, *where, **which) if self._has_runs_of(filters) else []

    def get_run_records(
        self, filters: dg.RunsFilter | None = None, *where: Any, **which: Any
    ) -> Sequence[dg.RunRecord]:  # Dagster's signature
        """The runs of a filter, with their times."""
        return super().get_run_records(filters, *where, **which) if self._has_runs_of(filters) else []

    def _has_runs_of(self, filters: dg.RunsFilter | None) -> bool:
        """Whether any run has a status that the filter asks for; true if it asks for none."""
        if filters is None or not filters.statuses:
            return True
        with self.connect() as session:
            statuses = [status.value for status in filters.statuses]
            return bool(session.exec_driver_sql(statement("database/is_any_run"), {"statuses": statuses}).scalar())


class _ScheduleStorage(_Pooled, PostgresScheduleStorage):
    """Asks the catalog for nothing that has been there since the tables were made, and purges ticks hourly.

    Dagster lists the database's tables ten times for each tick, and deletes old ticks by three statements after each:
    half of what the daemon of an idle shop took of a processor.
    """

    def __init__(self, postgres_url: str) -> None:
        self._built: set[str] = set()
        self._purged_at: dict[tuple[str, frozenset[TickStatus]], float] = {}
        super().__init__(postgres_url)

    def has_instigators_table(self) -> bool:
        """True: the tables are made by this version of Dagster or a later one."""
        return True

    def _has_instigators_table(self, conn: sqlalchemy.Connection) -> bool:  # noqa: ARG002  # Dagster's signature
        return True

    def has_secondary_index_table(self) -> bool:
        """True, as above."""
        return True

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of data was done; one that was stays done."""
        if migration_name not in self._built and super().has_built_index(migration_name):
            self._built.add(migration_name)
        return migration_name in self._built

    def purge_ticks(
        self, origin_id: str, selector_id: str, before: float, tick_statuses: "Sequence[TickStatus] | None" = None
    ) -> None:
        """Delete old ticks, unless it was done within the hour: their age is counted in days."""
        what, now = (selector_id, frozenset(tick_statuses or ())), time.monotonic()
        if now - self._purged_at.get(what, -inf) >= SECONDS_BETWEEN_PURGES:
            self._purged_at[what] = now
            super().purge_ticks(origin_id, selector_id, before, tick_statuses)


@cache
def _storages(postgres_url: str) -> tuple[_EventLogStorage, _RunStorage, _ScheduleStorage]:
    """Made once in a process, with the tables if they are missing, and copied for each instance.

    Each look of a sensor makes an instance, and each new storage an engine that nobody uses.
    """
    return _EventLogStorage(postgres_url), _RunStorage(postgres_url), _ScheduleStorage(postgres_url)


class MagflowDagsterStorage(DagsterPostgresStorage):
    """dagster-postgres, with the address from the settings and pooled connections."""

    def __init__(self, postgres_url: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        # The base class is passed over, which would make three storages more.
        super(DagsterPostgresStorage, self).__init__()
        self.postgres_url, self._inst_data = postgres_url, inst_data
        self._event_log_storage, self._run_storage, self._schedule_storage = map(copy, _storages(postgres_url))

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
