"""The `magflow` command: every verb a thin call of a function that Dagster or a test also calls."""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from magflow_pipeline.decisions.stock import Status
from magflow_pipeline.reports.choices import Format, Language
from magflow_pipeline.settings import ConfigurationError, Settings, load_settings
from magflow_pipeline.sync.options import ConflictStrategy, Mode

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database

PLAIN_WIDTH = 200  # columns of what goes to a file or a log

app = typer.Typer(
    help="MagFlow: eMAG offers in, a low-stock report that a buyer can order from out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database_app = typer.Typer(help="The database: its address, its schema, the embedded server.", no_args_is_help=True)
app.add_typer(database_app, name="database")

AccountNames = Annotated[list[str] | None, typer.Argument(help="Accounts; all configured ones by default.")]
Sku = Annotated[str, typer.Argument(help="Our SKU, case counts.")]
Supplier = Annotated[str, typer.Argument(help="The supplier's name; case and spaces do not count.")]


def main() -> None:
    """Run the command; what people can mend is a sentence and exit code 2, never a traceback."""
    try:
        app()
    except ConfigurationError as error:
        _console(stderr=True).print(f"Error: {error}", style="red", markup=False, highlight=False)
        sys.exit(2)


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Empty the demo home instead, for real accounts.")] = False,
) -> None:
    """Run the main job on the embedded database and the simulator: no credentials needed."""
    from magflow_pipeline.commands import demo as home
    from magflow_pipeline.commands.report import show_report

    settings, console = load_settings(), _console()
    if reset:
        was_there = home.reset(settings)
        console.print(f"{settings.home} {'is empty now' if was_there else 'was empty already'}.")
        return
    home.mark_as_demo(settings)
    console.print(f"Demo in {settings.home}: embedded PostgreSQL and a simulated marketplace.")
    database = _open(settings)
    home.load_demo_suppliers(database)
    code = _sync(settings, console, settings.accounts, {})
    if code == 1:
        raise typer.Exit(code)
    show_report(database, console, (), (), limit=15)
    console.print(
        "\nWhere to look next:\n"
        "  make up                                      the Dagster UI on the same data\n"
        "  .venv/bin/magflow report --status critical   the rows; --format csv, json or xlsx --output FILE for a file\n"
        "  .venv/bin/magflow verify AUR516              who is confirmed as its supplier\n"
        '  psql "$(.venv/bin/magflow database url)"     the tables: low_stock, low_stock_by_supplier ...',
        markup=False,
        highlight=False,
    )
    raise typer.Exit(code)


@app.command()
def up(port: Annotated[int, typer.Option(help="Port of the Dagster UI.", min=1, max=65535)] = 3000) -> None:
    """Start the Dagster UI and daemon, and the simulator in a demo home. Ctrl-C ends all of them."""
    from magflow_pipeline.accounts import has_credentials, load_those_with_credentials
    from magflow_pipeline.commands import demo as home
    from magflow_pipeline.commands import up as shop
    from magflow_pipeline.orchestrator import dagster_environment

    settings, console = load_settings(), _console()
    shop.check_port(port)
    if settings.database_url is None and home.is_empty(settings) and not has_credentials(settings):
        console.print(f"No credentials are set and {settings.home} is empty: it becomes a demo home.")
        home.mark_as_demo(settings)
    simulator_port = shop.free_port() if settings.is_demo else None
    simulator_url = f"http://{shop.HOST}:{simulator_port}/api-3" if simulator_port else None
    _, missing = load_those_with_credentials(
        settings.model_copy(update={"simulator_url": simulator_url}), settings.accounts
    )
    for reason in missing.values():
        console.print(reason, style="yellow", markup=False)
    database = _open(settings)
    environment = dagster_environment(settings)
    if simulator_url:
        home.load_demo_suppliers(database)
        environment["MAGFLOW_SIMULATOR_URL"] = simulator_url
    with shop.only_one(settings.home):
        console.print("Starting Dagster ...")
        code = shop.run_shop(port, environment, settings.home / "logs", simulator_port, console)
    raise typer.Exit(code)


@app.command()
def check(accounts: AccountNames = None) -> None:
    """Test the connection to each account and say how many offers it has. Exit code 1: one cannot be read."""
    import asyncio

    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.commands import demo as home
    from magflow_pipeline.commands.check import check_account

    settings, console = load_settings(), _console()
    names = known_names(settings, tuple(accounts or ()))
    database = _open(settings)
    with home.simulator_url(settings) as url:
        settings = settings.model_copy(update={"simulator_url": url})
        results = [asyncio.run(check_account(database, settings, name)) for name in names]
    for result in results:
        console.print(f"{'ok    ' if result.is_ok else 'FAILED'}  {result.account}: {result.message}", highlight=False)
    raise typer.Exit(0 if all(result.is_ok for result in results) else 1)


