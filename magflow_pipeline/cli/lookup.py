"""Which module has a verb: a verb loads that one alone.

All of them, and the options of their 56 commands, took a tenth of the processor's time of `magflow status`.
"""

from collections.abc import Sequence
from importlib import import_module

import typer

VERBS = {
    "alerting": ("alerts",),
    "backtesting": ("backtest",),
    "campaigns": ("campaign",),
    "importing": ("import",),
    "matching": ("verify", "confirm", "unconfirm", "conflicts"),
    "ordering": ("order",),
    "planning": ("proposals", "transfer"),
    "policy": ("policy",),
    "prices": ("prices",),
    "rates": ("rates",),
    "reading": ("report", "demand", "explain", "digest", "status", "history"),
    "services": ("up", "simulator", "metrics", "database"),
    "syncing": ("demo", "check", "sync", "orders", "replay", "accept-removal", "cleanup"),
}


def load_app(arguments: Sequence[str]) -> typer.Typer:
    """The app with the verb that the arguments begin with; with all verbs for help, and for a word that is none."""
    module = next((module for module, verbs in VERBS.items() if arguments and arguments[0] in verbs), "verbs")
    import_module(f"magflow_pipeline.cli.{module}")
    from magflow_pipeline.cli.base import app

    return app
