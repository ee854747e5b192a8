"""Campaigns, such as Black Friday: the days on which people buy otherwise. Demand follows a change by itself."""

from datetime import date

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.values import UnusableError, read_day, read_text
from magflow_pipeline.settings import ConfigurationError

LAST_DAY = date(2099, 12, 31)
LONGEST = 92
"""Days: what lasts longer is a season, and would leave nothing to learn the usual demand from."""


def add_campaign(database: Database, name: str, first: str, last: str, by: str) -> str:
    """Enter a campaign from the day `first` to the day `last`, both included, in Bucharest; returns its name as stored.

    Campaigns may overlap: each of their days counts once.

    Raises:
        ConfigurationError: the name is taken, or name or days cannot be used.
    """
    try:
        name, starts_on, ends_on = read_text(name, "name"), read_day(first, LAST_DAY), read_day(last, LAST_DAY)
    except UnusableError as error:
        raise ConfigurationError(f"The campaign was not entered: {error}.") from None
    if ends_on < starts_on:
        raise ConfigurationError(f"The campaign was not entered: it would end on {ends_on}, before {starts_on}.")
    if (days := (ends_on - starts_on).days + 1) > LONGEST:
        raise ConfigurationError(
            f"The campaign was not entered: it would last {days} days. More than {LONGEST} are a season, and leave too "
            "few other days to learn from."
        )
    values = {"name": name, "starts_on": starts_on, "ends_on": ends_on, "created_by": by}
    with database.connect("magflow campaign") as session:
        if session.execute(statement("demand/campaign_added"), values).fetchone() is None:
            raise ConfigurationError(
                f"There is a campaign {name!r} already. Give this one another name, such as one with its year, or take "
                "that one back first: magflow campaign remove."
            )
    return name


def remove_campaign(database: Database, name: str) -> str:
    """Take a campaign back: its days count like all others again; returns its name as it was stored.

    Raises:
        ConfigurationError: there is none of that name.
    """
    try:
        name = read_text(name, "name")
    except UnusableError as error:
        raise ConfigurationError(f"No campaign was removed: {error}.") from None
    with database.connect("magflow campaign") as session:
        if session.execute(statement("demand/campaign_removed"), {"name": name}).fetchone() is None:
            raise ConfigurationError(f"There is no campaign {name!r}: magflow campaign list shows them.")
    return name