@app.command()
def sync(
    accounts: AccountNames = None,
    mode: Annotated[Mode, typer.Option(help="full: every page.")] = Mode.FULL,
    max_pages: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many pages; that scan is partial.")
    ] = None,
    items_per_page: Annotated[int | None, typer.Option(min=1, max=100, help="Offers per request.")] = None,
    include_inactive: Annotated[bool, typer.Option(help="Read every status, or active offers only.")] = True,
    conflict_strategy: Annotated[
        ConflictStrategy, typer.Option(help="What eMAG says is eMAG's; what people decide is never touched.")
    ] = ConflictStrategy.EMAG_PRIORITY,
) -> None:
    """Read the offers of the accounts, all at once, and end with a fresh report.

    Exit code 0: all complete; 3: some partial; 1: any failed; 2: wrong usage.
    """
    from magflow_pipeline.accounts import known_names

    settings, console = load_settings(), _console()
    names = known_names(settings, tuple(accounts or ()))
    options: dict[str, Any] = {
        "mode": mode.value,
        "include_inactive": include_inactive,
        "conflict_strategy": conflict_strategy.value,
        **({"max_pages": max_pages} if max_pages is not None else {}),
        **({"items_per_page": items_per_page} if items_per_page is not None else {}),
    }
    raise typer.Exit(_sync(settings, console, names, options))


@app.command()
def report(
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only this status; may be repeated. The table shows what runs out.")
    ] = None,
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else a table."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write, for csv, json and xlsx.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the table.")] = Language.EN,
) -> None:
    """Show the low-stock report, or write all of it to a file."""
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.commands.report import format_of, show_report, write_report

    settings, console = load_settings(), _console()
    accounts = known_names(settings, tuple(account)) if account else ()
    file_format = file_format or format_of(output)
    if file_format is Format.TABLE and output is not None:
        raise ConfigurationError("A table is for the terminal; --output takes --format csv, json or xlsx.")
    database = _open(settings)
    if file_format is Format.TABLE:
        show_report(database, console, accounts, status or (), language=language)
    else:
        count = write_report(database, accounts, status or (), file_format, output)
        if output is not None:
            console.print(f"{count} rows in {output}")


@app.command()
def status() -> None:
    """Show where each account stands: its newest sync, how far a running one is, what is stored."""
    columns = ("account_type", "status", "started_at", "duration_seconds", "processed_items", "total_items")
    columns += ("pages_done", "pages_total", "expected_end_at", "last_complete_at", "offers", "last_error")
    _show("sync_status", columns, "Nothing was synced yet: magflow sync.", order_by=["account_type"])


@app.command()
def history(limit: Annotated[int, typer.Option(min=1, help="How many syncs.")] = 20) -> None:
    """Show the newest syncs, what they did and what went wrong."""
    columns = ("id", "account_type", "operation", "status", "started_at", "duration_seconds", "processed_items")
    columns += ("created_items", "updated_items", "failed_items", "api_requests_made", "triggered_by", "errors")
    _show("emag_sync_logs", columns, "Nothing was synced yet: magflow sync.", newest_first="started_at", limit=limit)


@app.command()
def verify(
    skus: Annotated[list[str] | None, typer.Argument(help="SKUs to look at and repair.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All SKUs.")] = False,
) -> None:
    """Bring the verified marks of the price list in line with the confirmed matches, and show them."""
    from magflow_pipeline.database import matches
    from magflow_pipeline.reports.low_stock import build_low_stock_report
    from magflow_pipeline.reports.printing import print_counted, print_rows

    if every == bool(skus):
        raise ConfigurationError("Name the SKUs to verify, or say --all.")
    database, console = _open(load_settings()), _console()
    chosen = skus or None
    changes = matches.verify(database, chosen, changed_by=_who())
    if changes:
        build_low_stock_report(database)
    labels = matches.labels(database, chosen)
    if chosen is None:
        print_counted(console, [label.label for label in labels])
    else:
        unknown = sorted(set(chosen) - {label.sku for label in labels})
        if unknown:
            console.print(f"No supplier's price list has: {', '.join(unknown)}")
        print_rows(console, [vars(label) for label in labels], ["sku", "supplier_name", "label", "confirmed_by"])
    _tell_changes(console, changes)


