"""Any JSON, as the client parses it: for "it never raises"."""

from typing import Any

from hypothesis import strategies as st

numbers = st.integers() | st.floats() | st.decimals(allow_nan=False, allow_infinity=False)
# "Cs" are lone surrogates: JSON can hold them, PostgreSQL cannot.
texts = st.text(st.characters() | st.characters(categories=["Cs"])) | numbers.map(str)
scalars = st.none() | st.booleans() | numbers | texts


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(texts | st.just("value"), inner, max_size=4)


json_values: st.SearchStrategy[Any] = st.recursive(scalars, _deeper, max_leaves=12)
