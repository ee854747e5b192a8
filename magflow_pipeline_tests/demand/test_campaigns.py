"""Campaigns that people enter: what cannot be one is a sentence, and nothing is stored."""

from datetime import date

import pytest

from magflow_pipeline.demand.campaigns import add_campaign, remove_campaign
from magflow_pipeline.settings import ConfigurationError

STORED = "SELECT name, starts_on, ends_on, created_by FROM campaign_days ORDER BY starts_on"


def test_a_campaign_is_entered_and_taken_back(database, session):
    add_campaign(database, "  Black  Friday 2026 ", "13.11.2026", "2026-11-16", "ana")
    add_campaign(database, "Weekend", "2026-11-15", "2026-11-15", "ana")
    black_friday = ("Black Friday 2026", date(2026, 11, 13), date(2026, 11, 16), "ana")
    assert session.execute(STORED).fetchall() == [black_friday, ("Weekend", *[date(2026, 11, 15)] * 2, "ana")]
    assert remove_campaign(database, "Weekend ") == "Weekend"
    assert session.execute(STORED).fetchall() == [black_friday]
    for name, first, last, said in (
        ("Black Friday 2026", "2027-11-12", "2027-11-15", "There is a campaign 'Black Friday 2026' already"),
        ("X", "2026-11-16", "2026-11-13", "it would end on 2026-11-13, before 2026-11-16"),
        ("X", "2026-02-30", "2026-11-13", "'2026-02-30' is not a day of the calendar"),
        ("X", "yesterday", "2026-11-13", "'yesterday' is not a day such as 2026-11-25"),
        ("X", "2026-01-01", "2026-12-31", "it would last 365 days"),
        (" ", "2026-11-13", "2026-11-13", "the name is empty"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            add_campaign(database, name, first, last, "ana")
    with pytest.raises(ConfigurationError, match="There is no campaign 'Weekend'"):
        remove_campaign(database, "Weekend")
    assert session.execute(STORED).fetchall() == [black_friday]
