"""Verbs that start and stop services: up, simulator, metrics, database."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, make_group, open_seller_database
from magflow_pipeline.text import printable
from magflow_pipeline.times import BUCHAREST, ZONE, local
from magflow_pipeline.wrong_values import ConfigurationError

database_app = make_group("The database: its address, its schema, back-ups, the embedded server.")
app.add_typer(database_app, name="database")


@app.command()
def up(port: Annotated[int, typer.Option(help="Port of the Dagster UI.", min=1, max=65535)] = 3000) -> None:
    """Start the Dagster UI and daemon, and the simulator in a demo home. Ctrl-C ends all of them."""
    from magflow_pipeline.accounts import has_credentials, load_those_with_credentials
    from magflow_pipeline.orchestrator import dagster_environment
    from magflow_pipeline.shop import demo as home
    from magflow_pipeline.shop import up as shop

    settings, console = load_settings(), make_console()
    with shop.only_one(settings.home):
        shop.end_what_is_left(settings.home, console)
        shop.check_port(port)
        # Only after these checks: a refused `up` must not leave a demo home.
        is_free = settings.database_url is None and not settings.is_demo and not has_credentials(settings)
        if is_free and home.is_empty(settings):
            home.mark_as_demo(settings)
            console.print(f"No credentials are set and {settings.home} is empty: it becomes a demo home.")
        simulator_port = shop.free_port() if settings.is_demo else None
        simulator_url = f"http://{shop.HOST}:{simulator_port}/api-3" if simulator_port else None
        _, missing = load_those_with_credentials(
            settings.model_copy(update={"simulator_url": simulator_url}), settings.accounts
        )
        for reason in missing.values():
            console.print(reason, style="yellow")
        database = open_seller_database(settings, "migrate")
        environment = dagster_environment(settings)
        if simulator_url:
            home.load_demo_suppliers(database)
            home.load_demo_stock(database, settings)
            environment["MAGFLOW_SIMULATOR_URL"] = simulator_url
            console.print(f"A simulator plays the marketplace: http://{shop.HOST}:{simulator_port}")
        console.print("Starting Dagster ...")
        code = shop.run_shop(settings, port, environment, simulator_port, console)
    raise typer.Exit(code)


@app.command()
def simulator(
    port: Annotated[int, typer.Option(help="Where it listens.", min=1, max=65535)] = 8300,
    host: Annotated[str, typer.Option(help="Another address than loopback, for other containers.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="The catalogue is made from it.")] = 42,
    opened: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"],
            help="Up to here it has sold, from here on it sells; a day means its beginning in Bucharest. By default "
            "now, in a demo home when that was made. After a restart, orders are the same if this is.",
        ),
    ] = None,
) -> None:
    """Run a marketplace that answers like eMAG: main, fbe and EMAG_ACCOUNTS, password demo. Ctrl-C ends it."""
    from magflow_pipeline.shop import demo as home
    from magflow_pipeline.shop.up import check_port
    from magflow_pipeline.simulator.running import serve
    from magflow_pipeline.simulator.server import create_app

    check_port(port, host)
    make_console().print(f"Simulator: EMAG_MAIN_BASE_URL=http://{host}:{port}/api-3 EMAG_MAIN_USERNAME=main ...")
    if opened is not None and opened.tzinfo is None:
        opened = opened.replace(tzinfo=BUCHAREST)
    since = opened or home.opened(load_settings())
    serve(create_app(home.catalogue(load_settings(), seed), opened=since, is_live=True), host, port)


@app.command()
def metrics(
    port: Annotated[int, typer.Option(help="Where it listens.", min=1, max=65535)] = 9464,
    host: Annotated[str, typer.Option(help="Another address than loopback, for other containers.")] = "127.0.0.1",
    once: Annotated[bool, typer.Option("--once", help="Print them and end: for a node exporter's text files.")] = False,
) -> None:
    """Serve the metrics for Prometheus on /metrics. Ctrl-C ends it.

    However often it is scraped, the database is read at most every 15 seconds, and for 2 % of the time. While it is
    away, the last snapshot is served with magflow_up 0. MAGFLOW_UI_HOSTS: its names besides those of loopback.
    """
    from magflow_pipeline.gate import LOOPBACK
    from magflow_pipeline.reports.metrics import exposition, serve
    from magflow_pipeline.shop.up import check_port

    settings, console = load_settings(), make_console(stderr=True)
    database = open_seller_database(settings, "read")
    if once:
        sys.stdout.write(exposition(database))
        return
    check_port(port, host)
    console.print(f"Metrics: http://{host}:{port}/metrics")
    serve(database, host, port, LOOPBACK | set(settings.ui_hosts), console.print)


@database_app.command("url")
def database_url() -> None:
    """Print the address of the database, for programs. It holds the password, if there is one.

    People use `magflow database psql`: on a command line, every user of the machine could read the address.
    """
    sys.stdout.write(f"{open_seller_database(load_settings(), 'read').url}\n")


@database_app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def database_psql(
    context: typer.Context,
    superuser: Annotated[
        bool, typer.Option("--superuser", help="As the superuser of the embedded server: for roles and databases.")
    ] = False,
) -> None:
    """Open psql on the database; what follows is psql's: magflow database psql -c 'TABLE low_stock'."""
    from magflow_pipeline.database.client import become_psql
    from magflow_pipeline.database.connection import find_place

    settings = load_settings()
    database = open_seller_database(settings, "read")
    become_psql(find_place(settings).url() if superuser else database.url, context.args)


