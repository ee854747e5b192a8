"""Fixtures: a real server, a fresh database a test, a marketplace over HTTP, a seller's environment."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from magflow_pipeline.accounts import Account, load_accounts
from magflow_pipeline.catalogue import incremental
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import ScanResult, sync_account
from magflow_pipeline.database import connection
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.engines import close_idle_engines
from magflow_pipeline.database.owners import PIPELINE
from magflow_pipeline.database.pool import close_kept_sessions
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.servers import (
    embedded_server,
    of_role,
    of_superuser,
    postgres_15_is_there,
    postgres_15_server,
)
from magflow_pipeline_tests.shop.driver import Shop, new_shop

TEMPLATE = "magflow_template"
NUMBERS = itertools.count(1)
LONGEST_TEST_SECONDS = 180


def pytest_configure() -> None:
    """The seed of the short soak: the same each time, so that no landing is luck. `SOAK_SEED=` is for others.

    It has wrong answers, a back-up, and kills of the database, the daemon and a worker.
    """
    os.environ.setdefault("SOAK_SEED", "37")


def pytest_report_header() -> str:
    """Says how to repeat the soak."""
    return f"soak: SOAK_SEED={os.environ['SOAK_SEED']}"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Neither a developer's variables nor the `.env` of the project reach a test."""
    for name in list(os.environ):
        if name.startswith(("EMAG_", "MAGFLOW_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MAGFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "true")
    _forget()
    yield
    _forget()


def _forget() -> None:
    load_settings.cache_clear()
    connection._open.cache_clear()
    close_idle_engines()  # those that a fixture of a module works with stay
    close_kept_sessions()


@pytest.fixture
def whole_day() -> None:
    """For tests that compare days with the database's: begins one near midnight in Bucharest after it."""
    now = datetime.now(BUCHAREST)
    midnight = datetime.combine(now.date() + timedelta(1), datetime.min.time(), tzinfo=BUCHAREST)
    left = (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
    if left < LONGEST_TEST_SECONDS:
        time.sleep(left)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A home of its own for `magflow up`, which the test starts."""
    with new_shop() as shop:
        yield shop


@pytest.fixture(scope="session")
def servers() -> Generator[Callable[[str], str]]:
    """Servers by name, started when first asked for; each has a migrated template database."""
    with ExitStack() as stack:
        started: dict[str, str] = {}

        def start(name: str) -> str:
            if name not in started:
                server = embedded_server() if name == "embedded" else postgres_15_server()
                address = stack.enter_context(server)
                _make_template(address)
                started[name] = address
            return started[name]

        yield start


def _make_template(address: str) -> None:
    with psycopg.connect(address.format("postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    connection._open.cache_clear()
    open_database(Settings(MAGFLOW_DATABASE_URL=address.format(TEMPLATE)))


@pytest.fixture
def server(servers: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    """The address of a server, with {} for the database. `both_servers` runs a test on each."""
    return servers(getattr(request, "param", "embedded"))


both_servers = pytest.mark.parametrize(
    "server",
    [
        "embedded",
        pytest.param(
            "15",
            # The oldest version we promise: on every change in CI, not on every save.
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(not postgres_15_is_there(), reason="PostgreSQL 15 is not installed on this machine"),
            ],
        ),
    ],
    indirect=True,
)


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """The address of a database of this test's own, with nothing in it."""
    yield from _new_database(server, "template0")


@pytest.fixture
def database_url(server: str) -> Iterator[str]:
    """The address of a migrated database of this test's own."""
    yield from _new_database(server, TEMPLATE)


def _new_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        # Copied as files, not through the WAL: a third of the time.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        session.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        session.execute(sql.SQL("ALTER DATABASE {} SET search_path TO app, public").format(sql.Identifier(name)))
        yield server.format(name)
        for each in (name, f"{name}_dagster"):
            session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))


@pytest.fixture
def database(server: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A migrated database of this test's own, which the settings name too: as the pipeline works in it."""
    url = of_role(database_url, PIPELINE)
    dagsters = sql.Identifier(f"{conninfo_to_dict(database_url)['dbname']}_dagster")
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {} OWNER magflow_pipeline STRATEGY file_copy").format(dagsters))
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", url)
    _forget()
    return open_database(load_settings())


@pytest.fixture
def session(database: Database) -> Iterator[psycopg.Connection]:
    """A superuser's session on the database of the test, in autocommit."""
    with of_superuser(database).connect("test") as session:
        yield session


@pytest.fixture
def make_seller(monkeypatch: pytest.MonkeyPatch) -> Callable[[Simulator], Settings]:
    """Let the environment name the simulator's accounts, with retries that do not wait."""

    def make(simulator: Simulator, **variables: str) -> Settings:
        for account in ("MAIN", "FBE"):
            monkeypatch.setenv(f"EMAG_{account}_USERNAME", account.lower())
            monkeypatch.setenv(f"EMAG_{account}_PASSWORD", "demo")
            monkeypatch.setenv(f"EMAG_{account}_BASE_URL", simulator.url)
        # A test of what is stored need not wait for permits; tests of the limit set it themselves.
        monkeypatch.setenv("EMAG_REQUESTS_PER_SECOND", "1000")
        monkeypatch.setenv("EMAG_REQUESTS_PER_MINUTE", "60000")
        monkeypatch.setenv("EMAG_RETRY_MAX_WAIT_SECONDS", "0")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        load_settings.cache_clear()
        return load_settings()

    return make


@pytest.fixture
def make_simulator() -> Iterator[Callable[..., Simulator]]:
    """Start a marketplace with the offers given per account; it lets everything through at any speed."""
    with ExitStack() as stack:

        def make(**offers: list[dict[str, object]]) -> Simulator:
            switches = {name: Switches(enforce_rate_limit=False) for name in ("main", "fbe")}
            catalogue = Catalogue({"main": [], "fbe": [], **offers})
            return stack.enter_context(running(catalogue, switches))

        yield make


@pytest.fixture
def accounts() -> Callable[[], dict[str, Account]]:
    """The configured accounts by name."""
    return lambda: {account.name: account for account in load_accounts(load_settings())}


@pytest.fixture
def start_sync(database: Database, accounts: Callable[[], dict[str, Account]]) -> Callable[..., Any]:
    """The coroutine of a sync of an account, with some options."""

    def start(account: str = "main", tell: Callable[[str], None] = print, **options: Any) -> Any:
        settings = load_settings()
        return sync_account(database, settings, accounts()[account], make_options(settings, **options), tell=tell)

    return start


@pytest.fixture
def sync(start_sync: Callable[..., Any]) -> Callable[..., ScanResult]:
    """Sync an account to the end."""
    return lambda *account, **options: asyncio.run(start_sync(*account, **options))


@pytest.fixture
def rows(session: psycopg.Connection) -> Callable[..., list[dict[str, Any]]]:
    """The rows of a query, each a dict."""

    def read(query: str, *parameters: Any) -> list[dict[str, Any]]:
        with session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    return read


@pytest.fixture
def newest_log(rows: Callable[..., list[dict[str, Any]]]) -> Callable[[], dict[str, Any]]:
    """The log of the sync that started last."""
    return lambda: rows("SELECT * FROM emag_sync_logs ORDER BY id DESC LIMIT 1")[0]


@pytest.fixture
def without_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An incremental sync marks what did not come back without a look at some of it: for tests of the mark."""
    monkeypatch.setattr(incremental, "MOST_MISSING_READ", 0)
