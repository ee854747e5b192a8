"""All promises of speed in one run, each beside its yardstick: `make bench`.

Writes docs/benchmarks.md and docs/benchmarks.svg, and ends with 1 if a gate falls. `--large` adds 200,000 offers. What
the figures are of is said in the module of each.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import inventory
import loads
import psutil
import pygal
import start
import sync
from rich.console import Console
from tabulate import tabulate

from magflow_pipeline.settings import PROJECT_ROOT

DOCUMENT = PROJECT_ROOT / "docs" / "benchmarks.md"
PLOT = PROJECT_ROOT / "docs" / "benchmarks.svg"
SIZES, LARGE = (2_541, 20_000), 200_000


@dataclass(frozen=True)
class Figure:
    """One line of the table: ours, the yardstick's, and the gate for the ratio of both.

    `is_speed`: more is better, so that the ratio has to be at least the gate; else less is, and at most. No gate:
    the figure is there to be seen.
    """

    what: str
    ours: float
    yardstick: str
    theirs: float
    gate: float | None = None
    is_speed: bool = False

    @property
    def ratio(self) -> float:
        """Ours as a part of theirs."""
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        """Whether the gate is met."""
        return self.gate is None or (self.ratio >= self.gate if self.is_speed else self.ratio <= self.gate)


def main() -> None:
    """Measure, write the documents, and say which gates fall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="200,000 offers too")
    console = Console()
    figures = list(measure(SIZES if not parser.parse_args().large else (*SIZES, LARGE)))
    table = _table(figures)
    DOCUMENT.write_text(_page(table))
    _plot(figures).render_to_file(str(PLOT))
    console.print(table, highlight=False, soft_wrap=True)
    fallen = [each.what for each in figures if not each.holds]
    if fallen:
        sys.exit(f"Gates that fall: {'; '.join(fallen)}.")


def measure(sizes: Sequence[int]) -> Iterable[Figure]:
    """Every figure of the table, in its order."""
    syncs = sync.measure()
    best = median(each.best for each in syncs)
    yield Figure(
        "Sync of both accounts to the report, s",
        median(each.seconds for each in syncs[1:]),
        "the API's limit alone",
        best,
        1.5,
    )
    yield Figure(
        "Connections of a sync that changes nothing", median(each.connections for each in syncs[1:]), "60", 60, 1
    )
    waits = start.measure()
    yield Figure(
        "`magflow up` until the UI answers, s",
        median(waits["seconds until the UI answers"]),
        "`dagster dev` of one asset",
        median(waits["seconds until the UI of dagster dev answers"]),
        1.5,
    )
    yield Figure("`magflow status`, s", median(waits["seconds of magflow status"]), "0.4", 0.4, 1)
    yield Figure("`magflow --help`, s", median(waits["seconds of magflow --help"]), "0.2", 0.2, 1)
    for size in sizes:
        speeds = loads.measure(size)
        for what, gate in (("new", 1), ("unchanged", 3)):
            yield Figure(
                f"{size:,} offers stored, {what}, offers/s",
                speeds[what],
                "dlt, flat",
                speeds[f"dlt flat {what}"],
                gate,
                is_speed=True,
            )
            if f"dlt nested {what}" in speeds:
                yield Figure(
                    f"{size:,} offers stored, {what}, offers/s",
                    speeds[what],
                    "dlt, nested",
                    speeds[f"dlt nested {what}"],
                    is_speed=True,
                )
        yield Figure(
            f"{size:,} offers stored, new, offers/s", speeds["new"], "a bare COPY", speeds["COPY"], is_speed=True
        )
        yield Figure(
            f"{size:,} offers stored, unchanged, bytes of WAL an offer",
            speeds["wal unchanged"],
            "new ones",
            speeds["wal new"],
        )
    few, many = inventory.measure()
    for what, small, large in zip(("Inventory", "Report"), few, many, strict=True):
        yield Figure(
            f"{what} of {inventory.MANY:,} offers, s",
            large,
            f"of {inventory.FEW:,}",
            small,
            1.5 * inventory.MANY / inventory.FEW,
        )


def _table(figures: Sequence[Figure]) -> str:
    def gate(each: Figure) -> str:
        if each.gate is None:
            return ""
        return f"{'≥' if each.is_speed else '≤'} {each.gate:g}{'' if each.holds else ' **falls**'}"

    rows = [
        (each.what, _rounded(each.ours), each.yardstick, _rounded(each.theirs), f"{each.ratio:.2f}", gate(each))
        for each in figures
    ]
    return tabulate(
        rows,
        ("what", "MagFlow", "yardstick", "its figure", "ratio", "gate"),
        "github",
        disable_numparse=True,
        colalign=("left", "right", "left", "right", "right", "left"),
    )


def _page(table: str) -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"""# Speed

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB,
Python {platform.python_version()}). Each line has its yardstick measured in the same run; a busy machine slows both.
Medians of three rounds, where a figure has rounds. `make bench LARGE=1` adds 200,000 offers.

{table}

![MagFlow beside its yardsticks](benchmarks.svg)
"""


def _plot(figures: Sequence[Figure]) -> "pygal.HorizontalBar":
    stored = [each for each in figures if each.is_speed]
    chart = pygal.HorizontalBar(title="Offers stored a second", js=[], legend_at_bottom=True, height=420)
    chart.x_labels = [f"{each.what.removesuffix(', offers/s')} / {each.yardstick}" for each in stored]
    chart.add("MagFlow", [round(each.ours) for each in stored])
    chart.add("yardstick", [round(each.theirs) for each in stored])
    return chart


def _rounded(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2g}" if figure < 1 else f"{figure:.1f}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