@database_app.command("migrate")
def database_migrate() -> None:
    """Bring schema and roles up to date, as `up` and `demo` do too. All other verbs leave an older schema alone."""
    from magflow_pipeline.database.roles import admit_roles, left_to_administrator, said_of_user

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings, "migrate")
    left = left_to_administrator(admit_roles(settings))
    console.print("The schema is up to date.")
    for each in (left, said_of_user(database)):
        if each:
            console.print(printable(each), style="yellow")


@database_app.command("adopt")
def database_adopt(
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without it, only say what would become of it.")
    ] = False,
    naive_times: Annotated[
        str, typer.Option(help="The zone of times that name none, such as Europe/Bucharest; the old program wrote UTC.")
    ] = "UTC",
) -> None:
    """Take over the tables of an earlier MagFlow; without --apply, only report it. All of it in one transaction."""
    from magflow_pipeline.adoption import ASIDE, adopt, in_sentences
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.settings import MAGFLOW

    settings, console = load_settings(), make_console()
    adoption = adopt(settings, naive_times, apply=apply)
    if adoption is None:
        console.print(
            f"It is adopted. What could not be kept is in {ASIDE}.quarantined_rows, the old tables beside it."
        )
        return
    rows = [
        {"table": each.name, "rows": each.rows, "kept": each.kept, "in_quarantine": each.rows - each.kept}
        for each in adoption.tables
    ]
    print_rows(console, rows, list(rows[0]))
    for sentence in in_sentences(adoption):
        console.print(printable(sentence))
    if adoption.is_applied:
        console.print(
            f"Adopted. The old tables are in the schema {ASIDE}, with quarantined_rows: what was not kept, and why."
        )
        console.print(f"Next: {MAGFLOW} sync")
    else:
        console.print("Nothing was changed. End the old program, then: magflow database adopt --apply")


Prompt = Annotated[bool, typer.Option("--prompt", help="Ask for the password instead of making one up.")]
Stdin = Annotated[bool, typer.Option("--stdin", help="Read the password from the first line of stdin.")]


@database_app.command("analyst")
def database_analyst(prompt: Prompt = False, stdin: Stdin = False) -> None:
    """Give the role magflow_analyst, which only reads, a new password, and show how analysts connect.

    The password is never an argument: other users of the machine can read command lines.
    """
    _give_password("magflow_analyst", prompt=prompt, stdin=stdin)


@database_app.command("erp")
def database_erp(prompt: Prompt = False, stdin: Stdin = False) -> None:
    """Give the role magflow_erp, which writes what docs/data.md lets other programs write, a new password."""
    _give_password("magflow_erp", prompt=prompt, stdin=stdin)


