"""What the page costs: to write, and in a browser to open, to search, to sort and to filter.

A page of 5,000 rows should open in less than two seconds, and one of 50,000 should be usable: no step much longer than
half a second. Opened means: the list is drawn, counted from the start of the navigation.

Run it with `.venv/bin/python benchmarks/page.py [--rounds N] [ITEMS ...]`, by default 5 rounds of 5,000 and 50,000
items; it needs Debian's `chromium` and `chromium-driver`. It works in homes of its own, and prints medians.
"""

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from report import build, fill
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.page import write_page
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.browser.screen import Screen, screen

OPENED = "return performance.getEntriesByName('drawn')[0].startTime"
# The time of a step with the layout that follows it.
TIMED = """
const done = arguments[0], began = performance.now(), {step};
requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
"""
STEPS = {
    "all items": "step = document.querySelector('[data-list=all]').click()",
    "first search": "step = (at('search').value = 'birou 77', refresh())",
    "next search": "step = (at('search').value = 'seria 4', refresh())",
    "status filter": "step = (at('search').value = '', at('by_status').value = 'critical', refresh())",
    "sort by name": "step = (at('by_status').value = '', refresh(), sortBy('name', false))",
    "sort by number": "step = sortBy('available_quantity', true)",
    "next page": "step = at('next').click()",
    "select all": "step = document.querySelector('thead input').click()",
    "language": "step = document.querySelector('[data-language-to=ro]').click()",
    "CSV": "step = csv()",
}


def main(sizes: list[int], rounds: int) -> None:
    """Print the medians for each number of items."""
    console = Console()
    for items in sizes:
        home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path is short
        home.chmod(0o755)
        try:
            database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
            fill(database, items)
            build(database, home)
            page = home / "page.html"
            began = time.monotonic()
            rows = write_page(database, page, Language.EN)
            seconds = time.monotonic() - began
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            console.print(
                f"{items:,} items: {rows['order']:,} to order, written in {seconds:.1f} s, peak {megabytes:.0f} MB,"
                f" file {page.stat().st_size / 1e6:.1f} MB"
            )
            with screen(home) as browser:
                measured = [measure(browser, page) for _ in range(rounds)]
            for name in measured[0]:
                values = [each[name] for each in measured]
                console.print(f"  {name}: {statistics.median(values):.0f} ms (at most {max(values):.0f})")
        finally:
            embedded.stop(home)
            shutil.rmtree(home)


def measure(browser: Screen, page: Path) -> dict[str, float]:
    """Milliseconds of one opening and of each step after it."""
    browser.open(page.as_uri())
    taken = {"opened": float(str(browser.run(OPENED)))}
    for name, step in STEPS.items():
        taken[name] = float(str(browser.run_to_its_end(TIMED.format(step=step))))
    return taken


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("items", nargs="*", type=int, default=[5_000, 50_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    main(arguments.items, arguments.rounds)
