"""Builds `demand_days` of an account: what was sold of each item on each day.

Belongs here: taking away what changed (`input_changes`), and building exactly those days. Not here: what counts as sold
(`sql/views/sold_lines.sql`), and what is learned from it.
"""

from dataclasses import dataclass

import psycopg

from magflow_pipeline.catalogue.outcomes import noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement


@dataclass(frozen=True)
class BuiltDays:
    """How many days a build looked at, and how many rows it inserted, changed or deleted."""

    days: int
    changed: int


def build_demand_days(database: Database, account: str) -> BuiltDays:
    """Build the days of the account that changed since the build before, in one transaction.

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "demand_days", account):
        return patiently(lambda: _build(database, account))


def _build(database: Database, account: str) -> BuiltDays:
    with database.connect(f"magflow demand_days {account}") as session, session.transaction():
        one_at_a_time(session, build_lock("demand", account))
        # Nobody may have counted the rows yet: the planner would compare each changed offer with each line.
        session.execute("SET LOCAL enable_nestloop = off")
        [(days, skus)] = session.execute(statement("demand/days_begun"), {"account_type": account}).fetchall()
        session.execute("SET LOCAL enable_nestloop = on")
        session.execute("SELECT note_build('demand_days', %s)", [account])
        parameters = {"account_type": account, "days": days, "skus": skus}
        # With the days in its text, so that it is planned for as many as there are.
        [(changed,)] = psycopg.ClientCursor(session).execute(statement("demand/demand_days"), parameters).fetchall()
        session.execute("SELECT analyze_grown('demand_days')")
    return BuiltDays(len(days), changed)
