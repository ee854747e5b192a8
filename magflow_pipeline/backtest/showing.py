"""What the back-test found, for people and for programs. Not here: what is measured (compare.py)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from rich.console import Console

from magflow_pipeline.backtest.compare import REFERENCE, Outcome, Result
from magflow_pipeline.backtest.history import LEARNING_DAYS, History
from magflow_pipeline.reports.layout import Column, print_table
from magflow_pipeline.reports.plots import Curve, curves_plot


def as_json(history: History, results: Mapping[str, Result]) -> bytes:
    """One object: the history, and under `policies` the outcome of each at its knob, with its curve."""
    policies: dict[str, Any] = {
        name: {
            "knob_name": result.knob,
            **asdict(result.outcome),
            "curve": [asdict(each) for each in result.curve],
            f"lost_margin_at_capital_of_{REFERENCE}": _at_reference(result, results),
        }
        for name, result in results.items()
    }
    days = len(history.units)
    told = {
        "first_day": history.first_day.isoformat(),
        "first_scored_day": (history.first_day + timedelta(LEARNING_DAYS)).isoformat(),
        "last_day": (history.first_day + timedelta(days - 1)).isoformat(),
        "items": len(history.items.skus),
        "policies": policies,
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def orders_csv(history: History, results: Mapping[str, Result]) -> bytes:
    """Every order: policy, date, sku, quantity."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("policy", "date", "sku", "quantity"))
    for name, result in results.items():
        for day, sku, quantity in result.replayed.orders(history):
            writer.writerow((name, day.isoformat(), sku, quantity))
    return text.getvalue().encode()


def curves_svg(results: Mapping[str, Result]) -> bytes:
    """The curves: lost margin over average capital, as an SVG image."""
    return curves_plot(
        "Margin lost at each average capital",
        "average capital, RON",
        "lost margin, RON",
        [
            Curve(name, [(each.average_capital_ron, each.lost_margin_ron) for each in result.curve])
            for name, result in results.items()
        ],
    )


def show(console: Console, history: History, results: Mapping[str, Result]) -> None:
    """Tables for the terminal: each policy at its knob, the curves, and the comparison at equal capital."""
    scored = len(history.units) - LEARNING_DAYS
    console.print(
        f"{len(history.items.skus)} items; {LEARNING_DAYS} days to learn from, {scored} days scored, from "
        f"{history.first_day + timedelta(LEARNING_DAYS)}. Money in RON."
    )
    _table(console, [(name, result.knob, result.outcome) for name, result in results.items()])
    if any(result.curve for result in results.values()):
        console.print("\nThe same over the knob of each:")
        _table(console, [(name, result.knob, each) for name, result in results.items() for each in result.curve])
    for name, result in results.items():
        lost = _at_reference(result, results)
        if lost is not None and name != REFERENCE:
            usual = results[REFERENCE].outcome.lost_margin_ron
            ratio = f", {lost / usual:.2f} times what {REFERENCE} loses" if usual else ""
            console.print(f"{name} at the capital of {REFERENCE} loses {lost:,.0f} RON of margin{ratio}.")


def _at_reference(result: Result, results: Mapping[str, Result]) -> float | None:
    if REFERENCE not in results:
        return None
    return result.at_capital(results[REFERENCE].outcome.average_capital_ron)


def _table(console: Console, rows: Sequence[tuple[str, str, Outcome]]) -> None:
    outcomes = [outcome for _, _, outcome in rows]

    def numbers(heading: str, cells: list[str], *, must: bool = False) -> Column:
        return Column(heading, cells, must=must, is_number=True)

    print_table(
        console,
        [
            Column("policy", [name for name, _, _ in rows], must=True),
            numbers("lost margin", [f"{each.lost_margin_ron:,.0f}" for each in outcomes], must=True),
            numbers("capital", [f"{each.average_capital_ron:,.0f}" for each in outcomes], must=True),
            Column("knob", [f"{knob} {outcome.knob:g}" for _, knob, outcome in rows]),
            numbers("lost sales", [f"{each.lost_sales_ron:,.0f}" for each in outcomes]),
            numbers("lost pieces", [f"{each.lost_units:,}" for each in outcomes]),
            numbers("lines a week", [f"{each.decisions_per_week:,.1f}" for each in outcomes]),
            numbers("items a week", [f"{each.flagged_share:.1%}" for each in outcomes]),
            numbers("days out", [f"{each.stockout_days:,}" for each in outcomes]),
        ],
    )
