"""The gate in front of an HTTP server that has no login: what another web page could make a browser send is refused.

A page that the operator happens to read can let his browser send requests to loopback. What a page cannot do is
forge the headers Host and Origin, or send JSON to another origin without asking that origin first. So:

- `Host` has to be a known name, or a page could make its own name point here (DNS rebinding);
- `Origin`, where a browser sends one, has to be the server's own;
- what changes something is a POST of JSON, never a link, an image or a form.

Belongs here: what is refused, for any ASGI application. Not here: what lies behind it.
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
# Nothing but a name or an address, and a port: what a lenient reader would make of more, a page could choose.
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d+)?", re.ASCII)
ORIGIN = re.compile(r"https?://(\S+)")


class Gate:
    """Middleware that lets through what a person or a program of this machine asks for.

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
    """What a link, an image or a form could send, which a browser does without asking."""
    if scope["method"] in READING:
        asks = scope["path"].endswith("/graphql") and "query" in parse_qs(scope["query_string"].decode("latin-1"))
        return "a query is a POST of JSON, not a link." if asks else None
    if scope["method"] == "POST" and _media_type(headers) != "application/json":
        return "what changes something is a POST of JSON (Content-Type: application/json)."
    return None


def _is_a_visit(scope: Scope, headers: Headers) -> bool:
    """A person follows a link to a page: nothing changes by it, and the page that has the link sees nothing of it."""
    is_navigation = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return scope["type"] == "http" and scope["method"] in READING and is_navigation


def _name(host: str) -> str:
    """The name in a Host header, lower case and without the port; empty where it is none."""
    found = HOST.fullmatch(host.lower())
    return (found[1] or found[2]) if found else ""


def _media_type(headers: Headers) -> str:
    """The one that is named; of two, nobody knows which counts behind the gate."""
    types = headers.getlist("content-type")
    return types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""


def _never_in_a_frame(send: Send) -> Send:
    """Another page must not lay the UI under the pointer either, also in a browser that does not say who asks."""

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Frame-Options"] = "SAMEORIGIN"
        await send(message)

    return send_guarded
