"""What is planned, from what suppliers ask to the report, in the order in which each part needs those before it.

For commands that show the report at once. Dagster builds each part as an asset of its own (`defs/`).
"""

from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import BuiltReport, build_low_stock_report
from magflow_pipeline.purchasing.proposals import build_reorder_proposals
from magflow_pipeline.settings import Settings
from magflow_pipeline.suppliers.offers import build_supplier_offers

PLANNED = ("supplier_offers", "demand_levels", "reorder_proposals", "low_stock_report")


def bring_up_to_date(database: Database, settings: Settings | None = None) -> None:
    """Rebuild every part where one is older than what it is made from.

    Raises:
        LockedError: another session kept a lock that a build needs; the message names it.
    """
    with database.connect() as session:
        stale = session.execute("SELECT 1 FROM stale_tables WHERE name = ANY(%s)", [list(PLANNED)]).fetchall()
    if stale:
        build_plan(database, settings)


def build_plan(database: Database, settings: Settings | None = None) -> BuiltReport:
    """Rebuild every part for all accounts; without `settings`, those of this process.

    Returns:
        What the build of the report, the last part, did.

    Raises:
        LockedError: another session kept a lock that a build needs; the message names it.
    """
    build_supplier_offers(database, settings)
    build_demand_levels(database, settings)
    build_reorder_proposals(database, settings)
    return build_low_stock_report(database, settings)
