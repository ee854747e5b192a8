"""Verbs that read the marketplace, or work on earlier syncs: demo, check, sync, orders, replay, cleanup and others."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from magflow_pipeline.catalogue.choices import ConflictStrategy, Mode
from magflow_pipeline.cli.base import (
    AccountNames,
    app,
    load_settings,
    make_console,
    open_seller_database,
    say_if_demo,
    tell_lost_output,
    who,
)
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import MOST_ORDER_DAYS

if TYPE_CHECKING:
    from magflow_pipeline.alerts.delivery import Sent
    from magflow_pipeline.orchestrator import Runner
    from magflow_pipeline.reports.screen import Screen
    from magflow_pipeline.settings import Settings

SECONDS_TO_SEND = 15.0  # after a sync: what is left is sent by the next one, by the daemon, or by magflow alerts send


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Empty the demo home instead, for real accounts.")] = False,
) -> None:
    """Run the main job and read the orders, on the embedded database and the simulator: no credentials needed."""
    from magflow_pipeline.reports.output import show_report
    from magflow_pipeline.reports.selection import Filters
    from magflow_pipeline.settings import MAGFLOW
    from magflow_pipeline.shop import demo as home
    from magflow_pipeline.suppliers.rates import read_rates

    settings, console = load_settings(), make_console()
    if reset:
        was_there = home.reset(settings)
        console.print(f"{settings.home} {'is empty now' if was_there else 'was empty already'}.")
        return
    home.mark_as_demo(settings)
    console.print(f"Demo in {settings.home}: embedded PostgreSQL and a simulated marketplace.")
    database = open_seller_database(settings, "migrate")
    home.load_demo_suppliers(database)
    home.load_demo_stock(database, settings)
    if loaded := home.load_demo_orders(database, settings):
        console.print(f"Its past is made up: {loaded:,} orders of {settings.order_history_days} days, and their stock.")
    with home.simulator_url(settings) as url:  # one for both: making 400 days of sales takes seconds
        selling = settings.model_copy(update={"simulator_url": url})
        read_rates(database, selling)
        codes = {_run_sync(selling, console, settings.accounts, {})}
        if codes == {1}:
            raise typer.Exit(1)
        home.load_demo_market(database, settings)
        codes.add(_run_sync(selling, console, settings.accounts, {}, ORDERS))
    show_report(database, console, Filters(account=settings.accounts), limit=15)
    console.print(
        "\nWhere to look next:\n"
        f"  {MAGFLOW} up                         the Dagster UI on the same data\n"
        f"  {MAGFLOW} report --status critical   the rows; --format csv, json or xlsx --output FILE for a file\n"
        f"  {MAGFLOW} verify AUR516              who is confirmed as its supplier\n"
        f"  {MAGFLOW} database psql              the tables: low_stock, low_stock_by_supplier ...",
    )
    raise typer.Exit(1 if 1 in codes else max(codes))


@app.command()
def check(accounts: AccountNames = None) -> None:
    """Test the connection to each account and say how many offers it has. Exit code 1: one cannot be read."""
    import asyncio

    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.catalogue.probe import check_accounts
    from magflow_pipeline.database.roles import said_of_user
    from magflow_pipeline.shop import demo as home

    settings, console = load_settings(), make_console()
    names = known_names(settings, tuple(accounts or ()))
    database = open_seller_database(settings)

    async def tell_each(settings: "Settings") -> bool:
        is_ok = True
        async for result in check_accounts(database, settings, names):
            console.print(f"{'ok    ' if result.is_ok else 'FAILED'}  {result.account}: {printable(result.message)}")
            is_ok &= result.is_ok
        return is_ok

    if user := said_of_user(database):
        console.print(printable(user), style="yellow")
    with home.simulator_url(settings) as url:
        is_ok = asyncio.run(tell_each(settings.model_copy(update={"simulator_url": url})))
    raise typer.Exit(0 if is_ok else 1)


@app.command()
def sync(
    context: typer.Context,
    accounts: AccountNames = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="full: every page; incremental: offers that are low on stock, or were; selective: chosen offers. "
            "Default: full up to 6,000 offers, else incremental."
        ),
    ] = None,
    max_pages: Annotated[
        int | None, typer.Option(min=1, help="Read at most so many pages; the scan is then partial.")
    ] = None,
    items_per_page: Annotated[int | None, typer.Option(min=1, max=100, help="Offers per request.")] = None,
    include_inactive: Annotated[bool, typer.Option(help="Read every status, or active offers only.")] = True,
    conflict_strategy: Annotated[
        ConflictStrategy, typer.Option(help="What eMAG says is eMAG's; what people decide is never touched.")
    ] = ConflictStrategy.EMAG_PRIORITY,
    sku: Annotated[list[str] | None, typer.Option(help="Only this SKU; may be repeated.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only stored offers of this brand.")] = None,
    category: Annotated[int | None, typer.Option(help="Only stored offers of this eMAG category.")] = None,
    min_price: Annotated[
        float | None, typer.Option(min=0, help="Only stored offers from this price, without VAT.")
    ] = None,
    max_price: Annotated[float | None, typer.Option(min=0, help="Only stored offers up to this price.")] = None,
) -> None:
    """Read the offers of the accounts, all at once, and end with a fresh report.

    Exit code 0: all complete; 3: some partial; 1: any failed; 2: wrong usage.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.catalogue.options import make_options

    settings, console = load_settings(), make_console()
    names = known_names(settings, tuple(accounts or ()))
    wishes: dict[str, Any] = {
        "mode": mode,
        "max_pages": max_pages,
        "items_per_page": items_per_page,
        "include_inactive": include_inactive,
        "conflict_strategy": conflict_strategy,
        "skus": sku,
        "brand": brand,
        "category": category,
        "min_price": min_price,
        "max_price": max_price,
    }
    options = {name: value for name, value in wishes.items() if value is not None}
    make_options(settings, **options)  # incompatible options fail before anything starts
    code = _run_sync(settings, console, names, options, loading=context.obj)
    tell_lost_output()  # here: the exit code is about the syncs, which lost output does not make fail
    raise typer.Exit(code)


