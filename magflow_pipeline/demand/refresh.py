"""Keeps `demand` of an account up to date: which items are learned again, when, and under which lock."""

from collections.abc import Sequence

import psycopg

from magflow_pipeline.catalogue.outcomes import noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.demand.accuracy import note_accuracy
from magflow_pipeline.demand.build import build_demand

# Stale again when the day ends: demand is learned from whole days.
BEGUN = (
    "SELECT note_build('demand', %s,"
    " ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest')"
)


def refresh_demand(database: Database, account: str) -> int:
    """Learn the demand of the items whose past days changed, or of all on a new day; returns how many rows changed.

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "demand", account):
        return patiently(lambda: _learn(database, account))


def _learn(database: Database, account: str) -> int:
    with database.connect(f"magflow demand {account}") as session, session.transaction():
        one_at_a_time(session, build_lock("demand", account))
        # Kept by the build alone, which forgets them where it learns all: a million take 80 MB.
        changed = build_demand(session, account, _begin(session, account))
        note_accuracy(session, account)
    return changed


def _begin(session: psycopg.Connection, account: str) -> Sequence[str]:
    [(skus,)] = session.execute(statement("demand/demand_begun"), {"account_type": account}).fetchall()
    session.execute(BEGUN, [account])
    return skus
