"""One item's story on the terminal: every number it is judged by, at every width, in both languages."""

import base64
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from psycopg import sql
from rich.cells import cell_len

from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.bars import bars, days_of_a_bar, grouped
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.formats import rows_as_json
from magflow_pipeline.reports.output import words_of_codes
from magflow_pipeline.reports.screen import Screen
from magflow_pipeline.reports.story import plot, plot_of_most_at_risk, read_story, show_story
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.test_demand import demand, today
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, open_account

pytestmark = pytest.mark.usefixtures("whole_day")

WIDTHS = (20, 40, 80, 120, 300)


def days_of(*units: int | None, stock: int | None = 7, **columns: Any) -> list[dict[str, Any]]:
    """Days up to 2026-11-25 that sold so much."""
    last = date(2026, 11, 25)
    return [
        {
            "day": last - timedelta(days=len(units) - 1 - place),
            "units": each,
            "largest_order": each,
            "stock": stock,
            "sellable_share": Decimal(1),
            "campaigns": None,
            **columns,
        }
        for place, each in enumerate(units)
    ]


def printed(stories: list[dict[str, Any]], language: Language = Language.EN, width: int = 200) -> list[str]:
    console = Screen(file=io.StringIO(), width=width)
    show_story(console, stories, language, {})
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.fixture
def shop(session):
    """A seller of A, whose story has everything, and of NEW, which nothing is known of."""
    open_account(session, "main")
    for emag_id, sku in enumerate(("A", "NEW"), 1):
        offer(session, "main", emag_id, sku, name="[b]Șurub\x1b[2J", price=Decimal("100.0000"), currency="RON")
        item(session, sku, "EMAG-MAIN", 9)
    demand(
        session,
        "A",
        "2.0000",
        average_daily_demand="1.8000",
        demand_error="0.2500",
        mean_30="2.1000",
        mean_90="1.8000",
        mean_180="1.7000",
        known_from=today() - timedelta(days=100),
        known_to=today() - timedelta(days=1),
        first_sale=today() - timedelta(days=90),
        last_sale=today() - timedelta(days=2),
        units=960,
        demand_class="lumpy",
        mean_interval="1.5000",
        squared_variation="0.7700",
        demand_seen="0.9100",
        largest_day=800,
        spike_cap="20.0000",
        capped_units=780,
        campaign_uplift="2.5000",
        flags=["spike", "emag_only"],
    )
    for back, units in ((3, 800), (2, 4)):
        insert(
            session,
            "demand_days",
            account_type="main",
            sku="A",
            day=today() - timedelta(days=back),
            ordered_units=units,
            returned_units=0,
            elsewhere_units=0,
            orders=1,
            largest_order=units,
        )
    session.execute(
        "INSERT INTO stock_snapshots VALUES ('main', 'A', %s, 9, 9, 9, 9, 4, 4, 2)", [today() - timedelta(days=1)]
    )
    session.execute(
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by)"
        " VALUES ('Black Friday', %(day)s, %(day)s, 'x')",
        {"day": today() - timedelta(days=3)},
    )
    return session


def test_a_story_has_every_number_that_an_item_is_judged_by(database, shop):
    build_plan(database)
    stories = read_story(database, ["main", "fbe"], "A", 120)
    [story] = stories
    days = {each["day"]: each for each in story["days"]}
    assert [each["day"] for each in story["days"]] == sorted(days) and len(days) == 120
    assert days[today() - timedelta(days=3)]["campaigns"] == "Black Friday"
    assert [days[today() - timedelta(days=back)]["units"] for back in (110, 50, 2, 0)] == [None, 0, 4, None]
    assert days[today() - timedelta(days=1)]["stock"] == 9
    assert days[today() - timedelta(days=1)]["sellable_share"] == Decimal("0.50")
    console = Screen(file=io.StringIO(), width=200)
    show_story(console, stories, Language.EN, words_of_codes(database, Language.EN))
    text = console.file.getvalue()
    for said in (
        "main · A · [b]Șurub\\x1b[2J",
        "Expected: 2.00 a day ± 0.25, learned from its sales; in 45 days about 90 pieces",
        "2.10 (of the last 30), 1.80 (90), 1.70 (180)",
        "960 pieces",
        "sells seldom, in uneven quantities: a sale each 1.50 days, squared variation 0.77",
        "0.91 pieces sold per piece that stock fell",
        "780 pieces above their caps taught nothing; the largest day had 800, the last cap was 20.0",
        f"Spike of {today() - timedelta(days=3)}: 800 pieces, the largest order 800",
        "2.50 times the demand of other days",
        "Campaigns in these days: Black Friday",
        "9 available, 0 on order; lasts 4.5 days",
        "Waiting with an order costs: ",
        " RON a day, at 100.00 RON a piece",
        "Levels from demand: 2 a day, 45 ± 10 days until an order is there",
        "no supplier is known",
        "Note: a spike is capped; eMAG only",
        "Sales known: eMAG only",
        "Pieces sold, each bar of a day, most 800",
    ):
        assert said in text, said
    romanian = Screen(file=io.StringIO(), width=200)
    show_story(romanian, stories, Language.RO, words_of_codes(database, Language.RO))
    for said in (
        "Așteptat: 2,00 pe zi ± 0,25, învățat din vânzări",
        "un vârf este limitat",
        "Niveluri după cerere: 2 pe zi, 45 ± 10 zile până sosește o comandă",
        "Articolul se vinde rar, în cantități inegale",
        "Vânzări cunoscute: doar eMAG",
        "100,00 RON",
    ):
        assert said in romanian.file.getvalue(), said
    [read] = json.loads(rows_as_json(stories))
    assert (read["demand"]["expected_daily_demand"], read["report"]["days_of_cover"]) == ("2.0000", "4.50")
    assert read["days"][-1]["day"] == days[max(days)]["day"].isoformat()


