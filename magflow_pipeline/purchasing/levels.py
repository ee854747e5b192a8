"""The table `demand_levels`: reorder points and order-up-to levels of all accounts at once, from demand and costs.

Belongs here: what is read and written, under which lock, and what is done with the levels before they are stored. Not
here: their arithmetic (policy.py), and which of them count beside what people set (the view `stock_levels`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import psycopg

from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.catalogue.outcomes import is_built, noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import copy_rows
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand.forecast import Flags, Real
from magflow_pipeline.purchasing import policy
from magflow_pipeline.settings import Settings, load_settings

MOST_PIECES = 1_000_000_000
"""As the levels that people set (app.sound_pieces): what is computed from both then fits a bigint."""

MOST_CHANCE = 99.0
"""What stands for more: an item that earns nothing has no chance that is a number."""

CLASSES = (("A", 0.80), ("B", 0.95))
"""Up to which share of the margin a day; what is left is C."""

COLUMNS = (
    *("number", "reorder_point", "order_up_to", "safety_stock", "lot", "line_cost", "chance_allowed", "is_capped"),
    "abc",
)


class Items(NamedTuple):
    """What the levels of items follow from: arrays by item, of pieces, RON and days."""

    expected: Real
    error: Real
    variance: Real
    lead_days: Real
    """From an order of the next review, closed days of its supplier counted."""
    lead_spread: Real
    unit_cost: Real
    margin: Real
    least_lot: Real
    pack_part: Real
    most_cover_days: Real


class Found(NamedTuple):
    """The levels of items, in pieces: arrays by item."""

    reorder_point: Real
    """-1: not worth keeping."""
    order_up_to: Real
    safety_stock: Real
    lot: Real
    chance_allowed: Real
    is_capped: Flags
    line_cost: float
    """κ of policy.line_cost: one number for all items."""


@dataclass(frozen=True)
class BuiltLevels:
    """How many SKUs of a warehouse were looked at, how many have levels, and how many rows this build wrote."""

    rows: int
    planned: int
    written: int


def build_demand_levels(database: Database, settings: Settings | None = None, synced: str | None = None) -> BuiltLevels:
    """Compute the levels of all accounts that `settings` configure; without `settings`, those of this process.

    For the run of a sync, `synced` is its account: what another run has built since that sync stays as it is
    (`is_built`).

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "demand_levels"):
        return patiently(lambda: _build(database, settings or load_settings(), synced))


def _build(database: Database, settings: Settings, synced: str | None) -> BuiltLevels:
    apply_configuration(database, settings)
    with database.connect("magflow levels") as session, session.transaction():
        one_at_a_time(session, build_lock("demand_levels"))
        written = 0 if is_built(session, "demand_levels", synced) else _write(session, settings)
        [(rows, planned)] = session.execute("SELECT count(*), count(reorder_point) FROM demand_levels").fetchall()
    return BuiltLevels(rows, planned, written)


def _write(session: psycopg.Connection, settings: Settings) -> int:
    """Compute the levels and write what differs; the number of rows written."""
    session.execute(statement("purchasing/levels_begun"))
    psycopg.ClientCursor(session).execute(
        statement("purchasing/levels_known"),
        {
            "most_cover_days": settings.most_cover_days,
            "review_days": policy.REVIEW_DAYS,
            "capital_cost": settings.capital_cost,
        },
    )
    known = session.execute(statement("purchasing/levels_to_find")).fetchall()
    copy_rows(session, "levels_found", COLUMNS, _rows(known, settings))
    session.execute("ANALYZE levels_known (number, account_type, sku), levels_found (number)")
    [(written,)] = session.execute(
        "SELECT app.write_difference('demand_levels', %s)", [statement("purchasing/demand_levels")]
    ).fetchall()
    return written


def _rows(known: list[tuple[float, ...]], settings: Settings) -> Iterator[tuple[Any, ...]]:
    """The rows of levels_found, with the columns of COLUMNS; `known`: the number of each item, then those of Items."""
    number, *columns = np.array(known, dtype=np.float64).reshape(-1, 1 + len(Items._fields)).T
    items = Items(*columns)
    found = find_levels(items, settings.capital_cost, settings.order_lines_a_week)
    is_kept = found.reorder_point >= 0
    points, up_to, safety = (
        [int(value) if kept else None for value, kept in zip(level.tolist(), is_kept.tolist(), strict=True)]
        for level in (found.reorder_point, found.order_up_to, found.safety_stock)
    )
    yield from zip(
        map(int, number.tolist()),
        *(points, up_to, safety, found.lot.tolist()),
        [found.line_cost] * len(number),
        found.chance_allowed.tolist(),
        (found.is_capped & is_kept).tolist(),
        abc(items.margin * items.expected),
        strict=True,
    )


def find_levels(items: Items, capital_cost: float, lines_a_week: float | None = None) -> Found:
    """The levels of items as they are stored: recomputed from the numbers of a row they are the same.

    What an order line costs is found over all of them, to two digits: so a sale of one item does not make the lots of
    all others new.

    Args:
        items: Of all accounts.
        capital_cost: RON a year for a RON of stock.
        lines_a_week: Order lines a week of all items; None: as many as lots of 30 days would make.
    """
    kappa = policy.line_cost(
        items.expected, items.variance, items.unit_cost, lines_a_week, items.least_lot, items.pack_part
    )
    kappa = round(float(f"{kappa:.2g}"), 6)
    lot = np.round(policy.lots(items.expected, items.unit_cost, kappa, items.least_lot, items.most_cover_days), 4)
    levels = policy.levels(
        items.expected,
        items.error,
        items.variance,
        items.lead_days,
        items.lead_spread,
        items.unit_cost,
        items.margin,
        lot,
        capital_cost=capital_cost,
        pack_size=items.pack_part,
        most_cover_days=items.most_cover_days,
    )
    up_to = np.minimum(levels.order_up_to, MOST_PIECES)
    point = np.where(levels.reorder_point < 0, -1, np.minimum(levels.reorder_point, up_to - 1))
    return Found(
        reorder_point=point,
        order_up_to=up_to,
        safety_stock=np.floor(np.maximum(point - items.expected * (items.lead_days + policy.REVIEW_DAYS), 0)),
        lot=lot,
        chance_allowed=np.minimum(levels.chance_allowed, MOST_CHANCE),
        is_capped=levels.is_capped | (up_to < levels.order_up_to),
        line_cost=kappa,
    )


def abc(margin_a_day: Real) -> list[str]:
    """The class of each item: A until the items before it earn 80 % of all margin a day, B until 95 %, else C."""
    earned = np.maximum(margin_a_day, 0)
    order = np.argsort(-earned, kind="stable")
    before = np.empty_like(earned)
    before[order] = np.cumsum(earned[order]) - earned[order]
    share = before / max(float(earned.sum()), np.finfo(np.float64).tiny)
    names = np.select([(share < most) & (earned > 0) for _, most in CLASSES], [name for name, _ in CLASSES], "C")
    return names.tolist()
