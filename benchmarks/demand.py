"""How well demand is forecast, against simpler rules on generated histories whose truth is known; and how fast.

Run it with `.venv/bin/python benchmarks/demand.py [quality] [small] [large]`; without arguments, all three. `small` is
2,550 items with 400 days from lines of orders to `demand`; `large` is 200,000 items with 180 days of sales and of
stock: it needs 10 GB on the disk and some minutes to fill its tables. On a busy machine the CPU of both processes tells
more than the seconds.
"""

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import psycopg
from numpy.typing import NDArray
from rich.console import Console

from magflow_pipeline.database import embedded
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.demand import forecast
from magflow_pipeline.demand.build import build_demand
from magflow_pipeline.demand.days import build_demand_days
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.demand.histories import History, even, uneven
from magflow_pipeline_tests.servers import of_superuser

AHEAD = 45
"""The truth that a forecast is compared with is the mean rate of so many days after it."""
ORIGINS = (180, 270, 360, 450)
SEEDS = range(10, 15)

Rule = Callable[[forecast.Series, NDArray[np.bool_]], NDArray[np.floating]]

PREPARE = """
INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)
VALUES ('main', 'simulator', 'main', 'EMAG-MAIN');
INSERT INTO emag_product_contents (
    account_type, emag_id, sku, stock_quantity, status, content_hash, created_at, updated_at
)
SELECT 'main', n, 'SKU' || n, 50, 1, '', now(), now() FROM generate_series(1, %(items)s) AS n;
INSERT INTO emag_offers_seen (account_type, emag_id, last_synced_at, last_stored_at)
SELECT account_type, emag_id, now(), now() FROM emag_product_contents;
INSERT INTO emag_order_windows (account_type, order_type, axis, starts_at, ends_at, read_to, read_at)
SELECT 'main', kind, 'created', today - %(days)s * interval '1 day', today, today, now()
FROM unnest(ARRAY[2, 3]) AS kind,
    (SELECT date_trunc('day', now(), 'Europe/Bucharest') AS today) AS midnight;
"""
# A third never sold; of the others a few sell daily, most rarely: 0.13 sales a day on average.
SALES = """
CREATE TEMPORARY TABLE sale AS
SELECT n, day::date AS day, (1 + random() * random() * 4)::integer AS pieces
FROM generate_series(1, %(items)s) AS n,
    LATERAL generate_series(
        current_date - %(days)s, current_date - 1,
        make_interval(days => CASE WHEN n %% 50 = 0 THEN 1 ELSE 3 + n %% 60 END)
    ) AS day
WHERE n %% 3 > 0;
"""
LINES = """
INSERT INTO emag_orders (
    account_type, order_id, order_type, status, ordered_at, is_whole, content_hash, last_sync_id, created_at, updated_at
)
SELECT 'main', row_number() OVER (ORDER BY day, n), 3, 4, day + interval '12 hours', TRUE, '', 1, now(), now()
FROM sale;
INSERT INTO emag_order_lines (account_type, order_id, line_id, product_id, part_number, status, quantity, initial_qty)
SELECT 'main', row_number() OVER (ORDER BY day, n), 1, n, 'SKU' || n, 1, pieces, pieces FROM sale;
"""
DAYS = """
INSERT INTO demand_days (
    account_type, sku, day, ordered_units, returned_units, elsewhere_units, orders, largest_order
)
SELECT 'main', 'SKU' || n, day, pieces, 0, 0, 1, pieces FROM sale;
"""
# Stock falls by what is sold, and is filled up each night; one day in five was without stock for a part.
STOCK = """
INSERT INTO stock_snapshots
SELECT 'main', 'SKU' || n, calendar.day::date, 60, 60 - coalesce(pieces, 0), 60, 60 - coalesce(pieces, 0), 48, 48,
    CASE WHEN random() < 0.2 THEN 20 ELSE 48 END
FROM generate_series(current_date - %(days)s, current_date - 1, interval '1 day') AS calendar (day)
CROSS JOIN generate_series(1, %(items)s) AS n
LEFT JOIN sale USING (n, day);
"""


def main() -> None:
    """What the arguments name."""
    console = Console(width=120)
    chosen = sys.argv[1:] or ["quality", "small", "large"]
    if "quality" in chosen:
        show_quality(console)
    if "small" in chosen:
        show_speed(console, items=2_550, days=400, from_lines=True)
    if "large" in chosen:
        show_speed(console, items=200_000, days=180, from_lines=False)


