"""Receivers, and what is wrong as rows."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from magflow_pipeline.alerts.delivery import Sent, send_alerts
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.alerts.receivers import SECRET, Receiver, http_receiver
from magflow_pipeline_tests.database.rows import insert


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set variables anew."""

    def run(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        load_settings.cache_clear()

    return run


@pytest.fixture
def look(database: Database) -> Callable[[], Sent]:
    """One look of a sender."""
    return lambda: send_alerts(database, load_settings(), 20)


@pytest.fixture
def account(session: psycopg.Connection) -> Callable[..., None]:
    """A configured account that was first read so many days ago."""

    def add(name: str = "main", days: float = 0) -> None:
        at = datetime.now(UTC) - timedelta(days=days)
        values = {"marketplace": "simulator", "username": name, "warehouse": "W", "first_synced_at": at, "place": 1}
        insert(session, "emag_accounts", account_type=name, **values)

    return add


@pytest.fixture
def ended(session: psycopg.Connection) -> Callable[..., int]:
    """A sync that ended so many minutes ago; returns its number."""

    def add(status: str = "completed", minutes: float = 1, account: str = "main", **values: Any) -> int:
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        row = {"started_at": at - timedelta(seconds=9), "completed_at": at, "status": status, **values}
        row["errors"] = Jsonb([e if isinstance(e, dict) else {"error": e} for e in row.get("errors", [])])
        if "parameters" in row:
            row["parameters"] = Jsonb(row["parameters"])
        insert(session, "emag_sync_logs", account_type=account, **row)
        return session.execute("SELECT max(id) FROM emag_sync_logs").fetchall()[0][0]

    return add


@pytest.fixture
def wrong(session: psycopg.Connection) -> Callable[..., None]:
    """Let conflicts be counted: the simplest of incidents, on and off."""

    def run(value: int) -> None:
        session.execute(
            "INSERT INTO observations (name, value) VALUES ('supplier_conflicts', %s)"
            " ON CONFLICT (name, subject) DO UPDATE SET value = excluded.value",
            [value],
        )

    return run


@pytest.fixture
def disk(session: psycopg.Connection) -> Callable[[float], None]:
    """A disk of 100 GB with so many GB free: below 5 a warning, below 2 critical."""

    def run(free: float) -> None:
        session.execute(
            "INSERT INTO observations (name, subject, value) VALUES ('disk_total_bytes', '/x', 1e11),"
            " ('disk_free_bytes', '/x', %s) ON CONFLICT (name, subject) DO UPDATE SET value = excluded.value",
            [free * 1e9],
        )

    return run


@pytest.fixture
def told(receiver: Receiver, setting: Callable[..., None]) -> Callable[[], list[str]]:
    """Titles that the receiver got; it is the only channel."""
    setting(MAGFLOW_ALERT_URLS=f"json://{receiver.address}/{SECRET}")
    return lambda: [json.loads(each.body)["title"] for each in receiver.got]


@pytest.fixture
def age(session: psycopg.Connection) -> Callable[[float], object]:
    """Let minutes go by since all attempts."""
    return lambda minutes: session.execute(
        "UPDATE alert_deliveries SET attempted_at = attempted_at - make_interval(mins => %s)", [minutes]
    )


@pytest.fixture
def quiet(setting: Callable[..., None]) -> Callable[..., None]:
    """Quiet hours around now, in Bucharest, or twelve hours away."""

    def run(*, hold: bool) -> None:
        hour = (datetime.now(UTC).astimezone(BUCHAREST).hour + (0 if hold else 12)) % 24
        setting(MAGFLOW_QUIET_HOURS=f"{(hour - 1) % 24}:00-{(hour + 2) % 24}:00")

    return run
