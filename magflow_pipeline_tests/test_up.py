"""`magflow up`: the shop comes up together and goes down together."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 120
LAUNCH = """mutation($job: ExecutionParams!) { launchPipelineExecution(executionParams: $job) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


@pytest.fixture
def home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    home.chmod(0o755)
    yield home
    subprocess.run([sys.executable, "-m", "magflow_pipeline.cli", "database", "stop"], env=variables(home), check=True)
    shutil.rmtree(home, ignore_errors=True)


def variables(home: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**inherited, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": str(home / "no.env"), "DO_NOT_TRACK": "1"}


@contextmanager
def up(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, running, and the address it said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    output = home / "up.txt"
    with output.open("w") as file:
        shop = subprocess.Popen(
            [sys.executable, "-m", "magflow_pipeline.cli", "up", "--port", str(port)],
            env=variables(home),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        wait_for(lambda: f"http://127.0.0.1:{port}" in output.read_text() or shop.poll() is not None)
        assert shop.poll() is None, output.read_text()
        yield shop, f"http://127.0.0.1:{port}/graphql"
    finally:
        if shop.poll() is None:
            shop.kill()
            shop.wait()


def wait_for(condition: Callable[[], object]) -> object:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.3)
    raise AssertionError(f"it did not happen within {PATIENCE_SECONDS} s")


def ask(address: str, query: str, **arguments: object) -> dict:
    answer = httpx.post(address, json={"query": query, "variables": arguments}, timeout=30, trust_env=False)
    return answer.raise_for_status().json()["data"]


def processes_of(home: Path) -> list[psutil.Process]:
    """Everything that works for this home, but its database, which stays up."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MAGFLOW_HOME") == str(home) and process.name() != "postgres":
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found


def test_a_run_launched_in_the_ui_ends_with_a_report_and_ctrl_c_ends_all(home):
    with up(home) as (shop, address):
        assert "becomes a demo home" in (home / "up.txt").read_text()
        job = {
            "selector": {
                "repositoryLocationName": "magflow_pipeline",
                "repositoryName": "__repository__",
                "pipelineName": "sync_account",
            },
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "fbe"}]},
        }
        run_id = ask(address, LAUNCH, job=job)["launchPipelineExecution"]["run"]["runId"]
        query = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
        ended = wait_for(
            lambda: ask(address, query, run=run_id)["runOrError"]["status"] in ("SUCCESS", "FAILURE", "CANCELED")
        )
        assert ended
        assert ask(address, query, run=run_id)["runOrError"]["status"] == "SUCCESS"
        second = subprocess.run(
            [sys.executable, "-m", "magflow_pipeline.cli", "up", "--port", "3999"],
            env=variables(home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2 and "up already" in second.stderr
        shop.send_signal(signal.SIGINT)
        assert shop.wait(timeout=60) == 0
    assert processes_of(home) == []


@pytest.mark.parametrize(
    ("part", "program"), [("Dagster daemon", "dagster-daemon"), ("Dagster UI", "dagster-webserver")]
)
def test_when_a_part_dies_it_is_named_and_the_others_are_ended(home, part, program):
    with up(home) as (shop, _):
        victim = next(each for each in processes_of(home) if re.search(f"bin/{program}", " ".join(each.cmdline())))
        victim.kill()
        assert shop.wait(timeout=60) == 1
    assert f"{part} ended with exit code -9" in (home / "up.txt").read_text()
    assert processes_of(home) == []
