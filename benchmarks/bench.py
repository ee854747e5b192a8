"""All promises of speed in one run, each beside its yardstick: `make bench`.

Writes docs/benchmarks.md, docs/benchmarks.svg (offers stored a second) and docs/benchmarks_growth.svg (CPU of each step
by size), and ends with 1 if a gate falls. By default offers are stored at three sizes, and whole syncs are measured at
the two smaller ones, so that it takes ten minutes; `--sizes` names others, and measures both at each. What the
figures are of is said in the module of each.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

import idle
import inventory
import loads
import psutil
import pygal
import scan
import start
import sync
from rich.console import Console
from tabulate import tabulate

from magflow_pipeline.settings import PROJECT_ROOT

DOCUMENT = PROJECT_ROOT / "docs" / "benchmarks.md"
PLOT = PROJECT_ROOT / "docs" / "benchmarks.svg"
GROWTH_PLOT = PROJECT_ROOT / "docs" / "benchmarks_growth.svg"
STORED, SYNCED = (2_541, 20_000, 200_000), (2_541, 20_000)
ROUNDS = 3  # where a round takes seconds
MEDIUM, LARGE = 20_000, 200_000
IDLE_SECONDS = 1.2  # of a processor in a minute: 2 % of a core
MOST_GROWTH = 1.5  # of the CPU of an offer, from one size to the next
STEADY_SECONDS = 1.0  # of CPU; a step that takes less at the smaller size is mostly its start


@dataclass(frozen=True)
class Figure:
    """One line of a section's table: ours, the yardstick's, and the gate for the ratio of both.

    `is_speed`: more is better, so that the ratio has to be at least the gate; else less is, and at most. No gate:
    the figure is there to be seen.
    """

    section: str
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
    parser.add_argument("--sizes", type=int, nargs="+", help="offers, such as 200000 1000000; from few to many")
    sizes = parser.parse_args().sizes
    console = Console()
    began, load = time.monotonic(), os.getloadavg()[0]
    figures: list[Figure] = []
    used: dict[int, dict[str, scan.Used]] = {}
    for figure in measure(sizes or STORED, sizes or SYNCED, used):
        figures.append(figure)
        told = f"{time.monotonic() - began:4.0f} s: {figure.section}: {figure.what}: {_rounded(figure.ours)}"
        console.print(told, highlight=False, soft_wrap=True)
    DOCUMENT.write_text(_page(figures, used, time.monotonic() - began, load))
    _plot_stored(figures).render_to_file(str(PLOT))
    _plot_growth(used).render_to_file(str(GROWTH_PLOT))
    console.print(_table(figures), highlight=False, soft_wrap=True)
    fallen = [f"{each.section}: {each.what} / {each.yardstick}" for each in figures if not each.holds]
    if fallen:
        sys.exit(f"Gates that fall: {'; '.join(fallen)}.")


def measure(stored: Sequence[int], synced: Sequence[int], used: dict[int, dict[str, scan.Used]]) -> Iterable[Figure]:
    """Every figure, in its order; `used` is filled with what each step of a sync used, by size."""
    yield from _waiting()
    for size in stored:
        yield from _stored(size)
    for size in synced:
        used[size] = scan.measure(size)
        yield from _synced(size, used[size])
    for fewer, more in pairwise(synced):
        yield from _growth(fewer, more, used)
    few, many = inventory.measure()
    for what, small, large in zip(("Inventory", "Report"), few, many, strict=True):
        yield Figure(
            "Growth",
            f"{what} of {inventory.MANY:,} offers on statistics of empty tables, s",
            large,
            f"of {inventory.FEW:,}",
            small,
            MOST_GROWTH * inventory.MANY / inventory.FEW,
        )


def _waiting() -> Iterable[Figure]:
    section = "Waiting"
    syncs = sync.measure()
    yield Figure(
        section,
        "sync of both accounts to the report, s",
        median(each.seconds for each in syncs[1:]),
        "the API's limit alone",
        median(each.best for each in syncs),
        1.5,
    )
    yield Figure(
        section,
        "connections of a sync that changes nothing",
        median(each.connections for each in syncs[1:]),
        "asked",
        60,
        1,
    )
    yield Figure(
        section,
        "WAL of a sync that changes nothing, MiB",
        median(each.wal_bytes for each in syncs[1:]) / 2**20,
        "of the first sync",
        syncs[0].wal_bytes / 2**20,
    )
    waits = start.measure()
    yield Figure(
        section,
        "`magflow up` until the UI answers, s",
        median(waits["seconds until the UI answers"]),
        "`dagster dev` of one asset",
        median(waits["seconds until the UI of dagster dev answers"]),
        1.5,
    )
    verbs, per_minute = idle.measure()
    for verb, asked in (("status", 0.4), ("--help", 0.2)):
        yield Figure(section, f"`magflow {verb}`, s of CPU", median(verbs[verb]), "asked", asked, 1)
        yield Figure(section, f"`magflow {verb}`, s", median(waits[f"seconds of magflow {verb}"]), "asked", asked)
    total = sum(per_minute.values())
    yield Figure(section, "idle `magflow up`, s of CPU in a minute", total, "2 % of a core", IDLE_SECONDS, 1)
    for part, seconds in per_minute.items():
        yield Figure(section, f"of that: {part}", seconds, "all of it", total)


def _stored(size: int) -> Iterable[Figure]:
    section = f"{size:,} offers"
    speeds = loads.measure(size, ROUNDS if size < MEDIUM else 1)
    for what, gate in (("new", 1), ("unchanged", 3)):
        for shape in ("flat", "nested"):
            if f"dlt {shape} {what}" in speeds:
                yield Figure(
                    section,
                    f"{what}, offers/s",
                    speeds[what],
                    f"dlt, {shape}",
                    speeds[f"dlt {shape} {what}"],
                    gate if shape == "flat" else None,
                    is_speed=True,
                )
    yield Figure(section, "new, offers/s", speeds["new"], "a bare COPY", speeds["COPY"], is_speed=True)
    yield Figure(section, "unchanged, bytes of WAL an offer", speeds["wal unchanged"], "new ones", speeds["wal new"])


def _synced(size: int, used: dict[str, scan.Used]) -> Iterable[Figure]:
    section = f"{size:,} offers"
    largest = max(each.megabytes for what, each in used.items() if what in scan.SYNCS)
    yield Figure(section, "peak memory of a whole sync, MB", largest, "asked", 300 if size <= LARGE else 400, 1)


def _growth(fewer: int, more: int, used: dict[int, dict[str, scan.Used]]) -> Iterable[Figure]:
    for what, each in used[more].items():
        before = used[fewer][what]
        yield Figure(
            "Growth",
            f"{what}, {more:,} offers, s of CPU",
            each.cpu + each.server_cpu,
            f"of {fewer:,}",
            before.cpu + before.server_cpu,
            MOST_GROWTH * more / fewer if before.cpu + before.server_cpu >= STEADY_SECONDS else None,
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


def _page(figures: Sequence[Figure], used: dict[int, dict[str, scan.Used]], seconds: float, load: float) -> str:
    memory = psutil.virtual_memory().total / 2**30
    by_section = groupby(sorted(figures, key=lambda each: _order(figures, each.section)), lambda each: each.section)
    sections = "\n\n".join(f"## {section}\n\n{_table(list(each))}" for section, each in by_section)
    machine = f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
    busy = f"a load of {load:.1f} at its start"
    return f"""# Speed

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes: {machine}, {busy}.
Each line has its yardstick measured in the same run; a busy machine slows both. Medians, where a figure has rounds.
dlt does less: flat, it loads 21 values of each offer as text into one table. MagFlow stores the whole offer in typed
columns, its history and market values in series of their own, the page as received, and rows that do not fit.
`make bench SIZES="200000 1000000"` measures other sizes; a million takes 40 minutes and 12 GB.

