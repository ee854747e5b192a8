"""The short form of the soak: a few tens of syncs; its seed stands in the header of pytest's output."""

import os

import pytest

from magflow_pipeline_tests.soak.figures import SERVER, Memory
from magflow_pipeline_tests.soak.soak import is_sound, soaking, told

SYNCS, DAYS = 8, 2  # of each account and type: 32, and 8 that end it


@pytest.mark.slow
def test_a_short_week_of_troubles_ends_with_the_tables_of_the_truth():
    """What one test does to one part is found there; this finds what is left over when everything happens at once."""
    seed = int(os.environ["SOAK_SEED"])
    with soaking(seed, SYNCS, DAYS) as soak:
        gates = soak.run()
    assert is_sound(soak, gates), "\n".join([f"SOAK_SEED={seed}", *told(soak, gates)])


def test_memory_that_is_taken_for_a_moment_is_no_growth():
    """The only gate of a week that fell: PostgreSQL takes 59 MB for a moment, to analyse Dagster's events."""
    memory = Memory()
    memory.looks[SERVER] = {1: [40, 60, 52, 51, 53, 116], 2: [50, 51, 52, 60, 95, 90, 97], 3: [50, 51, 52, 150, 150]}
    assert memory.growth() == {SERVER: 38}
    assert memory.courses()[0] == "MB of PostgreSQL, process 1: 40 60 52 51 53 116"
