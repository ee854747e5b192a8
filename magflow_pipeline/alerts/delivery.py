"""Sends what has not been sent: incidents and digests to people, statistics of syncs, calls of the heartbeat.

What is due is the difference between rows: nothing is kept in memory, so a sender that died, a receiver that was down
and a day without the daemon are made up for. One sender at a time per channel, by an advisory lock: two at once send
once. Each attempt is a row of `alert_deliveries`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row, dict_row

from magflow_pipeline.alerts.channels import (
    HEARTBEAT,
    SEVERITIES,
    WEBHOOK,
    AppriseChannel,
    Channel,
    alert_channels,
    sync_channels,
)
from magflow_pipeline.alerts.incidents import observe_channels, update_incidents
from magflow_pipeline.alerts.messages import (
    MOST_APART,
    Incident,
    Message,
    message_id,
    messages_of,
    trial_message,
    without_mentions,
)
from magflow_pipeline.alerts.statistics import statistics_of
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.digest import digest_message, due_digests
from magflow_pipeline.settings import ConfigurationError, Settings

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)  # back-off: doubled after each failure
STORM = timedelta(minutes=10)  # within it a channel gets MOST_APART messages; only critical ones follow at once
SESSION = "magflow alerts"


@dataclass
class Sent:
    """What one look sent, and what failed: sentences for logs and terminals."""

    taken: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])


def send_alerts(database: Database, settings: Settings, seconds: float) -> Sent:
    """Bring incidents up to date and send what is due. After `seconds`, no further attempt begins.

    A channel that cannot be reached delays no other one: those that work come first.

    Raises:
        ConfigurationError: MAGFLOW_ALERT_URLS cannot be read; incidents are up to date all the same.
    """
    deadline = time.monotonic() + seconds
    with database.connect(SESSION) as session:
        try:
            channels: list[Channel] = [*sync_channels(settings), *alert_channels(settings)]
            observe_channels(session, [channel.name for channel in channels])
        finally:
            update_incidents(session, settings)
        sent = Sent()
        failures = {channel.name: len(_failed_attempts(session, channel)) for channel in channels}
        for channel in sorted(channels, key=lambda each: failures[each.name]):
            _send_through(channel, session, settings, deadline, sent)
        _send_digests(database, session, settings, deadline, sent)
        if sent.failed or any(failures.values()):  # a channel may have failed for the third time, or come back
            update_incidents(session, settings)
    return sent


def send_trial(database: Database, settings: Settings, name: str) -> str | None:
    """Send a message to one channel, to see whether it works; returns why it does not.

    Raises:
        ConfigurationError: there is no such channel.
    """
    channels: list[Channel] = [*sync_channels(settings), *alert_channels(settings)]
    channel = next((each for each in channels if each.name == name), None)
    if channel is None:
        known = ", ".join(each.name for each in channels)
        raise ConfigurationError(
            f"There is no channel {name!r}. "
            + (f"Channels: {known}." if known else "None is set: MAGFLOW_ALERT_URLS, see docs/operations.md.")
        )
    with database.connect(SESSION) as session:
        message = trial_message(name, settings.accounts[0], settings.language, str(uuid4()))
        error = channel.send(message)
        _note(session, channel, message, error)
        observe_channels(session, [name])
        update_incidents(session, settings)
    return error


def _send_through(
    channel: Channel, session: psycopg.Connection, settings: Settings, deadline: float, sent: Sent
) -> None:
    def send() -> None:
        _deliver(channel, session, _due(channel, session, settings), deadline, sent)

    _locked(channel, session, send)


def _send_digests(
    database: Database, session: psycopg.Connection, settings: Settings, deadline: float, sent: Sent
) -> None:
    """Send the digests that are due to each channel for people that has not taken them."""
    channels = alert_channels(settings)
    for due in due_digests(database, settings, datetime.now(UTC)) if channels else ():
        if due.delivered_to.issuperset(channel.name for channel in channels):
            continue
        title, text, page = digest_message(database, settings, due.day, due.period, Language(settings.language))
        message = Message(due.message_id, "digest", title, without_mentions(text), page)
        for channel in channels:

            def send(channel: Channel = channel, message: Message = message) -> None:
                if not _was_taken(session, channel, message):
                    _deliver(channel, session, [message], deadline, sent)

            _locked(channel, session, send)


def _locked(channel: Channel, session: psycopg.Connection, send: Callable[[], None]) -> None:
    """Run `send`, unless another process sends through the channel now: what is due then, it finds or the next look."""
    key = f"magflow: messages to {channel.name}"
    row = session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
    if row != (True,):
        return
    try:
        send()
    finally:
        session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _due(channel: Channel, session: psycopg.Connection, settings: Settings) -> list[Message]:
    if channel.name == WEBHOOK:
        return _statistics_due(session, settings)
    if channel.name == HEARTBEAT:
        return _heartbeats_due(session)
    assert isinstance(channel, AppriseChannel)
    return _incidents_due(channel, session, settings)


def _incidents_due(channel: AppriseChannel, session: psycopg.Connection, settings: Settings) -> list[Message]:
    now = datetime.now(UTC)
    is_held = bool(settings.quiet_hours and settings.quiet_hours.cover(now)) or _is_storm(session, channel)
    severities = [each for each in channel.severities if not is_held or each == SEVERITIES[-1]]
    parameters = {"channel": channel.name, "severities": severities, "is_held": is_held, "language": settings.language}
    with session.cursor(row_factory=class_row(Incident)) as cursor:
        due = cursor.execute(statement("alerts/incidents_due"), parameters).fetchall()
    messages = messages_of(due, settings.language)
    return [replace(message, title=f"DEMO: {message.title}") for message in messages] if settings.is_demo else messages


def _is_storm(session: psycopg.Connection, channel: Channel) -> bool:
    parameters = {"channel": channel.name, "most": MOST_APART, "within": STORM}
    return session.execute(statement("alerts/is_storm"), parameters).fetchone() == (True,)


def _statistics_due(session: psycopg.Connection, settings: Settings) -> list[Message]:
    return [
        Message(
            id=message_id("sync", row["id"], row["completed_at"].isoformat()),
            what="sync",
            sync_id=row["id"],
            facts={
                **statistics_of(row, _report_counts(session, row["account_type"])),
                "is_demo": settings.is_demo,
            },
        )
        for row in _rows(session, "alerts/syncs_due")
    ]


def _heartbeats_due(session: psycopg.Connection) -> list[Message]:
    return [
        Message(
            id=message_id("heartbeat", row["id"], row["completed_at"].isoformat()),
            what="heartbeat",
            sync_id=row["id"],
            facts={"account": row["account_type"]},
        )
        for row in _rows(session, "alerts/heartbeats_due")
    ]


def _report_counts(session: psycopg.Connection, account: str) -> dict[str, Any] | None:
    rows = _rows(session, "alerts/report_counts", account_type=account)
    return rows[0] if rows else None


def _deliver(
    channel: Channel, session: psycopg.Connection, messages: Sequence[Message], deadline: float, sent: Sent
) -> None:
    """Send what is due, until one fails or time is over.

    While the channel is waited for, only what is new is tried, and no message of many, which is new with each one more.
    What failed before comes last: a message that is never taken does not keep the others.
    """
    failed = _failed_attempts(session, channel)
    tried = {message for message, _ in failed}
    is_waiting = bool(failed) and datetime.now(UTC) < failed[-1][1] + _wait(len(failed))
    for message in sorted(messages, key=lambda each: each.id in tried):
        if time.monotonic() > deadline or (is_waiting and (message.id in tried or message.what == "folded")):
            return
        error = channel.send(message)
        _note(session, channel, message, error)
        if error is not None:
            sent.failed.append(f"{channel.name}: {error}")
            return
        sent.taken.append(f"{channel.name}: {message.title or message.what}")


def _wait(failures: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)


def _failed_attempts(session: psycopg.Connection, channel: Channel) -> list[tuple[UUID, datetime]]:
    """Message and time of each attempt since the channel last took one, oldest first."""
    return session.execute(statement("alerts/failed_attempts"), {"channel": channel.name}).fetchall()


def _was_taken(session: psycopg.Connection, channel: Channel, message: Message) -> bool:
    parameters = {"channel": channel.name, "message_id": message.id}
    return session.execute(statement("alerts/was_taken"), parameters).fetchone() is not None


def _note(session: psycopg.Connection, channel: Channel, message: Message, error: str | None) -> None:
    session.execute(
        statement("alerts/attempt_noted"),
        {
            "message_id": message.id,
            "channel": channel.name,
            "what": message.what,
            "incident_ids": list(message.incident_ids),
            "incident_states": list(message.incident_states),
            "sync_id": message.sync_id,
            "delivered": error is None,
            "error": error,
        },
    )


def _rows(session: psycopg.Connection, name: str, **parameters: object) -> list[dict[str, Any]]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement(name), parameters).fetchall()
