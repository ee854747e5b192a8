"""The verb backtest: what policies would have cost on a history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.backtest.choices import BacktestFormat, Generated, PolicyName
from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo
from magflow_pipeline.text import counted
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.backtest.history import History
    from magflow_pipeline.settings import Settings


@app.command()
def backtest(
    history: Annotated[
        Path | None, typer.Option(help="Folder with demand.csv and items.csv; by default the seller's own tables.")
    ] = None,
    generated: Annotated[
        Generated | None, typer.Option(help="A generated history: Poisson, or one in which everything changes.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the generated history.")] = 1,
    account: Annotated[str | None, typer.Option(help="Whose tables; by default the first account's.")] = None,
    policy: Annotated[list[PolicyName] | None, typer.Option(help="Only this policy; may be repeated.")] = None,
    capital_cost: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=1000,
            help="The knob of `demand`, a year: by default MAGFLOW_CAPITAL_COST. Less of it: more stock.",
        ),
    ] = None,
    equal_capital: Annotated[
        bool,
        typer.Option("--equal-capital", help="Choose the knob of `demand` so that its capital is that of `plain`."),
    ] = False,
    curve: Annotated[bool, typer.Option(help="Replay each policy along its knob too.")] = True,
    orders: Annotated[Path | None, typer.Option(help="Write every order: policy, date, sku, quantity, as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the curves as an SVG image.")] = None,
    file_format: Annotated[BacktestFormat, typer.Option("--format", help="How to show it.")] = BacktestFormat.TABLE,
) -> None:
    """Replay a history under several policies, and compare what they lose and the capital they bind.

    Policies: `demand` (this project's), `plain` (mean of 90 in-stock days for lead time and review, 1.3 deviations
    above it, lots of 30 days), `fixed` (10/20/100), `stock_derived` (the old rule).

    Rules: the first 180 days are for learning; opening_stock counts on the morning of day 181. Arrivals come in the
    morning, sales in the day, and what cannot be sold on its day is lost; review and orders are in the evening, the
    first on day 181. An order of an evening with a lead time of 7 days can be sold 7 days later. Orders are rounded up
    to MOQ and pack. No policy sees a day before it has ended, nor what was wanted while it was out of stock. Margin is
    price_ron less unit_cost_ron; capital is the stock of the evenings at unit_cost_ron.

    Files of --history, CSV with these columns: demand.csv (date, sku, units: pieces wanted; what is not named sold
    nothing), items.csv (sku, unit_cost_ron, price_ron, lead_time_days, lead_time_spread_days, moq, pack_size,
    opening_stock); if there are: leads.csv (date, sku, days: what an order of that evening takes; policies never look;
    else drawn, gamma with mean and spread, the same for all policies), stock.csv (date, sku, and in_stock_share of the
    day from 0 to 1, or stock; without either, days out of stock), campaigns.csv (date; or from, to).

    To compare orders at equal capital: --equal-capital, or several runs with --capital-cost, or the curve in JSON.
    """
    from magflow_pipeline.backtest import compare, showing
    from magflow_pipeline.reports.output import write_out

    settings, console = load_settings(), make_console()
    if history is not None and generated is not None:
        raise ConfigurationError("Name a folder with --history, or a kind with --generated, not both.")
    found, assumed = _history(settings, history, generated, seed, account)
    knob = settings.capital_cost if capital_cost is None else capital_cost
    kinds = compare.kinds(knob, settings.order_lines_a_week, settings.most_cover_days)
    if equal_capital:
        reference = compare.compare(found, [(compare.REFERENCE, kinds[compare.REFERENCE])], with_curve=False)
        capital = reference[compare.REFERENCE].outcome.average_capital_ron
        knob = compare.knob_at_capital(found, kinds["demand"], capital)
        kinds = compare.kinds(knob, settings.order_lines_a_week, settings.most_cover_days)
    chosen = [(name, kind) for name, kind in kinds.items() if not policy or name in policy]
    results = compare.compare(found, chosen, with_curve=curve)
    if orders is not None:
        _write(orders, showing.orders_csv(found, results))
    if plot is not None:
        _write(plot, showing.curves_svg(results))
    if file_format is BacktestFormat.JSON:
        write_out(showing.as_json(found, results))
        return
    if assumed:
        say_if_demo(console, settings)
        console.print(assumed)
    showing.show(console, found, results)
    if orders is not None:
        count = sum(result.outcome.orders for result in results.values())
        console.print(f"{counted(count, 'order')} in {orders}")


def _write(path: Path, content: bytes) -> None:
    from magflow_pipeline.files import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror or error}.") from None


def _history(
    settings: "Settings", folder: Path | None, generated: Generated | None, seed: int, account: str | None
) -> "tuple[History, str]":
    """The history, and what was assumed of the seller's own tables."""
    from magflow_pipeline.accounts import known_names

    if folder is not None:
        from magflow_pipeline.backtest.files import read_history

        return read_history(folder), ""
    if generated is not None:
        from magflow_pipeline.backtest.generated import generate

        return generate(generated, seed), ""
    from magflow_pipeline.backtest.own import own_history

    name, *_ = known_names(settings, (account,) if account else ())
    with open_seller_database(settings, "read").connect("magflow backtest") as session:
        found = own_history(session, name)
    return found.history, found.assumed