@app.command()
def confirm(sku: Sku, supplier: Supplier) -> None:
    """Confirm that a supplier sells a SKU: it is verified in the price list and in the report at once."""
    from magflow_pipeline.database import matches
    from magflow_pipeline.reports.low_stock import build_low_stock_report

    database = _open(load_settings())
    changes = matches.confirm(database, sku, supplier, _who())
    build_low_stock_report(database)
    _tell_changes(_console(), changes)


@app.command()
def unconfirm(sku: Sku, supplier: Supplier) -> None:
    """Take a confirmation back."""
    from magflow_pipeline.database import matches
    from magflow_pipeline.reports.low_stock import build_low_stock_report

    database = _open(load_settings())
    changes = matches.unconfirm(database, sku, supplier, _who())
    build_low_stock_report(database)
    _tell_changes(_console(), changes)


@app.command()
def simulator(
    port: Annotated[int, typer.Option(help="Port of the loopback address.", min=1, max=65535)] = 8300,
    seed: Annotated[int, typer.Option(help="The catalogue is made from it.")] = 42,
) -> None:
    """Run a marketplace that answers like eMAG: accounts main and fbe, password demo. Ctrl-C ends it."""
    from magflow_pipeline.commands.up import check_port
    from magflow_pipeline.simulator.catalogue import make_catalogue
    from magflow_pipeline.simulator.running import serve
    from magflow_pipeline.simulator.server import create_app

    check_port(port)
    _console().print(f"Simulator: EMAG_MAIN_BASE_URL=http://127.0.0.1:{port}/api-3 EMAG_MAIN_USERNAME=main ...")
    serve(create_app(make_catalogue(seed)), port=port)


@database_app.command("url")
def database_url() -> None:
    """Print the address of the database, for psql; the embedded server is started and migrated if need be."""
    sys.stdout.write(f"{_open(load_settings()).url}\n")


@database_app.command("migrate")
def database_migrate() -> None:
    """Bring the schema up to date, as every command does when it starts."""
    _open(load_settings())
    _console().print("The schema is up to date.")


@database_app.command("stop")
def database_stop() -> None:
    """Stop the embedded server. Any command starts it again."""
    from magflow_pipeline.database import embedded

    settings = load_settings()
    if settings.database_url is not None:
        raise ConfigurationError(
            "MAGFLOW_DATABASE_URL names a server of your own: magflow stops only the embedded one."
        )
    _console().print("Stopped." if embedded.stop(settings.home) else "It was not running.")


def _open(settings: Settings) -> "Database":
    from magflow_pipeline.database.connection import open_database

    return open_database(settings)


def _sync(settings: Settings, console: Console, names: Sequence[str], options: dict[str, Any]) -> int:
    from magflow_pipeline.accounts import load_those_with_credentials
    from magflow_pipeline.commands import demo as home
    from magflow_pipeline.orchestrator import SyncRequest, dagster_environment, running_sync

    with home.simulator_url(settings) as url:
        accounts, missing = load_those_with_credentials(settings.model_copy(update={"simulator_url": url}), names)
        environment = dagster_environment(settings) | ({"MAGFLOW_SIMULATOR_URL": url} if url else {})
        ready = [account.name for account in accounts]
        console.print(f"Syncing {' and '.join(ready)} through Dagster ...")
        with running_sync(SyncRequest(ready, options, f"command by {_who()}"), environment) as runner:
            # Loaded while the runner loads Dagster, which takes longer.
            from magflow_pipeline.commands.sync import exit_code, failed, results_of, show_progress
            from magflow_pipeline.database.known_accounts import refuse_other_sources

            database = _open(settings)
            refuse_other_sources(database, accounts)
            show_progress(database, ready, runner, console)
            results = results_of(database, ready, runner) + [failed(*each) for each in missing.items()]
    for result in results:
        console.print(result.message, style="red" if result.exit_code == 1 else None, markup=False, highlight=False)
    return exit_code(results)


def _show(name: str, columns: Sequence[str], nothing: str, **arguments: Any) -> None:
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    rows = read_rows(_open(load_settings()), name, **arguments)
    console = _console()
    print_rows(console, rows, columns) if rows else console.print(nothing)


def _tell_changes(console: Console, changes: Sequence[Any]) -> None:
    for change in changes:
        mark = "verified" if change.is_verified else "not verified any more"
        console.print(f"{change.sku} {change.supplier_name}: {mark} ({change.reason})", highlight=False)
    if not changes:
        console.print("Nothing to change.")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for a table where there is none."""
    console = Console(stderr=stderr, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, width=PLAIN_WIDTH)


if __name__ == "__main__":
    main()
