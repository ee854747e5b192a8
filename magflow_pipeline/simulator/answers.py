"""The bodies that eMAG and the gateway in front of it send, word for word where they are known.

Belongs here: one small function per kind of answer. Not here: the decision which one is due
(server.py, faults.py).
"""

from __future__ import annotations

import json
import math
import time
from email.utils import formatdate
from typing import Any, Literal

from starlette.responses import HTMLResponse, Response


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON with every non-ASCII character escaped, as PHP writes it; hostile text survives that too."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


def success(results: Any) -> Response:
    """The envelope of every answer that is not an error."""
    return as_json({"isError": False, "messages": [], "errors": [], "results": results})


def refusal(message: str, status: int) -> Response:
    """The envelope of an error that eMAG itself explains."""
    return as_json({"isError": True, "messages": [message], "results": []}, status)


def bad_credentials(style: Literal[200, 401, 403]) -> Response:
    """The refusal of a caller, in one of the three shapes that clients have met."""
    if style == 401:
        return as_json({"message": "Unauthorized"}, 401)
    return refusal("You are not allowed to use this API.", style)


def vendor_ip_refused() -> Response:
    """The refusal of an address that is not on the seller's list: an error under HTTP 200."""
    return refusal("ERROR: Invalid vendor ip [127.0.0.1]", 200)


def wrong_shape() -> Response:
    """An HTTP 500 that is a permanent mistake of the caller, not a server error."""
    return refusal("Error processing data", 500)


def too_large_page() -> Response:
    """The answer to more than 100 items per page, where they are not capped silently."""
    return refusal("Reading products is limited to maximum 100 elements", 400)


def no_route() -> Response:
    """The gateway's answer to a path it does not know."""
    return as_json({"message": "no Route matched with those values"}, 404)


def too_many_requests(
    retry_after: Literal["off", "seconds", "date"], wait_seconds: float, told_seconds: int | None
) -> Response:
    """The gateway's 429, with the true wait in seconds unless `told_seconds` is given.

    The header values are those of the official sample.
    """
    headers = {"X-RateLimit-Limit-3second": "1", "X-RateLimit-Remaining-3second": "0"}
    whole_seconds = max(1, math.ceil(wait_seconds)) if told_seconds is None else told_seconds
    if retry_after == "seconds":
        headers["Retry-After"] = str(whole_seconds)
    elif retry_after == "date":
        # A date has no fractions: rounded up, so that it is never earlier than the wait.
        headers["Retry-After"] = formatdate(math.ceil(time.time()) + whole_seconds, usegmt=True)
    return as_json({"message": "API rate limit exceeded"}, 429, headers)


def html(status: int, title: str) -> Response:
    """A page of the gateway where JSON was expected."""
    return HTMLResponse(
        f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>",
        status,
    )
