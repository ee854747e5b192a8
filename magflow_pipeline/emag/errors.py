"""What can go wrong between us and the marketplace, as a tree with one root.

The class decides what happens next: refused stops the account, transient kinds are tried again, the rest is final.
Messages are for people and never hold credentials, also where the marketplace echoes them.
"""


class MarketplaceError(Exception):
    """Any failure of a request to the marketplace."""


class RefusedError(MarketplaceError):
    """Credentials, caller's IP or rights were refused: a person has to act, so nothing is tried again."""


class PermanentError(MarketplaceError):
    """The marketplace will answer this request the same way next time."""


class FilterNotHonouredError(PermanentError):
    """A filter was ignored: the answer is a success and holds offers that were not asked for."""


class TransientError(MarketplaceError):
    """Trouble that passes: gateway errors, broken connections. Worth another try."""


class SlowError(TransientError):
    """The answer did not come in the time it was given; a smaller page may."""


class MalformedError(TransientError):
    """An answer that is not what the API speaks: HTML, cut JSON, no `isError`. Often a gateway in trouble."""


class TooLargeError(MalformedError):
    """An answer with more bytes than any page has; a smaller page may fit."""


class ThrottledError(TransientError):
    """429. `retry_after` is what the server asked for, in seconds, when it said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
