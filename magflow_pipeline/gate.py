"""The gate in front of an HTTP server that has no login: what another web page could make a browser send is refused.

A page that the operator happens to read can let his browser send requests to loopback. What a page cannot do is
forge the headers Host and Origin, or send JSON to another origin without asking that origin first. So:

- `Host` has to be a known name, or a page could make its own name point here (DNS rebinding);
- `Origin`, where a browser sends one, has to be the server's own;
- what changes something is a POST of JSON, never a link, an image or a form.

Belongs here: what is refused, for any ASGI application. Not here: what lies behind it.
"""

from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Middleware that lets through what a person or a program of this machine asks for.

    `hosts` are the names that the server is called by, without ports. `below` is the path that is guarded.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = LOOPBACK, below: str = "/") -> None:
        self.app, self.hosts, self.below = app, frozenset(host.lower() for host in hosts), below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 with the reason."""
        guarded = scope["type"] in ("http", "websocket") and scope["path"].startswith(self.below)
        refusal = self._refusal(scope) if guarded else None
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008, refusal)(scope, receive, send)
        else:
            await PlainTextResponse(f"Refused: {refusal}\n", 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name(hosts[0]) not in self.hosts:
            return f"this server is not called {hosts[0][:100] if hosts else ''!r}; a proxy's name: MAGFLOW_UI_HOSTS."
        if _is_from_elsewhere(scope, headers, hosts[0]):
            return "the request comes from another web page."
        return None if scope["type"] == "websocket" else _wrong_form(scope, headers)


def _is_from_elsewhere(scope: Scope, headers: Headers, host: str) -> bool:
    if any(urlsplit(origin).netloc.lower() != host.lower() for origin in headers.getlist("origin")):
        return True
    site = headers.get("sec-fetch-site", "none")
    return site not in ("none", "same-origin") and not _is_a_visit(scope, headers)


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
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
