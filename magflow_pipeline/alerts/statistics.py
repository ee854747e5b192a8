"""The statistics of a sync, as the webhook sends them: JSON values only, times in ISO 8601."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

MOST_ERRORS = 5
COUNTS = (
    *("total", "processed", "created", "updated", "unchanged", "failed", "duplicate", "removed"),
    "held_back",
)


def statistics_of(sync: Mapping[str, Any], report: Mapping[str, Any] | None) -> dict[str, Any]:
    """The statistics of a row of `emag_sync_logs`, with the counts of the account's report; null: there is none yet."""
    return {
        "sync_id": sync["id"],
        "sync_type": sync["sync_type"],
        "account": sync["account_type"],
        "mode": sync["operation"],
        "outcome": sync["status"],
        "is_complete": sync["is_complete"],
        "started_at": _plain(sync["started_at"]),
        "completed_at": _plain(sync["completed_at"]),
        "duration_seconds": _plain(sync["duration_seconds"]),
        "triggered_by": sync["triggered_by"],
        "counts": {name: sync[f"{name}_items"] for name in COUNTS},
        "pages": sync["pages_processed"],
        "pages_failed": sync["pages_failed"],
        "requests": sync["api_requests_made"],
        "rate_limit_hits": sync["rate_limit_hits"],
        "errors": [entry.get("error") for entry in sync["errors"][:MOST_ERRORS]],
        "report": report and {name: _plain(value) for name, value in report.items()},
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
