"""An agency's deployment of `deploy/kubernetes/values.yaml` as processes of this machine.

One server, one Dagster instance with its daemon and UI, and for each seller a code server with a role, a database and a
file of secrets of its own. What differs from Kubernetes: runs are children of their seller's code server and not pods.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import yaml
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database import embedded
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.deploy.kubernetes import dagster_yaml, load_values
from magflow_pipeline_tests.shop.driver import LAUNCH, until

PROGRAMS = Path(sys.executable).parent
RUNS = """query($tag: ExecutionTag!) { runsOrError(filter: {tags: [$tag]}, limit: 500) {
    ... on Runs { results { runId jobName status } } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    name locationOrLoadError { __typename } } } } }"""
TICKS = """query($of: RepositorySelector!) { sensorsOrError(repositorySelector: $of) { ... on Sensors { results {
    name sensorState { ticks(limit: 100) { status timestamp skipReason error { message } } } } } } }"""


class Agency:
    """The shared parts, and the sellers' processes by name."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.home = folder / "instance"
        self.ports = free_ports("ui", "acme-ro", "brand-hu")
        self.secrets: dict[str, set[str]] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        address = conninfo_to_dict(server.format("dagster"))
        self.database_port = str(address["port"])
        self.dagster_database = f"postgresql://dagster:of-dagster@127.0.0.1:{self.database_port}/dagster"
        self._make_instance()

    def _make_instance(self) -> None:
        with psycopg.connect(self.server.format("postgres"), autocommit=True) as session:
            session.execute("CREATE ROLE dagster LOGIN PASSWORD 'of-dagster'")
            session.execute("CREATE DATABASE dagster OWNER dagster")
            session.execute("REVOKE ALL ON DATABASE dagster FROM PUBLIC")
        values = load_values()
        values["postgresql"] |= {"postgresqlHost": "127.0.0.1", "service": {"port": int(self.database_port)}}
        told = dagster_yaml(values)
        del told["run_launcher"]  # pods
        self.home.mkdir()
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(told))
        servers = [
            {"grpc_server": {"host": "127.0.0.1", "port": self.ports[name], "location_name": name}}
            for name in ("acme-ro", "brand-hu")
        ]
        (self.home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": servers}))

    def add_seller(self, name: str, password: str, **variables: str) -> None:
        """Make a seller's role and databases by the file that docs/scale.md names, and the file of his secrets."""
        role = name.replace("-", "_")
        self.secrets[name] = {password}
        administrator = self.server.format("postgres")
        file = PROJECT_ROOT / "deploy" / "kubernetes" / "seller.sql"
        command = [embedded.BINARIES / "psql", "--no-psqlrc", "--quiet", f"--set=seller={role}", "--file", file]
        for _ in range(2):  # again does no harm
            done = subprocess.run([*command, administrator], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
        with psycopg.connect(administrator, autocommit=True) as session:
            session.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        address = f"postgresql://{role}:{password}@127.0.0.1:{self.database_port}/{role}"
        self.write_secrets(name, MAGFLOW_DATABASE_URL=address, **variables)

    def write_secrets(self, name: str, **variables: str) -> None:
        """The seller's file, as Kubernetes mounts it."""
        self.secrets[name] |= {value for key, value in variables.items() if "PASSWORD" in key and value != "demo"}
        file = self.folder / name / "seller.env"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{key}='{value}'\n" for key, value in variables.items()))
        file.chmod(0o600)

    def environment(self, name: str) -> dict[str, str]:
        """What a seller's pods have, and `magflow` beside them."""
        sellers = load_values()["dagster-user-deployments"]["deployments"]
        of_all = next(each["env"] for each in sellers if each["name"] == name)
        own = {"MAGFLOW_ENV_FILE": str(self.folder / name / "seller.env"), "MAGFLOW_HOME": str(self.folder / name)}
        return {**self._shared, **of_all, **own}

    @property
    def _shared(self) -> dict[str, str]:
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        dagster = {"DAGSTER_HOME": str(self.home), "DAGSTER_PG_PASSWORD": "of-dagster"}
        return {**inherited, **dagster, "MAGFLOW_ENV_FILE": os.devnull, "DO_NOT_TRACK": "1"}

    def magflow(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A verb, in a pod of the seller."""
        command = [PROGRAMS / "magflow", *arguments]
        return subprocess.run(
            command, env=self.environment(name), cwd=self.folder, capture_output=True, text=True, check=True
        )

    def start_seller(self, name: str) -> None:
        """The seller's code server, as the chart starts it."""
        port = str(self.ports[name])
        module = ["--module-name", "magflow_pipeline.definitions", "--location-name", name]
        command = ["dagster", "api", "grpc", "--host", "127.0.0.1", "--port", port, *module]
        self._start(name, command, self.environment(name))

    def start(self) -> None:
        """The daemon and the UI, once all code servers answer."""
        subprocess.run([PROGRAMS / "dagster", "instance", "migrate"], env=self._shared, check=True, capture_output=True)
        workspace = ["--workspace", str(self.home / "workspace.yaml")]
        for name in ("acme-ro", "brand-hu"):
            self.start_seller(name)
            until(lambda name=name: self.answers(name))
        self._start("ui", ["dagster-webserver", "--port", str(self.ports["ui"]), *workspace], self._shared)
        self._start("daemon", ["dagster-daemon", "run", *workspace], self._shared)
        until(lambda: self.loaded() == {"acme-ro", "brand-hu"})

    def answers(self, name: str) -> bool:
        """Whether a code server serves."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0

    def loaded(self) -> set[str]:
        """The locations that the UI has loaded."""
        try:
            entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        except httpx.HTTPError:
            return set()
        loaded = "RepositoryLocation"
        return {each["name"] for each in entries if (each["locationOrLoadError"] or {}).get("__typename") == loaded}

    def kill_seller(self, name: str) -> None:
        """End a seller's code server and its runs at once."""
        first = psutil.Process(self.processes[name].pid)
        family = [first, *first.children(recursive=True)]
        for each in family:
            each.kill()
        self.processes[name].wait(30)

    def ask(self, query: str, **arguments: object) -> dict[str, Any]:
        """An answer of the UI's GraphQL."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.ports['ui']}/graphql",
            json={"query": query, "variables": arguments},
            timeout=60,
            trust_env=False,
        )
        return answer.raise_for_status().json()["data"]

    def launch(self, seller: str, job: str, account: str | None = None) -> str:
        """Launch a run as the UI does; its id."""
        selector = {"repositoryLocationName": seller, "repositoryName": "__repository__", "pipelineName": job}
        tags = [{"key": "dagster/partition", "value": account}] if account else []
        answer = self.ask(LAUNCH, job={"selector": selector, "executionMetadata": {"tags": tags}})
        return answer["launchPipelineExecution"]["run"]["runId"]

    def runs(self, seller: str) -> dict[str, str]:
        """The status of the seller's runs by id."""
        tag = {"key": "magflow/seller", "value": seller}
        return {run["runId"]: run["status"] for run in self.ask(RUNS, tag=tag)["runsOrError"]["results"]}

    def ticks(self, seller: str) -> dict[str, list[dict[str, Any]]]:
        """The newest ticks of each sensor of a seller, newest first."""
        found = self.ask(TICKS, of={"repositoryName": "__repository__", "repositoryLocationName": seller})
        return {each["name"]: each["sensorState"]["ticks"] for each in found["sensorsOrError"]["results"]}

    def rows(self, seller: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the seller's database."""
        with psycopg.connect(self.server.format(seller.replace("-", "_")), autocommit=True) as session:
            return session.execute(query, parameters).fetchall()

    def seen_by(self, *names: str) -> str:
        """The command lines and environments of processes, and of all below them."""
        told: list[str] = []
        for name in names:
            first = psutil.Process(self.processes[name].pid)
            for each in [first, *first.children(recursive=True)]:
                try:
                    told.append(f"{each.cmdline()} {each.environ()}")
                except (psutil.NoSuchProcess, psutil.ZombieProcess):
                    continue
        return "\n".join(told)

    def stop(self) -> None:
        """End all of it."""
        for process in self.processes.values():
            if process.poll() is None:
                first = psutil.Process(process.pid)
                family = [first, *first.children(recursive=True)]
                first.send_signal(signal.SIGTERM)
                _, alive = psutil.wait_procs(family, timeout=20)
                for each in alive:
                    each.kill()
            process.wait(30)

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [PROGRAMS / command[0], *command[1:]],
                env=dict(environment),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def new_agency(server: str, folder: Path) -> Iterator[Agency]:
    """An agency on a server, ended and cleared away."""
    agency = Agency(server, folder)
    try:
        yield agency
    finally:
        agency.stop()
        shutil.rmtree(folder / "instance", ignore_errors=True)


def free_ports(*names: str) -> dict[str, int]:
    """A free port of this machine for each name."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: each.getsockname()[1] for name, each in zip(names, listeners, strict=True)}
    for each in listeners:
        each.close()
    return ports
