"""Where Dagster keeps its runs: a database of its own, on the server that the settings name.

`dagster.yaml` names this class, so that `dg dev` and `dg check defs` work with nothing set: a strict `{env: X}`
there would break them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster_postgres import DagsterPostgresStorage

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.settings import load_settings

if TYPE_CHECKING:  # Dagster has no public names for them
    from dagster._config import UserConfigSchema
    from dagster._serdes import ConfigurableClassData


class MagflowDagsterStorage(DagsterPostgresStorage):
    """dagster-postgres, with the address from the settings."""

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
        """The storage, on a server that is running."""
        return cls(open_database(load_settings()).dagster_storage_url, inst_data=inst_data)