def test_an_item_of_which_nothing_is_known_says_so(database, shop):
    build_plan(database)
    text = "\n".join(printed(read_story(database, ["main"], "NEW", 30)))
    assert "no demand was learned of it yet" in text and "No sale and no stock of it is known in these 30 days." in text
    assert "how long that lasts is not known" in text and "Waiting" not in text


@pytest.mark.parametrize(("wrong", "near"), [("a", "A"), ("NEV", "NEW"), ("ew", "NEW")])
def test_a_sku_that_nobody_sells_names_those_that_are_spelled_nearly_so(database, shop, wrong, near):
    with pytest.raises(ConfigurationError, match=f"No SKU '{wrong}' in main. Nearly so: {near}"):
        read_story(database, ["main"], wrong, 30)
    with pytest.raises(ConfigurationError, match=r"No SKU '\\x1b' in main. magflow report lists them"):
        read_story(database, ["main"], "\x1b", 30)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("days", [1, 6, 7, 8, 180, 400, 3650])
def test_a_plot_is_no_wider_than_the_terminal_and_shows_every_piece(width, days):
    units = [0] * days
    units[0], units[-1] = 3, 5
    lines = plot(days_of(*units), width, Language.EN)
    assert all(cell_len(line) <= width for line in lines if set(line) & set("▁▂▃▄▅▆▇█"))
    step = days_of_a_bar(days, width)
    shown = grouped(units, step, lambda part: sum(each or 0 for each in part))
    assert sum(each or 0 for each in shown) == sum(units)
    assert len(shown) <= width
    tops = [column for column in zip(*bars(shown), strict=True) if set(column) - {" "}]
    assert len(tops) == len([each for each in shown if each])


def test_a_plot_tells_nothing_sold_from_not_known_and_marks_campaigns_and_days_without_stock():
    sold = days_of(None, 0, 4) + days_of(2, campaigns="Black Friday") + days_of(0, sellable_share=Decimal(0))
    lines = plot(sold, 80, Language.EN)
    assert [line[:2] for line in lines[1:7]] == ["  "] * 5 + ["· "]
    assert lines[7] == "   cx"
    plain = plot(sold, 80, Language.EN, can_block=False)
    assert all(line.isascii() for line in plain[1:7])
    assert plain[6] == ". ## "


def test_a_terminal_without_blocks_gets_plain_characters():
    """`PYTHONIOENCODING=ascii` made each bar six characters wide."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    story = {"account_type": "main", "sku": "A", "demand": None, "report": None, "sales_known": None}
    show_story(Screen(file=file, width=60), [story | {"days": days_of(*[3] * 60)}], Language.RO, {})
    file.seek(0)
    text = file.read()
    assert "#" * 60 in text and "\\u" not in text


def test_the_plot_of_the_report_shows_what_is_most_at_risk_and_no_foreign_tag(database, shop):
    assert plot_of_most_at_risk(database) is None, "there is no report yet"
    shop.execute("UPDATE emag_products_v2 SET sku = 'A&<' WHERE sku = 'A'")
    for table in ("products", "demand", "demand_days", "stock_snapshots"):
        shop.execute(sql.SQL("UPDATE {} SET sku = 'A&<' WHERE sku = 'A'").format(sql.Identifier(table)))
    build_plan(database)
    plot = plot_of_most_at_risk(database)
    assert plot is not None
    alternative, image = plot.removesuffix(")").split("](data:image/svg+xml;base64,")
    assert alternative.startswith("![Sold a week")
    drawing = ElementTree.fromstring(base64.b64decode(image))
    [label] = drawing.findall(".//{*}text")
    [(at_risk,)] = shop.execute("SELECT ron_at_risk_per_day FROM low_stock_report WHERE sku = 'A&<'").fetchall()
    assert label.text == (
        f"main A&<: {at_risk} RON a day at risk, 4.50 days left. Sold a week, most 804; stock, most 9"
    ), "NEW, of which nothing is known, is not plotted"
    bars_path, line_path = drawing.findall(".//{*}path")
    assert bars_path.get("d", "").count("z") == 1
    assert line_path.get("d", "").count("M") == 1
