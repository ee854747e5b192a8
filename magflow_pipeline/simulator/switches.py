"""The behaviour switches of one simulated account: how it answers, and what goes wrong on demand.

Belongs here: the vocabulary, its defaults and its description. Not here: what each fault does
(faults.py), how offers come and go (drift.py) and how an answer is made (server.py). A new fault is a
member of FaultKind here and a function there.
"""

from __future__ import annotations

import random
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from magflow_pipeline.simulator.reading import PAGE_LIMIT, FilterName, Query

RouteName: TypeAlias = Literal["read", "count", "order/read", "order/count"]
"""The routes, as the log and the faults name them; `read` and `count` are those of product_offer."""


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
    WRONG_ROWS = "wrong-rows"
    HALF_PAGE = "half-page"
    DUPLICATE_ROWS = "duplicate-rows"
    FOREIGN_ROWS = "foreign-rows"
    BAD_REQUEST_500 = "bad-request-500"
    SLOW = "slow"
    RESET = "reset"
    HANG = "hang"
    HOLD = "hold"


class Planned(BaseModel):
    """A plan that is carried out `times` times."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    times: int | None = Field(default=None, ge=0, description="None means for ever; goes down as it is used")

    def use(self) -> None:
        """Count one use."""
        if self.times is not None:
            self.times -= 1


class Fault(Planned):
    """One planned fault: the first one in the list that fits a request is played instead of the answer."""

    kind: FaultKind
    route: RouteName = "read"
    page: int | None = Field(default=None, ge=1, description="None means every page; a count has no page")
    size: int | None = Field(default=None, ge=1, description="itemsPerPage as asked; None means any, as on a count")
    offer_id: int | None = Field(
        default=None, description="Only a request whose `id` filter asks for this offer, or for this order"
    )
    seconds: float = Field(default=1.0, ge=0, description="How long `slow` waits before it answers as ever")

    def fits(self, route: RouteName, query: Query) -> bool:
        """Whether this fault is still to be played and matches this request."""
        if self.times == 0 or self.route != route or self.offer_id not in {None, query.filters.get("id")}:
            return False
        return route.endswith("count") or (self.page in {None, query.page} and self.size in {None, query.size})


class Drift(Planned):
    """One planned change, made when a page of a list of offers, or of orders, has been answered with HTTP 200.

    All that are due are made, in their order. A change that cannot be made is an HTTP 500 and stays due.
    """

    kind: Literal["insert", "remove", "append", "replace"] = Field(
        description="insert: an offer arrives under an id below all others (from 1 on: in the lowest gap, which must "
        "be within what was read), so a row comes twice; remove: the first row of page 1 leaves, so a row is skipped; "
        "append: an offer arrives under a new highest id; replace: remove and append, so a row is skipped and the "
        "count stays. Who arrives is a copy of the first well-formed row, with an id, a SKU (NEW1) and a PNK of "
        "its own (of an order: with ids of its own and of its lines)"
    )
    route: Literal["read", "order/read"] = Field(default="read", description="Whether offers or orders change")
    after_page: int = Field(ge=1, description="Once this page was answered, in any size; not by a read of one product")
    times: int | None = Field(default=1, ge=0, description="As often as this page is answered; None means for ever")
    offer_id: int | None = Field(
        default=None, description="Which offer, or order, leaves in place of the first row of page 1"
    )

    def is_due(self, route: RouteName, page: int) -> bool:
        """Whether this change is still to be made and this page triggers it."""
        return self.times != 0 and (self.route, self.after_page) == (route, page)


class Switches(BaseModel):
    """How one account behaves. Where sources about eMAG disagree, the default is the dangerous reading."""

    model_config = ConfigDict(extra="forbid")

    data_wrapper_on_read: Literal["ignore", "honour"] = Field(
        default="ignore", description="What becomes of the keys inside `data` in a JSON body; in a form they count"
    )
    over_limit: Literal["cap", "error400"] = Field(default="cap", description="The answer to itemsPerPage above 100")
    auth_style: Literal[200, 401, 403] = Field(default=401, description="How bad credentials are refused")
    refuse_ip: bool = Field(default=False, description="Refuse every caller's address, under HTTP 200")
    order_of_rows: Literal["id", "shuffled"] = Field(default="id", description="shuffled is the same at every read")
    price_style: Literal["stored", "string4", "number", "mixed"] = Field(
        default="stored",
        description="sale_price, min_ and max_sale_price, recommended_price as '50.4100' or as 50.41; mixed: some so, "
        "some so, by offer and key. What is no plain number, or would lose digits, stays as it is stored",
    )
    warehouse_id: Literal["stored", "on", "off", "missing"] = Field(
        default="stored",
        description="Whether entries of stock, handling_time and availability say their warehouse; missing: no `stock` "
        "where there is a general_stock",
    )
    key_vintage: Literal["stored", "2024", "2026"] = Field(
        default="stored", description="2024 leaves the newer keys out; 2026 adds those that a row lacks"
    )
    count_style: Literal["strings", "ints"] = Field(default="strings", description="The three numbers of a count")
    count_offset: int = Field(default=0, description="Added to the true number of offers, or of orders")
    count_says: int | float | str | None = Field(
        default=None, description="The number of a count, whatever it is, in place of the true one"
    )
    latency_seconds: float = Field(default=0.0, ge=0, description="Before every answer, also of an error on demand")
    latency_per_item_seconds: float = Field(
        default=0.0, ge=0, description="Added to a read for each row asked for (at most 100), however many there are"
    )
    latency_jitter_seconds: float = Field(default=0.0, ge=0, description="Added: anything between 0 and this")
    enforce_rate_limit: bool = Field(
        default=True, description="3/s and 180/min, orders apart 12/s and 720/min; counted also while it is off"
    )
    retry_after: Literal["off", "seconds", "date"] = Field(default="off", description="On a 429")
    retry_after_seconds: int | None = Field(
        default=None, ge=0, description="What retry_after tells; None tells the true wait"
    )
    ignore_filters: bool | list[FilterName] = Field(
        default=False, description="Read and count as if no filter, or none of these, had been sent"
    )
    default_order_type: Literal["3", "all"] = Field(
        default="3", description="Which orders a request without `type` means: those that the seller ships, or all"
    )
    hollow_orders: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="The share of eMAG's own orders (type 2) that a read by modifiedAfter answers with `customer` null "
        "and no `products`, as live accounts have met; read by createdAfter or by id they are complete",
    )
    faults: list[Fault] = Field(default_factory=list[Fault], description="The first that fits a request is played")
    drift: list[Drift] = Field(default_factory=list[Drift], description="How offers come and go during a scan")

    def next_fault(self, route: RouteName, query: Query) -> Fault | None:
        """Take the first fault that fits, or none."""
        for fault in self.faults:
            if fault.fits(route, query):
                fault.use()
                return fault
        return None

    def latency(self, route: RouteName, query: Query) -> float:
        """How many seconds this request waits for its answer."""
        items = min(query.size, PAGE_LIMIT) if route.endswith("read") else 0
        per_item = items * self.latency_per_item_seconds
        return self.latency_seconds + per_item + random.uniform(0, self.latency_jitter_seconds)
