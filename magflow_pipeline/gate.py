"""The gate of an HTTP server that has no login: it refuses requests that another web page can make a browser send.

A page that the operator reads can make his browser send requests to loopback. It cannot forge the headers Host and
Origin, or send JSON to another origin without a preflight request. So:

- `Host` must be a known name, or a page could make its own name point here (DNS rebinding);
- `Origin`, where a browser sends one, must be the server's own;
- a change must be a POST of JSON, never a link, an image or a form.

Belongs here: the rules of refusal, for any ASGI application. Not here: the application.
"""

import re
from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Only a name or an address, and a port: a page could make a lenient parser read the rest as it likes.
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d+)?", re.ASCII)
ORIGIN = re.compile(r"https?://(\S+)")


class Gate:
    """Middleware that passes on only requests of a person or a program of this machine.

    `hosts` are the names that the server is called by, without ports. `below` is the path that is guarded.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = LOOPBACK, below: str = "/") -> None:
        self.app, self.hosts, self.below = app, frozenset(_name(host) or host.lower() for host in hosts), below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 with the reason."""
        guarded = scope["type"] in ("http", "websocket") and scope["path"].startswith(self.below)
        refusal = self._refusal(scope) if guarded else None
        if refusal is None:
            await self.app(scope, receive, _never_in_a_frame(send) if guarded else send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008, refusal)(scope, receive, send)
        else:
            await PlainTextResponse(f"Refused: {refusal}\n", 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) > 1:
            return "the request has two Host headers."
        if not hosts or _name(hosts[0]) not in self.hosts:
            return f"this server is not called {hosts[0][:100] if hosts else ''!r}; a proxy's name: MAGFLOW_UI_HOSTS."
        if _is_from_elsewhere(scope, headers, hosts[0]):
            return "the request comes from another web page."
        return None if scope["type"] == "websocket" else _wrong_form(scope, headers)


def _is_from_elsewhere(scope: Scope, headers: Headers, host: str) -> bool:
    for origin in headers.getlist("origin"):
        own = ORIGIN.fullmatch(origin.lower())
        if own is None or own[1] != host.lower():
            return True
    sites = set(headers.getlist("sec-fetch-site"))
    return not sites <= {"none", "same-origin"} and not _is_a_visit(scope, headers)


def _wrong_form(scope: Scope, headers: Headers) -> str | None:
    """Refuse the forms that a link, an image or an HTML form can send: browsers send those without a preflight."""
    if scope["method"] in READING:
        asks = scope["path"].endswith("/graphql") and "query" in parse_qs(scope["query_string"].decode("latin-1"))
        return "a query is a POST of JSON, not a link." if asks else None
    if scope["method"] == "POST" and _media_type(headers) != "application/json":
        return "what changes something is a POST of JSON (Content-Type: application/json)."
    return None


def _is_a_visit(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link: that changes nothing, and the page with the link cannot read the answer."""
    is_navigation = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return scope["type"] == "http" and scope["method"] in READING and is_navigation


def _name(host: str) -> str:
    """The name in a Host header, lower case and without the port; empty where it is none."""
    found = HOST.fullmatch(host.lower())
    return (found[1] or found[2]) if found else ""


def _media_type(headers: Headers) -> str:
    """The media type; empty unless there is exactly one: of two, the application might take either."""
    types = headers.getlist("content-type")
    return types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""


def _never_in_a_frame(send: Send) -> Send:
    """Forbid framing by other pages (clickjacking), also in a browser that sends no Sec-Fetch-Site."""

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Frame-Options"] = "SAMEORIGIN"
        await send(message)

    return send_guarded
