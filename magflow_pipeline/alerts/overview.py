"""What `magflow alerts` shows: open incidents, and each channel with its last result."""

from typing import NamedTuple

from psycopg.rows import class_row, dict_row

from magflow_pipeline.alerts.messages import Incident
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import Settings
from magflow_pipeline.times import local


class ChannelResult(NamedTuple):
    """A channel, what it gets, and how the last attempt at it ended, with the time in Bucharest."""

    name: str
    gets: str
    result: str


def open_incidents(database: Database, language: str) -> list[Incident]:
    """What is wrong, the gravest first."""
    with database.connect("magflow alerts") as session, session.cursor(row_factory=class_row(Incident)) as cursor:
        return cursor.execute(statement("alerts/incidents_open"), {"language": language}).fetchall()


def channel_results(database: Database, settings: Settings) -> list[ChannelResult]:
    """The configured channels.

    Raises:
        ConfigurationError: MAGFLOW_ALERT_URLS cannot be read.
    """
    # Loads what speaks HTTP and TLS, which those who ask for incidents alone do not need.
    from magflow_pipeline.alerts.channels import AppriseChannel, alert_channels, sync_channels

    channels = [*alert_channels(settings), *sync_channels(settings)]
    names = [channel.name for channel in channels]
    with database.connect("magflow alerts") as session, session.cursor(row_factory=dict_row) as cursor:
        newest = cursor.execute(statement("alerts/newest_attempts"), {"channels": names}).fetchall()
    by_name = {row["channel"]: row for row in newest}
    results: list[ChannelResult] = []
    for channel in channels:
        result = "nothing was sent yet"
        if last := by_name.get(channel.name):
            result = f"{'taken' if last['delivered'] else 'not taken'} at {local(last['attempted_at'])} (Bucharest)"
            result += "" if last["delivered"] else f": {last['error']}"
        gets = f"incidents, {channel.least} and above" if isinstance(channel, AppriseChannel) else "syncs"
        results.append(ChannelResult(channel.name, gets, result))
    return results
