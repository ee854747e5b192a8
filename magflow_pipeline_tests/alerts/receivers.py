"""Real receivers on loopback: HTTP that keeps what it gets and answers as told, and mail."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from aiosmtpd.controller import Controller

SECRET = "hunter2-secret-token"  # in the address of a channel


@dataclass
class Got:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`status` is the answer; `gate`, while it is cleared, keeps requests waiting."""

    port: int = 0
    status: int = 200
    location: str | None = None
    retry_after: str | None = None
    got: list[Got] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def http_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.got.append(Got(self.command, self.path, dict(self.headers), body))
            receiver.gate.wait(30)
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            if receiver.retry_after:
                self.send_header("Retry-After", receiver.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  # named by the library

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_receiver(begin: bytes, again: bytes, pause: float) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a receiver that answers with `begin`, and then with `again` after each pause (s), without end.

    And the heads of the requests that came.
    """
    heads: list[bytes] = []
    is_over = threading.Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            heads.append(self.request.recv(65_536))
            with suppress(OSError):
                self.request.sendall(begin)
                while not is_over.wait(pause):
                    self.request.sendall(again)

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", heads
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _AnyPort(Controller):
    """Takes a free port; the library's own trial connection asks for the number that it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_receiver() -> Iterator[tuple[int, list[EmailMessage]]]:
    """The port, and the mails that came."""
    mails: list[EmailMessage] = []

    class Handler:
        async def handle_DATA(  # noqa: N802  # named by the library
            self, _server: Any, _session: Any, envelope: Any
        ) -> str:
            mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            return "250 taken"

    controller = _AnyPort(Handler(), hostname="127.0.0.1", port=0, ready_timeout=10)
    controller.start()
    try:
        yield controller.port, mails
    finally:
        controller.stop()
