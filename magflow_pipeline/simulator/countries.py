"""The same goods in other countries: an account in Bulgaria or Hungary, whose rows are in the money of the country.

Belongs here: what differs from country to country. Not here: which goods there are (catalogue.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue

PRICES = (
    *("sale_price", "min_sale_price", "max_sale_price", "recommended_price"),
    *("best_offer_sale_price", "best_offer_recommended_price"),
)


@dataclass(frozen=True)
class Country:
    """Where an account sells; `ron` is what a unit of its money is about worth."""

    code: str
    currency: str
    ron: float
    vat: str
    vat_id: int


COUNTRIES = {
    each.code: each
    for each in (
        Country("RO", "RON", 1, "0.2100", 1),
        Country("BG", "EUR", 5.09, "0.2000", 6),
        Country("HU", "HUF", 0.0131, "0.2700", 4),
    )
}
BY_CURRENCY = {each.currency: each for each in COUNTRIES.values()} | {"BGN": COUNTRIES["BG"]}
"""Until the end of 2025 Bulgaria had leva."""


def country_of(currency: str) -> Country:
    """The country whose money it is; Romania for an unknown one."""
    return BY_CURRENCY.get(currency, COUNTRIES["RO"])


def make_accounts(countries: Mapping[str, str], seed: int = 42) -> Catalogue:
    """The catalogue of the accounts `main` and `fbe`, and in each other account what `main` sells, as sold abroad.

    Args:
        countries: Account name to country, `RO`, `BG` or `HU`.
        seed: As in `make_catalogue`.
    """
    catalogue = make_catalogue(seed)
    for name, code in countries.items():
        if name not in catalogue.accounts:
            catalogue.accounts[name] = [sold_in(COUNTRIES[code], row) for row in catalogue.accounts["main"]]
    return catalogue


def sold_in(country: Country, row: dict[str, Any]) -> dict[str, Any]:
    """An offer of Romania with the prices, the currency and the VAT of a country."""
    prices = {key: _price(country, row[key]) for key in PRICES if row.get(key)}
    return row | prices | {"currency": country.currency, "vat_id": country.vat_id}


def _price(country: Country, price: Any) -> Any:
    """As the marketplace writes it: text stays text with four decimals, a number stays a number."""
    amount = round(float(price) / country.ron, 4)
    return f"{amount:.4f}" if isinstance(price, str) else amount
