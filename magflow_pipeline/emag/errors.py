"""Errors of requests to the marketplace, as a tree with one root.

The class decides what happens next: `RefusedError` stops the account, a `TransientError` is retried, others are final.
Messages are for people and never hold credentials, even where the marketplace echoes them.
"""

from typing import ClassVar


class MarketplaceError(Exception):
    """Any failure of a request to the marketplace. `answer` is the class that the request is counted under."""

    answer: ClassVar[str] = "client_error"


class RefusedError(MarketplaceError):
    """eMAG refused the credentials, IP or rights: a person has to act, so nothing is retried."""

    answer = "refused"


class PermanentError(MarketplaceError):
    """The marketplace will answer this request the same way next time."""


class FilterNotHonouredError(PermanentError):
    """eMAG ignored a filter: the answer is a success with rows that were not asked for."""


class TransientError(MarketplaceError):
    """A temporary failure, worth a retry: gateway errors, broken connections."""

    answer = "server_error"


class BrokenConnectionError(TransientError):
    """The connection failed before the whole answer was there."""

    answer = "connection"


class SlowError(TransientError):
    """No answer before the deadline; a smaller page may be answered."""

    answer = "slow"


class MalformedError(TransientError):
    """An answer that breaks the API's format: HTML, truncated JSON, no `isError`. Often from a gateway."""

    answer = "malformed"


class TooLargeError(MalformedError):
    """An answer with more bytes than any page has; a smaller page may fit."""


class ThrottledError(TransientError):
    """HTTP 429. `retry_after`: the wait that the server asked for, in seconds, or None."""

    answer = "throttled"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
