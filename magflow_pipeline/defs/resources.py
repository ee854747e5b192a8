"""What assets get from outside. Addresses and secrets come from the settings, so none stands in a run's config."""

import dagster as dg

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import Settings, load_settings


class DatabaseResource(dg.ConfigurableResource[Database]):
    """The seller's database."""

    def open(self) -> Database:
        """The database, started and migrated."""
        return open_database(load_settings())


class SellerResource(dg.ConfigurableResource[Settings]):
    """The seller's accounts on the marketplace and the settings that go with them."""

    def settings(self) -> Settings:
        """All settings."""
        return load_settings()

    def account(self, name: str) -> Account:
        """One account with its credentials."""
        return load_accounts(load_settings(), (name,))[0]


def default_resources() -> dict[str, object]:
    """The resources of every environment: what differs comes from the settings."""
    return {"database": DatabaseResource(), "seller": SellerResource()}
