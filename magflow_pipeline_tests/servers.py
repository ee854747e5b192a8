"""PostgreSQL servers for the tests, each in a folder of its own that every user can reach."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")

MEMORY = Path("/dev/shm")
"""A file system in memory, on Linux; that of a container is often small."""
ROOM = 3_000_000_000
"""Bytes that the data of the servers of a run come to, at most: WAL is what they consist of."""

ADMINISTRATORS_PASSWORD = "of-the-administrator"

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "256MB"}
"""Settings of a server whose data need not outlive the tests."""


@contextmanager
def embedded_server() -> Generator[str]:
    """The server of the wheel; its address without a database."""
    with _open_folder() as home:
        address = start_fast(home)
        try:
            yield address
        finally:
            embedded.stop(home)


def start_fast(home: Path) -> str:
    """Start the embedded server of `home`, whose data need not outlive the test; its address without a database."""
    address = f"postgresql://postgres@/{{}}?host={embedded.start(home)}"
    with psycopg.connect(address.format("postgres"), autocommit=True) as session:
        for setting, value in FAST.items():
            session.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
        session.execute("SELECT pg_reload_conf()")
    return address


def of_role(url: str, role: str) -> str:
    """The address, of these servers, for another role."""
    return re.sub(r"//\w+@", f"//{role}@", url)


def of_superuser(database: Database) -> Database:
    """The same database for a superuser, who may do what the pipeline may not: make tables, empty them."""
    return Database(of_role(database.url, "postgres"), of_role(database.dagster_url, "postgres"))


@contextmanager
def hot_standby(home: Path) -> Generator[str]:
    """A streaming replica of the embedded server of `home`; its address without a database."""
    folder = home / "standby"
    primary = embedded._Server(home)
    identity = primary._identity
    folder.mkdir(mode=0o700)
    primary._give(folder)
    copy = [embedded.BINARIES / "pg_basebackup", "-h", str(embedded.start(home)), "-p", "5432", "-U", "postgres"]
    copy += ["-D", str(folder), "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"]
    subprocess.run(copy, check=True, cwd="/", stderr=subprocess.DEVNULL, **identity)
    (folder / f"{embedded.SOCKET}.lock").unlink(missing_ok=True)
    settings = {"hba_file": folder / "pg_hba.conf", "ident_file": folder / "pg_ident.conf"}
    settings |= {"listen_addresses": "", "port": 5432, "unix_socket_directories": folder}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [embedded.BINARIES / "postgres", "-D", folder, *options], cwd="/", stderr=subprocess.DEVNULL, **identity
    )
    try:
        yield f"postgresql://postgres@/{{}}?host={folder}"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def server_with_passwords(**settings: str) -> Generator[str]:
    """A server over TCP, by password, of the wheel's programs; its administrator's address without a database."""
    with _open_folder() as home, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        owner = embedded._Server(home)
        identity, cluster, secret = owner._identity, home / "cluster", home / "secret"
        cluster.mkdir(mode=0o700)
        secret.write_text(ADMINISTRATORS_PASSWORD)
        for each in (home, cluster, secret):
            owner._give(each)
        rules = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        access = ("--auth=scram-sha-256", "--username=postgres", f"--pwfile={secret}", f"--pgdata={cluster}")
        subprocess.run(
            [embedded.BINARIES / "initdb", *access, *rules], check=True, cwd="/", stdout=subprocess.DEVNULL, **identity
        )
        listener.close()
        given = {**FAST, "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", **settings}
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [embedded.BINARIES / "postgres", "-D", cluster, *options], cwd="/", stderr=subprocess.DEVNULL, **identity
        )
        try:
            address = f"postgresql://postgres:{ADMINISTRATORS_PASSWORD}@127.0.0.1:{port}/{{}}"
            for _ in range(300):
                with suppress(psycopg.OperationalError), psycopg.connect(address.format("postgres")):
                    break
                time.sleep(0.1)
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def postgres_15_is_there() -> bool:
    """Whether the machine has PostgreSQL 15, and a user to run it as."""
    return (POSTGRES_15 / "initdb").exists() and (os.geteuid() != 0 or _server_user() is not None)


@contextmanager
def postgres_15_server() -> Generator[str]:
    """The machine's own PostgreSQL 15, reached through a socket."""
    user = _server_user() if os.geteuid() == 0 else None
    with _open_folder() as folder:
        if user is not None:
            shutil.chown(folder, user)
        cluster = folder / "cluster"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [POSTGRES_15 / program, *arguments], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL
            )

        run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--username=postgres",
            f"--pgdata={cluster}",
        )
        options = " ".join([f"-h '' -k {folder}", *(f"-c {setting}={value}" for setting, value in FAST.items())])
        run("pg_ctl", "-w", "-D", str(cluster), "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://postgres@/{{}}?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "-D", str(cluster), "stop")


def _server_user() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "pgserver", "nobody") if name in names), None)


@contextmanager
def _open_folder() -> Generator[Path]:
    """In memory where there is room: a database of a test's own is 900 new files, which take a disk 0.3 s of CPU.

    Short, because a socket's path is; open, because a server that root starts runs as another user.
    """
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir=MEMORY if has_room else "/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
