"""How long people wait: `magflow up` until the UI answers, `magflow status`, `magflow --help`; beside `dagster dev`.

Run it with `.venv/bin/python benchmarks/start.py`, alone on the machine: the parts share its processors. It works in a
demo home of its own, which one start before has filled; the least of the rounds counts, because what else the machine
does makes a round longer, never shorter. The yardstick is `dagster dev` of a project with a single asset.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import psutil
from commands import MAGFLOW, new_folder, new_home, run, stop
from rich.console import Console

from magflow_pipeline.shop.up import HOST, free_port

ROUNDS = 2
SECONDS = 300
MINIMAL = """
import dagster as dg

@dg.asset
def offers(): ...

definitions = dg.Definitions(assets=[offers])
"""


def main() -> None:
    """Print the figures of each."""
    console = Console()
    for what, figures in measure().items():
        console.print(f"{what}: least {min(figures):.2f}, all {', '.join(f'{each:.2f}' for each in figures)}")


def measure() -> dict[str, list[float]]:
    """Seconds of each round, by what was waited for."""
    with new_home() as environment:
        starts = [_until_it_answers([*MAGFLOW, "up"], environment) for _ in range(ROUNDS + 1)][1:]
        verbs = {
            f"seconds of magflow {verb}": [_seconds([*MAGFLOW, verb], environment) for _ in range(ROUNDS + 1)][1:]
            for verb in ("status", "--help")
        }
    with new_folder() as folder:
        project = folder / "minimal.py"
        project.write_text(MINIMAL)
        environment = {**os.environ, "DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "true"}
        command = [str(Path(sys.executable).with_name("dagster")), "dev", "--python-file", str(project)]
        yardstick = [_until_it_answers(command, environment) for _ in range(ROUNDS)]
    return {
        "seconds until the UI answers": [seconds for seconds, _ in starts],
        "processor seconds until then": [processor for _, processor in starts],
        "seconds until the UI of dagster dev answers": [seconds for seconds, _ in yardstick],
        "processor seconds of dagster dev until then": [processor for _, processor in yardstick],
        **verbs,
    }


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.monotonic()
    run(command, environment)
    return time.monotonic() - began


def _until_it_answers(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock, and those of a processor that all parts took."""
    port = free_port()
    began = time.monotonic()
    shop = psutil.Popen(
        [*command, "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if shop.poll() is not None or time.monotonic() - began > SECONDS:
                sys.exit(f"{' '.join(command[1:])}: the UI did not answer within {SECONDS} s, so nothing is measured.")
            time.sleep(0.05)
        seconds = time.monotonic() - began
        return seconds, sum(_processor_seconds(each) for each in (shop, *shop.children(recursive=True)))
    finally:
        stop(shop)


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
