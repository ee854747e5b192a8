"""The options of a sync: what is not allowed is refused, and the message says what is."""

import pytest

from magflow_pipeline.catalogue.choices import ConflictStrategy
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.settings import ConfigurationError, load_settings


def test_the_defaults_read_everything():
    options = make_options(load_settings())
    assert (options.mode, options.conflict_strategy) == (None, ConflictStrategy.EMAG_PRIORITY)
    assert (options.max_pages, options.items_per_page, options.include_inactive) == (None, 100, True)
    assert options.filters == {}


def test_none_means_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMAG_ITEMS_PER_PAGE", "20")
    assert make_options(load_settings(), mode=None, max_pages=None, items_per_page=None).items_per_page == 20
    assert make_options(load_settings(), items_per_page=7).items_per_page == 7


def test_without_inactive_offers_status_1_is_asked_for():
    assert make_options(load_settings(), include_inactive=False).filters == {"status": 1}


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"mode": "fulll"}, "mode is .*full, incremental or selective"),
        ({"mode": "FULL"}, "mode is .*full, incremental or selective"),
        ({"conflict_strategy": "manual_priority"}, "conflict_strategy is 'manual_priority'. It must be emag_priority"),
        ({"max_pages": 0}, "max_pages is 0. It must be a whole number, at least 1"),
        ({"max_pages": "all"}, "max_pages is 'all'. It must be a whole number"),
        ({"items_per_page": 0}, "items_per_page is 0. .*from 1 to 100"),
        ({"items_per_page": 500}, "items_per_page is 500. .*from 1 to 100"),
        ({"include_inactive": "perhaps"}, "include_inactive is 'perhaps'. It must be true or false"),
        ({"pages": 3}, "pages: "),
    ],
)
def test_what_is_unknown_is_refused_and_the_allowed_is_named(wishes, message):
    """A page size over 100 is capped in silence there, and the catalogue ends after one page (trap 10)."""
    with pytest.raises(ConfigurationError, match=message):
        make_options(load_settings(), **wishes)


@pytest.mark.parametrize(
    "wishes",
    [
        {"skus": ["SKU\x001"]},
        {"skus": ["SKU1", "\ud800"]},
        {"brand": "Nord\x00well"},
        {"category": 10**30},
        {"min_price": "1e400"},
        {"max_price": "NaN"},
    ],
    ids=str,
)
def test_what_no_database_holds_is_refused_before_anything_starts(wishes):
    """A NUL in a SKU ended the sync before its log was open."""
    with pytest.raises(ConfigurationError, match=next(iter(wishes))):
        make_options(load_settings(), **wishes)
