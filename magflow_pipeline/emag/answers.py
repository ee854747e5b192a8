"""Turns an answer into its envelope, or into a typed error with advice for people (emag-api.md: Errors)."""

import contextlib
import email.utils
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import ValidationError

from magflow_pipeline.emag.errors import (
    MalformedError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    ThrottledError,
    TransientError,
)
from magflow_pipeline.emag.receiving import Answer
from magflow_pipeline.emag.values import Json
from magflow_pipeline.emag.wire import (
    Count,
    Envelope,
    SlicedRows,
    parse_envelope,
    parse_json,
    slice_envelope,
    start_of,
)
from magflow_pipeline.settings import variable_prefix
from magflow_pipeline.text import noted

REFUSALS = ("invalid vendor ip", "not allowed to use this api", "unauthorized", "invalid credentials")
PERMANENT = ("error processing data",)  # a filter of the wrong shape, answered as 500 (emag-api.md: Errors)
LONGEST_WAIT_SECONDS = 86_400  # a longer `Retry-After` is a mistake and is ignored


def judge(answer: Answer, account: str, hide: Callable[[str], str], *, is_private: bool = False) -> Envelope:
    """The envelope of a success. `hide` removes credentials from text that an error quotes.

    Of a private answer, whose rows hold personal data, only eMAG's own message is quoted.

    Raises:
        MarketplaceError: any other answer; its class says whether to retry.
    """
    if answer.status == 200:
        try:
            envelope = slice_envelope(answer.body) or parse_envelope(answer.body)
        except MalformedError as error:
            start = "" if is_private else f"; it starts: {start_of(answer.body, hide)}"
            raise MalformedError(f"{error}{start}") from None
        if not envelope.is_error:
            return envelope
        text = envelope.text()
    else:
        text = _message_of(answer.body, is_private=is_private)
    raise _failure(answer, " ".join(hide(text).split()), account)


def count_in(envelope: Envelope) -> int:
    """The number of rows in the answer of a count; `MalformedError` where there is none."""
    try:
        return Count.model_validate(envelope.results).items
    except ValidationError:
        raise MalformedError("the answer holds no noOfItems") from None


def rows_in(envelope: Envelope) -> Sequence[Json]:
    """The rows of a read, not validated; `MalformedError` where there is no list."""
    rows = envelope.results
    if not isinstance(rows, list | SlicedRows):
        raise MalformedError("the answer holds no list of rows")
    return cast("Sequence[Json]", rows) or []


def rows_of(body: bytes) -> Sequence[Json]:
    """The rows of a body that was read before."""
    return rows_in(slice_envelope(body) or parse_envelope(body))


def _failure(answer: Answer, text: str, account: str) -> MarketplaceError:
    status, lowered, text = answer.status, text.lower(), noted(text)
    if status in (401, 403) or any(refusal in lowered for refusal in REFUSALS):
        return RefusedError(_advice(status, text, account))
    if status == 429:
        return ThrottledError(f"HTTP 429: {text}", _retry_after(answer.retry_after))
    if status == 408 or (status >= 500 and not any(sign in lowered for sign in PERMANENT)):
        return TransientError(f"HTTP {status}: {text}")
    where = f". Is {variable_prefix(account)}BASE_URL right?" if status == 404 or 300 <= status < 400 else ""
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
        f"Check {variable_prefix(account)}USERNAME and {variable_prefix(account)}PASSWORD."
    )


def _message_of(body: bytes, *, is_private: bool) -> str:
    """The message of an error: from its envelope, from other JSON, or the raw text unless that may hold rows."""
    try:
        value = parse_json(body)
    except MalformedError:
        return "" if is_private else body.decode("utf-8", "replace")
    if not isinstance(value, dict):
        return ""
    with contextlib.suppress(ValidationError):
        return Envelope.model_validate(value).text()
    return str(cast("dict[str, Any]", value).get("message", ""))


def _retry_after(header: str) -> float | None:
    """`Retry-After`, sent as seconds or as a date, in seconds; None when it is unreadable or too long."""
    with contextlib.suppress(ValueError):
        return _wait(float(header))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        asked = email.utils.parsedate_to_datetime(header)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return _wait((asked - datetime.now(UTC)).total_seconds())
    return None


def _wait(seconds: float) -> float | None:
    return max(0.0, seconds) if seconds <= LONGEST_WAIT_SECONDS else None
