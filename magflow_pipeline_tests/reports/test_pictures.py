"""Pictures of a catalogue that others write: what is had of them, and what must not be asked for."""

import gzip
import io
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from PIL import Image

from magflow_pipeline.reports import pictures
from magflow_pipeline.reports.pictures import MOST_BYTES, SIDE, fetch_pictures, is_public
from magflow_pipeline_tests.reports.picture_server import HERE, PLANTED, Pictures, bomb, only, picture, picture_server


@pytest.fixture
def server() -> Iterator[Pictures]:
    with picture_server() as server:
        yield server


def test_png_jpeg_and_gif_become_small_jpegs(server):
    urls = [server.put(f"/{kind}", picture(kind)) for kind in ("PNG", "JPEG", "GIF")]
    found = fetch_pictures(urls, may_reach=only(HERE))
    assert set(found) == set(urls)
    for body in found.values():
        with Image.open(io.BytesIO(body)) as small:
            assert (small.format, small.size) == ("JPEG", (SIDE, SIDE // 2))


def test_nothing_else_of_a_picture_goes_on(server):
    """A photograph carries where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x010E] = PLANTED.decode()
    body = picture("JPEG", exif=exif, comment=PLANTED)
    assert body.count(PLANTED) == 2
    [small] = fetch_pictures([server.put("/", body)], may_reach=only(HERE)).values()
    assert PLANTED not in small


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"<html>", {"Content_Type": "image/png"}),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', {"Content_Type": "image/png"}),
        (picture("BMP"), {}),
        (picture("WEBP"), {"Content_Type": "image/png"}),
        (picture("PNG")[:200], {}),
        (gzip.compress(picture("PNG")), {"Content_Encoding": "gzip"}),
        (picture("PNG") + bytes(MOST_BYTES), {}),
        (bomb(8000, 8000), {}),
        (bomb(30_000, 8000), {}),
    ],
    ids=["empty", "html", "svg", "bmp", "webp", "cut", "packed", "large", "bomb", "large bomb"],
)
def test_what_is_no_picture_within_the_limits_is_left_out(server, body, headers):
    good = server.put("/good", picture())
    assert list(fetch_pictures([server.put("/bad", body, **headers), good], may_reach=only(HERE))) == [good]


def test_errors_and_circles_are_left_out(server):
    urls = [
        server.put("/error", picture(), status=500),
        server.put("/circle", status=302, Location="/circle"),
        server.put("/file", status=302, Location="file:///etc/passwd"),
        server.put("/nowhere", status=302, Location="http://"),
        server.put("/odd", status=302, Location="http://[::1"),
        *("ftp://example.com/a.png", "data:image/png;base64,AAAA", "file:///etc/passwd", "//", "", "http://a b/", "☃"),
        "http://127.0.0.1:1/refused.png",
        "http://name.invalid/a.png",
    ]
    there = server.put("/there", picture())
    moved = server.put("/moved", status=301, Location="/there")
    assert set(fetch_pictures([*urls, moved, there], may_reach=only(HERE))) == {moved, there}


def test_no_machine_of_the_sellers_own_network_is_asked(server):
    """A catalogue named the router's page, and the answer would have gone to a supplier."""
    with picture_server("127.0.0.2") as inside:
        at_inside = inside.put("/picture", picture())
        redirected = server.put("/redirected", status=302, Location=at_inside)
        named = server.put("/named", picture()).replace("127.0.0.1", "localhost")
        assert fetch_pictures([server.put("/a", picture()), named, at_inside]) == {}
        assert server.asked == inside.asked == []
        assert fetch_pictures([redirected], may_reach=only(HERE)) == {}
        assert (server.asked, inside.asked) == (["/redirected"], [])


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff0e::1"),
    ],
)
def test_addresses_that_are_somebodys_own(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_internet(address):
    assert is_public(ip_address(address))


def test_pictures_that_do_not_come_cost_no_more_than_the_time_for_all(server, monkeypatch):
    """A server that did not end its answers held the whole order back."""
    monkeypatch.setattr(pictures, "ONE_SECONDS", 600)
    endless = [server.put(f"/endless{number}", picture(), X_Endless="yes") for number in range(3)]
    assert fetch_pictures(endless, seconds=0.5, may_reach=only(HERE)) == {}  # after a minute they would be pictures


def test_each_address_is_asked_once_and_at_most_so_many(server, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PICTURES", 20)
    urls = [server.put(f"/{number}") for number in range(30)]
    assert fetch_pictures([*urls, *urls], may_reach=only(HERE)) == {}
    assert sorted(server.asked) == sorted(f"/{number}" for number in range(20))
