"""Bodies of pages as they are kept: new ones, and those that an older version kept."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.catalogue.bodies import body_of, compressed


@given(body=st.binary(max_size=300))
def test_a_body_is_read_as_it_was_received(body):
    assert body_of(compressed(body)) == body


@pytest.mark.parametrize("level", range(10))
def test_a_body_that_an_older_version_kept_is_read(level):
    body = b'{"isError": false, "results": [{"id": 1}]}' * 100
    assert body_of(zlib.compress(body, level)) == body


def test_a_page_is_kept_in_a_fraction_of_its_size():
    assert len(compressed(b'{"isError": false, "results": [{"id": 1}]}' * 100)) < 100
