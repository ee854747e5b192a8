"""Incidents: what is wrong as rows, opened and closed by comparing the view `incidents_now` with what is open.

Belongs here: what a process has to see for it (disk, daemon), and the comparison. Not here: what is wrong, which is SQL
(`sql/views/incidents_now.sql`), and who is told (`delivery.py`).
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress

import psycopg

from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import Settings


def update_incidents(session: psycopg.Connection, settings: Settings) -> None:
    """Open what is wrong and close what is over, in one transaction; several processes may do it at once."""
    _observe_disks(session, settings)
    thresholds = {
        "sync_interval_minutes": settings.sync_interval_minutes,
        "critical_value_ron": settings.alert_value_ron,
        "lost_buy_boxes": settings.alert_buy_boxes,
        "lost_buy_box_percent": settings.alert_buy_box_percent,
        "lost_buy_box_ron": settings.alert_buy_box_ron,
    }
    with session.transaction():
        for name, value in thresholds.items():
            session.execute("SELECT set_config(%s, %s, true)", [f"magflow.{name}", str(value)])
        psycopg.ClientCursor(session).execute(statement("alerts/incidents_updated"))


def observe(session: psycopg.Connection, name: str, subject: str, value: float) -> None:
    """Note what this process sees and the database cannot."""
    session.execute(statement("alerts/observed"), {"name": name, "subject": subject, "value": value})


def observe_channels(session: psycopg.Connection, names: Iterable[str]) -> None:
    """Note which channels are configured: one that is not any more cannot be unreachable."""
    for name in names:
        observe(session, "alert_channel", name, 1)


def observe_daemon(session: psycopg.Connection) -> None:
    """Note that the daemon evaluates its sensors."""
    observe(session, "daemon_beat", "", 1)


def _observe_disks(session: psycopg.Connection, settings: Settings) -> None:
    folders = {"MAGFLOW_HOME": settings.home}
    if settings.database_url is None:
        folders["the embedded database"] = settings.home / "postgres"
    for subject, folder in folders.items():
        with suppress(OSError):  # a folder that is not there yet takes no space
            disk = shutil.disk_usage(folder)
            # To 100 MB: what changes all the time would be written all the time.
            observe(session, "disk_free_bytes", subject, disk.free // 10**8 * 10**8)
            observe(session, "disk_total_bytes", subject, disk.total)
