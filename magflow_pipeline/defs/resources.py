"""The database and the seller's settings, as assets, checks, sensors and schedules get them.

Addresses and secrets come from the settings, so that the config of a run, which the UI shows, has none.
"""

from contextlib import ExitStack

import dagster as dg
from pydantic import PrivateAttr

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.locks import hold_run
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.settings import Settings, load_settings


class DatabaseResource(dg.ConfigurableResource[Database]):
    """The seller's database. While a run has it, the run holds a lock there: the sign that its process is alive."""

    _presence: ExitStack = PrivateAttr(default_factory=ExitStack)

    def open(self) -> Database:
        """The database, started and migrated."""
        return open_database(load_settings())

    @tick_told_plainly
    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Take the run's lock; a tick has no run."""
        if context.run is not None:
            run_id = context.run.run_id
            hold_run(self._presence.enter_context(self.open().connect(f"magflow run {run_id}")), run_id)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002  # Dagster's signature
        """Release the run's lock."""
        self._presence.close()


class SellerResource(dg.ConfigurableResource[Settings]):
    """The seller's settings and his accounts on the marketplace."""

    def settings(self) -> Settings:
        """All settings."""
        return load_settings()

    def account(self, name: str) -> Account:
        """One account with its credentials."""
        return load_accounts(self.settings(), (name,))[0]


def default_resources() -> dict[str, object]:
    """The resources of every environment: what differs comes from the settings."""
    return {"database": DatabaseResource(), "seller": SellerResource()}
