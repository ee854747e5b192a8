"""The seller's own tables as a history: what was sold, and on which part of each day it could be.

What was wanted while an item was out of stock is known to nobody: on such days nothing is wanted here. Cost, lead
time, MOQ and pack are those of the supplier chosen today. Where they are not known, a cost that is the same part of
each price and the usual lead time stand in for them: a policy is compared with another one, not with the books.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import psycopg

from magflow_pipeline.backtest.history import LEARNING_DAYS, History, Items, draw_lead_times
from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand.build import HISTORY_DAYS, Basis
from magflow_pipeline.demand.series import read_cells
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.suppliers.costs import LEAD_TIME_DAYS, LEAD_TIME_SPREAD_DAYS
from magflow_pipeline.text import counted

COST_SHARE = 0.5
"""Cost of a piece as a part of its price, where no supplier's cost is complete."""


class OwnHistory(NamedTuple):
    """A history, and for how many of its items something was assumed."""

    history: History
    without_cost: int
    without_lead_time: int

    @property
    def assumed(self) -> str:
        """What to know before one reads the results, in sentences."""
        items = len(self.history.items.skus)
        costs = f" {self.without_cost:,} of {counted(items, 'item')} have no complete cost:"
        leads = f" {self.without_lead_time:,} of {counted(items, 'item')} have no lead time of their own:"
        return (
            "Of your own tables: what could have been sold while out of stock is not known, and cost and lead time are"
            " those of the supplier chosen today."
            + (f"{costs} {COST_SHARE:.0%} of the price is assumed." if self.without_cost else "")
            + (
                f"{leads} {LEAD_TIME_DAYS} ± {LEAD_TIME_SPREAD_DAYS} days are assumed."
                if self.without_lead_time
                else ""
            )
        )


def own_history(session: psycopg.Connection, account: str) -> OwnHistory:
    """The days of an account whose orders were read, up to yesterday.

    Raises:
        ConfigurationError: these are too few days, or no item has a price in RON.
    """
    parameters = {"account_type": account, "history_days": HISTORY_DAYS}
    row = session.execute(statement("demand/basis"), parameters).fetchone()
    assert row is not None
    basis = Basis(*row)
    is_known = basis.inside(basis.known)
    first = int(np.argmax(is_known)) if is_known.any() else len(is_known)
    days = len(is_known) - first
    if days <= LEARNING_DAYS:
        raise ConfigurationError(
            f"The orders of {account} are known of {days} days. The first {LEARNING_DAYS} are only learned from: "
            "read more of them with magflow orders, or replay another history with --history or --generated."
        )
    first_day = basis.first_day + timedelta(first)
    scope = {"account_type": account, "opening_day": first_day + timedelta(LEARNING_DAYS)}
    found = session.execute(statement("backtest/items"), scope).fetchall()
    if not found:
        raise ConfigurationError(f"No item of {account} has a price in RON: there is nothing to compare.")
    skus, *columns = zip(*found, strict=True)
    scope = {"account_type": account, "skus": list(skus), "first_day": first_day, "end_day": basis.today}
    cells = read_cells(session, "backtest/days", scope)
    price, opening, cost, lead_days, lead_spread, moq, pack_size = np.asarray(columns, dtype=np.float64)
    items = Items(
        skus=list(skus),
        unit_cost=np.where(np.isnan(cost), price * COST_SHARE, cost),
        price=price,
        lead_days=np.where(np.isnan(lead_days), LEAD_TIME_DAYS, lead_days),
        lead_spread=np.where(np.isnan(lead_days), LEAD_TIME_SPREAD_DAYS, lead_spread),
        moq=moq,
        pack_size=pack_size,
        opening_stock=np.maximum(opening, 0),
    )
    units, share = np.zeros((days, len(skus)), dtype=np.float32), np.full((days, len(skus)), np.nan, dtype=np.float32)
    units[cells.days, cells.items], share[cells.days, cells.items] = cells.values
    units[~is_known[first:]] = np.nan
    campaigns, lead_times = basis.inside(basis.campaigns)[first:], draw_lead_times(days, items)
    return OwnHistory(
        History(first_day, items, units, share, campaigns, lead_times),
        without_cost=int(np.isnan(cost).sum()),
        without_lead_time=int(np.isnan(lead_days).sum()),
    )
