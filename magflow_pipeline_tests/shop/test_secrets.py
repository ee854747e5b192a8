"""Planted secrets are found nowhere: whatever goes wrong, wherever somebody looks afterwards."""

import base64
import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import psutil
import psycopg
import pytest

from magflow_pipeline.database import connection, embedded
from magflow_pipeline.database.connection import Use, open_database
from magflow_pipeline.database.owners import PIPELINE
from magflow_pipeline.database.roles import set_password
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.alerts.receivers import http_receiver
from magflow_pipeline_tests.shop.driver import ENDED, Shop, until

pytestmark = pytest.mark.slow

PLANTED = {
    "EMAG_MAIN_PASSWORD": "Zq7:main@/w?rd#-1",
    "EMAG_FBE_PASSWORD": "Zq7-fbe-refüsed-2",
    "EMAG_ECHO_PASSWORD": "Zq7-echoed-pass-3",
    "EMAG_DOWN_PASSWORD": "Zq7-down&out=%-44",
    "MAGFLOW_DATABASE_PASSWORD": "Zq7:data@base/p%-5",
    "MAGFLOW_WEBHOOK_SECRET": "Zq7-webhook-signs-6",
}
HIDDEN_IN_URL = {"MAGFLOW_WEBHOOK_URL": "Zq7-webhook-path-7", "MAGFLOW_HEARTBEAT_URL": "Zq7-heartbeat-8"}
CHANNEL_SECRET = "Zq7-channel-pass-9"
WRONG = ["Zq7-wrong-database-10", "Zq7-in-bad-address-11", "Zq7-instead-of-file-12"]
USERS = ("main", "fbe", "echo", "down", PIPELINE, "hook")
SECRETS = [*PLANTED.values(), *HIDDEN_IN_URL.values(), CHANNEL_SECRET, *WRONG]
VERBS = [
    "check", "sync", "orders", "status", "history", "alerts send", "alerts", "alerts test hook", "conflicts", "rates",
    "digest", "metrics --once", "database growth", "database psql -c SELECT(nothing)", "report --format csv",
    "report --format json", "report --format html", "replay", "verify --all", "cleanup",
    "sync --mode selective --sku NO",
]  # fmt: skip


