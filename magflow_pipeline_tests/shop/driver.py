"""The whole shop, started by `magflow up` as a seller does, and looked at from outside: UI, database, processes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

PATIENCE_SECONDS = 300  # what is slow on a busy machine is not wrong; speed is measured in benchmarks/
MAGFLOW = (str(Path(sys.executable).parent / "magflow"),)
LAUNCH = """mutation($job: ExecutionParams!) { launchPipelineExecution(executionParams: $job) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = "{ runsOrError(limit: 50) { ... on Runs { results { runId jobName status tags { key value } } } } }"
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class Shop:
    """A home, and the shop in it while it is up."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home / "up.txt"
        self.port = 0
        self.interval_minutes = 1440  # schedules keep quiet while a test looks
        self.folder = Path.cwd()  # where commands are started
        self.command: Sequence[str] = MAGFLOW
        self.more: dict[str, str] = {}  # variables beside those of a demo home
        self.process: subprocess.Popen[str]

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a demo home."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            **inherited,
            "EMAG_SYNC_INTERVAL_MINUTES": str(self.interval_minutes),
            "EMAG_ORDER_HISTORY_DAYS": "2",
            "DO_NOT_TRACK": "1",
            "MAGFLOW_HOME": str(self.home),
            "MAGFLOW_RATES_URL": "",  # a demo home has the simulator's
            "MAGFLOW_ENV_FILE": os.devnull,
            **self.more,
        }

    @property
    def database_url(self) -> str:
        """The seller's database, over its socket: `magflow database url` would start the server again."""
        return f"postgresql://postgres@/magflow?host={self.home / 'postgres'}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `magflow` command in this home."""
        return subprocess.run(
            [*self.command, *arguments],
            env=self.variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    @contextmanager
    def up(self) -> Iterator[None]:
        """`magflow up`, until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [*self.command, "up", "--port", str(self.port)],
                env=self.variables,
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        try:
            until(lambda: f"http://127.0.0.1:{self.port}" in self.said() or self.process.poll() is not None)
            assert self.process.poll() is None, self.said()
            yield
        finally:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
                try:
                    self.process.wait(60)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()

    def said(self) -> str:
        """What the command has written so far."""
        return self.output.read_text()

    def ask(self, query: str, **arguments: object) -> dict[str, Any]:
        """An answer of the UI's GraphQL."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": query, "variables": arguments},
            timeout=30,
            trust_env=False,
        )
        return answer.raise_for_status().json()["data"]

    def launch(
        self, job: str, account: str | None = None, assets: Sequence[str] = (), tags: Mapping[str, str] | None = None
    ) -> str:
        """Launch a run as the UI does; its id."""
        selector: dict[str, Any] = {
            "repositoryLocationName": "magflow_pipeline",
            "repositoryName": "__repository__",
            "pipelineName": job,
        }
        if assets:
            selector["assetSelection"] = [{"path": [asset]} for asset in assets]
        all_tags = {**({"dagster/partition": account} if account else {}), **(tags or {})}
        metadata = {"tags": [{"key": key, "value": value} for key, value in all_tags.items()]}
        answer = self.ask(LAUNCH, job={"selector": selector, "executionMetadata": metadata})
        return answer["launchPipelineExecution"]["run"]["runId"]

    def runs(self) -> dict[str, tuple[str, str]]:
        """Job and status of the newest runs by id, newest first."""
        results = self.ask(RUNS)["runsOrError"]["results"]
        return {run["runId"]: (run["jobName"], run["status"]) for run in results}

    def status(self, run: str) -> str:
        """The status of a run."""
        return self.runs()[run][1]

    def misbehave(self, account: str, **switches: Any) -> None:
        """Turn switches of the simulator that plays the marketplace."""
        address = f"{self.simulator}/switches/{account}"
        httpx.patch(address, json=switches, timeout=30, trust_env=False).raise_for_status()

    def asked(self, account: str) -> list[dict[str, Any]]:
        """The requests that the simulator received; the status of one that it did not answer yet is null."""
        address = f"{self.simulator}/requests"
        answer = httpx.get(address, params={"account": account}, timeout=30, trust_env=False)
        return answer.raise_for_status().json()

    @property
    def simulator(self) -> str:
        """Where the simulator that plays the marketplace is controlled."""
        found = re.search(r"marketplace: (http\S+)", self.said())
        assert found is not None
        return f"{found[1]}/_simulator"

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the seller's database."""
        with psycopg.connect(self.database_url, autocommit=True) as session:
            cursor = session.execute(query, parameters)
            return cursor.fetchall() if cursor.description is not None else []

    def processes(self) -> list[psutil.Process]:
        """Everything that works for this home, but its database, which stays up."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("MAGFLOW_HOME") == str(self.home) and process.name() != "postgres":
                    found.append(process)
            except (psutil.AccessDenied, psutil.NoSuchProcess):
                continue
        return found

    def process_of(self, words: str) -> psutil.Process:
        """The process whose command line holds these words."""
        return next(each for each in self.processes() if words in " ".join(each.cmdline()))


@contextmanager
def new_shop() -> Iterator[Shop]:
    """A shop in a home of its own, which is cleared away."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # short, because a socket's path is
    home.chmod(0o755)
    shop = Shop(home)
    try:
        yield shop
    finally:
        shop.run("database", "stop")
        shutil.rmtree(home, ignore_errors=True)


def until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What `condition` gives, once that is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.3)
    raise AssertionError(f"it did not happen within {seconds} s")