{sections}

## Each step of a sync and of what follows

The speed limit is raised, so that the marketplace is no floor. CPU of the process and of the server; peak memory of
the process. Before each step is a checkpoint, as between two syncs. "Again" is after a sync that changes nothing.

{_steps(used)}

![CPU of each step, by number of offers](benchmarks_growth.svg)

![MagFlow beside its yardsticks](benchmarks.svg)
"""


def _order(figures: Sequence[Figure], section: str) -> int:
    return next(place for place, each in enumerate(figures) if each.section == section)


def _steps(used: dict[int, dict[str, scan.Used]]) -> str:
    rows = [
        (f"{size:,}", what, *(f"{figure:.1f}" for figure in astuple(each)))
        for size, steps in used.items()
        for what, each in steps.items()
    ]
    return tabulate(
        rows,
        ("offers", "step", "s", "CPU, process", "CPU, server", "peak MB", "WAL, MB"),
        "github",
        disable_numparse=True,
        colalign=("right", "left", "right", "right", "right", "right", "right"),
    )


def _processor() -> str:
    """The processor's name, as Linux and macOS know it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _plot_stored(figures: Sequence[Figure]) -> "pygal.HorizontalBar":
    stored = [each for each in figures if each.is_speed]
    chart = pygal.HorizontalBar(title="Offers stored a second", js=[], legend_at_bottom=True, height=420)
    chart.x_labels = [f"{each.section}, {each.what.removesuffix(', offers/s')} / {each.yardstick}" for each in stored]
    chart.add("MagFlow", [round(each.ours) for each in stored])
    chart.add("yardstick", [round(each.theirs) for each in stored])
    return chart


def _plot_growth(used: dict[int, dict[str, scan.Used]]) -> "pygal.XY":
    chart = pygal.XY(
        title="Seconds of CPU by number of offers", js=[], legend_at_bottom=True, height=420, logarithmic=True
    )
    for what in scan.STEPS:
        points = [(size, round(steps[what].cpu + steps[what].server_cpu, 2) or 0.01) for size, steps in used.items()]
        chart.add(what, points)
    return chart


def _rounded(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2g}" if figure < 1 else f"{figure:.1f}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
