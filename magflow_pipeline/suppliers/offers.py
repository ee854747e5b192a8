"""The table `supplier_offers`: what each supplier asks for each SKU, landed, and which of them is chosen.

Belongs here: when it is built, and under which lock. Not here: its rows, which SQL computes (`sql/suppliers/`, and the
functions it calls in `sql/views/`); `costs.py` has their rules in Python.
"""

from dataclasses import dataclass

import psycopg

from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.catalogue.outcomes import is_built, noting_outcome
from magflow_pipeline.database.blockers import patiently
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class BuiltOffers:
    """How many offers there are, and how many of them this build wrote."""

    rows: int
    written: int


def build_supplier_offers(
    database: Database, settings: Settings | None = None, synced: str | None = None
) -> BuiltOffers:
    """Rebuild the offers of all suppliers; readers see the old ones until it is committed.

    Without `settings`, those of this process. For the run of a sync, `synced` is its account: what another run has
    built since that sync stays as it is (`is_built`).

    Raises:
        LockedError: another session kept a lock that the build needs; the message names it.
    """
    with noting_outcome(database, "supplier_offers"):
        return patiently(lambda: _build(database, settings or load_settings(), synced))


def _build(database: Database, settings: Settings, synced: str | None) -> BuiltOffers:
    apply_configuration(database, settings)  # demand of the accounts that are configured counts
    with database.connect("magflow offers") as session, session.transaction():
        one_at_a_time(session, build_lock("supplier_offers"))
        if is_built(session, "supplier_offers", synced):
            return BuiltOffers(_count(session), 0)
        return write_offers(session, settings)


def write_offers(session: psycopg.Connection, settings: Settings) -> BuiltOffers:
    """Bring the offers of `session`'s database up to date, in its transaction."""
    session.execute(statement("suppliers/offers_begun"))
    _write(session, "supplier_unit_prices", statement("suppliers/supplier_unit_prices"))
    ages = {"rate_age_days": settings.rate_age_days, "price_age_days": settings.price_age_days}
    offers = psycopg.ClientCursor(session).mogrify(statement("suppliers/supplier_offers"), ages)
    written = _write(session, "supplier_offers", offers)
    session.execute(statement("suppliers/rates_noted"), ages)
    return BuiltOffers(_count(session), written)


def _count(session: psycopg.Connection) -> int:
    [(rows,)] = session.execute("SELECT count(*) FROM supplier_offers").fetchall()
    return rows


def _write(session: psycopg.Connection, table: str, query: str) -> int:
    [(written,)] = session.execute("SELECT app.write_difference(%s::regclass, %s)", [table, query]).fetchall()
    return written
