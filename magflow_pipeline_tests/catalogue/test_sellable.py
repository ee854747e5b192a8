"""Whether a customer can buy an offer, and why not, in words."""

from decimal import Decimal
from typing import Any

import pytest

from magflow_pipeline.catalogue.sellable import why_not_sellable


def why(**facts: Any) -> str | None:
    note = why_not_sellable(
        **{"status": 1, "price": Decimal(10), "documentation": [9], "offer_validation": [1]} | facts
    )
    return None if note is None else note.en


def test_an_active_validated_offer_with_a_price_can_be_sold():
    assert why() is None


@pytest.mark.parametrize("documentation", [[3], [9], [11], [12], [9, 3], [], [7], [13], [42]])
def test_documentation_that_allows_the_sale_or_says_nothing_known_does_not_forbid_it(documentation):
    """A code that eMAG adds tomorrow must not empty the buyer's list."""
    assert why(documentation=documentation) is None


@pytest.mark.parametrize("documentation", [[0], [1], [2], [4], [5], [6], [8], [10], [9, 8], [42, 5]])
def test_documentation_that_is_refused_or_waits_forbids_it(documentation):
    assert f"(validation {documentation[-1]})" in str(why(documentation=documentation))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"status": 0}, "the offer is inactive"),
        ({"status": 2}, "the offer is at its end of life"),
        ({"price": None}, "it has no price"),
        ({"documentation": [5]}, "eMAG rejected its brand (validation 5)"),
        ({"offer_validation": [2]}, "its price is invalid and waits for eMAG's check (offer validation 2)"),
        ({"offer_validation": []}, None),
        ({"offer_validation": [3]}, None),
        ({"is_hidden": True}, "eMAG does not show it"),
        ({"is_hidden": True, "translation": [14]}, "its translation failed (translation validation 14)"),
        ({"translation": [14]}, None),
        ({"is_auto_translated": True, "translation": [14]}, "its translation failed (translation validation 14)"),
        ({"is_auto_translated": True, "translation": [17]}, None),
        ({"is_hidden": True, "price": None}, "it has no price"),
        ({"status": 0, "price": None}, "the offer is inactive; it has no price"),
    ],
)
def test_the_reason_is_told_in_words(facts, words):
    assert why(**facts) == words


def test_the_reason_is_told_in_romanian():
    note = why_not_sellable(status=1, price=None, documentation=[8])
    assert note is not None
    assert note.ro == "nu are preț; eMAG a respins documentația (validation 8)"
