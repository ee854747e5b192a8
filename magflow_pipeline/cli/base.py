"""What all verbs share: the app, the console, the seller's database, who is asking."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from magflow_pipeline.reports.screen import Screen, lost_output
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.text import noted

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database

app = typer.Typer(
    help="MagFlow: eMAG offers in, a low-stock report that a buyer can order from out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def tell_notices() -> None:
    """MagFlow: eMAG offers in, a low-stock report that a buyer can order from out."""
    from magflow_pipeline.notices import notices

    settings, console = load_settings(), make_console(stderr=True)
    for notice in notices(settings):
        console.print(notice, style="yellow")
    if settings.is_demo:
        console.print(f"{settings.home} is a demo home. {DEMO}", style="yellow")


DEMO = "DEMO: the numbers are made up by the simulator, and nothing is to be ordered from them."
AccountNames = Annotated[list[str] | None, typer.Argument(help="Accounts; all configured ones by default.")]


def open_seller_database(settings: Settings, use: Literal["read", "write", "migrate"] = "write") -> "Database":
    """The database, started if it is the embedded one: what it is used for says what may be changed in it."""
    from magflow_pipeline.database.connection import Use, open_database

    return open_database(settings, Use(use))


def say_if_demo(console: Screen, settings: Settings) -> None:
    """What people read of a demo home says so itself: the error stream may be elsewhere."""
    if settings.is_demo:
        console.print(DEMO, style="bold yellow")


def who() -> str:
    """The name of whoever runs the command, for the books."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def make_console(*, stderr: bool = False) -> Screen:
    """Where people read."""
    return Screen(stderr=stderr)


def must_be_seen() -> None:
    """For verbs that only show something: what could not be written was not shown.

    Raises:
        typer.Exit: it could not.
    """
    lost = lost_output()
    if lost is not None:
        make_console(stderr=True).print(f"Error: the output cannot be written: {noted(lost.strerror)}.", style="red")
        raise typer.Exit(1)
