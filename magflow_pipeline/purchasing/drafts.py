"""Numbered drafts of orders to suppliers, made from what is proposed: `purchase_orders` with a `draft_key`.

Belongs here: which draft a proposal goes to, and what an existing draft becomes. Not here: what people change of drafts
(`imports/purchase_orders.py`), and documents (`reports/`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.loading import LOCK, named_suppliers, nearest_name, supplier_names
from magflow_pipeline.purchasing.plan import bring_up_to_date
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import noted


@dataclass(frozen=True)
class Draft:
    """An open draft, a row of the view `draft_orders`, and how many of its lines this run added, changed, removed."""

    row: dict[str, Any]
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class KeptLine:
    """A line that a person edited, so that it stays: `proposed` are the pieces that are proposed now.

    `is_elsewhere`: it is proposed for another draft than the one that it is on, and stays on that one.
    """

    draft_number: str
    sku: str
    quantity: int
    proposed: int
    is_elsewhere: bool


@dataclass(frozen=True)
class Drafted:
    """The drafts of the suppliers that were asked for, and what stands beside them.

    Attributes:
        drafts: Those with lines.
        removed: Lines that were taken out of drafts, also of other suppliers and of drafts that have none left.
        kept: Lines that a person edited and that differ from what is proposed.
        without_supplier: SKUs that are proposed, and that nobody is known to sell.
        not_bought: SKUs that are short, and of which 0 pieces are proposed: the flags of the proposal say why.
    """

    drafts: Sequence[Draft]
    removed: int
    kept: Sequence[KeptLine]
    without_supplier: int
    not_bought: int


def draft_orders(
    database: Database, settings: Settings, suppliers: Sequence[str] | None, shipping: str | None = None
) -> Drafted:
    """Bring the drafts of suppliers up to date with what is proposed, in one transaction; one run at a time.

    A supplier has one open draft for each way of shipping and currency. What did not change is not written. A plan that
    is older than what it is made from is built first: what was sent a moment ago would be drafted again.

    Args:
        database: Where to.
        settings: Of the plan.
        suppliers: Their names, however spelled; None: all.
        shipping: Only what comes by this way of shipping; None: by any.

    Raises:
        ConfigurationError: nothing is proposed yet, or a name or way of shipping is not known.
        LockedError: another session kept a lock that it needs.
    """
    _check_proposed(database)
    bring_up_to_date(database, settings)
    with database.connect("magflow order") as session, session.transaction():
        return draft_proposals(session, suppliers, shipping)


def draft_proposals(session: psycopg.Connection, suppliers: Sequence[str] | None, shipping: str | None) -> Drafted:
    """The same of what is proposed now, within the transaction of `session`."""
    one_at_a_time(session, LOCK)
    ids = None if suppliers is None else _ids(session, suppliers)
    if shipping is not None:
        _check_shipping(session, shipping)
    # Several statements in one text take no parameters of the server.
    values = {"supplier_ids": ids, "shipping": shipping}
    psycopg.ClientCursor(session).execute(statement("purchasing/drafts_wanted"), values)
    kept = [
        KeptLine(*row)
        for row in session.execute(statement("purchasing/drafts_kept")).fetchall()
        if row[2] != row[3] or row[4]
    ]
    session.execute(statement("purchasing/drafts_elsewhere"))
    removed = _count(session, "drafts_removed")
    changed = Counter(
        order for order, is_kept in session.execute(statement("purchasing/drafts_changed")).fetchall() if not is_kept
    )
    added = _count(session, "drafts_added")
    session.execute(statement("purchasing/drafts_shared"))
    drafts = [
        Draft(
            row,
            added[row["purchase_order_id"]],
            changed[row["purchase_order_id"]],
            removed[row["purchase_order_id"]],
        )
        for row in _asked_for(session)
    ]
    [(without_supplier, not_bought)] = session.execute(
        "SELECT count(*) FILTER (WHERE supplier_id IS NULL AND quantity > 0), count(*) FILTER (WHERE quantity = 0)"
        " FROM reorder_proposals"
    ).fetchall()
    return Drafted(drafts, removed.total(), kept, without_supplier, not_bought)


def _check_proposed(database: Database) -> None:
    with database.connect() as session:
        if not session.execute("SELECT 1 FROM builds WHERE name = 'reorder_proposals'").fetchall():
            raise ConfigurationError(
                "Nothing is proposed yet: run `magflow sync` first, or `magflow demo` to look around."
            )


def _ids(session: psycopg.Connection, names: Sequence[str]) -> list[int]:
    found = named_suppliers(session, set(names))
    known = supplier_names(session)
    for name, supplier in found.items():
        if supplier.number is None:
            nearest = nearest_name(supplier.name, known)
            raise ConfigurationError(
                f"No supplier is named '{noted(name, 60)}'. "
                + (
                    f"Did you mean {noted(nearest)}?"
                    if nearest
                    else "`magflow proposals` shows those of what is short."
                )
            )
    return sorted({supplier.number for supplier in found.values() if supplier.number is not None})


def _check_shipping(session: psycopg.Connection, shipping: str) -> None:
    ways = [way for (way,) in session.execute("SELECT DISTINCT shipping FROM supplier_offers ORDER BY 1").fetchall()]
    if shipping not in ways:
        raise ConfigurationError(f"Nobody ships by '{noted(shipping, 40)}': there is {', '.join(ways) or 'none'}.")


def _count(session: psycopg.Connection, name: str) -> Counter[int]:
    return Counter(order for (order,) in session.execute(statement(f"purchasing/{name}")).fetchall())


def _asked_for(session: psycopg.Connection) -> list[dict[str, Any]]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT draft.* FROM draft_orders AS draft INNER JOIN drafts_open AS known"
            " ON draft.purchase_order_id = known.id AND known.is_asked_for ORDER BY draft.purchase_order_id"
        ).fetchall()
