"""A marketplace that sells orders only, over real HTTP, and rows of orders as eMAG sends them.

It filters by the naive times of Bucharest, as eMAG does, and refuses what eMAG refuses. Faults are what a test puts
into its fields.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MONTH = {"createdAfter": "2026-01-01 00:00:00", "createdBefore": "2026-01-31 00:00:00"}
AXES = {"created": "date", "modified": "modified"}
LONGEST = timedelta(days=31)
TYPE = 3  # what eMAG answers with when no type is asked for


def customer(name: str = "Ioana Popescu") -> dict[str, Any]:
    """A customer: nothing of it may be found anywhere."""
    return {
        "id": 40001,
        "name": name,
        "email": "ioana.popescu@example.com",
        "phone_1": "+40722000111",
        "billing_street": "Strada Florilor 12",
        "shipping_street": "Strada Florilor 12",
    }


def line(line_id: Any, product_id: Any = 1042, quantity: Any = 1, **changed: Any) -> dict[str, Any]:
    """A line of an order."""
    return {
        "id": line_id,
        "product_id": product_id,
        "mkt_id": 990417,
        "status": 1,
        "part_number": f"SKU{product_id}",
        "ext_part_number": f"EXT{product_id}",
        "part_number_key": f"PNK{product_id}BM",
        "name": "Lampa de birou LED",
        "quantity": quantity,
        "initial_qty": quantity,
        "storno_qty": 0,
        "sale_price": "84.0336",
        "original_price": "84.0336",
        "currency": "RON",
        "vat": "0.2100",
        "created": "2026-01-10 10:00:00",
        "modified": "2026-01-10 10:00:00",
        "details": [],
        **changed,
    }


def order(order_id: Any, date: str | datetime | None = "2026-01-10 10:00:00", **changed: Any) -> dict[str, Any]:
    """A row of order/read: an order of one line, its times in Bucharest."""
    row = {
        "id": order_id,
        "status": 4,
        "type": 3,
        "date": f"{date:%Y-%m-%d %H:%M:%S}" if isinstance(date, datetime) else date,
        "modified": None,
        "payment_mode": "Numerar la livrare",
        "payment_mode_id": 1,
        "delivery_mode": "courier",
        "shipping_tax": 19.99,
        "shipping_tax_voucher_split": [],
        "vouchers": [],
        "customer": customer(),
        "products": [line(7)],
        "attachments": [],
        "details": [],
        "is_complete": 1,
        "is_storno": False,
        "refunded_amount": "0",
        "reason_cancellation": None,
        "maximum_date_for_shipment": "2026-01-12 10:00:00",
        "flags": [],
        "emag_club": 0,
        "vendor_name": "Nordwell SRL",
        "parent_id": None,
    }
    return {**row, **changed}


@dataclass
class Marketplace:
    """What is sold and how it answers; `asked` are the bodies of the requests with their route."""

    url: str = ""
    rows: list[Any] = field(default_factory=list[Any])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ignores_types: bool = False
    counts: bool = True
    before: Callable[[dict[str, Any]], tuple[int, str] | None] = lambda _: None
    """Looks at each request before it is answered; what it returns is the answer."""

    def reads(self) -> list[dict[str, Any]]:
        """The requests for pages."""
        return [each for each in self.asked if each["route"] == "order/read"]

    def answer(self, route: str, body: dict[str, Any]) -> tuple[int, str]:
        """Status and body of an answer."""
        asked = {**body, "route": route}
        self.asked.append(asked)
        told = self.before(asked)
        if told is not None:
            return told
        refused = self._refusal(route, body)
        if refused:
            return 200, json.dumps({"isError": True, "messages": [refused], "results": []})
        rows = [row for row in self.rows if self._matches(row, body)]
        size = int(body.get("itemsPerPage", 100))
        if route == "order/count":
            if not self.counts:
                return 500, "<html>500</html>"
            pages = -(-len(rows) // size)
            results: Any = {"noOfItems": str(len(rows)), "noOfPages": str(pages), "itemsPerPage": str(size)}
        else:
            first = (int(body.get("currentPage", 1)) - 1) * size
            results = rows[first : first + size]
        return 200, json.dumps({"isError": False, "messages": [], "errors": [], "results": results})

    def _refusal(self, route: str, body: dict[str, Any]) -> str | None:
        for axis in AXES:
            after, before = body.get(f"{axis}After"), body.get(f"{axis}Before")
            if before and not after:
                return f"{axis}Before needs {axis}After"
            if before and after and _time(before) - _time(after) > LONGEST:
                return f"{axis}After and {axis}Before are more than a month apart"
            if route == "order/count" and after and not before:
                return f"{axis}After needs {axis}Before"
        return None

    def _matches(self, row: Any, body: dict[str, Any]) -> bool:
        if not isinstance(row, dict):
            return True
        if not self.ignores_types and row.get("type", TYPE) != body.get("type", TYPE):
            return False
        if "id" in body and row.get("id") != body["id"]:
            return False
        for axis, key in AXES.items():
            after, before, value = body.get(f"{axis}After"), body.get(f"{axis}Before"), row.get(key)
            if (after or before) and not (isinstance(value, str) and value[:1].isdigit()):
                if axis == "modified":
                    return False
                continue
            if (after and value < after) or (before and value > before):
                return False
        return True


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  # naive, as it is sent


@contextmanager
def selling(*rows: Any) -> Iterator[Marketplace]:
    """A marketplace on a free port for the length of a `with` block."""
    market = Marketplace(rows=list(rows))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            status, text = market.answer("/".join(self.path.split("/")[-2:]), body)
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002  # the parent's name

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None: ...  # clients are killed

    server = Server(("127.0.0.1", 0), Handler)
    market.url = f"http://127.0.0.1:{server.server_port}/api-3"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield market
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
