"""Histories as the files that `--history` reads."""

import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from magflow_pipeline.backtest.history import History

ITEMS = "sku,unit_cost_ron,price_ron,lead_time_days,lead_time_spread_days,moq,pack_size,opening_stock\n"


def write(folder: Path, name: str, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """One file."""
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)


def write_history(folder: Path, history: History, *, leads: bool = False) -> Path:
    """A history as its files; its days out of stock and campaigns too."""
    folder.mkdir(exist_ok=True)
    items = history.items
    write(folder, "items.csv", ITEMS.strip().split(","), list(zip(*items, strict=True)))

    def days(which: np.ndarray) -> list[tuple[str, str, int, int]]:
        found = np.argwhere(which)
        return [
            ((history.first_day + timedelta(int(day))).isoformat(), items.skus[item], int(day), int(item))
            for day, item in found
        ]

    # The first and the last day are named, also where nothing was sold on them.
    named = history.units > 0
    named[[0, -1], 0] = True
    rows = [(day, sku, int(history.units[row, item])) for day, sku, row, item in days(named)]
    write(folder, "demand.csv", ("date", "sku", "units"), rows)
    campaigns = [
        ((history.first_day + timedelta(int(day))).isoformat(),) for day in np.flatnonzero(history.is_campaign)
    ]
    write(folder, "campaigns.csv", ("date",), campaigns)
    out = [(day, sku, history.share[row, item]) for day, sku, row, item in days(~np.isnan(history.share))]
    write(folder, "stock.csv", ("date", "sku", "in_stock_share"), out)
    if leads:
        taken = [(day, sku, history.lead_times[row, item]) for day, sku, row, item in days(history.lead_times > 0)]
        write(folder, "leads.csv", ("date", "sku", "days"), taken)
    return folder
