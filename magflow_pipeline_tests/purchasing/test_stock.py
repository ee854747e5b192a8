"""What a stock is called and how much to order, at every boundary and for any numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.purchasing.stock import (
    ROMANIAN,
    RUNNING_OUT,
    Levels,
    ManualLevels,
    Note,
    Status,
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


@given(AVAILABLE, PIECES, LEVELS, st.none() | PIECES)
def test_a_quantity_is_never_negative_and_only_for_what_runs_out(available, on_order, levels, manual_quantity):
    decision = decide(available, on_order, levels, manual_quantity)
    assert decision.reorder_quantity >= 0
    if decision.status not in RUNNING_OUT:
        assert decision.reorder_quantity == 0


@given(AVAILABLE, PIECES, LEVELS, st.none() | PIECES)
def test_a_smaller_stock_never_orders_less(available, on_order, levels, manual_quantity):
    less = decide(available - 1, on_order, levels, manual_quantity).reorder_quantity
    assert less >= decide(available, on_order, levels, manual_quantity).reorder_quantity


@given(AVAILABLE, PIECES, LEVELS)
def test_more_on_order_never_orders_more(available, on_order, levels):
    more = decide(available, on_order + 1, levels).reorder_quantity
    assert more <= decide(available, on_order, levels).reorder_quantity


@given(st.integers(-(10**6), 20), PIECES)
def test_an_order_fills_up_to_the_maximum(available, on_order):
    assert decide(available, on_order).reorder_quantity == max(0, 100 - available - on_order)


@given(st.integers(-(10**6), 20), PIECES, PIECES)
def test_a_quantity_set_by_hand_is_taken_as_it_is(available, on_order, manual_quantity):
    """Nothing is deducted from what a person decided."""
    assert decide(available, on_order, manual_quantity=manual_quantity).reorder_quantity == manual_quantity


@pytest.mark.parametrize("available", [-5, 0, 1, 20])
def test_zero_set_by_hand_means_do_not_order(available):
    assert decide(available, manual_quantity=0).reorder_quantity == 0


def test_pieces_that_another_account_orders_are_not_ordered_again():
    decision = decide(5, manual_quantity=7, ordered_by="fbe")
    assert decision.status is Status.CRITICAL
    assert decision.reorder_quantity == 0
    assert "account fbe" in decision.reason and "contul fbe" in decision.reason_ro


@given(AVAILABLE, PIECES, LEVELS, st.none() | PIECES)
def test_the_reason_holds_the_numbers_in_both_languages(available, on_order, levels, manual_quantity):
    decision = decide(available, on_order, levels, manual_quantity)
    computed = decision.status in RUNNING_OUT and manual_quantity is None
    numbers = [available]
    if decision.status in RUNNING_OUT:
        numbers.append(decision.reorder_quantity)
    if computed:
        numbers += [levels.maximum, on_order]
    for sentence in (decision.reason, decision.reason_ro):
        assert all(str(number) in sentence.replace(".", "").replace(",", "").split() for number in numbers), sentence
    assert decision.status.value.replace("_", " ") in decision.reason
    assert ROMANIAN[decision.status] in decision.reason_ro


def test_the_reason_reads_as_a_sentence():
    decision = decide(8, 30)
    assert decision.reason == (
        "8 available <= minimum 10: critical. Order 62 = maximum 100 - available 8 - on order 30."
    )
    assert decision.reason_ro == (
        "8 disponibile <= minim 10: stoc critic. De comandat 62 = maxim 100 - disponibil 8 - în comandă 30."
    )


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
    decision = decide(120, levels=levels)
    assert (decision.status, decision.reorder_quantity) == (Status.LOW_STOCK, 110)
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


@given(MANUAL, st.integers(-(10**6), 10**10))
def test_what_runs_out_is_never_answered_with_order_0(manual, available):
    """But where people keep nothing (a maximum of 0), and nothing is missing."""
    levels, _ = effective_levels(manual)
    decision = decide(available, levels=levels)
    if decision.status in RUNNING_OUT and levels.maximum > 0:
        assert decision.reorder_quantity > 0
    assert decision.reorder_quantity >= 0


# What cannot be sold

WHY = Note("it has no price", "nu are preț")


@given(AVAILABLE, PIECES, st.none() | PIECES, st.none() | st.just("fbe"))
def test_nothing_is_ordered_of_what_cannot_be_sold(available, on_order, manual_quantity, ordered_by):
    """26 hidden or refused offers asked for 2,430 pieces."""
    usual = decide(available, on_order, None, manual_quantity, ordered_by)
    decision = decide(available, on_order, None, manual_quantity, ordered_by, not_sellable=WHY)
    assert (decision.status, decision.reorder_quantity) == (usual.status, 0)
    if decision.status in RUNNING_OUT:
        assert decision.reason.endswith("Order 0: it cannot be sold: it has no price.")
        assert decision.reason_ro.endswith("De comandat 0: nu se poate vinde: nu are preț.")
