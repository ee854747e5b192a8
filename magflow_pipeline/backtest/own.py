"""The seller's own tables as a history: what was sold, and on which part of each day it could be.

What was wanted while an item was out of stock is known to nobody: on such days nothing is wanted here. All items have
the same lead time, and a cost that is the same part of their price, until single ones are known: a policy is compared
with another one, not with the books.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import psycopg

from magflow_pipeline.backtest.history import LEARNING_DAYS, History, Items, draw_lead_times
from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand.build import HISTORY_DAYS, Basis
from magflow_pipeline.demand.series import read_cells
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.suppliers.costs import LEAD_TIME_DAYS

LEAD_SPREAD = 10.0
COST_SHARE = 0.5
"""Cost of a piece as a part of its price."""

ASSUMED = (
    f"Of your own tables: each piece is taken to cost {COST_SHARE:.0%} of its price, and to take {LEAD_TIME_DAYS} ± "
    f"{LEAD_SPREAD:g} days; what could have been sold while out of stock is not known."
)


def own_history(session: psycopg.Connection, account: str) -> History:
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
    skus, prices, opening = zip(*found, strict=True)
    scope = {"account_type": account, "skus": list(skus), "first_day": first_day, "end_day": basis.today}
    cells = read_cells(session, "backtest/days", scope)
    price, same = np.asarray(prices), np.ones(len(skus))
    items = Items(
        skus=list(skus),
        unit_cost=price * COST_SHARE,
        price=price,
        lead_days=same * LEAD_TIME_DAYS,
        lead_spread=same * LEAD_SPREAD,
        moq=same,
        pack_size=same,
        opening_stock=np.maximum(np.asarray(opening), 0),
    )
    units, share = np.zeros((days, len(skus)), dtype=np.float32), np.full((days, len(skus)), np.nan, dtype=np.float32)
    units[cells.days, cells.items], share[cells.days, cells.items] = cells.values
    units[~is_known[first:]] = np.nan
    return History(first_day, items, units, share, basis.inside(basis.campaigns)[first:], draw_lead_times(days, items))
