"""A second resource of the marketplace: orders, as far as the tests of client and sync need them."""

import operator

from magflow_pipeline.emag.limits import ORDER_ROUTES
from magflow_pipeline.emag.resources import Filter, Resource
from magflow_pipeline.emag.values import read_number, read_text

ORDERS = Resource(
    "order",
    "order",
    ORDER_ROUTES,
    {
        "createdAfter": Filter(read_text, "date", operator.ge),
        "createdBefore": Filter(read_text, "date", operator.le),
        "type": Filter(read_number),
    },
)
MONTH = {"createdAfter": "2026-01-01 00:00:00", "createdBefore": "2026-01-31 00:00:00"}
