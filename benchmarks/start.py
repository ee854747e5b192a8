"""How long `magflow up` takes until the UI answers, and the processor time that its processes have used by then.

Then the same of two verbs that show what is known, `status` and `--help`.

Run it with `.venv/bin/python benchmarks/start.py`, alone on the machine: the parts share its processors. It works in a
demo home of its own, which one start before has filled; the least of the rounds counts, because what else the machine
does makes a round longer, never shorter.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from magflow_pipeline.shop.up import HOST, free_port

ROUNDS = 3
SECONDS = 120


def main() -> None:
    """Start and end the shop a few times; the figures of each part are those of its process and its children."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    environment = {**os.environ, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "magflow_pipeline.cli"]
    try:
        rounds = [_until_it_answers(command, environment) for _ in range(ROUNDS + 1)][1:]
        verbs = {
            verb: [_of_a_verb([*command, verb], environment) for _ in range(ROUNDS)] for verb in ("status", "--help")
        }
    finally:
        subprocess.run([*command, "database", "stop"], env=environment, check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(home)
    for what, figures in zip(
        ("seconds until the UI answers", "processor seconds"), zip(*rounds, strict=True), strict=True
    ):
        console.print(f"{what}: least {min(figures):.1f}, all {', '.join(f'{each:.1f}' for each in figures)}")
    for verb, measured in verbs.items():
        seconds, used = (min(each) for each in zip(*measured, strict=True))
        console.print(f"magflow {verb}: least {seconds:.2f} s, {used:.2f} s of a processor")


def _of_a_verb(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    before, began = os.times(), time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, after = time.monotonic() - began, os.times()
    return seconds, after.children_user + after.children_system - before.children_user - before.children_system


def _until_it_answers(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    port = free_port()
    began = time.monotonic()
    shop = psutil.Popen(
        [*command, "up", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            assert shop.poll() is None and time.monotonic() - began < SECONDS, "the UI did not answer"
            time.sleep(0.05)
        seconds = time.monotonic() - began
        return seconds, sum(_processor_seconds(each) for each in (shop, *shop.children(recursive=True)))
    finally:
        shop.send_signal(signal.SIGINT)
        shop.wait()


def _answers(port: int) -> bool:
    with socket.socket() as client:  # asking by httpx takes 20 ms of a processor, which the start needs
        if client.connect_ex((HOST, port)):
            return False
    try:
        return httpx.get(f"http://{HOST}:{port}/server_info", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _processor_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0
    return times.user + times.system


if __name__ == "__main__":
    main()
