"""Pictures of products from their addresses, as small JPEGs of our own making, for a workbook.

An address comes from a catalogue that others write: it may name a machine inside the seller's network, trickle, lead in
a circle, or answer with gigabytes or with what is no picture. What cannot be had within the limits is left out.
"""

import io
import ipaddress
import socket
import ssl
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx
from PIL import Image, ImageOps

MOST_PICTURES = 500
MOST_BYTES = 8 * 2**20
MOST_PIXELS = 40_000_000
SIDE = 160  # pixels of the longer side
ALL_SECONDS = 60.0
ONE_SECONDS = 10.0
AT_ONCE = 8
MOST_REDIRECTS = 3
KINDS = ("PNG", "JPEG", "GIF")
_WHITE = (255, 255, 255)
# IPv6 addresses that hold an IPv4 address, which they are routed to: 6to4, Teredo, NAT64.
_TUNNELS = tuple(map(ipaddress.IPv6Network, ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _UnusableError(Exception):
    """There is no picture to be had at an address."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet, and not of a machine or network of somebody's own.

    >>> [is_public(ipaddress.ip_address(each)) for each in ("93.184.215.14", "10.0.0.1", "::1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    is_tunnel = isinstance(address, ipaddress.IPv6Address) and any(address in each for each in _TUNNELS)
    return address.is_global and not address.is_multicast and not is_tunnel


def fetch_pictures(
    urls: Sequence[str], *, seconds: float = ALL_SECONDS, may_reach: Callable[[Address], bool] = is_public
) -> dict[str, bytes]:
    """The pictures of the first `MOST_PICTURES` addresses, as JPEGs of at most `SIDE` pixels a side, by address.

    Takes at most about `seconds` for all of them together. Only http and https, and only to machines that `may_reach`
    accepts, also after a redirect. An address without such a picture has no entry; nothing is raised.
    """
    wanted = list(dict.fromkeys(urls))[:MOST_PICTURES]
    return anyio.run(_fetch_all, wanted, seconds, may_reach) if wanted else {}


async def _fetch_all(urls: Sequence[str], seconds: float, may_reach: Callable[[Address], bool]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    slots, decoder = anyio.Semaphore(AT_ONCE), anyio.CapacityLimiter(1)  # one large picture in memory at a time

    async def fetch(url: str) -> None:
        async with slots:
            try:
                with anyio.fail_after(ONE_SECONDS):
                    body = await _body_of(client, url, may_reach)
                if small := await anyio.to_thread.run_sync(_small, body, limiter=decoder):
                    found[url] = small
            except (_UnusableError, TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
                return

    async with httpx.AsyncClient(
        # A proxy would look the name up once more, and reach what was refused here.
        trust_env=False,
        verify=ssl.create_default_context(),
        # A connection is verified for one name; others on the same address need their own.
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"Accept": "image/jpeg, image/png, image/gif", "Accept-Encoding": "identity", "User-Agent": "magflow"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=ONE_SECONDS,
    ) as client:
        with anyio.move_on_after(seconds):
            async with anyio.create_task_group() as group:
                for url in urls:
                    group.start_soon(fetch, url)
    return found


async def _body_of(client: httpx.AsyncClient, url: str, may_reach: Callable[[Address], bool]) -> bytes:
    target = httpx.URL(url)
    for _ in range(1 + MOST_REDIRECTS):
        pinned = await _pinned(target, may_reach)
        # By the address that was looked at, not by the name, which could be answered otherwise the second time.
        headers, extensions = {"Host": target.netloc.decode("ascii")}, {"sni_hostname": target.host}
        async with client.stream("GET", pinned, headers=headers, extensions=extensions) as answer:
            if answer.has_redirect_location:
                target = target.join(answer.headers["Location"])
                continue
            if answer.status_code != 200:
                raise _UnusableError
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise _UnusableError
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _UnusableError
            return bytes(body)
    raise _UnusableError


async def _pinned(url: httpx.URL, may_reach: Callable[[Address], bool]) -> httpx.URL:
    """The same with an address of its machine, after a look at all of them, and without user and password."""
    if url.scheme not in {"http", "https"} or not url.host:
        raise _UnusableError
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    # Not by the loop's executor, for which the end of the loop waits, however long a name server takes.
    ask = partial(socket.getaddrinfo, url.host, port, type=socket.SOCK_STREAM)
    found = await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)
    addresses = [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
    if not addresses or not all(map(may_reach, addresses)):
        raise _UnusableError
    return url.copy_with(host=str(addresses[0]), username="", password="")


def _small(body: bytes) -> bytes:
    """The picture in `body` made small; empty where it is too large to be unpacked.

    It is drawn anew, so that nothing else of it goes on, such as where it was taken.
    """
    try:
        # A picture that is odd and can be drawn will do.
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(body), formats=KINDS) as picture:
            return _drawn(picture) if picture.width * picture.height <= MOST_PIXELS else b""
    except Exception as error:  # a decoder may raise anything on bytes that somebody made up
        raise _UnusableError from error


def _drawn(picture: Image.Image) -> bytes:
    picture.draft("RGB", (SIDE, SIDE))  # a JPEG is not unpacked larger than it is needed
    picture.thumbnail((SIDE, SIDE))
    seen = ImageOps.exif_transpose(picture).convert("RGBA")
    drawn = Image.new("RGB", seen.size, _WHITE)
    drawn.paste(seen, mask=seen)
    made = io.BytesIO()
    drawn.save(made, "JPEG", quality=85)
    return made.getvalue()
