"""Gaps in the orders, for people: what was not read, and days without an order. The query is the view `order_gaps`."""

from collections import defaultdict
from datetime import timedelta

from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import check
from magflow_pipeline.settings import Settings
from magflow_pipeline.times import day_of

MOST_NAMED = 3


def gap_sentences(database: Database, settings: Settings) -> list[str]:
    """One sentence for each account and kind of gap: how many there are, and the newest ones."""
    parameters = {"accounts": list(settings.accounts), "interval": settings.sync_interval_minutes}
    with database.connect("magflow gaps") as session, session.cursor(row_factory=dict_row) as cursor:
        gaps = cursor.execute(check("every_order_window_is_read"), parameters).fetchall()
    found: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for gap in gaps:
        first, last = day_of(gap["starts_at"]), day_of(gap["ends_at"] - timedelta(microseconds=1))
        what = "changes of orders, " if gap["axis"] == "modified" else ""
        found[gap["account_type"], gap["kind"]][f"{what}{first}" + (f" to {last}" if last != first else "")] = None
    return [_sentence(account, kind, list(named)) for (account, kind), named in found.items()]


def _sentence(account: str, kind: str, named: list[str]) -> str:
    more = f" and {len(named) - MOST_NAMED} more (view order_gaps)" if len(named) > MOST_NAMED else ""
    what = "orders not read" if kind == "not read" else "days without an order, among days with many"
    return f"{account}: {what}: {'; '.join(named[:MOST_NAMED])}{more}"
