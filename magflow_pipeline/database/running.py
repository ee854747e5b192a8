"""The embedded server while it runs as it should: how it is called, and whether it answers.

What starts, stops and mends it is `embedded.py`, whose libraries take 0.02 s of a processor to load: a short verb finds
the server without them.
"""

import os
from pathlib import Path

import psycopg

SOCKET = ".s.PGSQL.5432"  # where clients find it, whichever port the server listens on
DEFAULT_PORT = 5432
LOOPBACK = "127.0.0.1"
LONGEST_SOCKET_PATH = 103  # bytes; the smallest limit of the operating systems
LARGEST_LOG = 10_000_000
CONNECT_SECONDS = 5


def find_running(home: Path, port: int | None) -> Path | None:
    """The folder of the socket of a server that answers, and was started as `embedded.start` would do it now.

    None where anything is otherwise: that function looks closer, waits and mends.
    """
    cluster = home.resolve() / "postgres"
    try:
        # Whoever could write there could answer in the server's place.
        folder = cluster.stat()
        is_ours = os.geteuid() in (0, folder.st_uid) and not folder.st_mode & 0o077
        # Written by the server itself once it listens.
        called = (cluster / "postmaster.opts").read_bytes()
        is_log_small = (cluster / "log").stat().st_size <= LARGEST_LOG
    except OSError:
        return None
    as_now = "".join(f' "{each}"' for each in arguments(cluster, cluster, port))
    if not (is_ours and is_usable(cluster) and is_log_small and called.endswith(os.fsencode(f"{as_now}\n"))):
        return None
    try:
        with connect(cluster):
            return cluster
    except psycopg.OperationalError:
        return None


def arguments(cluster: Path, folder: Path, port: int | None) -> list[str]:
    """Those of the server: it has its socket in `folder`, and listens on loopback if there is a port."""
    quoted = str(folder).replace('"', '""')
    settings = {
        "listen_addresses": LOOPBACK if port else "",
        "port": str(port or DEFAULT_PORT),
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "hba_file": str(cluster / "pg_hba.conf"),
        "ident_file": str(cluster / "pg_ident.conf"),
        # A page is logged whole when it is first written after a checkpoint, which is so for most of a sync.
        "wal_compression": "pglz",
    }
    return ["-D", str(cluster), *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]


def is_usable(folder: Path) -> bool:
    """Whether a socket there has a path that the system and libpq's addresses accept."""
    path = os.fsencode(folder / ".s.PGSQL.65535")
    return len(path) <= LONGEST_SOCKET_PATH and b"," not in path and str(folder).isprintable()


def connect(folder: Path) -> psycopg.Connection:
    """A session of the server's superuser."""
    return psycopg.connect(
        host=str(folder),
        hostaddr="",  # whatever the environment says
        port=DEFAULT_PORT,
        user="postgres",
        dbname="postgres",
        options="",
        connect_timeout=CONNECT_SECONDS,
        application_name="magflow start",
    )
