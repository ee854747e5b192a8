"""What a stock is called and how much to order, at every boundary and for any numbers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.catalogue.sellable import Note
from magflow_pipeline.purchasing.statuses import ROMANIAN, RUNNING_OUT, Status
from magflow_pipeline.purchasing.stock import (
    ENGLISH,
    IN_ROMANIAN,
    Item,
    Levels,
    ManualLevels,
    Plan,
    decide,
    effective_levels,
    stock_status,
)

AVAILABLE = st.integers(-(10**6), 10**12)
PIECES = st.integers(0, 10**12)
LEVELS = st.builds(Levels, minimum=st.integers(0, 300), reorder_point=st.integers(0, 300), maximum=st.integers(0, 300))
URGENCY = list(Status)


@pytest.mark.parametrize(
    ("available", "status"),
    [
        (-1, Status.OUT_OF_STOCK),
        (0, Status.OUT_OF_STOCK),
        (1, Status.CRITICAL),
        (9, Status.CRITICAL),
        (10, Status.CRITICAL),
        (11, Status.LOW_STOCK),
        (19, Status.LOW_STOCK),
        (20, Status.LOW_STOCK),
        (21, Status.IN_STOCK),
        (99, Status.IN_STOCK),
        (100, Status.OVERSTOCK),
        (101, Status.OVERSTOCK),
    ],
)
def test_the_default_levels_are_0_and_10_and_20_and_100(available, status):
    """The old system called 1,256 of 1,266 products low."""
    assert stock_status(available, Levels()) is status
    assert decide(available).status is status


def test_a_level_is_reached_at_equality():
    levels = Levels(minimum=3, reorder_point=5, maximum=7)
    assert [stock_status(available, levels).value for available in range(9)] == [
        "out_of_stock",
        *["critical"] * 3,
        *["low_stock"] * 2,
        "in_stock",
        *["overstock"] * 2,
    ]


@given(AVAILABLE, LEVELS)
def test_more_stock_is_never_more_urgent(available, levels):
    """Whatever levels people set, also a minimum above the reorder point, there is one status."""
    now, after = stock_status(available, levels), stock_status(available + 1, levels)
    assert URGENCY.index(now) <= URGENCY.index(after)


PLANS = st.builds(
    Plan,
    level_source=st.sampled_from(["manual", "demand", "default"]),
    level_problem=st.sampled_from([None, "not_enough_data", "never_sold", "no_price", "not_worth_keeping"]),
    on_order=PIECES,
    in_transfer=PIECES,
    missing=st.none() | PIECES,
    transfer=PIECES,
    share=st.none() | PIECES,
    blocked=st.none() | st.just("lost_buy_box"),
)
ITEMS = st.builds(
    Item,
    quantity_set=st.none() | PIECES,
    ordered_by=st.none() | st.just("fbe"),
    is_unread=st.booleans(),
    not_sellable=st.none() | st.just(Note("it has no price", "nu are preț")),
)


@given(AVAILABLE, LEVELS, PLANS, ITEMS)
def test_what_is_ordered_is_the_share_of_the_purchase_or_a_person_decides(available, levels, plan, item):
    """Two sums of one order: what the accounts are told would not add up to what is bought."""
    decision = decide(available, levels, plan, item)
    if decision.reason_code == "decide_yourself":
        assert decision.reorder_quantity is None
        assert plan.missing is None and not plan.share
    else:
        assert decision.reorder_quantity == (plan.share or 0)
    if decision.status not in RUNNING_OUT and not plan.share:
        assert decision.reorder_quantity == 0


@given(AVAILABLE, LEVELS, PLANS, ITEMS)
def test_what_is_not_known_is_never_0(available, levels, plan, item):
    """An item with too few days of sales was "order 0", as if somebody had looked."""
    unknown = replace(plan, missing=None, share=None)
    plain = replace(item, not_sellable=None, ordered_by=None, is_unread=False, quantity_set=None)
    decision = decide(available, levels, unknown, plain)
    assert (decision.reorder_quantity is None) == (decision.status in RUNNING_OUT)


@given(AVAILABLE, LEVELS, PLANS, ITEMS)
def test_the_reason_holds_the_numbers_in_both_languages(available, levels, plan, item):
    decision = decide(available, levels, plan, item)
    numbers = [available]
    if decision.reorder_quantity is not None and decision.reason_code not in ("nothing_to_order", "transferred"):
        numbers.append(decision.reorder_quantity)
    if decision.reason_code == "to_order" and plan.missing:
        numbers += [plan.missing, levels.maximum, plan.on_order, plan.in_transfer]
    for sentence in (decision.reason, decision.reason_ro):
        words = sentence.translate(str.maketrans("", "", ".,:;")).split()
        assert all(str(number) in words for number in numbers), sentence
    assert decision.status.value.replace("_", " ") in decision.reason
    assert ROMANIAN[decision.status] in decision.reason_ro


DEMAND = Plan(
    level_source="demand",
    demand=Decimal("2.5000"),
    lead_time_days=Decimal("45.00"),
    lead_time_spread_days=Decimal("10.50"),
    chance_allowed=Decimal("0.04321000"),
    on_order=6,
    missing=86,
    share=86,
    purchase_raw=86,
    purchase=86,
    moq=1,
    pack=1,
    supplier="TZT",
)
BY_DEMAND = (
    "8 available <= minimum 10: critical. Levels from demand: 2.5 a day, 45 ± 10.5 days until an order is there"
    " (assumed, nobody entered it), 4.32 % chance taken that a piece more would have sold. "
)
BY_DEMAND_RO = (
    "8 disponibile <= minim 10: stoc critic. Niveluri după cerere: 2,5 pe zi, 45 ± 10,5 zile până sosește o comandă"
    " (presupus, nu l-a introdus nimeni), șansă asumată de 4,32 % ca o bucată în plus să se fi vândut. "
)
MISSING = "86 missing = maximum 100 - available 8 - on order 6 - in transfer 0. "
MISSING_RO = "Lipsesc 86 = maxim 100 - disponibil 8 - în comandă 6 - în transfer 0. "
UNKNOWN = "8 available <= minimum 10: critical. Levels are defaults: "
UNKNOWN_RO = "8 disponibile <= minim 10: stoc critic. Nivelurile sunt cele implicite: "
SENTENCES = [
    (
        replace(DEMAND, purchase=120, purchase_raw=120),
        Item(),
        BY_DEMAND + MISSING + "Order 86 from TZT. They are part of 120 for all accounts.",
        BY_DEMAND_RO + MISSING_RO + "De comandat 86 de la TZT. Fac parte din 120 pentru toate conturile.",
    ),
    (
        DEMAND,
        Item(),
        BY_DEMAND + MISSING + "Order 86 from TZT.",
        BY_DEMAND_RO + MISSING_RO + "De comandat 86 de la TZT.",
    ),
    (
        replace(DEMAND, closed_days=16, order_by=date(2026, 11, 20), is_late=True),
        Item(),
        BY_DEMAND
        + "An order of the next review comes 16 days later, because its supplier is closed. "
        + MISSING
        + "Order 86 from TZT. It is late since 2026-11-20, the last day to order in time: order today.",
        BY_DEMAND_RO
        + "O comandă de la următoarea verificare sosește cu 16 zile mai târziu, fiindcă furnizorul este închis. "
        + MISSING_RO
        + "De comandat 86 de la TZT. Este târziu din 20.11.2026, ultima zi pentru o comandă la timp: comandați astăzi.",
    ),
    (
        replace(DEMAND, supplier=None),
        Item(),
        BY_DEMAND + MISSING + "Order 86; no supplier is known.",
        BY_DEMAND_RO + MISSING_RO + "De comandat 86; nu se cunoaște niciun furnizor.",
    ),
    (
        replace(DEMAND, transfer=20, transfer_from="fbe", share=70, purchase_raw=66, purchase=100, moq=100, pack=20),
        Item(),
        BY_DEMAND + MISSING + "First move 20 here from fbe. Order 70 from TZT. All accounts together lack 66: with the"
        " supplier's least quantity 100 and packs of 20, 100 are bought.",
        BY_DEMAND_RO + MISSING_RO + "Mai întâi mutați aici 20 din fbe. De comandat 70 de la TZT. Tuturor conturilor le"
        " lipsesc 66: cu cantitatea minimă 100 și pachete de 20 se cumpără 100.",
    ),
    (
        replace(DEMAND, share=40, purchase=40, purchase_flags="capped_to_cover", pack=20),
        Item(),
        BY_DEMAND + MISSING + "Order 40 from TZT. All accounts together lack 86: packs of 20 and the supplier's least"
        " quantity 1 would last too long, 40 are bought.",
        BY_DEMAND_RO + MISSING_RO + "De comandat 40 de la TZT. Tuturor conturilor le lipsesc 86: cu pachete de 20 și"
        " cantitatea minimă 1 ar ajunge prea mult timp, se cumpără 40.",
    ),
    (
        replace(DEMAND, share=120, purchase=120, purchase_flags="filled_to_minimum_order_value"),
        Item(),
        BY_DEMAND + MISSING + "Order 120 from TZT. All accounts together lack 86: so that the order reaches the"
        " supplier's least value, 120 are bought.",
        BY_DEMAND_RO + MISSING_RO + "De comandat 120 de la TZT. Tuturor conturilor le lipsesc 86: ca să se atingă"
        " valoarea minimă la furnizor, se cumpără 120.",
    ),
    (
        replace(DEMAND, share=0, purchase=0, moq=5000),
        Item(),
        BY_DEMAND + MISSING + "Order 0: even the least quantity 5000 of TZT would last too long.",
        BY_DEMAND_RO
        + MISSING_RO
        + "De comandat 0: chiar și cantitatea minimă 5000 de la TZT ar ajunge prea mult timp.",
    ),
    (
        replace(DEMAND, cost_problem="no_rate HUF", order_by=date(2026, 12, 1), overdue=6, lead_time_source="receipts"),
        Item(),
        BY_DEMAND.replace("assumed, nobody entered it", "learned from receipts")
        + MISSING
        + "Order 86 from TZT. Cost incomplete: no rate of HUF. Last day to order in time: 2026-12-01. 6 on order are"
        " overdue.",
        BY_DEMAND_RO.replace("presupus, nu l-a introdus nimeni", "din recepțiile de până acum")
        + MISSING_RO
        + "De comandat 86 de la TZT. Cost incomplet: fără curs HUF. Ultima zi pentru o comandă la timp: 01.12.2026. 6"
        " din cele comandate au întârziat.",
    ),
    (
        replace(
            DEMAND, cost=Decimal("12.5"), cheapest="WANKE", cheapest_cost=Decimal("11.456"), lead_time_source="terms"
        ),
        Item(),
        BY_DEMAND.replace("assumed, nobody entered it", "by the supplier's terms")
        + MISSING
        + "Order 86 from TZT. WANKE would be cheaper: 11.46 RON a piece in the warehouse instead of 12.50 RON.",
        BY_DEMAND_RO.replace("presupus, nu l-a introdus nimeni", "din condițiile furnizorului")
        + MISSING_RO
        + "De comandat 86 de la TZT. WANKE ar fi mai ieftin: 11,46 RON bucata ajunsă în depozit, în loc de 12,50 RON.",
    ),
    (
        replace(DEMAND, missing=86, transfer=86, transfer_from="bg, fbe", share=None),
        Item(),
        BY_DEMAND + MISSING + "First move 86 here from bg, fbe. Nothing is left to order.",
        BY_DEMAND_RO + MISSING_RO + "Mai întâi mutați aici 86 din bg, fbe. Nu mai rămâne nimic de comandat.",
    ),
    (
        replace(DEMAND, on_order=10, in_transfer=7, sent_away=3, missing=0, share=None),
        Item(),
        BY_DEMAND + "3 of what is in stock have already left for another account. Order 0: available 5 + on order 10 +"
        " in transfer 7 = 22, above the reorder point 20.",
        BY_DEMAND_RO + "3 din stoc au plecat deja spre alt cont. De comandat 0: disponibil 5 + în comandă 10 + în"
        " transfer 7 = 22, peste pragul de comandă 20.",
    ),
    (
        replace(DEMAND, missing=86, share=None, blocked="lost_buy_box"),
        Item(),
        BY_DEMAND + "Order 0: others have had the buy button for long.",
        BY_DEMAND_RO + "De comandat 0: alții au de mult butonul de cumpărare.",
    ),
    (
        Plan(level_source="manual", missing=12, share=12, purchase=12, purchase_raw=12, supplier="TZT"),
        Item(quantity_set=12),
        "8 available <= minimum 10: critical. Levels set by hand. Order 12, as set by hand.",
        "8 disponibile <= minim 10: stoc critic. Niveluri stabilite manual. De comandat 12, stabilit manual.",
    ),
    (
        Plan(level_problem="not_enough_data"),
        Item(),
        UNKNOWN + "there is not enough data of its sales yet. Decide yourself how many to order.",
        UNKNOWN_RO + "încă nu sunt destule date despre vânzări. Hotărâți dumneavoastră câte se comandă.",
    ),
    (
        Plan(),
        Item(),
        UNKNOWN + "those from demand are not computed yet. Decide yourself how many to order.",
        UNKNOWN_RO + "cele după cerere nu sunt calculate încă. Hotărâți dumneavoastră câte se comandă.",
    ),
    (
        Plan(level_problem="never_sold", missing=0),
        Item(),
        UNKNOWN + "it never sold. Order 0: what never sold is not ordered on its own.",
        UNKNOWN_RO + "nu s-a vândut niciodată. De comandat 0: ce nu s-a vândut niciodată nu se comandă de la sine.",
    ),
    (
        Plan(level_problem="no_price", missing=0),
        Item(),
        UNKNOWN + "its price in RON is not known. Order 0: without a price in RON it is not ordered on its own.",
        UNKNOWN_RO + "prețul în RON nu se cunoaște. De comandat 0: fără preț în RON nu se comandă de la sine.",
    ),
    (
        replace(DEMAND, level_problem="not_worth_keeping", missing=0, share=None),
        Item(),
        "8 available <= minimum 10: critical. For what it sells and earns, it is not worth keeping in stock. Order 0:"
        " what is not worth keeping is not ordered on its own.",
        "8 disponibile <= minim 10: stoc critic. La cât se vinde și cât aduce, nu merită ținut pe stoc. De comandat 0:"
        " ce nu merită ținut pe stoc nu se comandă de la sine.",
    ),
    (
        replace(
            DEMAND,
            level_problem="not_worth_keeping",
            missing=0,
            share=None,
            cost=Decimal("17.79"),
            cheapest="WANKE",
            cheapest_cost=Decimal("2.18"),
        ),
        Item(),
        "8 available <= minimum 10: critical. For what it sells and earns, it is not worth keeping in stock. Order 0:"
        " what is not worth keeping is not ordered on its own. WANKE would be cheaper: 2.18 RON a piece in the"
        " warehouse instead of 17.79 RON.",
        "8 disponibile <= minim 10: stoc critic. La cât se vinde și cât aduce, nu merită ținut pe stoc. De comandat 0:"
        " ce nu merită ținut pe stoc nu se comandă de la sine. WANKE ar fi mai ieftin: 2,18 RON bucata ajunsă în"
        " depozit, în loc de 17,79 RON.",
    ),
]
WORDS = (
    replace(ENGLISH, codes={"no_rate": "no rate of {}", "lost_buy_box": "others have had the buy button for long"}),
    replace(IN_ROMANIAN, codes={"no_rate": "fără curs {}", "lost_buy_box": "alții au de mult butonul de cumpărare"}),
)


@pytest.mark.parametrize(("plan", "item", "reason", "reason_ro"), SENTENCES)
def test_the_reason_reads_as_a_sentence(plan, item, reason, reason_ro):
    decision = decide(8, plan=plan, item=item, words=WORDS)
    assert decision.reason == reason
    assert decision.reason_ro == reason_ro


@pytest.mark.parametrize("available", [-5, 0, 1, 20])
def test_zero_set_by_hand_means_do_not_order(available):
    decision = decide(available, plan=Plan(missing=0), item=Item(quantity_set=0))
    assert (decision.reorder_quantity, decision.reason_code) == (0, "set_by_hand")


def test_pieces_that_another_account_orders_are_not_ordered_again():
    decision = decide(5, plan=Plan(missing=0), item=Item(quantity_set=7, ordered_by="fbe"))
    assert decision.status is Status.CRITICAL
    assert decision.reorder_quantity == 0
    assert "account fbe" in decision.reason and "contul fbe" in decision.reason_ro


def test_a_purchase_that_a_person_wants_is_ordered_although_it_cannot_be_sold():
    """Shares that were dropped from the report would no longer add up to the purchase."""
    decision = decide(5, plan=replace(DEMAND, share=50), item=Item(not_sellable=WHY))
    assert (decision.reorder_quantity, decision.reason_code) == (50, "to_order")


# Levels that contradict each other

BY_HAND = st.none() | st.integers(0, 300) | st.integers(0, 10**9)
MANUAL = st.builds(ManualLevels, minimum=BY_HAND, reorder_point=BY_HAND, maximum=BY_HAND)

CONTRADICTIONS = [
    # The witness: 120 pieces were "low stock. Order 0 = maximum 100 - available 120".
    (ManualLevels(reorder_point=150), Levels(10, 150, 230)),
    (ManualLevels(reorder_point=100), Levels(10, 100, 180)),
    (ManualLevels(minimum=50), Levels(50, 60, 100)),
    (ManualLevels(minimum=500), Levels(500, 510, 590)),
    (ManualLevels(maximum=15), Levels(1, 3, 15)),
    (ManualLevels(maximum=20), Levels(2, 4, 20)),
    (ManualLevels(maximum=1), Levels(0, 0, 1)),
    (ManualLevels(maximum=0), Levels(0, 0, 0)),
    (ManualLevels(reorder_point=5), Levels(2, 5, 100)),
    (ManualLevels(reorder_point=150, maximum=100), Levels(10, 150, 151)),
    (ManualLevels(minimum=30, reorder_point=20), Levels(30, 30, 100)),
    (ManualLevels(minimum=30, reorder_point=20, maximum=10), Levels(30, 30, 31)),
    (ManualLevels(reorder_point=20, maximum=0), Levels(10, 20, 21)),
    (ManualLevels(minimum=12, maximum=15), Levels(12, 12, 15)),
]


@pytest.mark.parametrize(("manual", "levels"), CONTRADICTIONS)
def test_what_is_set_by_hand_wins_and_what_contradicts_it_moves_and_is_told(manual, levels):
    found, notes = effective_levels(manual)
    assert found == levels
    assert notes
    for note in notes:
        assert "contradicts" in note.en and "contrazice" in note.ro


SOUND = [
    (ManualLevels(), Levels()),
    (ManualLevels(reorder_point=40), Levels(10, 40, 100)),
    (ManualLevels(maximum=50), Levels(10, 20, 50)),
    (ManualLevels(minimum=0, reorder_point=0, maximum=5), Levels(0, 0, 5)),
    (ManualLevels(minimum=4, reorder_point=4), Levels(4, 4, 100)),
    (ManualLevels(minimum=0, reorder_point=0, maximum=0), Levels(0, 0, 0)),
]


@pytest.mark.parametrize(("manual", "levels"), SOUND)
def test_levels_that_agree_are_taken_as_they_are(manual, levels):
    assert effective_levels(manual) == (levels, [])


def test_the_default_maximum_gives_way_to_a_reorder_point_set_by_hand():
    levels, [note] = effective_levels(ManualLevels(reorder_point=150))
    assert (stock_status(120, levels), levels.maximum) == (Status.LOW_STOCK, 230)
    assert note.en == "The usual maximum 100 contradicts what was set by hand: 230 is used."
    assert note.ro == "Valoarea obișnuită maxim 100 contrazice ce s-a stabilit manual: se folosește 230."


@given(MANUAL)
def test_levels_always_agree(manual):
    levels, notes = effective_levels(manual)
    assert 0 <= levels.minimum <= levels.reorder_point
    assert levels.reorder_point < levels.maximum or levels == Levels(0, 0, 0)
    default = Levels()
    wished = Levels(
        default.minimum if manual.minimum is None else manual.minimum,
        default.reorder_point if manual.reorder_point is None else manual.reorder_point,
        default.maximum if manual.maximum is None else manual.maximum,
    )
    moved = [mine != theirs for mine, theirs in zip(vars(levels).values(), vars(wished).values(), strict=True)]
    assert sum(moved) == len(notes), "each level that moved is told, and no other"
    if wished.minimum <= wished.reorder_point < wished.maximum:
        assert levels == wished


# What cannot be sold

WHY = Note("it has no price", "nu are preț")


@given(AVAILABLE, PLANS, ITEMS)
def test_nothing_is_ordered_of_what_cannot_be_sold(available, plan, item):
    """26 hidden or refused offers asked for 2,430 pieces."""
    decision = decide(available, None, replace(plan, share=None), replace(item, not_sellable=WHY))
    assert (decision.status, decision.reorder_quantity) == (decide(available).status, 0)
    if decision.status in RUNNING_OUT:
        assert "Order 0: it cannot be sold: it has no price." in decision.reason
        assert "De comandat 0: nu se poate vinde: nu are preț." in decision.reason_ro
