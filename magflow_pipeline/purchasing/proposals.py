"""What to move and what to buy: `replenishment_needs`, `transfer_proposals`, `reorder_proposals`, `reorder_shares`.

One build makes all four, in one transaction for all accounts. Belongs here: its order, and what no single statement can
compute, which is taking one pack after the other (`packs.py`). Not here: their rows, which SQL computes
(`sql/purchasing/`, and the functions it calls in `sql/views/purchase_needs.sql`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.catalogue.outcomes import is_built, noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.packs import Candidate, filled, within_budget
from magflow_pipeline.settings import Settings, load_settings

TABLES = ("replenishment_needs", "transfer_proposals", "reorder_proposals", "reorder_shares")
STEPS = (
    *("proposals_begun", "planned_items", "planned_arrivals", "planned_needs", "planned_objections"),
    *("planned_transfers", "planned_purchases"),
)


@dataclass(frozen=True)
class BuiltProposals:
    """How many SKUs are to be bought, how many transfers are proposed, and how many rows this build wrote."""

    purchases: int
    transfers: int
    written: int


def build_reorder_proposals(
    database: Database, settings: Settings | None = None, synced: str | None = None
) -> BuiltProposals:
    """Rebuild needs, transfers, purchases and shares; readers see the old ones until all are committed.

    Without `settings`, those of this process. For the run of a sync, `synced` is its account: what another run has
    built since that sync stays as it is (`is_built`).

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "reorder_proposals"):
        return patiently(lambda: _build(database, settings or load_settings(), synced))


def _build(database: Database, settings: Settings, synced: str | None) -> BuiltProposals:
    apply_configuration(database, settings)
    with database.connect("magflow proposals") as session, session.transaction():
        one_at_a_time(session, build_lock("reorder_proposals"))
        written = 0 if is_built(session, "reorder_proposals", synced) else _write(session, settings)
        [(purchases, transfers)] = session.execute(
            "SELECT (SELECT count(*) FROM reorder_proposals WHERE quantity > 0),"
            " (SELECT count(*) FROM transfer_proposals)"
        ).fetchall()
    return BuiltProposals(purchases, transfers, written)


def _write(session: psycopg.Connection, settings: Settings) -> int:
    """Plan anew and write what differs in the four tables; the number of rows written."""
    values = {
        "most_cover_days": settings.most_cover_days,
        "inbound_days": settings.inbound_days,
        "late_order_days": settings.late_order_days,
        "lost_buy_box_days": settings.lost_buy_box_days,
        "transfers_from_fbe": settings.transfers_from_fbe,
    }
    cursor = psycopg.ClientCursor(session)
    for name in STEPS:
        cursor.execute(statement(f"purchasing/{name}"), values)
    _fill_orders(session)
    session.execute(statement("purchasing/planned_orders"))
    if settings.order_budget_ron is not None:
        bought = bought_within(_rows(session, "SELECT * FROM planned_orders"), settings.order_budget_ron)
        values = {"skus": list(bought), "quantities": list(bought.values())}
        session.execute(statement("purchasing/budget_noted"), values)
    written = 0
    for table in TABLES:
        [(changed,)] = session.execute(
            "SELECT app.write_difference(%s::regclass, %s)", [table, statement(f"purchasing/{table}")]
        ).fetchall()
        written += changed
    return written


def bought_within(rows: Sequence[dict[str, Any]], budget: float) -> dict[str, int]:
    """Pieces of each row of `reorder_proposals` that a budget of RON buys; without rows that have no cost."""
    return within_budget(
        (
            Candidate(
                sku=row["sku"],
                taken=0,
                least=min(row["minimum_order_quantity"], row["quantity"]),
                pack=row["pack_size"],
                most=row["quantity"],
                cost=float(row["landed_unit_cost_ron"]),
                margin=max(float(row["margin_ron"] or 0), 0),
                stock=row["stock"],
                mean=float(row["month_demand"] or 0),
                variance=float(row["month_variance"] or 0),
            )
            for row in rows
            if row["quantity"] > 0 and row["landed_unit_cost_ron"]
        ),
        budget,
    )


def _fill_orders(session: psycopg.Connection) -> None:
    """Fill each order that is worth less than its supplier asks for with the next packs, or flag it."""
    for order in _rows(session, statement("purchasing/purchases_below_minimum")):
        items = _rows(session, statement("purchasing/purchases_to_fill"), order)
        candidates = [
            Candidate(
                sku=row["sku"],
                taken=row["taken"],
                least=row["least"],
                pack=row["pack"],
                most=row["most"],
                cost=float(row["cost"]),
                margin=float(row["margin"]),
                stock=row["stock"],
                mean=float(row["mean"]),
                variance=float(row["variance"]),
            )
            for row in items
        ]
        bought = filled(candidates, order["lacking"], {row["sku"]: row["price"] for row in items})
        if bought is None:
            session.execute(statement("purchasing/purchases_not_filled"), order)
            continue
        for each in candidates:
            if bought[each.sku] > each.taken:
                values = {**order, "sku": each.sku, "quantity": bought[each.sku]}
                session.execute(statement("purchasing/purchase_filled"), values)


def _rows(
    session: psycopg.Connection, query: LiteralString, values: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
