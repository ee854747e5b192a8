"""The table `low_stock_report`: facts from the database, decisions in Python, the whole report in one transaction."""

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import replace_rows
from magflow_pipeline.database.locks import one_at_a_time
from magflow_pipeline.database.statements import transform
from magflow_pipeline.decisions.stock import Levels, decide

LOCK = "magflow: low_stock_report"
DECIDED = (
    *("status", "reason", "reason_ro", "reorder_quantity"),
    *("minimum_stock", "reorder_point", "maximum_stock", "has_manual_levels"),
)
NOT_REPORTED = frozenset(
    {
        *("manual_minimum_stock", "manual_reorder_point", "manual_maximum_stock", "manual_reorder_quantity"),
        "ordering_account",
    }
)
Row = dict[str, Any]


@dataclass(frozen=True)
class BuiltReport:
    """How many rows the report has, over all accounts."""

    rows: int


def build_low_stock_report(database: Database) -> BuiltReport:
    """Build the report anew for all accounts; readers see the old one until the new one is whole.

    Raises:
        LockedError: somebody holds one of its tables; the message says who.
    """
    return patiently(lambda: _build(database))


def _build(database: Database) -> BuiltReport:
    with database.connect("magflow report") as session, session.transaction():
        one_at_a_time(session, LOCK)
        session.execute(transform("report_begun"))
        with session.cursor(row_factory=dict_row) as cursor:
            rows = [_report_row(facts) for facts in cursor.execute(transform("low_stock_facts"))]
        replace_rows(session, "low_stock_report", rows)
    return BuiltReport(len(rows))


def _report_row(facts: Row) -> Row:
    default = Levels()
    levels = Levels(
        minimum=_first(facts["manual_minimum_stock"], default.minimum),
        reorder_point=_first(facts["manual_reorder_point"], default.reorder_point),
        maximum=_first(facts["manual_maximum_stock"], default.maximum),
    )
    shares_stock = facts["ordering_account"] != facts["account_type"]
    decision = decide(
        available=facts["available_quantity"],
        on_order=facts["on_order_quantity"],
        levels=levels,
        manual_quantity=facts["manual_reorder_quantity"],
        ordered_by=facts["ordering_account"] if shares_stock else None,
        is_at_least=facts["stock_above_since"] is not None,
    )
    row = {name: value for name, value in facts.items() if name not in NOT_REPORTED}
    decided = (
        *(decision.status.value, decision.reason, decision.reason_ro, decision.reorder_quantity),
        *(levels.minimum, levels.reorder_point, levels.maximum),
        any(value is not None for name, value in facts.items() if name.startswith("manual_")),
    )
    return row | dict(zip(DECIDED, decided, strict=True))


def _first(manual: int | None, default: int) -> int:
    return default if manual is None else manual
