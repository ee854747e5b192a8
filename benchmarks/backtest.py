"""What the project's own rule loses at the capital of the plain one, on the shipped histories; and how fast it is.

Run it with `.venv/bin/python benchmarks/backtest.py [quality] [speed]`; without arguments, both. A ratio under 1 is
better than `plain`; lines are its order lines as a ratio too. The curve is over the cost of capital.
"""

import sys
import time

import numpy as np
from rich.console import Console

from magflow_pipeline.backtest.choices import Generated
from magflow_pipeline.backtest.compare import compare, kinds
from magflow_pipeline.backtest.generated import generate
from magflow_pipeline.backtest.policies import Demand
from magflow_pipeline.backtest.replay import replay

SEEDS = (1, 2, 3)


def main() -> None:
    """What the arguments name."""
    console = Console(width=120)
    chosen = sys.argv[1:] or ["quality", "speed"]
    if "quality" in chosen:
        for kind in Generated:
            show_quality(console, kind)
    if "speed" in chosen:
        show_speed(console)


def show_quality(console: Console, kind: Generated) -> None:
    """Lost margin at the capital of plain, and what each cost of capital loses and binds, as ratios to plain."""
    ratios: list[float] = []
    curves: list[list[tuple[float, float, float]]] = []
    policies = kinds(0.4, None)
    for seed in SEEDS:
        history = generate(kind, seed)
        plain = compare(history, [("plain", policies["plain"])], with_curve=False)["plain"].outcome
        found = compare(history, [("demand", policies["demand"])])["demand"]
        lost = found.at_capital(plain.average_capital_ron)
        ratios.append(lost / plain.lost_margin_ron if lost is not None else np.nan)
        curves.append(
            [
                (
                    each.lost_margin_ron / plain.lost_margin_ron,
                    each.average_capital_ron / plain.average_capital_ron,
                    each.decisions_per_week / plain.decisions_per_week,
                )
                for each in sorted(found.curve, key=lambda each: each.knob)
            ]
        )
    told = ", ".join(f"{each:.3f}" for each in ratios)
    console.print(f"{kind}: {np.mean(ratios):.3f} at equal capital ({told})", highlight=False)
    for knob, (lost, capital, lines) in zip(
        sorted(policies["demand"].curve), np.mean(curves, axis=0).tolist(), strict=True
    ):
        console.print(
            f"  {knob:5g} a year: loses {lost:.2f}, capital {capital:.2f}, lines {lines:.2f}", highlight=False
        )


def show_speed(console: Console) -> None:
    """Seconds of 180 days to learn from and 360 evenings of 2,500 items."""
    history = generate(Generated.UNEVEN, items=2500)
    start, cpu = time.monotonic(), time.process_time()
    replay(history, Demand(history.items, 0.4))
    took, cpu = time.monotonic() - start, time.process_time() - cpu
    console.print(f"2,500 items, 360 evenings: {took:.1f} s ({cpu:.1f} s of CPU)")


if __name__ == "__main__":
    main()
