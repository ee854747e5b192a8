"""The table `low_stock_report`: facts from the database, decisions in Python, the whole report in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.catalogue.known_accounts import apply_configuration, derive_inventory
from magflow_pipeline.catalogue.sellable import Note, why_not_sellable
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import replace_rows
from magflow_pipeline.database.locks import REPORT, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.purchasing.stock import ManualLevels, decide, effective_levels
from magflow_pipeline.settings import load_settings
from magflow_pipeline.text import noted
from magflow_pipeline.times import ZONE, local

DECIDED = (
    *("status", "reason", "reason_ro", "reorder_quantity"),
    *("minimum_stock", "reorder_point", "maximum_stock", "has_manual_levels"),
    *("is_sellable", "not_sellable_reason", "not_sellable_reason_ro", "levels_note", "levels_note_ro"),
)
NOT_REPORTED = frozenset(
    {
        *("manual_minimum_stock", "manual_reorder_point", "manual_maximum_stock", "manual_reorder_quantity"),
        *("offer_status", "validation_status", "translation_validation_status", "offer_validation_status"),
        *("ordering_account", "offer_price", "is_hidden", "is_unread", "left_out"),
    }
)
Row = dict[str, Any]


@dataclass(frozen=True)
class BuiltReport:
    """How many rows the report has, over all accounts."""

    rows: int


def build_low_stock_report(database: Database) -> BuiltReport:
    """Build the report anew for all configured accounts; readers see the old one until the new one is whole.

    Raises:
        LockedError: somebody holds one of its tables; the message says who.
    """
    return patiently(lambda: _build(database))


def _build(database: Database) -> BuiltReport:
    apply_configuration(database, load_settings())
    with database.connect("magflow report") as session, session.transaction():
        one_at_a_time(session, REPORT)
        # Before the changes are taken away: a list without a row would say that nothing runs out.
        if lost := session.execute(statement("catalogue/inventory_lost")).fetchall():
            derive_inventory(psycopg.ClientCursor(session), [account for (account,) in lost])
        session.execute(statement("purchasing/report_begun"))
        with session.cursor(row_factory=dict_row) as cursor:
            rows = [_report_row(facts) for facts in cursor.execute(statement("purchasing/low_stock_facts"))]
        replace_rows(session, "low_stock_report", rows)
    return BuiltReport(len(rows))


def _report_row(facts: Row) -> Row:
    levels, notes = effective_levels(
        ManualLevels(
            minimum=facts["manual_minimum_stock"],
            reorder_point=facts["manual_reorder_point"],
            maximum=facts["manual_maximum_stock"],
        )
    )
    notes += [_left_out(value) for value in facts["left_out"]]
    told = [*notes, *_stale(facts["stock_stale_since"])]
    not_sellable = why_not_sellable(
        status=facts["offer_status"],
        price=facts["offer_price"],
        documentation=facts["validation_status"],
        offer_validation=[code for code in [facts["offer_validation_status"]] if code is not None],
        translation=facts["translation_validation_status"],
        is_hidden=facts["is_hidden"],
    )
    shares_stock = facts["ordering_account"] != facts["account_type"]
    decision = decide(
        available=facts["available_quantity"],
        on_order=facts["on_order_quantity"],
        levels=levels,
        manual_quantity=facts["manual_reorder_quantity"],
        ordered_by=facts["ordering_account"] if shares_stock else None,
        is_at_least=facts["stock_above_since"] is not None,
        is_unread=bool(facts["is_unread"]),
        not_sellable=not_sellable,
    )
    row = {name: value for name, value in facts.items() if name not in NOT_REPORTED}
    decided = (
        decision.status.value,
        " ".join([decision.reason, *(note.en for note in told)]),
        " ".join([decision.reason_ro, *(note.ro for note in told)]),
        decision.reorder_quantity,
        *(levels.minimum, levels.reorder_point, levels.maximum),
        any(value is not None for name, value in facts.items() if name.startswith("manual_")),
        not_sellable is None,
        *((None, None) if not_sellable is None else (not_sellable.en, not_sellable.ro)),
        *((" ".join(note.en for note in notes), " ".join(note.ro for note in notes)) if notes else (None, None)),
    )
    return row | dict(zip(DECIDED, decided, strict=True))


def _left_out(value: str) -> Note:
    told = noted(value)
    return Note(f"{told} cannot be and is left out.", f"{told} nu este posibil și este ignorat.")


def _stale(since: datetime | None) -> list[Note]:
    """Stock that is known to be old is told where the advice is read."""
    if since is None:
        return []
    return [
        Note(
            f"Its stock is old, as of {local(since)} {ZONE}: newer rows of the offer could not be stored.",
            f"Stocul este vechi, din {local(since)} {ZONE}: rândurile mai noi ale ofertei nu au putut fi salvate.",
        )
    ]
