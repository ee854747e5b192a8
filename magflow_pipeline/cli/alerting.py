"""The verb alerts: what is wrong, who was told, and sending it without a daemon."""

from typing import Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, make_group, open_seller_database, say_if_demo
from magflow_pipeline.text import printable
from magflow_pipeline.times import local

SECONDS_TO_SEND = 60.0

alerts_app = make_group("What is wrong, and who was told.", invoke_without_command=True)
app.add_typer(alerts_app, name="alerts")


@alerts_app.callback()
def alerts(context: typer.Context) -> None:
    """List open incidents, and the channels with their last result. Times of Bucharest."""
    if context.invoked_subcommand is not None:
        return
    from magflow_pipeline.alerts.overview import channel_results, open_incidents

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings, "read")
    say_if_demo(console, settings)
    incidents = open_incidents(database, settings.language)
    for each in incidents:
        style = {"critical": "bold red", "warning": "yellow"}.get(each.severity)
        console.print(printable(f"{each.severity}: {each.headline}"), style=style)
        console.print(f"  since {local(each.opened_at)} (Bucharest), incident {each.id}")
        for label, text in (("first error", each.first_error), ("what to do", each.what_to_do)):
            if text:
                console.print(f"  {label}: {printable(text)}")
    if not incidents:
        console.print("No incident is open.")
    channels = channel_results(database, settings)
    for channel in channels:
        console.print(f"channel {channel.name} ({channel.gets}): {printable(channel.result)}")
    if not channels:
        console.print("Nobody is told: MAGFLOW_ALERT_URLS names no channel (docs/operations.md: Who gets told).")


@alerts_app.command("send")
def alerts_send() -> None:
    """Send what is due, as the daemon does all the time: for cron. Exit code 1: a channel did not take its message."""
    from magflow_pipeline.alerts.delivery import send_alerts

    settings, console = load_settings(), make_console()
    sent = send_alerts(open_seller_database(settings), settings, SECONDS_TO_SEND)
    for each in sent.taken:
        console.print(printable(f"sent to {each}"))
    for each in sent.failed:
        console.print(printable(f"not taken by {each}"), style="red")
    raise typer.Exit(1 if sent.failed else 0)


@alerts_app.command("test")
def alerts_test(channel: Annotated[str, typer.Argument(help="A channel that `magflow alerts` lists.")]) -> None:
    """Send a message through one channel, to see whether it works. Exit code 1: it does not."""
    from magflow_pipeline.alerts.delivery import send_trial

    settings, console = load_settings(), make_console()
    error = send_trial(open_seller_database(settings), settings, channel)
    console.print(printable(f"{channel}: {'it was taken' if error is None else f'not taken: {error}'}"))
    raise typer.Exit(0 if error is None else 1)
