"""No web page operates what has no login: the UI of Dagster, and the simulator's switches."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from magflow_pipeline.settings import PROJECT_ROOT, load_settings
from magflow_pipeline_tests.shop.driver import until

MUTATION = 'mutation { stopRunningSchedule(id: "x") { __typename } }'
VERSION = {"query": "{ version }"}
OWN = {"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"}
# What a browser sends of a page that is not ours, and what it sends when a name was made to point here.
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost.evil.example"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example:{port}"},
    {"Host": ""},
    {"Host": "evil.example@127.0.0.1:{port}"},
    {"Host": "127.0.0.1/.evil.example"},
    {"Host": "127.0.0.1?.evil.example"},
    {"Host": "127.0.0.1#.evil.example"},
    {"Host": "127.0.0.1:evil"},
    {"Host": "[::1"},
    {"Origin": "http://[::1"},
    {"Origin": "ftp://{host}"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Dagster's UI as `magflow up` serves it, without code behind it, and under one more name."""
    home: Path = tmp_path_factory.mktemp("ui")
    (home / "workspace.yaml").write_text("load_from: []\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "MAGFLOW_UI_HOSTS": "Stock.example.ro:8443",
        "MAGFLOW_ENV_FILE": os.devnull,
    }
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    command = [sys.executable, "-m", "magflow_pipeline.shop.webserver", "-h", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen([*command, "-w", str(home / "workspace.yaml")], env=environment, cwd=PROJECT_ROOT)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            until(lambda: _answers(client))
            yield client
    finally:
        process.terminate()
        process.wait(30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/server_info").is_success
    except httpx.TransportError:
        return False


def _of(client: httpx.Client, headers: dict[str, str]) -> dict[str, str]:
    return {
        name: value.format(host=client.base_url.netloc.decode(), port=client.base_url.port)
        for name, value in headers.items()
    }


def test_the_ui_answers_its_own_page_and_programs_of_this_machine(ui):
    for headers in ({}, OWN, {"Sec-Fetch-Site": "none"}, {"Host": "localhost:{port}"}, {"Host": "Stock.Example.ro"}):
        answer = ui.post("/graphql", json=VERSION, headers=_of(ui, headers))
        assert answer.json()["data"]["version"], headers
    assert ui.get("/overview", headers={"Accept": "text/html"}).is_success
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert ui.get("/runs", headers=link).is_success, "a link in a mail opens the UI"


@pytest.mark.parametrize("headers", FOREIGN)
def test_the_ui_answers_no_page_of_somebody_else(ui, headers):
    foreign = _of(ui, headers)
    assert ui.post("/graphql", json={"query": MUTATION}, headers=foreign).status_code == 403
    assert ui.get("/graphql", params={"query": MUTATION}, headers=foreign).status_code == 403
    assert ui.get("/", headers=foreign).status_code == 403
    assert ui.get("/graphql", headers=foreign | UPGRADE).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("name", ["query", "%71uery"])
def test_an_image_or_a_link_asks_nothing(ui, method, name):
    """`<img src="http://127.0.0.1:3000/graphql?query=mutation{...}">` stopped all schedules."""
    assert ui.request(method, f"/graphql?variables=%7B%7D&{name}=mutation").status_code == 403


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain", "text/plain; application/json", "application/graphql", ""],
)
def test_a_form_asks_nothing(ui, content_type):
    """These a browser sends to another origin without asking it first; Dagster reads the second last as a query."""
    body = '{"query": "{ version }"}'
    answer = ui.post("/graphql", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 403 and "version" not in answer.text
    assert ui.post("/report_asset_materialization/x", content=body, headers={"Content-Type": content_type}).is_error


def test_a_header_that_comes_twice_is_no_way_around(ui):
    own = ui.base_url.netloc.decode()
    with socket.create_connection((str(ui.base_url.host), ui.base_url.port or 0)) as raw:  # httpx sends no two
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 403 ") and answer.endswith(b"Refused: the request has two Host headers.\n")
    for twice in (
        [("Origin", f"http://{own}"), ("Origin", "http://evil.example")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
    ):
        json = [] if twice[0][0] == "Content-Type" else [("Content-Type", "application/json")]
        assert ui.post("/graphql", content='{"query": "{ version }"}', headers=[*twice, *json]).status_code == 403, (
            twice
        )


def test_no_other_page_shows_the_ui_in_a_frame(ui):
    """Under the pointer, a frame that nobody sees is clicked on; a browser of some age does not say who asks."""
    assert ui.get("/overview").headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_ui_takes_no_socket_from_another_page(ui):
    """A WebSocket knows no same-origin rule: the server has to look."""
    assert ui.get("/graphql", headers=_of(ui, UPGRADE | OWN)).status_code == 101


def test_no_page_turns_the_simulators_switches(make_simulator):
    simulator = make_simulator()
    with httpx.Client(base_url=simulator.origin, trust_env=False) as client:
        for headers in FOREIGN:
            answer = client.patch("/_simulator/switches/main", json={"refuse_ip": True}, headers=_of(client, headers))
            assert answer.status_code == 403, headers
        assert client.get("/_simulator/switches/main").json()["refuse_ip"] is False
        curl = client.patch(  # as the README has it
            "/_simulator/switches/main",
            content='{"refuse_ip": true}',
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert curl.is_success


def test_a_name_of_a_proxy_is_a_setting(monkeypatch):
    monkeypatch.setenv("MAGFLOW_UI_HOSTS", "stock.example.ro, stoc.example.ro")
    assert load_settings().ui_hosts == ("stock.example.ro", "stoc.example.ro")
