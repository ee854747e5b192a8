"""The offers of the simulated seller: the same for the same seed, realistic in size and in stock.

Belongs here: which SKUs exist, in which account, with which id, status and stock. Not here: the
vocabulary (goods.py), the JSON of a row (wire.py) and hostile rows, which the tests build themselves.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from magflow_pipeline.simulator.goods import FAMILIES, HEROES, Family, Hero, title
from magflow_pipeline.simulator.wire import Listing, Product, number_style, string_style

SMALL_ID_SHARE = 0.9
"""The share of offers whose id is small; the rest have 8 digits and the last one more than 31 bits."""

ABOVE_31_BITS = 2**31 + 44_017


@dataclass(frozen=True)
class Catalogue:
    """The offers of the simulated marketplace: account name to offers in wire shape, ascending by id."""

    accounts: dict[str, list[dict[str, Any]]]


def make_catalogue(seed: int = 42, main: int = 1275, fbe: int = 1266) -> Catalogue:
    """Make the offers of the accounts `main` and `fbe`, equal for equal arguments.

    Nearly all SKUs are in both accounts, under the same part_number_key and different ids. `main` is
    written in the string style of 2024, `fbe` in the number style of 2026.

    Args:
        seed: Decides everything that looks random.
        main: The number of offers of the account `main`.
        fbe: The number of offers of the account `fbe`.

    Returns:
        Two accounts without a duplicate SKU or id.
    """
    rng = random.Random(seed)
    smaller = min(main, fbe)
    shared = smaller - smaller // 48  # 1,240 of the default 1,266
    products = _products(rng, main + fbe - shared)
    main_products = products[:main]
    fbe_products = products[:shared] + products[main:]
    rng.shuffle(main_products)
    rng.shuffle(fbe_products)
    main_ids = dict(_ids(rng, main_products, start=0, taken={}))
    fbe_ids = dict(_ids(rng, fbe_products, start=40, taken=main_ids))
    stocks = {"main": {hero.sku: hero.main_stock for hero in HEROES}}
    stocks["fbe"] = {hero.sku: hero.fbe_stock for hero in HEROES}
    return Catalogue(
        accounts={
            "main": [
                string_style(rng, product, _listing(rng, main_ids[product.sku], stocks["main"].get(product.sku)))
                for product in main_products
            ],
            "fbe": [
                number_style(rng, product, _listing(rng, fbe_ids[product.sku], stocks["fbe"].get(product.sku)))
                for product in fbe_products
            ],
        }
    )


def _products(rng: random.Random, count: int) -> list[Product]:
    """The heroes first (every account takes a slice from the front), then random goods."""
    keys: set[str] = set()
    products = [_hero_product(rng, hero, keys) for hero in HEROES[:count]]
    used = {product.sku for product in products}
    while len(products) < count:
        family = rng.choice(FAMILIES)
        # Most SKUs are as short as EMG469; a catalogue that has more of them than there are has longer ones.
        number = rng.randint(100, 999) if rng.random() < 0.8 else rng.randint(1000, max(9999, count))
        sku = f"{family.prefix}{number}"
        if sku in used:
            continue
        used.add(sku)
        products.append(_product(rng, family, sku, keys))
    return products


def _product(rng: random.Random, family: Family, sku: str, keys: set[str]) -> Product:
    # The square pulls prices towards the low end, where most electronic parts are.
    price = family.lowest_ron + (family.highest_ron - family.lowest_ron) * rng.random() ** 2
    return Product(
        sku=sku,
        name=title(
            family.name.format(rng.choice(family.first), rng.choice(family.second)), int(sku[len(family.prefix) :])
        ),
        brand=rng.choice(family.brands),
        category_id=family.category_id,
        part_number_key=_part_number_key(rng, keys),
        price_ron=round(price, 4),
        eans=_eans(rng),
        family_id=rng.randint(900_000, 999_999) if rng.random() < 0.12 else None,
        picture=rng.randint(10_000_000, 99_999_999),
        is_hero=False,
    )


def _hero_product(rng: random.Random, hero: Hero, keys: set[str]) -> Product:
    family = next(family for family in FAMILIES if family.prefix == hero.sku[:3])
    return Product(
        sku=hero.sku,
        name=hero.name,
        brand=hero.brand,
        category_id=family.category_id,
        part_number_key=_part_number_key(rng, keys),
        price_ron=hero.price_ron,
        eans=(_ean(rng, "594"),),
        family_id=None,
        picture=rng.randint(10_000_000, 99_999_999),
        is_hero=True,
    )


def _part_number_key(rng: random.Random, used: set[str]) -> str:
    while True:
        key = "D" + "".join(rng.choices("ABCDEFGHJKLMNPQRSTVWXYZ0123456789", k=6)) + "BM"
        if key not in used:
            used.add(key)
            return key


def _eans(rng: random.Random) -> tuple[str, ...]:
    chance = rng.random()
    if chance < 0.04:
        return ()
    if chance < 0.12:
        return (_ean(rng, "0749"),)  # a code that loses its zero when it is read as a number
    if chance < 0.16:
        return (_ean(rng, "594"), _ean(rng, "690"))
    return (_ean(rng, rng.choice(("594", "594", "690", "693"))),)


def _ean(rng: random.Random, prefix: str) -> str:
    digits = prefix + "".join(rng.choices("0123456789", k=12 - len(prefix)))
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _ids(rng: random.Random, products: list[Product], start: int, taken: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Ascending ids; one SKU never has the same id as in `taken`, though two SKUs may."""
    count = len(products)
    first_large = int(count * SMALL_ID_SHARE)
    large_step = 80_000_000 // (count - first_large + 1)
    current = start
    for position, product in enumerate(products):
        if position < first_large:
            current += rng.choice((1, 1, 1, 1, 2, 3, 9))
        elif position == count - 1:
            current = max(current, ABOVE_31_BITS) + rng.randint(1, 90_000)
        elif position == first_large:
            current = 14_000_000 + rng.randint(1, 9_000)
        else:
            current += rng.randint(1, large_step)
        if taken.get(product.sku) == current:
            current += 1
        yield product.sku, current


def _listing(rng: random.Random, seller_id: int, hero_stock: int | None) -> Listing:
    """How one account offers a product: its id, status and stock."""
    if hero_stock is not None:
        return Listing(seller_id=seller_id, status=1, stock=hero_stock, estimated=hero_stock, is_draft=False)
    stock = _stock(rng)
    reserved = rng.randint(1, min(stock, 6)) if stock and rng.random() < 0.07 else 0
    is_draft = rng.random() < 0.003
    status = 0 if is_draft else rng.choices((1, 0, 2), (990, 6, 4))[0]
    return Listing(seller_id=seller_id, status=status, stock=stock, estimated=stock - reserved, is_draft=is_draft)


def _stock(rng: random.Random) -> int:
    low, high = rng.choices(((0, 0), (1, 10), (11, 20), (21, 99), (100, 400), (401, 3000)), (6, 8, 8, 73, 4, 1))[0]
    return rng.randint(low, high)
