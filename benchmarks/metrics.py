"""What a snapshot of the metrics costs, however often it is scraped, and with how large a catalogue.

Run it with `.venv/bin/python benchmarks/metrics.py [ITEMS ...]`, the default is 2,500 and 200,000. It works in a home
of its own, with the logs of 30 days of syncs each five minutes. A snapshot is read at most every 15 seconds, and so
seldom that reading takes at most 2 % of the time (reports/metrics.py), and only while somebody scrapes.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from report import fill
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.reports.metrics import take_snapshot
from magflow_pipeline.settings import Settings

FEW, MANY, TIMES = 2_500, 200_000, 11
LOGS = """
INSERT INTO emag_sync_logs (
    account_type, status, started_at, completed_at, is_complete, total_items, processed_items, unchanged_items,
    pages_processed, api_requests_made, answers
)
SELECT
    account.name, 'completed', now() - n * interval '5 minutes', now() - n * interval '5 minutes' + interval '60 s',
    TRUE, 1000, 1000, 1000, 10, 12, '{"ok": 11, "throttled": 1}'
FROM generate_series(1, 30 * 288) AS n, unnest(ARRAY['main', 'fbe']) AS account (name)
"""


def main(sizes: list[int]) -> None:
    """The median and the longest time of a snapshot, and the series it holds, per number of items."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None))
        with database.connect("benchmark") as session:
            session.execute(LOGS)
        for items in sizes:
            fill(database, items)
            build_low_stock_report(database)
            snapshots = [take_snapshot(database) for _ in range(TIMES)]
            seconds = [each.seconds for each in snapshots]
            series = sum(value is not None for *_, value in snapshots[-1].rows)
            console.print(
                f"{items} items: {1000 * statistics.median(seconds):.0f} ms (longest {1000 * max(seconds):.0f} ms), "
                f"{series} series"
            )
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [FEW, MANY])
