"""The table `low_stock_report`: one statement builds it, in one transaction for all accounts.

Belongs here: when it is built, and under which lock. Not here: its rows, which SQL computes (`sql/purchasing/`, and
the functions it calls in `sql/views/`).
"""

from dataclasses import dataclass

import psycopg

from magflow_pipeline.catalogue.known_accounts import apply_configuration, derive_inventory
from magflow_pipeline.catalogue.outcomes import is_built, noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class BuiltReport:
    """How many rows the report has, over all accounts, and how many of them this build wrote."""

    rows: int
    written: int


def build_low_stock_report(
    database: Database, settings: Settings | None = None, synced: str | None = None
) -> BuiltReport:
    """Rebuild the report for all accounts that `settings` configure; readers see the old one until it is committed.

    Without `settings`, those of this process. For the run of a sync, `synced` is its account: what another run has
    built since that sync stays as it is (`is_built`).

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "low_stock_report"):
        return patiently(lambda: _build(database, settings or load_settings(), synced))


def _build(database: Database, settings: Settings, synced: str | None) -> BuiltReport:
    apply_configuration(database, settings)
    with database.connect("magflow report") as session, session.transaction():
        one_at_a_time(session, build_lock("low_stock_report"))
        written = 0 if is_built(session, "low_stock_report", synced) else _write(session, settings)
        [(rows,)] = session.execute("SELECT count(*) FROM low_stock_report").fetchall()
    return BuiltReport(rows, written)


def _write(session: psycopg.Connection, settings: Settings) -> int:
    """Write what differs in the report, and what is noted with it; the number of its rows written."""
    # Lost inventory first, before the changes are deleted: an empty report would say that nothing runs out.
    if lost := session.execute(statement("catalogue/inventory_lost")).fetchall():
        derive_inventory(psycopg.ClientCursor(session), [account for (account,) in lost])
    session.execute(statement("purchasing/report_begun"))
    [(written,)] = session.execute(
        "SELECT app.write_difference('low_stock_report', %s)", [statement("purchasing/low_stock_report")]
    ).fetchall()
    session.execute(statement("suppliers/conflicts_counted"))
    psycopg.ClientCursor(session).execute(statement("purchasing/prices_noted"), {"least_margin": settings.least_margin})
    session.execute(statement("purchasing/item_days"))
    return written
