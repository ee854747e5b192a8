"""What all verbs share: the app, the console, the seller's database, who is asking."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from magflow_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database

PLAIN_WIDTH = 200  # columns of what goes to a file or a log

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

    console = make_console(stderr=True)
    for notice in notices(load_settings()):
        console.print(notice, style="yellow", markup=False, highlight=False)


AccountNames = Annotated[list[str] | None, typer.Argument(help="Accounts; all configured ones by default.")]


def open_seller_database(settings: Settings, use: Literal["read", "write", "migrate"] = "write") -> "Database":
    """The database, started if it is the embedded one: what it is used for says what may be changed in it."""
    from magflow_pipeline.database.connection import Use, open_database

    return open_database(settings, Use(use))


def who() -> str:
    """The name of whoever runs the command, for the books."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def make_console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for a table where there is none."""
    console = Console(stderr=stderr, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, width=PLAIN_WIDTH)
