"""Verbs about campaigns: campaign add, list, remove."""

from typing import Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, make_group, open_seller_database, who
from magflow_pipeline.text import printable

campaign_app = make_group("Campaigns, such as Black Friday: their days are no base of the demand.")
app.add_typer(campaign_app, name="campaign")

Name = Annotated[str, typer.Argument(help="Its name, with the year: 'Black Friday 2026'.")]
FOLLOWS = "Demand follows with the next sync, or by itself while `magflow up` runs."


@campaign_app.command("add")
def add(
    name: Name,
    first: Annotated[str, typer.Option("--from", help="First day in Bucharest, such as 2026-11-13.")],
    last: Annotated[str, typer.Option("--to", help="Last day, included.")],
) -> None:
    """Enter a campaign, past or to come. Campaigns may overlap."""
    from magflow_pipeline.demand.campaigns import add_campaign

    added = add_campaign(open_seller_database(load_settings()), name, first, last, who())
    make_console().print(printable(f"{added} is entered. {FOLLOWS}"))


@campaign_app.command("remove")
def remove(name: Name) -> None:
    """Take a campaign back: its days count like all others again."""
    from magflow_pipeline.demand.campaigns import remove_campaign

    removed = remove_campaign(open_seller_database(load_settings()), name)
    make_console().print(printable(f"{removed} is removed. {FOLLOWS}"))


@campaign_app.command("list")
def show() -> None:
    """Show the campaigns, the newest first."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    campaigns = read_rows(open_seller_database(load_settings(), "read"), "campaign_days", newest_first="starts_on")
    console = make_console()
    if campaigns:
        print_rows(console, campaigns, ["name", "starts_on", "ends_on", "created_by"])
    else:
        console.print("No campaign is entered: magflow campaign add NAME --from DAY --to DAY.")