@app.command()
def orders(
    context: typer.Context,
    accounts: AccountNames = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_ORDER_DAYS,
            help="Days of history to read; what was read is not read again. Default: EMAG_ORDER_HISTORY_DAYS.",
        ),
    ] = None,
    items_per_page: Annotated[int | None, typer.Option(min=1, max=100, help="Orders per request.")] = None,
) -> None:
    """Read the orders of the accounts, all at once: the present, then missing history from the newest back.

    Exit code 0: all is read; 3: some is left or could not be read; 1: any failed; 2: wrong usage.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.orders.options import make_order_options

    settings, console = load_settings(), make_console()
    names = known_names(settings, tuple(accounts or ()))
    wishes = {"days": days, "items_per_page": items_per_page}
    options = {name: value for name, value in wishes.items() if value is not None}
    make_order_options(settings, **options)
    code = _run_sync(settings, console, names, options, ORDERS, context.obj)
    tell_lost_output()  # here: the exit code is about the syncs, which lost output does not make fail
    raise typer.Exit(code)


@app.command()
def replay(accounts: AccountNames = None) -> None:
    """Derive products, offers, inventory and report again from the raw pages of the last complete scan. No API.

    For when the reading of a row got better. What people decided, first-seen times, histories and stock samples stay.
    """
    import asyncio

    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.purchasing.replay import replay_all

    settings, console = load_settings(), make_console()
    names = known_names(settings, tuple(accounts or ()))
    for result in asyncio.run(replay_all(open_seller_database(settings), names)):
        offers, pages = counted(result.offers, "offer"), counted(result.pages, "page")
        console.print(f"{result.account}: {offers} derived again from {pages}")


@app.command("accept-removal")
def accept_removal(account: Annotated[str, typer.Argument(help="The account.")]) -> None:
    """Accept that more than half of an account's offers are gone: the next complete sync marks them removed."""
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.catalogue.removal import accept_removal as accept

    settings, console = load_settings(), make_console()
    (name,) = known_names(settings, (account,))
    held_back = accept(open_seller_database(settings), name, who())
    if held_back:
        console.print(
            f"{name}: accepted. The next complete sync marks {counted(held_back, 'offer')} removed: magflow sync {name}"
        )
    else:
        console.print(f"{name}: the newest full sync held nothing back, so there is nothing to accept.")


@app.command()
def cleanup(
    older_than: Annotated[
        int | None,
        typer.Option(help="Minutes; by default EMAG_STUCK_AFTER_MINUTES.", min=5, max=60),
    ] = None,
) -> None:
    """Close syncs that say they are running and are not, as the sensor sweep_dead_runs does all the time."""
    from magflow_pipeline.sync.stuck import close_stuck_syncs

    settings, console = load_settings(), make_console()
    closed = close_stuck_syncs(open_seller_database(settings), older_than or settings.stuck_after_minutes)
    for sync in closed:
        console.print(printable(f"sync {sync.id} of {sync.account_type} is closed: {sync.reason}"))
    if not closed:
        console.print("No sync is stuck.")


def _run_sync(
    settings: "Settings",
    console: "Screen",
    names: Sequence[str],
    options: dict[str, Any],
    sync_type: str = CATALOGUE,
    loading: "Runner | None" = None,
) -> int:
    from magflow_pipeline.accounts import load_those_with_credentials
    from magflow_pipeline.orchestrator import SyncRequest, dagster_environment, running_sync
    from magflow_pipeline.shop import demo as home

    with home.simulator_url(settings) as url:
        accounts, missing = load_those_with_credentials(settings.model_copy(update={"simulator_url": url}), names)
        environment = dagster_environment(settings) | ({"MAGFLOW_SIMULATOR_URL": url} if url else {})
        ready = [account.name for account in accounts]
        what = "orders of " if sync_type == ORDERS else ""
        console.print(f"Syncing {what}{' and '.join(ready)} through Dagster ...")
        run_ids = {name: str(uuid4()) for name in ready}
        request = SyncRequest(run_ids, options, f"command by {who()}", sync_type)
        with running_sync(request, environment, loading) as runner:
            # Imported while the runner loads Dagster, which takes longer.
            import psycopg

            from magflow_pipeline.alerts.delivery import send_alerts
            from magflow_pipeline.catalogue.known_accounts import refuse_other_sources
            from magflow_pipeline.cli.progress import exit_code, failed, results_of, show_progress

            database = open_seller_database(settings)
            with suppress(psycopg.Error):  # each run checks it again
                refuse_other_sources(database, accounts)
            show_progress(database, run_ids, runner, console, sync_type)
            results = results_of(database, ready, runner, sync_type) + [failed(*each) for each in missing.items()]
    say_if_demo(console, settings)
    for result in results:
        console.print(printable(result.message), style="red" if result.exit_code == 1 else None)
    _send(partial(send_alerts, database, settings, SECONDS_TO_SEND))
    return exit_code(results)


def _send(alerts: "Callable[[], Sent]") -> None:
    """Tell who is to be told, for those without a daemon. Whatever happens, it is not the sync's: that has ended."""
    from magflow_pipeline.troubles import reason_of

    try:
        failed = alerts().failed
    except Exception as error:  # noqa: BLE001  # nothing here may make the sync fail
        failed = [reason_of(error)]
    for each in failed:
        make_console(stderr=True).print(printable(f"Alerts: {each}"), style="yellow")