def show_quality(console: Console) -> None:
    """The error of each rule as a part of what was sold (WAPE), and its bias, on both kinds of histories."""
    rules: dict[str, Rule] = {
        "several memories": lambda series, campaigns: _expected(series, campaigns).usual,
        **{f"one memory of {days:.0f} days": _one_memory(days) for days in (12.0, 40.0, 60.0, 100.0, 300.0)},
        "mean of 90 days": _mean_90,
        "mean of 90 days, as it was": _raw_mean_90,
    }
    histories = {make.__name__: [make(seed) for seed in SEEDS] for make in (even, uneven)}
    for name, rule in rules.items():
        told = " | ".join(f"{kind} {_judge(rule, some)}" for kind, some in histories.items())
        console.print(f"{name:30} {told}", highlight=False)


def _judge(rule: Rule, histories: list[History]) -> str:
    wrong = bias = all_sold = 0.0
    for history in histories:
        for origin in ORIGINS:
            truth = history.rate[origin : origin + AHEAD].mean(axis=0)
            sold = (history.units[:origin] > 0).any(axis=0)
            error = np.where(sold, rule(_series(history, origin), history.is_campaign[:origin]) - truth, 0)
            wrong, bias, all_sold = wrong + abs(error).sum(), bias + error.sum(), all_sold + truth[sold].sum()
    return f"WAPE {wrong / all_sold:.3f} bias {bias / all_sold:+.3f}"


def _series(history: History, days: int) -> forecast.Series:
    units = history.units[:days].astype(np.float32)
    return forecast.Series(
        units,
        history.largest_order[:days].astype(np.float32),
        np.full_like(units, np.nan),
        np.zeros(units.shape[1], dtype=np.bool_),
    )


def _expected(series: forecast.Series, campaigns: NDArray[np.bool_]) -> forecast.Expected:
    counted, _ = forecast.counted_share(series)
    sold = (series.units > 0).any(axis=0)
    typical = np.median((series.units.sum(axis=0) / np.maximum(counted.sum(axis=0), 1))[sold])
    capped = forecast.capped_units(series, counted)
    return forecast.expected(capped, counted, campaigns, forecast.Pool(float(typical), 2.0))


def _one_memory(days: float) -> Rule:
    def rule(series: forecast.Series, campaigns: NDArray[np.bool_]) -> NDArray[np.floating]:
        usual, forecast.MEMORIES = forecast.MEMORIES, (days,)
        try:
            return _expected(series, campaigns).usual
        finally:
            forecast.MEMORIES = usual

    return rule


def _means(series: forecast.Series, campaigns: NDArray[np.bool_]) -> forecast.Means:
    counted, calendar = forecast.counted_share(series)
    return forecast.means(series, forecast.capped_units(series, counted), counted, calendar, campaigns)


def _mean_90(series: forecast.Series, campaigns: NDArray[np.bool_]) -> NDArray[np.floating]:
    return np.nan_to_num(_means(series, campaigns).mean_90)


def _raw_mean_90(series: forecast.Series, campaigns: NDArray[np.bool_]) -> NDArray[np.floating]:
    return np.nan_to_num(_means(series, np.zeros_like(campaigns)).raw_mean_90)


def show_speed(console: Console, items: int, days: int, from_lines: bool) -> None:
    """Seconds from sales to demand, of a second build, and of one of a hundred items; and the most memory in use."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # a socket's path has to be short
    home.chmod(0o755)
    try:
        database = of_superuser(open_database(Settings(MAGFLOW_HOME=home, MAGFLOW_DATABASE_URL=None)))
        _fill(database, items, days, from_lines)
        console.print(f"{items} items, {days} days{', from the lines' if from_lines else ''}:")
        began = time.monotonic()
        if from_lines:
            build_demand_days(database, "main")
            console.print(f"  demand_days {time.monotonic() - began:.1f} s")
        for name, skus in (
            ("demand", None),
            ("demand once more", None),
            ("demand of 100 items", [f"SKU{number}" for number in range(1, 101)]),
        ):
            with database.connect("benchmark") as session, session.transaction():
                server = psutil.Process(session.info.backend_pid)
                start, cpu = time.monotonic(), _cpu(server)
                changed = build_demand(session, "main", skus)
                took, cpu = time.monotonic() - start, _cpu(server) - cpu
            console.print(f"  {name} {took:.1f} s ({cpu:.1f} s of CPU), {changed} rows changed")
        console.print(f"  most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


def _cpu(server: psutil.Process) -> float:
    """Seconds of CPU of this process and of its server."""
    return time.process_time() + sum(server.cpu_times()[:2])


def _fill(database: Database, items: int, days: int, from_lines: bool) -> None:
    with database.connect("benchmark") as session, psycopg.ClientCursor(session) as cursor:
        for text in (PREPARE, SALES, LINES if from_lines else DAYS, STOCK):
            cursor.execute(text, {"items": items, "days": days})
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
