"""The check of drift on a history that goes on day by day, and then changes (rules.md: Demand)."""

import numpy as np

from magflow_pipeline.database.statements import check
from magflow_pipeline.demand.accuracy import note_accuracy

ITEMS, HISTORY, LAST = 20, 120, 60
CHANGES_ON = 46
DAYS = (0, 7, 14, 21, *range(28, 44), LAST)
"""Those on which demand is learned: on the first, nothing is old enough to be compared."""
SKUS = [f"S{number}" for number in range(ITEMS)]


def sales() -> np.ndarray:
    """Pieces by day and item; day 0 of the shop is row HISTORY. What sold well is bought no more, and the reverse."""
    chance = np.random.default_rng(7)
    rates = np.linspace(1, 6, ITEMS)
    daily = np.tile(rates, (HISTORY + LAST, 1))
    daily[HISTORY + CHANGES_ON :] = rates[::-1]
    return chance.poisson(daily)


def days_go_on(shop, sold: np.ndarray, day: int, since: int) -> None:
    """It is day number `day`: what was kept is so many days older, and the days before it have been sold."""
    for table, days in (("demand_forecasts", ("made_on",)), ("forecast_accuracy", ("day", "made_on"))):
        for moved in (10_000, -10_000 - since):  # in two steps, as no two rows may have one key in between
            sets = ", ".join(f"{name} = {name} + {moved}" for name in days)
            shop.session.execute(f"UPDATE {table} SET {sets} WHERE account_type = %s", [shop.account])
    shop.session.execute("DELETE FROM demand_days WHERE account_type = %s", [shop.account])
    before = sold[: HISTORY + day]
    for place, sku in enumerate(SKUS):
        pieces = {len(before) - number: int(units) for number, units in enumerate(before[:, place]) if units}
        shop.sells(sku, {ago: units for ago, units in pieces.items() if ago <= HISTORY})
    shop.build()
    with shop.session.transaction():
        note_accuracy(shop.session, shop.account)


def drifting(shop) -> list[tuple]:
    parameters = {"accounts": [shop.account], "interval": 30}
    return shop.session.execute(check("the_forecast_does_not_drift"), parameters).fetchall()


def test_a_shop_whose_demand_changes_everywhere_is_found_and_a_steady_one_is_not(shop):
    """Rows that a test writes into forecast_accuracy prove the query, not that accuracy ever becomes so."""
    shop.offers(*SKUS)
    shop.reads(HISTORY)
    sold, day = sales(), 0
    found = {}
    for next_day in DAYS:
        days_go_on(shop, sold, next_day, next_day - day)
        day = next_day
        found[day] = drifting(shop)
    compared = shop.session.execute(
        "SELECT count(*) FROM forecast_accuracy WHERE account_type = %s AND demand_class = 'all'", [shop.account]
    ).fetchone()
    assert compared == (len(DAYS) - 4,)
    assert [day for day, rows in found.items() if rows] == [LAST]
    [of_all] = [row for row in found[LAST] if row[1] == "all"]
    account, _, newest, items, units, wape, usual_wape, _, _ = of_all
    assert (account, newest, items) == (shop.account, shop.today, ITEMS)
    assert units > 1000
    assert wape > 2 * usual_wape
