"""What it costs to keep the body of a page: milliseconds of CPU and share of its size, by Zstandard and by zlib.

Run it with `.venv/bin/python benchmarks/bodies.py`: pages of 100 offers of the simulator.
"""

import time
import zlib
from collections.abc import Callable
from functools import partial

import zstandard
from rich.console import Console
from rich.table import Table
from store import pages_of

from magflow_pipeline.simulator.catalogue import make_catalogue

OFFERS, ROUNDS = 2_541, 5
WAYS: dict[str, Callable[[bytes], bytes]] = {
    **{f"Zstandard {level}": partial(zstandard.compress, level=level) for level in (1, 3, 9)},
    **{f"zlib {level}": partial(zlib.compress, level=level) for level in (1, 6)},
}


def main() -> None:
    """Print the best of some rounds."""
    bodies = pages_of(make_catalogue(main=OFFERS, fbe=48).accounts["main"])
    table = Table("", "ms a page", "% of its size")
    for name, compress in WAYS.items():
        size = sum(len(compress(body)) for body in bodies) / sum(map(len, bodies))
        table.add_row(name, f"{min(_seconds(compress, bodies) for _ in range(ROUNDS)) * 1e3:.2f}", f"{size:.1%}")
    Console().print(table)


def _seconds(compress: Callable[[bytes], bytes], bodies: list[bytes]) -> float:
    began = time.process_time()
    for body in bodies:
        compress(body)
    return (time.process_time() - began) / len(bodies)


if __name__ == "__main__":
    main()
