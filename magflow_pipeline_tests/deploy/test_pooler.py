"""pgbouncer in transaction mode: what docs/scale.md lets go through it works, what needs a session is refused."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline_tests.deploy.agency import free_ports
from magflow_pipeline_tests.deploy.kubernetes import dagster_yaml, load_values
from magflow_pipeline_tests.servers import _open_folder as open_folder
from magflow_pipeline_tests.servers import _server_user, server_with_passwords

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
POOL_SIZE, CLIENTS, RUNS, LINES = 3, 12, 24, 5
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed on this machine; .ci/run does it"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with Dagster's database and a seller's; its administrator's address without a database."""
    with server_with_passwords() as server:
        with psycopg.connect(server.format("postgres"), autocommit=True) as session:
            for name in ("dagster", "acme_ro"):
                session.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'of-{name}'")
                session.execute(f"CREATE DATABASE {name} OWNER {name}")
            session.execute("CREATE DATABASE acme_ro_dagster OWNER acme_ro")
        yield server


@pytest.fixture(scope="module")
def pooler(server: str) -> Iterator[int]:
    """The port of a pgbouncer in transaction mode in front of it."""
    with open_folder() as folder:
        yield from _running(server, folder)


def _running(server: str, folder: Path) -> Iterator[int]:
    assert PGBOUNCER is not None
    port = free_ports("pgbouncer")["pgbouncer"]
    at = {"server": conninfo_to_dict(server.format("x"))["port"], "port": port, "folder": folder, "size": POOL_SIZE}
    (folder / "users").write_text('"dagster" "of-dagster"\n"acme_ro" "of-acme_ro"\n')
    (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(**at))
    user = _server_user() if os.geteuid() == 0 else None
    process = subprocess.Popen([PGBOUNCER, "-q", folder / "pgbouncer.ini"], user=user, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@dg.job
def talk() -> None:
    """A job whose runs have events, and no step."""


def say_much(instance: dg.DagsterInstance) -> str:
    """Note a run with LINES events, as a worker does; its id."""
    run = instance.create_run_for_job(talk, status=dg.DagsterRunStatus.STARTED)
    for number in range(LINES):
        instance.report_engine_event(f"line {number}", run)
    instance.report_run_canceled(run)
    return run.run_id


def test_dagsters_own_tables_may_be_behind_it(server, pooler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Dagster keeps nothing in a session, so that many runs share few connections of the server."""
    values = load_values()
    values["postgresql"] |= {"postgresqlHost": "127.0.0.1", "service": {"port": pooler}}
    told = dagster_yaml(values)
    del told["run_launcher"]
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(told))
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "of-dagster")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        with ThreadPoolExecutor(CLIENTS) as threads:
            done = list(threads.map(lambda _: say_much(instance), range(RUNS)))
        for run in done:
            said = [record for record in instance.all_logs(run) if "line " in (record.message or "")]
            assert len(said) == LINES
            assert instance.get_run_by_id(run).status is dg.DagsterRunStatus.CANCELED
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        [(clients,)] = session.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'dagster'").fetchall()
    assert 0 < clients <= POOL_SIZE


def test_a_sellers_database_is_refused_behind_it(server: str, pooler: int):
    """Sessions hold the locks that show that a sync or a run is alive: behind a pooler each would be another's."""
    address = "postgresql://acme_ro:of-acme_ro@127.0.0.1:{}/acme_ro"
    with pytest.raises(ConfigurationError, match="seems to be a connection pooler"):
        open_database(Settings(MAGFLOW_DATABASE_URL=address.format(pooler)))
    direct = open_database(Settings(MAGFLOW_DATABASE_URL=address.format(conninfo_to_dict(server.format("x"))["port"])))
    with direct.connect() as session:
        assert session.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)


def test_why_a_session_lock_does_not_hold_behind_it(pooler: int):
    """Two clients that each hold the lock: what is refused above would have read one account twice at once."""
    address = f"postgresql://acme_ro:of-acme_ro@127.0.0.1:{pooler}/acme_ro"
    with psycopg.connect(address, autocommit=True) as one, psycopg.connect(address, autocommit=True) as other:
        for session in (one, other):
            assert session.execute("SELECT pg_try_advisory_lock(1)").fetchone() == (True,)
