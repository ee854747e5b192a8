"""The short form of the soak: a few tens of syncs; its seed stands in the header of pytest's output."""

import os

import pytest

from magflow_pipeline_tests.soak.soak import is_sound, soaking, told

SYNCS, DAYS = 8, 2  # of each account and type: 32, and 8 that end it


@pytest.mark.slow
def test_a_short_week_of_troubles_ends_with_the_tables_of_the_truth():
    """What one test does to one part is found there; this finds what is left over when everything happens at once."""
    seed = int(os.environ["SOAK_SEED"])
    with soaking(seed, SYNCS, DAYS) as soak:
        gates = soak.run()
    assert is_sound(soak, gates), "\n".join([f"SOAK_SEED={seed}", *told(soak, gates)])
