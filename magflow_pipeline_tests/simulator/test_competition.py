"""Competitors: values that could be true together, and that change as time passes."""

import asyncio
from datetime import datetime
from typing import Any

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.competition import STEP_SECONDS, compete
from magflow_pipeline.simulator.market import open_market
from magflow_pipeline.times import BUCHAREST


def rank_of(offer: dict[str, Any]) -> Any:
    return offer.get("buy_button_rank")


def test_nobody_is_third_of_two_and_who_leads_mostly_asks_the_least():
    offers = make_catalogue().accounts["main"]
    ranked = [offer for offer in offers if isinstance(rank_of(offer), int)]
    assert all(offer["number_of_offers"] >= rank_of(offer) for offer in ranked)
    leading = [offer for offer in ranked if rank_of(offer) == 1]
    cheapest = [offer for offer in leading if offer["best_offer_sale_price"] == float(offer["sale_price"])]
    assert len(cheapest) > 0.8 * len(leading)


def test_a_step_changes_hands_of_a_few_and_equal_steps_are_equal():
    offers = make_catalogue().accounts["main"]
    after = [compete(offer, 7) for offer in offers]
    assert after == [compete(offer, 7) for offer in offers]
    pairs = [(b, a) for b, a in zip(offers, after, strict=True) if b != a]
    assert 0 < len(pairs) < 0.1 * len(offers)
    won = [(b, a) for b, a in pairs if rank_of(b) > 1 and rank_of(a) == 1]
    lost = [(b, a) for b, a in pairs if rank_of(b) == 1 and rank_of(a) == 2]
    joined = [(b, a) for b, a in pairs if a["number_of_offers"] > b["number_of_offers"] and rank_of(b) == rank_of(a)]
    assert won
    assert lost
    assert joined
    assert all(a["best_offer_sale_price"] < float(a["sale_price"]) for _, a in lost)


def test_rows_that_no_marketplace_sends_stay_as_they_are():
    for row in ({}, [], None, {"id": "x", "buy_button_rank": "2"}, {"buy_button_rank": 1, "number_of_offers": 1}):
        assert compete(row, 1) == row


def test_competitors_move_with_the_clock():
    """Nothing ever crossed in a demo home, however long it ran."""
    offers = make_catalogue().accounts["main"]
    market = open_market(Catalogue({"main": offers}), {}, datetime(2026, 11, 26, 10, tzinfo=BUCHAREST), days=1)
    before = {offer["id"]: rank_of(offer) for offer in market.accounts["main"].offers}
    asyncio.run(market.move_clock(market.now + STEP_SECONDS))
    after = {offer["id"]: rank_of(offer) for offer in market.accounts["main"].offers}
    assert 0 < sum(before[number] != rank for number, rank in after.items()) < 100
