"""The folder of a history: what is read, and which sentence a wrong file gets."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from magflow_pipeline.backtest.choices import Generated
from magflow_pipeline.backtest.files import read_history
from magflow_pipeline.backtest.generated import generate
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.backtest.folders import ITEMS, write_history

ITEM = "A,10,20,7,1,1,1,5\n"
LAST = "2025-06-30,A,1\n"  # the 181st day of 2025 is the 30th of June


def folder(path: Path, demand: str = "", items: str = ITEM, **others: str) -> Path:
    """A folder with one item and 181 days."""
    (path / "items.csv").write_text(ITEMS + items)
    (path / "demand.csv").write_text("date,sku,units\n2025-01-01,A,2\n" + demand + LAST)
    for name, text in others.items():
        (path / f"{name}.csv").write_text(text)
    return path


def refused(path: Path) -> str:
    """The sentence."""
    with pytest.raises(ConfigurationError) as error:
        read_history(path)
    return str(error.value)


@pytest.mark.parametrize("kind", Generated)
def test_a_history_comes_back_as_it_was_written(tmp_path, kind):
    history = generate(kind, seed=2, items=12, days=200)
    history.share[:, 3] = 0.25
    found = read_history(write_history(tmp_path, history, leads=True))
    assert found.first_day == history.first_day
    assert found.items.skus == history.items.skus
    for name, other in zip(found[2:], history[2:], strict=True):
        np.testing.assert_array_equal(name, other)
    np.testing.assert_array_equal(np.asarray(found.items[1:]), np.asarray(history.items[1:]))


def test_lead_times_that_no_file_names_are_the_same_for_a_shorter_history(tmp_path):
    history = generate(Generated.EVEN, seed=2, items=12, days=260)
    long = read_history(write_history(tmp_path / "long", history))
    short = read_history(write_history(tmp_path / "short", history._replace(units=history.units[:220])))
    np.testing.assert_array_equal(short.lead_times, long.lead_times[:220])
    spread = history.items.lead_spread
    assert (long.lead_times >= 1).all()
    np.testing.assert_allclose(long.lead_times.mean(axis=0), history.items.lead_days, atol=float(spread.max()) / 3)


def test_semicolons_a_byte_order_mark_and_other_columns_are_read(tmp_path):
    (tmp_path / "items.csv").write_text(ITEMS.replace(",", ";") + ITEM.replace(",", ";"), encoding="utf-8-sig")
    (tmp_path / "demand.csv").write_text("sku;Units ;date;shop\nA;3;2025-01-01;x\nA;1;2025-06-30;y\n")
    found = read_history(tmp_path)
    assert (len(found.units), found.units.sum(), found.units[0, 0]) == (181, 4, 3)
    assert found.first_day == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("stock", "share"),
    [
        ("date,sku,stock\n2025-01-02,A,0\n2025-01-03,A,4\n", [np.nan, 0, 1]),
        ("date,sku,in_stock_share\n2025-01-02,A,0.5\n", [np.nan, 0.5, np.nan]),
        ("date,sku\n2025-01-02,A\n2024-12-01,A\n", [np.nan, 0, np.nan]),
    ],
)
def test_days_out_of_stock_are_told_in_any_of_three_ways(tmp_path, stock, share):
    np.testing.assert_array_equal(read_history(folder(tmp_path, stock=stock)).share[:3, 0], share)


def test_campaigns_are_days_or_spans(tmp_path):
    spans = read_history(folder(tmp_path, campaigns="from,to\n2024-12-20,2025-01-02\n2025-01-05,2025-01-06\n"))
    assert np.flatnonzero(spans.is_campaign).tolist() == [0, 1, 4, 5]
    days = read_history(folder(tmp_path, campaigns="date\n2025-01-03\n"))
    assert np.flatnonzero(days.is_campaign).tolist() == [2]


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ("2025-02-01,B,1\n", "demand.csv, line 3: sku 'B' is not in items.csv."),
        ("2025-01-01,A,1\n", "demand.csv, line 3: 2025-01-01 and SKU 'A' are on line 2 already."),
        ("01.02.2025,A,1\n", "demand.csv, line 3: date '01.02.2025' is no day such as 2026-11-25."),
        ("2025-02-01,A,-1\n", "demand.csv, line 3: units '-1' is no whole number from 0 to 999999999."),
        ("2025-02-01,A,NaN\n", "demand.csv, line 3: units 'NaN' is no whole number from 0 to 999999999."),
        ("2025-02-01,A,1.5\n", "demand.csv, line 3: units '1.5' is no whole number from 0 to 999999999."),
        ("2025-02-01,A,\n", "demand.csv, line 3: units '' is no whole number from 0 to 999999999."),
        ("2025-02-01\n", "demand.csv, line 3: sku '' is not in items.csv."),
    ],
)
def test_a_wrong_row_of_demand_is_named_with_its_line(tmp_path, demand, said):
    assert refused(folder(tmp_path, demand)) == said


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (ITEM + ITEM, "items.csv, line 3: sku 'A' is there already."),
        (ITEM + ",1,1,1,1,1,1,1\n", "items.csv, line 3: sku '' is empty."),
        ("A,0,20,7,1,1,1,5\n", "items.csv, line 2: unit_cost_ron '0' is no number from 0.0001 to 999999999."),
        ("A,10,20,inf,1,1,1,5\n", "items.csv, line 2: lead_time_days 'inf' is no number from 0 to 999999999."),
        ("A,10,20,7,1,1.5,1,5\n", "items.csv, line 2: moq '1.5' is no whole number from 0 to 999999999."),
    ],
)
def test_a_wrong_item_is_named_with_its_line(tmp_path, items, said):
    assert refused(folder(tmp_path, items=items)) == said


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"leads": "date,sku,days\n2025-01-01,B,3\n"}, "leads.csv, line 2: sku 'B' is not in items.csv."),
        ({"leads": "date,sku\n"}, "leads.csv has no column days: it needs date, sku, days in its first line."),
        (
            {"stock": "date,sku,share\n2025-01-01,A,2\n"},
            "stock.csv, line 2: share '2' is no part of a day from 0 to 1.",
        ),
        ({"campaigns": "name\nx\n"}, "campaigns.csv has no column date, nor from and to: name the campaign's days."),
        (
            {"campaigns": "from,to\n2025-01-03,2025-01-02\n"},
            "campaigns.csv, line 2: to '2025-01-02' is before the campaign's first day.",
        ),
    ],
)
def test_other_files_are_checked_too(tmp_path, others, said):
    assert refused(folder(tmp_path, **others)) == said


def test_a_missing_file_and_too_few_days_are_said(tmp_path):
    assert refused(tmp_path) == f"There is no items.csv in {tmp_path}."
    path = folder(tmp_path)
    day = date(2025, 1, 1) + timedelta(179)
    (path / "demand.csv").write_text(f"date,sku,units\n2025-01-01,A,2\n{day},A,1\n")
    assert refused(path).startswith("demand.csv is about 180 days. The first 180 are only learned from")
    (path / "demand.csv").write_bytes(b"date,sku,units\n2025-01-01,\xff,2\n")
    assert refused(path) == "demand.csv is not in UTF-8: save it in that encoding."
    (path / "demand.csv").write_text("date,sku,units\n")
    assert refused(path).startswith("demand.csv has no rows")