def spellings(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, in an address, in JSON, and in HTTP Basic with any of the users."""
    written = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    written |= {secret.encode("unicode_escape").decode(), secret.replace("%", "%%")}
    basic = {base64.b64encode(f"{user}:{secret}".encode()) for user in USERS}
    return {each.encode() for each in written} | basic | {base64.b64encode(secret.encode())}


# PostgreSQL's programs log in by the database's password: their environment is read by nobody but their user.
PROGRAMS = ("psql", "pg_dump", "pg_restore")
OF_PROGRAMS = f"PGPASSWORD={PLANTED['MAGFLOW_DATABASE_PASSWORD']}".encode()
SPELLED = {secret: spellings(secret) for secret in SECRETS}


@dataclass
class Search:
    """What was looked at, and where a secret was found."""

    spelled: Mapping[str, set[bytes]] = field(default_factory=lambda: SPELLED)
    found: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def look(self, where: str, content: bytes) -> None:
        """Look for every secret in some bytes."""
        self.looked_at.add(where)
        self.found += [
            f"{secret} in {where}: {content[max(0, place - 80) : place + 80]!r}"
            for secret, written in self.spelled.items()
            for each in written
            if (place := content.find(each)) >= 0
        ]

    def look_at_files(self, folder: Path) -> None:
        """Look at every file below a folder; in archives, such as workbooks and back-ups, at what is packed, too."""
        for file in folder.rglob("*"):
            with suppress(OSError):
                if file.is_file() and not file.is_symlink():
                    self.look(str(file), file.read_bytes())
                    if zipfile.is_zipfile(file):
                        with zipfile.ZipFile(file) as archive:
                            for name in archive.namelist():
                                self.look(f"{file}/{name}", archive.read(name))

    @contextmanager
    def watching_processes(self) -> Iterator[None]:
        """Look at command lines and environments of all processes of the machine, again and again."""
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.2):
                for process in psutil.process_iter():
                    for what in ("cmdline", "environ"):
                        with suppress(OSError, psutil.Error):
                            content, name = Path(f"/proc/{process.pid}/{what}").read_bytes(), process.name()
                            if name in PROGRAMS and what == "environ":
                                content = content.replace(OF_PROGRAMS, b"")
                            if b"magflow" in content:
                                self.look(f"{what} of {name}", content)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


@contextmanager
def marketplace() -> Iterator[str]:
    """A marketplace with passwords of its own: `/ok` is the simulator, `/echo` answers with what it was sent."""
    catalogue = make_catalogue()
    few = type(catalogue)({name: offers[:30] for name, offers in catalogue.accounts.items()})
    with running(few, {name: Switches(enforce_rate_limit=False) for name in ("main", "fbe")}) as simulator:

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                _, kind, rest = self.path.split("/", 2)
                given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic "))
                user, _, password = given.decode().partition(":")
                if kind == "echo":
                    text = (
                        f"{self.headers['Authorization']} is {given.decode()}, password {password!r} {quote(password)}"
                    )
                    self.answer(
                        500 if "count" in rest else 200, f'{{"isError": true, "messages": ["{text}"]}}'.encode()
                    )
                    return
                right = "demo" if password == PLANTED[f"EMAG_{user.upper()}_PASSWORD"] and user == "main" else "wrong"
                answer = httpx.post(
                    f"{simulator.origin}/{rest}",
                    content=body,
                    auth=(user, right),
                    headers={"Content-Type": self.headers.get("Content-Type", "application/json")},
                    timeout=60,
                    trust_env=False,
                )
                self.answer(answer.status_code, answer.content)

            def answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()


@dataclass
class Server:
    """A PostgreSQL that asks for passwords and writes every statement into its log."""

    home: Path
    port: int

    def start(self) -> str:
        """Start it; the superuser's address without a database."""
        address = f"postgresql://postgres@/{{}}?host={embedded.start(self.home, port=self.port)}"
        access = self.home / "postgres" / "pg_hba.conf"
        access.write_text(f"{access.read_text()}host all {PIPELINE} 127.0.0.1/32 scram-sha-256\n")
        with psycopg.connect(address.format("postgres"), autocommit=True) as session:
            session.execute("ALTER SYSTEM SET log_statement = 'all'")
            session.execute("ALTER SYSTEM SET log_connections = 'on'")
            session.execute("SELECT pg_reload_conf()")
        return address


@contextmanager
def folders() -> Iterator[tuple[Path, Path, Path]]:
    """A home, a home of the server, and where the secrets are mounted, which alone is not searched."""
    above = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    above.chmod(0o755)
    home, server, mounted = above / "home", above / "server", above / "mounted"
    for each in (home, server, mounted):
        each.mkdir()
    try:
        yield home, server, mounted
    finally:
        embedded.stop(server)
        shutil.rmtree(above, ignore_errors=True)


def mount(folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """Write secrets into files; the variables that name these."""
    for name, secret in secrets.items():
        (folder / name).write_text(f"{secret}\n")
    return {f"{name}_FILE": str(folder / name) for name in secrets}


def test_planted_secrets_are_found_nowhere_whatever_goes_wrong():
    search = Search()
    with folders() as (home, server_home, mounted), marketplace() as origin, http_receiver() as receiver:
        server = Server(server_home, _free_port())
        superuser = server.start()
        with psycopg.connect(superuser.format("postgres"), autocommit=True) as session:
            session.execute("CREATE DATABASE shop TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
        connection._open.cache_clear()
        administrator = Settings(MAGFLOW_HOME=str(home), MAGFLOW_DATABASE_URL=superuser.format("shop"))
        open_database(administrator, Use.MIGRATE)
        set_password(administrator, PIPELINE, PLANTED["MAGFLOW_DATABASE_PASSWORD"])

        addresses = {name: f"http://{receiver.address}/{secret}" for name, secret in HIDDEN_IN_URL.items()}
        channels = {"MAGFLOW_ALERT_URLS": f"hook=json://hook:{CHANNEL_SECRET}@{receiver.address}/alerts"}
        shop = Shop(home)
        shop.more = {
            "MAGFLOW_DATABASE_URL": f"postgresql://{PIPELINE}@127.0.0.1:{server.port}/shop",
            "EMAG_ACCOUNTS": "main,fbe,echo,down",
            "EMAG_RETRY_ATTEMPTS": "2",
            "EMAG_RETRY_MAX_WAIT_SECONDS": "1",
            "EMAG_REQUESTS_PER_SECOND": "100",
            "EMAG_REQUESTS_PER_MINUTE": "6000",
            **mount(mounted, PLANTED | addresses | channels),
        }
        for account, place in {"main": "/ok", "fbe": "/ok", "echo": "/echo", "down": None}.items():
            shop.more[f"EMAG_{account.upper()}_USERNAME"] = account
            base = f"{origin}{place}" if place else "http://127.0.0.1:9"
            shop.more[f"EMAG_{account.upper()}_BASE_URL"] = f"{base}/api-3"

        def call(verb: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
            before = dict(shop.more)
            shop.more = {name: value for name, value in {**before, **changed}.items() if value is not None}
            try:
                done = shop.run(*verb.split())
            finally:
                shop.more = before
            search.look(f"stdout of {verb} {sorted(changed)}", done.stdout.encode())
            search.look(f"stderr of {verb} {sorted(changed)}", done.stderr.encode())
            return done

        with search.watching_processes():
            for verb in VERBS:
                call(verb)
            exported = home / "exported.xlsx"
            call(f"report --format xlsx --output {exported}")
            assert call("database backup").returncode == 0
            assert psycopg_rows(superuser, "SELECT count(*) FROM app.emag_products_v2") != [(0,)], "main was read"
            with shop.up():
                runs = [shop.launch("sync_account", account) for account in ("main", "fbe", "echo", "down")]
                with psycopg.connect(superuser.format("shop"), autocommit=True) as session:
                    until(lambda: all(shop.status(run) in ENDED for run in runs))
                    # An error that nobody foresaw, in a run: a table is not there.
                    session.execute("ALTER TABLE app.emag_offers_seen RENAME TO away")
                    broken = shop.launch("sync_account", "main")
                    until(lambda: shop.status(broken) in ENDED)
                    assert shop.status(broken) == "FAILURE"
                    session.execute("ALTER TABLE app.away RENAME TO emag_offers_seen")
                call("alerts send")
                # The database goes away under everything that runs.
                embedded.stop(server_home)
                for verb in ("status", "check", "sync", "orders", "metrics --once", "database url"):
                    assert call(verb).returncode != 0, verb
                server.start()
            search.look("what up says", shop.said().encode())
            for changed in _wrong_settings(mounted):
                for verb in ("check", "up", "database psql"):
                    assert call(verb, **changed).returncode == 2, (verb, changed)

        for got in receiver.got:  # a channel's own address comes with it
            search.look(f"body for {got.path}", got.body)
        assert receiver.got
        for name in ("shop", "shop_dagster"):
            command = [str(embedded.BINARIES / "pg_dump"), f"--dbname={superuser.format(name)}"]
            search.look(f"dump of {name}", subprocess.run(command, check=True, capture_output=True, cwd="/").stdout)
        search.look_at_files(home)
        search.look_at_files(server_home)

    assert {"dump of shop_dagster", "cmdline of postgres", "what up says"} <= search.looked_at
    assert any(each.startswith("environ of ") for each in search.looked_at)
    assert any("/logs/" in each for each in search.looked_at) and any(".zip/" in each for each in search.looked_at)
    assert search.found == []


def _wrong_settings(mounted: Path) -> Iterator[dict[str, str | None]]:
    wrong = mounted / "wrong"
    wrong.write_text(WRONG[0])
    yield {"MAGFLOW_DATABASE_PASSWORD_FILE": str(wrong)}
    address = f"postgresql://{PIPELINE}:{WRONG[1]}@x@127.0.0.1:1/shop"
    (mounted / "bad").write_text(address)
    yield {"MAGFLOW_DATABASE_URL": None, "MAGFLOW_DATABASE_URL_FILE": str(mounted / "bad")}
    yield {"MAGFLOW_DATABASE_PASSWORD_FILE": str(mounted / "nothing")}
    # The searches for command lines and environments cannot look here: the mistake is the user's own.
    (mounted / "several").write_text(f"{WRONG[2]}\n{WRONG[2]}\n")
    yield {"MAGFLOW_WEBHOOK_SECRET_FILE": str(mounted / "several")}


def psycopg_rows(superuser: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(superuser.format("shop")) as session:
        return session.execute(query.encode()).fetchall()


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port


def test_the_search_finds_a_secret_however_it_is_written(tmp_path):
    """A search that finds nothing proves nothing: each spelling and each place has to be found."""
    for secret, written in SPELLED.items():
        for each in written:
            search = Search()
            search.look("here", b"before " + each + b" after")
            assert search.found, (secret, each)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", SECRETS[0])
    search = Search()
    search.look_at_files(tmp_path)
    assert any("packed.zip/member" in each for each in search.found)
    own = "Zq7-of-this-test"  # the other test may look at the same processes
    search = Search({own: spellings(own)})
    with search.watching_processes():
        child = subprocess.Popen(["sleep", "30"], env={"MAGFLOW_X": f"magflow {own}"})
        until(lambda: any("environ of sleep" in each for each in search.found), 30)
        child.terminate()
        child.wait()
