"""How much each table of both databases grows in a year, measured by the rows that the last days brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql
from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.sessions import DAGSTER, parameters
from magflow_pipeline.reports.printing import print_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.troubles import reason_of

DAYS_A_YEAR = 365
# The time at which a row came, and the setting that says for how many days it is kept, if any. A table without a time
# has a row per thing, such as an item or an account, or rows that others write and date as they like.
GROWS_BY: dict[str, tuple[str | None, str | None]] = {
    "alert_deliveries": ("attempted_at", "alert_retention_days"),
    "backups": ("started_at", None),
    "build_outcomes": ("ended_at", "log_retention_days"),
    "builds": (None, None),
    "campaign_days": ("created_at", None),
    "demand": ("updated_at", None),
    "demand_basis": (None, None),
    "demand_days": ("updated_at", None),
    "demand_forecasts": (None, None),
    "demand_levels": (None, None),
    "emag_accounts": (None, None),
    "emag_offer_contents": ("created_at", None),
    "emag_offer_history": ("valid_from", None),
    "emag_offer_market_history": ("observed_at", None),
    "emag_offers_seen": (None, None),
    "emag_order_lines": (None, None),
    "emag_order_windows": ("starts_at", None),
    "emag_orders": ("ordered_at", None),
    "emag_product_contents": ("created_at", None),
    "emag_rejected_offers": ("rejected_at", "log_retention_days"),
    "emag_rejected_orders": ("rejected_at", "log_retention_days"),
    "emag_sync_logs": ("started_at", "log_retention_days"),
    "emag_sync_progress": (None, None),
    "exchange_rates": ("rate_date", None),
    "forecast_accuracy": ("day", "snapshot_retention_days"),
    "imports": ("imported_at", None),
    "incidents": ("opened_at", "alert_retention_days"),
    "input_changes": (None, None),
    "inventory_items": ("created_at", None),
    "item_days": ("day", "snapshot_retention_days"),
    "item_policies": (None, None),
    "item_status_changes": ("changed_at", "snapshot_retention_days"),
    "low_stock_report": (None, None),
    "marketplace_fees": (None, None),
    "metric_totals": (None, None),
    "observations": (None, None),
    "past_syncs": ("started_at", "snapshot_retention_days"),
    "product_costs": (None, None),
    "product_supplier_sheets": (None, None),
    "products": ("created_at", None),
    "purchase_decisions": ("decided_at", None),
    "purchase_order_items": (None, None),
    "purchase_order_shares": (None, None),
    "purchase_orders": ("created_at", None),
    "raw_emag_product_bodies": ("first_fetched_at", "raw_retention_days"),
    "raw_emag_product_pages": ("fetched_at", "raw_retention_days"),
    "reorder_proposals": (None, None),
    "reorder_shares": (None, None),
    "replenishment_needs": (None, None),
    "sales_elsewhere": ("day", None),
    "stock_counts": ("day", None),
    "stock_snapshots": ("day", "snapshot_retention_days"),
    "stock_transfers": ("created_at", None),
    "supplier_closures": (None, None),
    "supplier_offers": (None, None),
    "supplier_price_breaks": (None, None),
    "supplier_products": ("created_at", None),
    "supplier_receipts": ("received_on", None),
    "supplier_terms": (None, None),
    "supplier_unit_prices": (None, None),
    "supplier_verification_history": ("changed_at", None),
    "suppliers": ("created_at", None),
    "transfer_proposals": (None, None),
    "warehouses": ("created_at", None),
}
# The same of Dagster's own tables: runs and their events make them grow, and the job apply_retention deletes them.
# Ticks are purged by Dagster itself (dagster.yaml: retention).
DAGSTER_GROWS_BY: dict[str, tuple[str | None, str | None]] = {
    "asset_check_executions": ("create_timestamp", "dagster_retention_days"),
    "event_logs": ("timestamp", "dagster_retention_days"),
    "job_ticks": ("create_timestamp", None),
    "runs": ("create_timestamp", "dagster_retention_days"),
}
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' ORDER BY relname"
DAGSTER_TABLES = """SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)
AND relnamespace <> 'pg_catalog'::regnamespace ORDER BY relname"""
ROWS = "SELECT count(*), pg_total_relation_size({table}::regclass){recent} FROM {name}"
RECENT = ", count(*) FILTER (WHERE {time} >= {since})"  # a date counts from its midnight: a sample of today as a day's


@dataclass(frozen=True)
class Growth:
    """A table: rows, bytes with indexes, rows a day (None: unknown), and days that a row is kept (None: for ever)."""

    table: str
    rows: int
    size: int
    rows_a_day: float | None = None
    kept_days: int | None = None

    @property
    def bytes_a_row(self) -> float:
        """Bytes of a row with its share of the indexes."""
        return self.size / self.rows if self.rows else 0.0

    @property
    def a_year(self) -> float | None:
        """Bytes that a year adds, as long as nothing is old enough to be deleted."""
        return None if self.rows_a_day is None else self.rows_a_day * DAYS_A_YEAR * self.bytes_a_row

    @property
    def in_the_end(self) -> float | None:
        """Bytes at which retention holds it; None where there is none."""
        if self.rows_a_day is None or self.kept_days is None:
            return None
        return self.rows_a_day * self.kept_days * self.bytes_a_row


@dataclass(frozen=True)
class Measured:
    """The tables, largest growth first, and the days over which rows were counted; 0: there was no whole day yet.

    Dagster's tables are named `dagster: TABLE`. `not_measured` says why they are missing, if they are.
    """

    tables: Sequence[Growth]
    days: float
    not_measured: str | None = None


def measure_growth(database: Database, settings: Settings, longest_days: int) -> Measured:
    """Count the rows of at most the last `longest_days`, without the first day: that filled the catalogue."""
    with database.connect("magflow growth") as session, psycopg.ClientCursor(session) as cursor:
        names = [name for (name,) in cursor.execute(TABLES).fetchall()]
        first = cursor.execute("SELECT min(first_synced_at) FROM emag_accounts").fetchone()
        now = datetime.now(UTC)
        began = first[0] if first and first[0] else now
        days = max(0.0, min(float(longest_days), (now - began) / timedelta(days=1) - 1))
        tables = [_measure(cursor, settings, name, GROWS_BY, days, now) for name in names]
    not_measured = None
    try:
        tables += _measure_dagster(database, settings, days, now)
    except psycopg.Error as error:  # a reader of the business database may have no right to the other one
        not_measured = f"Dagster's database could not be measured: {reason_of(error)}"
    return Measured(sorted(tables, key=lambda each: (-(each.a_year or 0), -each.size, each.table)), days, not_measured)


def _measure_dagster(database: Database, settings: Settings, days: float, now: datetime) -> list[Growth]:
    said = parameters(database.dagster_url, "magflow growth", search_path=DAGSTER["search_path"])
    with (
        psycopg.connect(database.dagster_url, autocommit=True, **said) as session,
        psycopg.ClientCursor(session) as cursor,
    ):
        names = [name for (name,) in cursor.execute(DAGSTER_TABLES).fetchall()]
        found = [_measure(cursor, settings, name, DAGSTER_GROWS_BY, days, now) for name in names]
    return [replace(each, table=f"dagster: {each.table}") for each in found]


def _measure(
    cursor: "psycopg.ClientCursor[tuple[int, ...]]",
    settings: Settings,
    name: str,
    grows_by: Mapping[str, tuple[str | None, str | None]],
    days: float,
    now: datetime,
) -> Growth:
    time, retention = grows_by.get(name, (None, None))
    kept = getattr(settings, retention, None) if retention else None
    counted = min(days, kept or days)  # older rows may be deleted
    recent = sql.SQL("")
    if time is not None and counted > 0:
        recent = sql.SQL(RECENT).format(time=sql.Identifier(time), since=sql.Literal(now - timedelta(days=counted)))
    table = sql.Identifier(name)
    query = sql.SQL(ROWS).format(table=sql.Literal(table.as_string(cursor)), name=table, recent=recent)
    row = cursor.execute(query).fetchone()
    assert row is not None
    return Growth(name, row[0], row[1], row[2] / counted if len(row) > 2 else None, kept)


def print_growth(console: Console, measured: Measured) -> None:
    """Print the tables, and over which time they were measured."""
    rows = [
        {
            "table": each.table,
            "rows": each.rows,
            "size": megabytes(each.size),
            "rows_a_day": None if each.rows_a_day is None else f"{each.rows_a_day:.0f}",
            "a_year_adds": megabytes(each.a_year),
            "kept_days": each.kept_days,
            "in_the_end": megabytes(each.in_the_end),
        }
        for each in measured.tables
    ]
    print_rows(console, rows, list(rows[0]))
    total = sum(each.size for each in measured.tables)
    console.print(f"All tables: {megabytes(total)}.")
    if measured.not_measured:
        console.print(measured.not_measured, style="yellow")
    if not measured.days:
        console.print("How they grow can be told a day after the first sync has filled them.")
        return
    lasting = sum((each.a_year or 0) if each.in_the_end is None else 0 for each in measured.tables)
    console.print(
        f"Measured over {measured.days:.1f} days. Retention holds tables with kept days at the size in the end; all "
        f"others together grow by {megabytes(lasting)} a year."
    )


def megabytes(size: float | None) -> str | None:
    """Bytes as MB or GB for people."""
    if size is None:
        return None
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
