"""What the verb answers: JSON for programs, a table, orders and a plot for people."""

import csv
import io
import json
from datetime import date, timedelta
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from typer.testing import CliRunner

from magflow_pipeline.backtest.choices import Generated
from magflow_pipeline.backtest.generated import generate
from magflow_pipeline.backtest.history import LEARNING_DAYS
from magflow_pipeline.backtest.replay import replay
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.backtest.folders import write_history

MEASURES = {
    *("lost_units", "lost_sales_ron", "lost_margin_ron", "average_capital_ron", "orders", "stockout_days"),
    *("flagged_share", "decisions_per_week", "curve"),
}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Of 30 items."""
    made = generate(Generated.UNEVEN, seed=6, items=30, days=240)
    return made, write_history(tmp_path_factory.mktemp("backtest") / "files", made, leads=True)


def run(*arguments: str) -> str:
    """What the verb prints."""
    found = CliRunner().invoke(app, ["backtest", *arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


class Written:
    """Replays the orders of a file."""

    def __init__(self, rows, policy, made):
        self.rows = {}
        for row in rows:
            if row["policy"] == policy:
                day = (date.fromisoformat(row["date"]) - made.first_day).days
                self.rows.setdefault(day, []).append((made.items.skus.index(row["sku"]), int(row["quantity"])))
        self.day, self.items = -1, len(made.items.skus)

    def learn(self, *_, **__):
        self.day += 1

    def order(self, *_):
        wanted = np.zeros(self.items)
        for item, quantity in self.rows.get(self.day, []):
            wanted[item] = quantity
        return wanted


def test_the_orders_of_a_run_lose_what_it_says(history, tmp_path):
    """Whoever replays the file by the same rules finds the same."""
    made, folder = history
    orders = tmp_path / "orders.csv"
    told = json.loads(run("--history", str(folder), "--format", "json", "--orders", str(orders)))
    rows = list(csv.DictReader(io.StringIO(orders.read_text())))
    assert set(told["policies"]) == {"demand", "plain", "fixed", "stock_derived"}
    for name, policy in told["policies"].items():
        assert policy.keys() >= MEASURES
        assert sum(row["policy"] == name for row in rows) == policy["orders"]
        found = replay(made, Written(rows, name, made))
        assert int(found.lost.sum()) == policy["lost_units"]
        capitals = [each["average_capital_ron"] for each in policy["curve"]]
        assert capitals == sorted(capitals)
    assert told["first_scored_day"] == (made.first_day + timedelta(LEARNING_DAYS)).isoformat()


def test_people_get_a_table_and_a_plot(history, tmp_path):
    _, folder = history
    plot = tmp_path / "curve.svg"
    said = run("--history", str(folder), "--policy", "demand", "--policy", "plain", "--plot", str(plot))
    assert "demand at the capital of plain loses" in said
    assert "fixed" not in said
    root = fromstring(plot.read_bytes())
    assert root.tag.endswith("svg")
    assert "demand" in plot.read_text()


def test_the_knob_can_be_one_or_that_of_equal_capital(history):
    _, folder = history
    only = ("--history", str(folder), "--policy", "demand", "--no-curve", "--format", "json")
    dear, cheap = (json.loads(run(*only, "--capital-cost", each))["policies"]["demand"] for each in ("2", "0.1"))
    assert dear["average_capital_ron"] < cheap["average_capital_ron"]
    equal = json.loads(run(*only, "--policy", "plain", "--equal-capital"))["policies"]
    plain = equal["plain"]["average_capital_ron"]
    assert equal["demand"]["average_capital_ron"] == pytest.approx(plain, rel=0.1)


def test_two_histories_at_once_are_refused(history):
    with pytest.raises(ConfigurationError, match="not both"):
        run("--history", str(history[1]), "--generated", "even")
