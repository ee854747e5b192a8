"""Receives and decompresses the body of an answer, both within bounds."""

import zlib
from dataclasses import dataclass

import httpx

from magflow_pipeline.emag.errors import MalformedError, TooLargeError
from magflow_pipeline.text import noted

ACCEPTED = "gzip"
MOST_BYTES = 16 * 2**20  # a page of 100 offers has about 1 MB
MOST_BYTES_OF_AN_ERROR = 2**16


@dataclass(frozen=True)
class Answer:
    """An answer, decompressed; the body of an error is cut."""

    status: int
    body: bytes
    retry_after: str = ""


async def receive(response: httpx.Response) -> Answer:
    """Read the answer to its end, or until it is too large.

    Raises:
        TooLargeError: a success that is larger than any page.
        MalformedError: a success that cannot be decompressed.
    """
    is_success = response.status_code == 200
    try:
        body = await _body(response, MOST_BYTES if is_success else MOST_BYTES_OF_AN_ERROR, is_cut=not is_success)
    except MalformedError:
        if is_success:
            raise
        body = b""  # the status says enough
    return Answer(response.status_code, body, response.headers.get("Retry-After", ""))


async def _body(response: httpx.Response, most: int, *, is_cut: bool) -> bytes:
    unpacking = _unpacking(response.headers.get("Content-Encoding", ""))
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        body += unpacking.unpack(chunk, most + 1 - len(body)) if unpacking else chunk
        if max(received, len(body)) > most:
            if is_cut:
                return bytes(body[:most])
            raise TooLargeError(f"the answer is larger than {most // 2**20} MiB")
    if unpacking and received and not unpacking.is_complete:
        raise MalformedError("the answer cannot be unpacked: it ends too early")
    return bytes(body)


def _unpacking(encoding: str) -> "_Gzip | None":
    names = [name for each in encoding.lower().split(",") if (name := each.strip()) not in ("", "identity")]
    if not names:
        return None
    if names not in ([ACCEPTED], [f"x-{ACCEPTED}"]):
        raise MalformedError(f"the answer is packed as {noted(encoding, 40)!r}, and {ACCEPTED} was asked for")
    return _Gzip()


class _Gzip:
    """Decompresses within a bound: httpx would inflate a chunk whole, 64 KB to 64 MB, or 64 GB if packed twice."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_complete(self) -> bool:
        return self._zlib.eof

    def unpack(self, chunk: bytes, most: int) -> bytes:
        try:
            return b"" if self._zlib.eof else self._zlib.decompress(chunk, most)
        except zlib.error:
            raise MalformedError("the answer cannot be unpacked") from None
