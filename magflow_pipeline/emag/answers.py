"""What an answer means: the envelope of a success, or a typed error with advice (emag_api.md 2.2)."""

import contextlib
import email.utils
import math
from datetime import UTC, datetime
from typing import Any, cast

import httpx
from pydantic import ValidationError

from magflow_pipeline.emag.errors import (
    MalformedError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    ThrottledError,
    TransientError,
)
from magflow_pipeline.emag.values import Json
from magflow_pipeline.emag.wire import Count, Envelope, parse_envelope

REFUSALS = ("invalid vendor ip", "not allowed to use this api", "unauthorized", "invalid credentials")
PERMANENT = ("error processing data",)  # a filter of the wrong shape, answered as 500 (emag_api.md E10)


def judge(response: httpx.Response, account: str) -> Envelope:
    """The envelope of a success.

    Raises:
        MarketplaceError: anything else, of the class that says whether to try again.
    """
    if response.status_code == 200:
        envelope = parse_envelope(response.content)
        if not envelope.is_error:
            return envelope
        text = envelope.text()
    else:
        text = _message_of(response)
    raise _failure(response, text, account)


def count_in(envelope: Envelope) -> int:
    """The number of offers that a count answers."""
    try:
        return Count.model_validate(envelope.results).items
    except ValidationError:
        raise MalformedError("the answer holds no noOfItems") from None


def rows_in(envelope: Envelope) -> list[Json]:
    """The rows of a read, whatever they are."""
    rows = envelope.results
    if not isinstance(rows, list):
        raise MalformedError("the answer holds no list of rows")
    return cast("list[Json]", rows)


def _failure(response: httpx.Response, text: str, account: str) -> MarketplaceError:
    status, lowered = response.status_code, text.lower()
    if status in (401, 403) or any(refusal in lowered for refusal in REFUSALS):
        return RefusedError(_advice(status, text, account))
    if status == 429:
        return ThrottledError(f"HTTP 429: {text}", _retry_after(response))
    if status == 408 or (status >= 500 and not any(sign in lowered for sign in PERMANENT)):
        return TransientError(f"HTTP {status}: {text}")
    where = f". Is EMAG_{account.upper()}_BASE_URL right?" if status == 404 else ""
    return PermanentError(f"the marketplace refused the request (HTTP {status}): {text}{where}")


def _advice(status: int, text: str, account: str) -> str:
    if "ip" in text.lower().split():
        return (
            f"The marketplace does not accept this computer's address for account {account!r} ({text}). "
            "Add the address to the account's IP list in the eMAG panel."
        )
    if "not allowed" in text.lower():
        return f"The user of account {account!r} has no API rights ({text}). Give them to the user in the eMAG panel."
    return (
        f"The marketplace refused the credentials of account {account!r} (HTTP {status}). "
        f"Check EMAG_{account.upper()}_USERNAME and EMAG_{account.upper()}_PASSWORD."
    )


def _message_of(response: httpx.Response) -> str:
    """What an answer says, in one short line, whatever it is made of."""
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return " ".join(response.text.split())[:120]
    if not isinstance(value, dict):
        return ""
    with contextlib.suppress(ValidationError):
        return Envelope.model_validate(value).text()
    return str(cast("dict[str, Any]", value).get("message", ""))


def _retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds, given as seconds or as a date."""
    header = response.headers.get("Retry-After", "")
    with contextlib.suppress(ValueError):
        seconds = float(header)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        asked = email.utils.parsedate_to_datetime(header)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return max(0.0, (asked - datetime.now(UTC)).total_seconds())
    return None
