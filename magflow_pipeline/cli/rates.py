"""Verbs about exchange rates: rates, rates read, rates set."""

from typing import Annotated

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, make_group, open_seller_database, who
from magflow_pipeline.text import printable
from magflow_pipeline.wrong_values import ConfigurationError

rates_app = make_group("Exchange rates: RON for foreign money, by the National Bank or by hand.")
app.add_typer(rates_app, name="rates")
COLUMNS = ("currency", "units", "ron", "rate_date", "age_days", "source", "note")
FOLLOWS = "Costs follow with the next sync, or by themselves while `magflow up` runs."


@rates_app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Show the newest rate of each currency and how old it is."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.suppliers.rates import shown_rates

    if context.invoked_subcommand is not None:
        return
    settings = load_settings()
    rates = shown_rates(open_seller_database(settings, "read"), settings)
    console = make_console()
    if rates:
        print_rows(console, rates, COLUMNS)
    else:
        console.print("No exchange rate is known: magflow rates read, or magflow rates set EUR 5.09.")


@rates_app.command("read")
def read() -> None:
    """Read the rates of the National Bank now."""
    from magflow_pipeline.shop import demo as home
    from magflow_pipeline.suppliers.rates import RatesError, read_rates

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings)
    with home.simulator_url(settings) as url:
        try:
            found = read_rates(database, settings.model_copy(update={"simulator_url": url}))
        except RatesError as error:
            raise ConfigurationError(str(error)) from None
    for refused in found.refused:
        console.print(printable(refused), style="yellow")
    newest = found.rates[-1].rate_date
    console.print(f"{len(found.rates)} rates were read, the newest of {newest}; {found.written} are new. {FOLLOWS}")


@rates_app.command("set")
def enter(
    currency: Annotated[str, typer.Argument(help="Its code, such as EUR.")],
    rate: Annotated[str, typer.Argument(help="RON for it, such as 5.09.")],
    date: Annotated[str, typer.Option(help="Day in Bucharest, such as 2026-11-25; today if none is named.")] = "",
    units: Annotated[int, typer.Option(help="Units of the currency that the rate is for, such as 100 HUF.")] = 1,
    anyway: Annotated[bool, typer.Option("--anyway", help="Although it is far from the rate before.")] = False,
) -> None:
    """Enter a rate by hand: of its day, it goes before the National Bank's."""
    from magflow_pipeline.suppliers.rates import set_rate

    database = open_seller_database(load_settings())
    entered = set_rate(database, currency, rate, who(), day=date, units=units, anyway=anyway)
    ron = f"{entered.ron.normalize():f}"
    make_console().print(
        f"{entered.units} {entered.currency} cost {ron} RON on {entered.rate_date}, by hand. {FOLLOWS}"
    )
