"""A server of pictures on loopback, and of what pretends to be one."""

import io
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address

from PIL import Image

from magflow_pipeline.reports.pictures import Address

HERE = IPv4Address("127.0.0.1")
PLANTED = b"PLANTED-IN-THE-PICTURE"


def picture(kind: str = "PNG", width: int = 400, height: int = 200, **options: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(made, kind, **options)
    return made.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kB that says it has so many pixels, and has them."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    lines = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@dataclass
class Pictures:
    """`answers` by path: a status, headers and a body; `is_over` ends the answers that never do."""

    address: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Answer so at `path`; returns its address."""
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
        return f"http://{self.address}{path}"


@contextmanager
def picture_server(host: str = "127.0.0.1") -> Iterator[Pictures]:
    pictures = Pictures()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pictures.asked.append(self.path)
            status, headers, body = pictures.answers.get(self.path, (404, {}, b""))
            with suppress(OSError):  # the client has seen enough
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
                if "X-Endless" in headers:
                    pictures.is_over.wait(60)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    pictures.address = f"{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield pictures
    finally:
        pictures.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def only(*addresses: IPv4Address) -> Callable[[Address], bool]:
    return lambda address: address in addresses
