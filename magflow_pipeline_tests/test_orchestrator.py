"""Runs of one command: so many at a time that PostgreSQL has connections for all, and none begun after a signal."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from magflow_pipeline import orchestrator
from magflow_pipeline_tests.processes import runs

SECONDS_TO_LOAD = 60  # it hears of it once it has loaded Dagster
FORK = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """The process's own handler is put back: the runner's is for its whole life."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def work(folder: Path, name: str) -> None:
    """Note who works beside this one, and end."""
    mine = folder / f"{name}.working"
    mine.touch()
    beside = len(list(folder.glob("*.working")))
    time.sleep(0.2)
    (folder / f"{name}.done").write_text(str(beside))
    mine.unlink()


def children_of(folder: Path, count: int) -> dict[str, multiprocessing.context.ForkProcess]:
    return {f"shop{number}": FORK.Process(target=work, args=(folder, f"shop{number}")) for number in range(count)}


def test_fifty_accounts_leave_connections_for_others(tmp_path, monkeypatch):
    """Fifty runs at once asked for three times the connections that PostgreSQL has by default: most failed."""
    monkeypatch.setattr(orchestrator, "MOST_AT_ONCE", 2)
    assert orchestrator._work_off(children_of(tmp_path, 5)) == []
    beside = [int(file.read_text()) for file in tmp_path.glob("*.done")]
    assert len(beside) == 5 and max(beside) <= 2


def test_no_run_begins_after_a_signal(tmp_path, monkeypatch):
    """Ctrl-C ended eight accounts, and the next eight began."""
    monkeypatch.setattr(orchestrator, "MOST_AT_ONCE", 1)
    children = children_of(tmp_path, 4)
    first = FORK.Process(target=os.kill, args=(os.getpid(), signal.SIGTERM))
    assert set(orchestrator._work_off({"first": first, **children})) == set(children)
    assert list(tmp_path.iterdir()) == []


def test_a_signal_before_the_first_run_leaves_nothing_to_wait_for(tmp_path, monkeypatch):
    """Between two looks at what waits: the runner waited for none of its children, until it was killed."""
    block = signal.pthread_sigmask

    def after_a_signal(how: int, mask: list[int]) -> set[int]:
        if how == signal.SIG_BLOCK:
            os.kill(os.getpid(), signal.SIGTERM)
        return block(how, mask)

    monkeypatch.setattr(orchestrator.signal, "pthread_sigmask", after_a_signal)
    children = children_of(tmp_path, 2)
    assert set(orchestrator._work_off(children)) == set(children)
    assert list(tmp_path.iterdir()) == []


WITHOUT_REQUEST = """
import os, sys
from magflow_pipeline.orchestrator import loading_runner
with loading_runner() as runner:
    print(runner.process.pid, flush=True)
    sys.stdin.readline()
    {}
"""


@pytest.mark.parametrize(("end", "code"), [("sys.exit(2)", 2), ("os.kill(os.getpid(), 9)", -signal.SIGKILL)])
def test_a_runner_that_was_asked_for_nothing_ends_with_the_command(end, code):
    """Each command that was refused, or killed before it asked, would leave a process of 100 MB."""
    command = [sys.executable, "-c", WITHOUT_REQUEST.format(end)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as refused:
        assert refused.stdin is not None and refused.stdout is not None
        runner = psutil.Process(int(refused.stdout.readline()))
        assert runs(runner)
        refused.stdin.close()
        assert refused.wait() == code
    began = time.monotonic()
    while runs(runner):
        assert time.monotonic() - began < SECONDS_TO_LOAD
        time.sleep(0.05)


KILLED = """
import json, os, sys
from magflow_pipeline.orchestrator import SyncRequest, running_sync
request = SyncRequest({"main": "1", "fbe": "2"}, {}, "test")
with running_sync(request, {**os.environ, "DAGSTER_HOME": sys.argv[1]}) as runner:
    assert runner.result_of("main") is None
    os.killpg(runner.process.pid, 9)
    os.kill(os.getpid(), 9)
"""


def test_a_command_that_is_killed_leaves_nothing_in_the_temporary_folder(tmp_path):
    """Each left a folder with the results of its runs."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {**os.environ, "TMPDIR": str(temporary)}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=variables, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(temporary.iterdir()) == []
