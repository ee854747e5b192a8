"""A marketplace of sockets and bytes: it says what no framework would."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """What a server was told: the heads of requests, or their bodies."""

    port: int = 0
    requests: list[Any] = field(default_factory=list[Any])
    sent: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api-3"


@contextmanager
def speaking(speak: Callable[[socket.socket, bytes], Iterator[bytes]]) -> Iterator[Heard]:
    """A server that writes what `speak` yields, given the connection and the request, until nobody listens."""
    heard = Heard()
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = connection.recv(65536)
            if not request:
                return  # a connection that was opened and not used
            heard.requests.append(request)
            for piece in speak(connection, request):
                connection.sendall(piece)
                heard.sent += len(piece)
                if ended.is_set():
                    return

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard.port = listener.getsockname()[1]
        threading.Thread(target=accept, args=[listener], daemon=True).start()
        yield heard
        ended.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def selling(rows: Sequence[str | bytes]) -> Iterator[Heard]:
    """A marketplace whose pages are put together from these rows, whatever they are, in this order."""
    texts = [row if isinstance(row, bytes) else row.encode("utf-8", "surrogateescape") for row in rows]
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.requests.append(asked)
            if self.path.endswith("count"):
                results = b'{"noOfItems": "%d"}' % len(texts)
            else:
                size, page = asked["itemsPerPage"], asked["currentPage"]
                results = b"[" + b",".join(texts[(page - 1) * size : page * size]) + b"]"
            body = b'{"isError": false, "messages": [], "results": ' + results + b"}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        heard.port = server.server_port
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield heard
        server.shutdown()
