"""How right the forecast was (rules.md: Demand), from rows in PostgreSQL."""

from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from magflow_pipeline.database.statements import check
from magflow_pipeline.demand.accuracy import note_accuracy

ALL = "all"


def expect(shop, ago: int, items: dict[str, tuple[str, str | None]]) -> None:
    """What was expected so many days ago: pieces a day and class by SKU."""
    for sku, (rate, name) in items.items():
        shop.session.execute(
            "INSERT INTO demand_forecasts VALUES (%s, %s, %s, %s, %s)", [shop.account, shop.ago(ago), sku, rate, name]
        )


def noted(shop) -> dict[str, dict[str, Any]]:
    """The comparison of today, made now, by class."""
    with shop.session.transaction():
        note_accuracy(shop.session, shop.account)
    with shop.session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM newest_accuracy WHERE account_type = %s", [shop.account]).fetchall()
    return {row["demand_class"]: row for row in rows if row["day"] == shop.today}


def kept(shop) -> list[tuple[Any, ...]]:
    return shop.session.execute(
        "SELECT DISTINCT made_on FROM demand_forecasts WHERE account_type = %s ORDER BY made_on", [shop.account]
    ).fetchall()


def test_what_was_expected_four_weeks_ago_is_compared_with_what_was_sold_since(shop):
    shop.offers("A", "B", "C")
    shop.reads(180)
    shop.sells("A", dict.fromkeys(range(1, 181), 1))
    shop.sells("B", dict.fromkeys(range(1, 181), 3))
    shop.build()
    expect(shop, 28, {"A": ("1.5000", "smooth"), "B": ("2.0000", "smooth"), "C": ("0.5000", None)})
    expect(shop, 35, {"A": ("9.0000", "smooth")})
    rows = noted(shop)
    assert set(rows) == {ALL, "smooth", "none"}
    assert (rows[ALL]["items"], rows[ALL]["sold"], rows[ALL]["expected"]) == (3, 28 + 84, 42 + 56 + 14)
    assert (rows[ALL]["made_on"], rows[ALL]["bias"]) == (shop.ago(28), 0)
    assert rows[ALL]["wape"] == Decimal("0.5000"), "14 + 28 + 14 of 112 pieces"
    assert (rows["smooth"]["wape"], rows["smooth"]["bias"]) == (Decimal("0.3750"), Decimal("-0.1250"))
    assert (rows["none"]["wape"], rows["none"]["bias"]) == (None, None), "nothing was sold: no part of it"


def test_days_on_which_it_could_not_be_sold_were_not_expected(shop):
    """Out of stock, a campaign, orders that were not read: no error of the forecast."""
    shop.offers("A")
    shop.reads(180, 25)
    shop.reads(20)
    shop.sells("A", {ago: 2 for ago in range(1, 29) if not 20 < ago <= 25 and ago > 10})
    shop.sells("A", {3: 50, 9: 2})
    shop.stock("A", dict.fromkeys(range(5, 11), (0, 0)), sellable=0)
    shop.stock("A", {4: (5, 5)}, sellable=12)
    shop.session.execute(
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by) VALUES (%s, %s, %s, 'test')",
        [shop.account, shop.ago(3), shop.ago(3)],
    )
    shop.build()
    expect(shop, 28, {"A": ("2.0000", "smooth")})
    row = noted(shop)[ALL]
    shop.session.execute("DELETE FROM campaign_days WHERE name = %s", [shop.account])
    assert row["sold"] == 2 * 13 + 2, "without the campaign's"
    # 28 days less 5 unread, the campaign, 5 without stock (one of 6 sold), and three quarters of one
    assert row["expected"] == 2 * Decimal("16.25")


def test_what_is_kept_is_of_days_without_campaigns(shop):
    """Days of campaigns are not compared: with their part in it every forecast would have been too high."""
    shop.offers("A")
    shop.reads(180)
    shop.sells("A", {ago: 9 if 30 <= ago < 50 else 1 for ago in range(1, 181)})
    shop.session.execute(
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by) VALUES (%s, %s, %s, 'test')",
        [shop.account, shop.ago(49), shop.ago(30)],
    )
    shop.build()
    noted(shop)
    shop.session.execute("DELETE FROM campaign_days WHERE name = %s", [shop.account])
    stored = shop.session.execute(
        "SELECT expected_daily_demand FROM demand_forecasts WHERE account_type = %s", [shop.account]
    ).fetchall()
    row = shop.demand()["A"]
    all_days = 1 + 20 / 400 * (float(row["campaign_uplift"]) - 1)
    assert all_days > 1.2
    assert float(row["expected_daily_demand"]) == pytest.approx(all_days, rel=0.01)
    assert [float(each) for (each,) in stored] == pytest.approx([1], rel=0.01)


def test_forecasts_are_kept_once_a_week_until_they_were_compared(shop):
    shop.offers("A", "NEVER")
    shop.reads(180)
    shop.sells("A", dict.fromkeys(range(1, 181), 1))
    shop.build()
    assert noted(shop) == {}, "nothing is old enough"
    assert kept(shop) == [(shop.today,)]
    [(rate,)] = shop.session.execute(
        "SELECT expected_daily_demand FROM demand_forecasts WHERE account_type = %s", [shop.account]
    ).fetchall()
    assert rate == shop.demand()["A"]["expected_daily_demand"]
    shop.session.execute("UPDATE demand_forecasts SET made_on = made_on - 6 WHERE account_type = %s", [shop.account])
    noted(shop)
    assert kept(shop) == [(shop.ago(6),)]
    expect(shop, 29, {"A": ("1.0000", "smooth")})
    expect(shop, 36, {"A": ("1.0000", "smooth")})
    shop.session.execute("UPDATE demand_forecasts SET made_on = made_on - 1 WHERE made_on = %s", [shop.ago(6)])
    assert noted(shop)[ALL]["made_on"] == shop.ago(29)
    assert kept(shop) == [(shop.ago(29),), (shop.ago(7),), (shop.today,)]
    shop.sells("A", {2: 100})
    assert noted(shop)[ALL]["sold"] == 29, "once a day"


@pytest.mark.parametrize(
    ("expected", "error", "found"),
    [(10100, 2500, 0), (15000, 2500, 1), (6000, 2500, 1), (10100, 6000, 1), (10600, 3000, 0)],
)
def test_a_forecast_that_drifts_is_found(shop, expected, error, found):
    """Compared with the weeks before, not with a number that suits another catalogue."""
    insert = "INSERT INTO forecast_accuracy VALUES (%s, %s, %s, %s, 400, 10000, %s, %s)"
    for ago in range(1, 41):
        shop.session.execute(insert, [shop.account, shop.ago(ago), ALL, shop.ago(ago + 28), 10000, 2500])
    shop.session.execute(insert, [shop.account, shop.today, ALL, shop.ago(28), expected, error])
    parameters = {"accounts": [shop.account], "interval": 30}
    assert len(shop.session.execute(check("the_forecast_does_not_drift"), parameters).fetchall()) == found


def test_few_sales_say_nothing(shop):
    insert = "INSERT INTO forecast_accuracy VALUES (%s, %s, %s, %s, 9, 90, %s, 90)"
    for ago in range(1, 41):
        shop.session.execute(insert, [shop.account, shop.ago(ago), ALL, shop.ago(ago + 28), 90])
    shop.session.execute(insert, [shop.account, shop.today, ALL, shop.ago(28), 900])
    parameters = {"accounts": [shop.account], "interval": 30}
    assert shop.session.execute(check("the_forecast_does_not_drift"), parameters).fetchall() == []