@database_app.command("pipeline")
def database_pipeline(prompt: Prompt = False, stdin: Stdin = False) -> None:
    """Give the role magflow_pipeline, as which MagFlow works on a server of your own, a new password."""
    if load_settings().database_url is None:
        raise ConfigurationError("On the embedded server the pipeline comes in without a password.")
    _give_password("magflow_pipeline", prompt=prompt, stdin=stdin)


def _give_password(role: str, *, prompt: bool, stdin: bool) -> None:
    from magflow_pipeline.database import roles

    if prompt and stdin:
        raise ConfigurationError("Choose one of --prompt and --stdin.")
    settings, console = load_settings(), make_console()
    database = open_seller_database(settings)
    if left := roles.left_to_administrator(roles.admit_roles(settings)):
        console.print(printable(left), style="yellow")
    if prompt:
        password = typer.prompt(f"Password of {role}", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n") if stdin else roles.generate_password()
    roles.set_password(settings, role, password)
    address = roles.address_of(database, settings, role)
    shown = {**address, "Password": "as you gave it" if prompt or stdin else password}
    for name, value in shown.items():
        console.print(f"{name:<10}{printable(value)}")
    if not prompt and not stdin:
        console.print("It is shown this once and kept nowhere; the same command makes a new one.")
    if "Host" not in address:
        console.print(
            "Nothing listens yet: put MAGFLOW_DATABASE_PORT=5433 into .env, end `magflow up`, and call any command.",
            style="yellow",
        )


@database_app.command("growth")
def database_growth(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Count the rows of at most so many days.")] = 30,
) -> None:
    """Show what each table of both databases takes and what a year adds, measured by the rows of the last days."""
    from magflow_pipeline.reports.growth import measure_growth, print_growth

    settings = load_settings()
    print_growth(make_console(), measure_growth(open_seller_database(settings, "read"), settings, days))


@database_app.command("backup")
def database_backup(
    output: Annotated[
        Path | None,
        typer.Option(help="File or folder; by default MAGFLOW_BACKUP_FOLDER, where retention is applied too."),
    ] = None,
) -> None:
    """Back up both databases while everything runs, and prove it by a restore into a scratch database."""
    from magflow_pipeline.backups.backup import back_up

    settings, console = load_settings(), make_console()
    done = back_up(open_seller_database(settings), settings, output, console.print)
    for removed in done.removed:
        console.print(f"Removed, past its retention: {printable(removed.name)}")
    console.print(
        f"Proven in {done.seconds:.0f} s, {done.tables} tables with {done.rows:,} rows: {printable(str(done.file))}"
    )


@database_app.command("restore")
def database_restore(
    file: Annotated[Path, typer.Argument(help="What `magflow database backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a back-up in the place of both databases; those that were there are kept under another name."""
    from magflow_pipeline.backups.restore import restore_backup
    from magflow_pipeline.settings import MAGFLOW
    from magflow_pipeline.shop.up import only_one

    settings, console = load_settings(), make_console()

    def confirm(plan: str) -> bool:
        console.print(plan)
        if not yes and not sys.stdin.isatty():
            raise ConfigurationError("Nobody can be asked here: add --yes.")
        return yes or typer.confirm("Restore it?")

    with only_one(settings.home):
        restored = restore_backup(settings, file, confirm, console.print)
    if restored is None:
        console.print("Nothing was changed.")
        return
    console.print(f"Restored as of {local(restored.manifest.taken_at)} {ZONE}.")
    if restored.closed_syncs:
        console.print(f"Syncs that ran at that time and are closed: {restored.closed_syncs}.")
    if restored.kept:
        console.print(f"Kept from before: {printable(', '.join(restored.kept))}. When they are not needed any more:")
    for name in restored.kept:
        console.print(f"  {MAGFLOW} database psql --superuser -c 'DROP DATABASE \"{printable(name)}\"'")


@database_app.command("stop")
def database_stop() -> None:
    """Stop the embedded server. Any command starts it again."""
    from magflow_pipeline.database import embedded

    settings = load_settings()
    if settings.database_url is not None:
        raise ConfigurationError(
            "MAGFLOW_DATABASE_URL names a server of your own: magflow stops only the embedded one."
        )
    make_console().print("Stopped." if embedded.stop(settings.home) else "It was not running.")
