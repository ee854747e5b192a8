"""The suppliers of the demo: they must show a verified badge, a missing one, and names that look alike."""

from __future__ import annotations

import pytest

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.suppliers import DEMO_SUPPLIERS, DemoSuppliers, demo_suppliers


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue()


@pytest.fixture(scope="module")
def demo(catalogue: Catalogue) -> DemoSuppliers:
    return demo_suppliers(catalogue)


def badges(demo: DemoSuppliers, sku: str) -> dict[str, bool | None]:
    matches = {match.supplier_name: match.confirmed for match in demo.matches if match.sku == sku}
    return {sheet.supplier_name: matches.get(sheet.supplier_name) for sheet in demo.sheets if sheet.sku == sku}


def test_the_skus_of_the_walk_through_have_their_suppliers(demo: DemoSuppliers) -> None:
    assert badges(demo, "AUR516") == {"KEMEISING": True, "WANKE": False}
    assert badges(demo, "BMX136") == {"XINRUI": True, "PAREK": True, "KEMEISING": True}
    assert badges(demo, "EMG469") == {"TZT": True, "TZT-T": None}


def test_same_seed_gives_the_same_suppliers(catalogue: Catalogue, demo: DemoSuppliers) -> None:
    assert demo_suppliers(catalogue) == demo
    assert demo_suppliers(catalogue, seed=7) != demo


def test_about_60_percent_of_skus_have_sheets_and_half_of_these_a_confirmed_match(
    catalogue: Catalogue, demo: DemoSuppliers
) -> None:
    skus = {offer["part_number"] for offers in catalogue.accounts.values() for offer in offers}
    with_sheets = {sheet.sku for sheet in demo.sheets}
    confirmed = {match.sku for match in demo.matches if match.confirmed}
    assert with_sheets <= skus
    assert 0.55 < len(with_sheets) / len(skus) < 0.65
    assert 0.43 < len(confirmed) / len(with_sheets) < 0.57
    assert any(not match.confirmed for match in demo.matches)


def test_a_supplier_has_one_sheet_per_sku_and_every_sheet_its_own_page(demo: DemoSuppliers) -> None:
    pairs = [(sheet.sku, sheet.supplier_name) for sheet in demo.sheets]
    assert len(set(pairs)) == len(pairs)
    assert len({sheet.supplier_url for sheet in demo.sheets}) == len(demo.sheets)
    assert {name for _, name in pairs} <= set(DEMO_SUPPLIERS) == set(demo.suppliers)
    assert {(match.sku, match.supplier_name) for match in demo.matches} <= set(pairs)


def test_prices_are_plausible_and_confirmations_signed(demo: DemoSuppliers) -> None:
    assert all(1 <= sheet.price_cny <= 150 for sheet in demo.sheets)
    assert all(sheet.price_cny == round(sheet.price_cny, 2) for sheet in demo.sheets)
    assert all(bool(match.confirmed_by) == match.confirmed for match in demo.matches)


def test_a_small_catalogue_still_has_the_walk_through() -> None:
    assert badges(demo_suppliers(make_catalogue(main=3, fbe=3)), "EMG469") == {"TZT": True, "TZT-T": None}


def test_half_of_the_suppliers_have_told_their_terms_and_some_products_are_not_weighed(demo: DemoSuppliers) -> None:
    """A demo in which every cost is complete would not show what a real shop looks like."""
    assert {each.supplier_name for each in demo.terms} < set(demo.suppliers)
    pairs = {(sheet.supplier_name, sheet.sku) for sheet in demo.sheets}
    assert demo.breaks and {(each.supplier_name, each.sku) for each in demo.breaks} <= pairs
    not_weighed = sum(each.weight_kg is None for each in demo.products)
    assert {each.sku for each in demo.products} == {sheet.sku for sheet in demo.sheets}
    assert 0 < not_weighed < len(demo.products) / 10
