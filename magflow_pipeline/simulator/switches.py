"""The behaviour switches of one simulated account: how it answers, and what goes wrong on demand.

Belongs here: the vocabulary and its defaults. Not here: what each fault does (faults.py) and how an
answer is made (server.py). A new fault is a member of FaultKind here and a function there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What can go wrong with a request."""

    TOO_MANY_REQUESTS = "429"
    SERVER_ERROR = "500"
    BAD_GATEWAY_HTML = "502-html"
    UNAVAILABLE_HTML = "503-html"
    GATEWAY_TIMEOUT_HTML = "504-html"
    OK_HTML = "200-html"
    TRUNCATED = "truncated"
    NULL = "null"
    EMPTY_PAGE = "empty-page"
    REPEAT_PAGE = "repeat-page"
    BAD_REQUEST_500 = "bad-request-500"
    RESET = "reset"
    HANG = "hang"


class Fault(BaseModel):
    """One planned fault: the first one in the list that fits a request is played instead of the answer."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    kind: FaultKind
    route: Literal["read", "count"] = "read"
    page: int | None = Field(default=None, ge=1, description="None means every page; a count has no page")
    times: int | None = Field(default=None, ge=0, description="None means for ever; goes down as it is used")

    def fits(self, route: str, page: int) -> bool:
        """Whether this fault is still to be played and means this request."""
        return self.times != 0 and self.route == route and (route == "count" or self.page in {None, page})

    def use(self) -> None:
        """Count one playing."""
        if self.times is not None:
            self.times -= 1


class Switches(BaseModel):
    """How one account behaves. Where sources about eMAG disagree, the default is the dangerous reading."""

    model_config = ConfigDict(extra="forbid")

    data_wrapper_on_read: Literal["ignore", "honour"] = "ignore"
    over_limit: Literal["cap", "error400"] = "cap"
    auth_style: Literal[200, 401, 403] = Field(default=401, description="How bad credentials are refused")
    refuse_ip: bool = False
    order_of_rows: Literal["id", "shuffled"] = "id"
    count_style: Literal["strings", "ints"] = "strings"
    count_offset: int = Field(default=0, description="Added to the true number of offers")
    latency_seconds: float = Field(default=0.0, ge=0)
    enforce_rate_limit: bool = True
    retry_after: Literal["off", "seconds", "date"] = Field(default="off", description="On a 429")
    ignore_filters: bool = False
    faults: list[Fault] = Field(default_factory=list[Fault])

    def next_fault(self, route: str, page: int) -> FaultKind | None:
        """Take the first fault that fits, or none."""
        for fault in self.faults:
            if fault.fits(route, page):
                fault.use()
                return fault.kind
        return None
