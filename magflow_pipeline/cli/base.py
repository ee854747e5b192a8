"""Shared by all verbs: the app, the console, the seller's database, the user's name."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from magflow_pipeline.cli.streams import lost_output, one_place
from magflow_pipeline.text import noted, printable
from magflow_pipeline.wrong_values import LONGEST_OF_OPTION, rule_of, wrong

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.screen import Screen
    from magflow_pipeline.settings import Settings


WIDEST_HELP = 120  # columns
LONGEST_SENTENCE = 1000  # characters: no limit


class _Group(TyperGroup):
    """Verbs whose list has the whole first sentence of each, where typer cuts it to one line.

    Without a verb, the help is printed as with --help, but to stderr; typer would make an error of it, and one line.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args or self.invoke_without_command:
            return super().parse_args(ctx, args)
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(2)  # wrong usage

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write them. Typer has no public names for its context and its formatter."""
        rows = [(name, self.commands[name].get_short_help_str(LONGEST_SENTENCE)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def make_group(about: str, **options: Any) -> typer.Typer:
    """A group of verbs. Its help is plain text: rich, with its frames, loads for longer than all the rest."""
    return typer.Typer(
        help=about, cls=_Group, rich_markup_mode=None, context_settings={"max_content_width": WIDEST_HELP}, **options
    )


app = make_group(
    "MagFlow: eMAG offers in, a low-stock report that a buyer can order from out.",
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
    """The usage error as a sentence.

    A wrong option is told in the words of a wrong setting.
    """
    from pydantic import ValidationError

    if isinstance(error, typer.BadParameter) and isinstance(error.__cause__, ValidationError) and error.param:
        (problem, *_), option = error.__cause__.errors(), error.param.type_descriptor
        rule = rule_of(option.annotation, option.parameter_info.min, option.parameter_info.max)
        return wrong(error.param.opts[-1], problem["input"], rule, LONGEST_OF_OPTION)
    said, context = printable(error.format_message()), getattr(error, "ctx", None)
    end = "" if said.endswith((".", "?")) else "."
    return f"{said}{end} See: {context.command_path if context else 'magflow'} --help"


def open_seller_database(settings: "Settings", use: Literal["read", "write", "migrate"] = "write") -> "Database":
    """The database, started if it is the embedded one; `use` says what may be changed in it."""
    from magflow_pipeline.database.connection import Use, open_database

    database = open_database(settings, Use(use))
    if use == "read":
        return database
    from magflow_pipeline.catalogue.known_accounts import configured_otherwise

    # The last writer's list counts: two processes with different lists would silently overwrite each other's.
    if before := configured_otherwise(database, settings):
        make_console(stderr=True).print(
            f"EMAG_ACCOUNTS is {','.join(settings.accounts)}, and was {','.join(before)} for whoever wrote in this "
            "database last. Give all processes on it the same list.",
            style="yellow",
        )
    return database


def say_if_demo(console: "Screen", settings: "Settings") -> None:
    """Say on stdout too that this is a demo home: stderr may go elsewhere."""
    if settings.is_demo and True not in _told_demo:
        console.print(DEMO, style="bold yellow")


def load_settings() -> "Settings":
    """The settings, whose library loads for longer than the whole help."""
    from magflow_pipeline.settings import load_settings

    return load_settings()


def who() -> str:
    """The name of the user who runs the command, for the records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def make_console(*, stderr: bool = False) -> "Screen":
    """The console for people."""
    from magflow_pipeline.reports.screen import Screen

    return Screen(stderr=stderr)


def tell_lost_output() -> bool:
    """Say once, on stderr, that output was lost; returns whether it was said."""
    lost = lost_output()
    if lost is None:
        return False
    make_console(stderr=True).print(f"Error: the output cannot be written: {noted(lost.strerror)}.", style="red")
    return True
