"""The app with all its verbs: each module adds its own."""

from magflow_pipeline.cli import (
    alerting,
    backtesting,
    campaigns,
    importing,
    matching,
    ordering,
    planning,
    policy,
    prices,
    rates,
    reading,
    services,
    syncing,
)
from magflow_pipeline.cli.base import app

__all__ = [
    "alerting",
    "app",
    "backtesting",
    "campaigns",
    "importing",
    "matching",
    "ordering",
    "planning",
    "policy",
    "prices",
    "rates",
    "reading",
    "services",
    "syncing",
]
