"""Shared by all verbs: the app, the console, the seller's database, the user's name."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import ValidationError

from magflow_pipeline.reports.screen import Screen, lost_output, one_place
from magflow_pipeline.settings import Settings, load_settings
from magflow_pipeline.text import noted, printable
from magflow_pipeline.wrong_values import LONGEST_OF_OPTION, rule_of, wrong

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
        console.print(f"{settings.home} is a demo home.\n{DEMO}", style="yellow")
        _told_demo.append(one_place())


DEMO = "DEMO: the numbers are made up by a simulator; order nothing by them."
_told_demo: list[bool] = []  # whether stderr, where the notice went, is the same place as stdout
AccountNames = Annotated[list[str] | None, typer.Argument(help="Accounts; all configured ones by default.")]


def wrong_usage(error: typer.TyperException) -> str:
    """The usage error as a sentence; empty when the help was printed instead.

    A wrong option is told in the words of a wrong setting.
    """
    if isinstance(error, typer.BadParameter) and isinstance(error.__cause__, ValidationError) and error.param:
        (problem, *_), option = error.__cause__.errors(), error.param.type_descriptor
        rule = rule_of(option.annotation, option.parameter_info.min, option.parameter_info.max)
        return wrong(error.param.opts[-1], problem["input"], rule, LONGEST_OF_OPTION)
    said, context = printable(error.format_message()), getattr(error, "ctx", None)
    end = "" if said.endswith((".", "?")) else "."
    return f"{said}{end} See: {context.command_path if context else 'magflow'} --help" if said else ""


def open_seller_database(settings: Settings, use: Literal["read", "write", "migrate"] = "write") -> "Database":
    """The database, started if it is the embedded one; `use` says what may be changed in it."""
    from magflow_pipeline.catalogue.known_accounts import configured_otherwise
    from magflow_pipeline.database.connection import Use, open_database

    database = open_database(settings, Use(use))
    # The last writer's list counts: two processes with different lists would silently overwrite each other's.
    if use != "read" and (before := configured_otherwise(database, settings)):
        make_console(stderr=True).print(
            f"EMAG_ACCOUNTS is {','.join(settings.accounts)}, and was {','.join(before)} for whoever wrote in this "
            "database last. Give all processes on it the same list.",
            style="yellow",
        )
    return database


def say_if_demo(console: Screen, settings: Settings) -> None:
    """Say on stdout too that this is a demo home: stderr may go elsewhere."""
    if settings.is_demo and True not in _told_demo:
        console.print(DEMO, style="bold yellow")


def who() -> str:
    """The name of the user who runs the command, for the records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def make_console(*, stderr: bool = False) -> Screen:
    """The console for people."""
    return Screen(stderr=stderr)


def tell_lost_output() -> bool:
    """Say once, on stderr, that output was lost; returns whether it was said."""
    lost = lost_output()
    if lost is None:
        return False
    make_console(stderr=True).print(f"Error: the output cannot be written: {noted(lost.strerror)}.", style="red")
    return True
