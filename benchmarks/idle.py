"""What an idle `magflow up` takes of a processor, and what `magflow status` and `magflow --help` cost.

Run it with `.venv/bin/python benchmarks/idle.py`. It works in a demo home of its own, in which both accounts were read
once, and no scheduled sync begins. Processor time of all processes, the database's included: what else the machine
does makes it only a little longer.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console

from magflow_pipeline.shop.up import free_port

SETTLED_SECONDS, SECONDS = 60, 120
ROUNDS = 9


def main() -> None:
    """Fill a demo home; then the processor time of each process over two minutes, and of two short verbs."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    # Half a day between scheduled syncs, so that none begins meanwhile.
    kept = {"MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull, "EMAG_SYNC_INTERVAL_MINUTES": "720"}
    environment = {**os.environ, **kept}
    command = [sys.executable, "-m", "magflow_pipeline.cli"]
    try:
        subprocess.run(
            [*command, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for verb in ("status", "--help"):
            _verb(console, command, environment, verb)
        _idle(console, command, environment, home)
    finally:
        subprocess.run(
            [*command, "database", "stop"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        shutil.rmtree(home)


def _verb(console: Console, command: list[str], environment: dict[str, str], verb: str) -> None:
    seconds: list[float] = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(
            [*command, verb], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        seconds.append(used)
    console.print(f"magflow {verb}: median {statistics.median(seconds):.2f} s of a processor, least {min(seconds):.2f}")


def _idle(console: Console, command: list[str], environment: dict[str, str], home: Path) -> None:
    shop = psutil.Popen(
        [*command, "up", "--port", str(free_port())],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(SETTLED_SECONDS)
        server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        roots = {"PostgreSQL": server, "magflow up": shop} | {_name(part): part for part in shop.children()}
        before = {name: _processor_seconds(root, root is not shop) for name, root in roots.items()}
        time.sleep(SECONDS)
        assert shop.poll() is None, "the shop has ended"
        per_minute = {
            name: (_processor_seconds(root, root is not shop) - before[name]) * 60 / SECONDS
            for name, root in roots.items()
        }
    finally:
        shop.send_signal(signal.SIGINT)
        shop.wait()
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in per_minute.items())
    console.print(f"idle: {sum(per_minute.values()):.1f} s of a processor in a minute: {told}")


def _name(part: psutil.Process) -> str:
    names = {"grpc": "code server", "magflow_pipeline.shop.webserver": "UI", "simulator": "simulator"}
    words = part.cmdline()
    return next((name for word, name in names.items() if word in words), "daemon")


def _processor_seconds(root: psutil.Process, with_descendants: bool) -> float:
    """Of a process and its descendants, those that have ended too."""
    total = 0.0
    for process in (root, *(root.children(recursive=True) if with_descendants else ())):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
        if with_descendants:
            total += used.children_user + used.children_system
    return total


if __name__ == "__main__":
    main()
