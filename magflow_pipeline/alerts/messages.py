"""What a message is, and messages about incidents: what is wrong, its first error, what to do.

Their frame is here; the words of each kind are rows (`incident_texts`). Not here: how they are sent (`channels.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from magflow_pipeline.text import noted
from magflow_pipeline.times import local

LONGEST_TEXT = 1000  # characters of a foreign text in a message
MOST_APART = 5  # incidents that are told one by one; more of them become one message
_MENTION = re.compile(r"[@<]|:(?=//)")
_JOINER = "\u2060"  # has no width
_SPACE = UUID("6f0ba4c2-7a55-5b0e-9d6e-0f6d6167666c")
_WORDS = {
    "en": {
        "opened": "{}",
        "worsened": "graver: {}",
        "recovered": "over: {}",
        "missed": "over, could not be told before: {}",
        "many": "{} incidents",
        "more": "... and {} more: magflow alerts lists them",
        "error": "First error: {}",
        "do": "What to do: {}",
        "since": "{severity}, since {since} (Bucharest). Incident {id}",
        "worsened_since": "{severity} since {worsened}, open since {since} (Bucharest). Incident {id}",
        "until": "From {since} to {until} (Bucharest). Incident {id}",
        "critical": "Critical",
        "warning": "Warning",
        "info": "Notice",
        "test": "A test",
        "test_body": "Channel {} works. This message was asked for by magflow alerts test.",
    },
    "ro": {
        "opened": "{}",
        "worsened": "mai grav: {}",
        "recovered": "rezolvat: {}",
        "missed": "rezolvat, nu a putut fi anunțat la timp: {}",
        "many": "{} incidente",
        "more": "... și încă {}: le arată magflow alerts",
        "error": "Prima eroare: {}",
        "do": "Ce este de făcut: {}",
        "since": "{severity}, din {since} (București). Incidentul {id}",
        "worsened_since": "{severity} din {worsened}, deschis din {since} (București). Incidentul {id}",
        "until": "De la {since} la {until} (București). Incidentul {id}",
        "critical": "Critic",
        "warning": "Avertisment",
        "info": "Notă",
        "test": "Un test",
        "test_body": "Canalul {} funcționează. Mesajul a fost cerut cu magflow alerts test.",
    },
}


@dataclass(frozen=True)
class Message:
    """What is sent. `id` is the same in each attempt; `title` is one line, `body` plain text.

    `html` is a page, whole and safe, for mail; what takes none gets the text. `incident_states` says for each of the
    incidents which state of it is told: when it opened, became graver or was over.
    """

    id: UUID
    what: str
    title: str = ""
    body: str = ""
    html: str = ""
    incident_ids: tuple[int, ...] = ()
    incident_states: tuple[datetime, ...] = ()
    sync_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_critical: bool = False


@dataclass(frozen=True)
class Incident:
    """A row of `incident_messages`; `news` is what a channel has not been told of it."""

    id: int
    kind: str
    subject: str
    severity: str
    opened_at: datetime
    closed_at: datetime | None
    first_error: str | None
    headline: str
    what_to_do: str | None
    worsened_at: datetime | None = None
    news: str = "opened"

    @property
    def state_at(self) -> datetime:
        """Tells its states from each other: when it opened, became as grave as it is, or was over."""
        return self.closed_at or self.worsened_at or self.opened_at


def in_message(text: str) -> str:
    """Foreign text for a message: a note that mentions nobody (@everyone, <!channel>) and links nowhere.

    What else means something in HTML or Markdown is escaped by Apprise, which gets the whole message as plain text.
    """
    return without_mentions(noted(text, LONGEST_TEXT))


def without_mentions(text: str) -> str:
    """The same for a text of several lines that is fit to be printed."""
    return _MENTION.sub(lambda found: found[0] + _JOINER, text)


def messages_of(incidents: Sequence[Incident], language: str) -> list[Message]:
    """One message per incident, or one for all of them where there are more than MOST_APART."""
    if len(incidents) > MOST_APART:
        return [_folded(incidents, language)]
    return [_message(incident, language) for incident in incidents]


def trial_message(channel: str, account: str, language: str, unique: str) -> Message:
    """A message that only shows that the channel works; `unique` tells it from others."""
    words = _WORDS[language]
    facts = {"test": True, "account": account}
    return Message(
        message_id("test", channel, unique), "test", f"MagFlow: {words['test']}", words["test_body"].format(channel),
        facts=facts,
    )  # fmt: skip


def message_id(*parts: object) -> UUID:
    """The same for the same message, whoever sends it and however often."""
    return uuid5(_SPACE, " ".join(str(part) for part in parts))


def _message(incident: Incident, language: str) -> Message:
    return Message(
        id=message_id(incident.news, incident.id, incident.state_at.isoformat()),
        what=incident.news,
        title=f"MagFlow: {_title(incident, language)}",
        body="\n".join(_paragraphs(incident, language)),
        incident_ids=(incident.id,),
        incident_states=(incident.state_at,),
        is_critical=_is_critical([incident]),
    )


def _folded(incidents: Sequence[Incident], language: str) -> Message:
    words, shown = _WORDS[language], incidents[:MOST_APART]
    parts = ["\n".join([_title(each, language), *_paragraphs(each, language)]) for each in shown]
    parts.append(words["more"].format(len(incidents) - len(shown)))
    told = [(each.id, each.news, each.state_at.isoformat()) for each in incidents]
    return Message(
        id=message_id("folded", *told),
        what="folded",
        title=f"MagFlow: {words['many'].format(len(incidents))}: {_title(shown[0], language)}",
        body="\n\n".join(parts),
        incident_ids=tuple(each.id for each in incidents),
        incident_states=tuple(each.state_at for each in incidents),
        is_critical=_is_critical(incidents),
    )


def _title(incident: Incident, language: str) -> str:
    return _WORDS[language][incident.news].format(in_message(incident.headline))


def _paragraphs(incident: Incident, language: str) -> list[str]:
    words, lines = _WORDS[language], list[str]()
    if incident.first_error and incident.news != "recovered":
        lines.append(words["error"].format(in_message(incident.first_error)))
    if incident.what_to_do and incident.closed_at is None:
        lines.append(words["do"].format(in_message(incident.what_to_do)))
    if incident.closed_at is not None:
        when = "until"
    elif incident.news == "worsened":
        when = "worsened_since"
    else:
        when = "since"
    facts = {
        "severity": words[incident.severity],
        "since": local(incident.opened_at),
        "worsened": local(incident.worsened_at),
        "until": local(incident.closed_at),
        "id": incident.id,
    }
    return [*lines, words[when].format(**facts)]


def _is_critical(incidents: Sequence[Incident]) -> bool:
    return any(each.severity == "critical" and each.closed_at is None for each in incidents)
