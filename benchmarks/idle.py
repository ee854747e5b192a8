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

SETTLED_SECONDS, SECONDS = 40, 60
ROUNDS = 9
MAGFLOW = (sys.executable, "-m", "magflow_pipeline.cli")


def main() -> None:
    """Print the processor seconds of two short verbs, and those of each process in a minute."""
    console = Console()
    verbs, per_minute = measure()
    for verb, seconds in verbs.items():
        console.print(
            f"magflow {verb}: median {statistics.median(seconds):.2f} s of a processor, least {min(seconds):.2f}"
        )
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in per_minute.items())
    console.print(f"idle: {sum(per_minute.values()):.1f} s of a processor in a minute: {told}")


def measure() -> tuple[dict[str, list[float]], dict[str, float]]:
    """Fill a demo home; the processor seconds of each round of a verb, and of each process in a minute."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    # Half a day between scheduled syncs, so that none begins meanwhile.
    kept = {"MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull, "EMAG_SYNC_INTERVAL_MINUTES": "720"}
    environment = {**os.environ, **kept}
    try:
        _run("demo", environment)
        verbs = {verb: [_verb(verb, environment) for _ in range(ROUNDS)] for verb in ("status", "--help")}
        return verbs, _idle(environment, home)
    finally:
        _run("database stop", environment)
        shutil.rmtree(home)


def _run(verb: str, environment: dict[str, str]) -> None:
    command = [*MAGFLOW, *verb.split()]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _verb(verb: str, environment: dict[str, str]) -> float:
    before = os.times()
    _run(verb, environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _idle(environment: dict[str, str], home: Path) -> dict[str, float]:
    shop = psutil.Popen(
        [*MAGFLOW, "up", "--port", str(free_port())],
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
        return {
            name: (_processor_seconds(root, root is not shop) - before[name]) * 60 / SECONDS
            for name, root in roots.items()
        }
    finally:
        shop.send_signal(signal.SIGINT)
        shop.wait()


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
