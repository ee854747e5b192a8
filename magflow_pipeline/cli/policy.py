"""The verb policy: what a person decides of single items."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo, who
from magflow_pipeline.text import printable
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.screen import Screen

LEVELS = ("minimum", "reorder_point", "maximum")


@app.command()
def policy(
    skus: Annotated[list[str], typer.Argument(help="SKUs of ours, case counts.")],
    account: Annotated[
        str | None, typer.Option(help="Of this account; by default of every one that has the item.")
    ] = None,
    minimum: Annotated[int | None, typer.Option(min=0, max=10**9, help="At or below: critical.")] = None,
    reorder_point: Annotated[int | None, typer.Option(min=0, max=10**9, help="At or below: order.")] = None,
    maximum: Annotated[int | None, typer.Option(min=0, max=10**9, help="Order up to this.")] = None,
    quantity: Annotated[
        int | None, typer.Option(min=0, max=10**9, help="Order exactly this when low; 0: never order.")
    ] = None,
    order_anyway: Annotated[
        bool | None,
        typer.Option(help="Propose it although it cannot be sold, lost the buy box, or a competitor asks less."),
    ] = None,
    most_cover_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Order no more than lasts so many days.")
    ] = None,
    least_margin: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Part of the price that has to be left of it, such as 0.15: for prices."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Last day on which it counts, such as 2026-12-31.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget all that was decided before.")] = False,
) -> None:
    """Decide levels and exceptions of items by hand; without options, show what holds and where it comes from.

    What is set by hand wins over demand and defaults. What an option does not name stays as it is.
    """
    values: dict[str, Any] = {
        "manual_minimum_stock": minimum,
        "manual_reorder_point": reorder_point,
        "manual_maximum_stock": maximum,
        "manual_reorder_quantity": quantity,
        "order_anyway": order_anyway,
        "most_cover_days": most_cover_days,
        "least_margin": least_margin,
        "reason": reason,
        "valid_until": _day(until),
    }
    given = {name: value for name, value in values.items() if value is not None}
    settings = load_settings()
    database = open_seller_database(settings, "write" if given or clear else "read")
    console = make_console()
    say_if_demo(console, settings)
    if given or clear:
        _decide(database, skus, account, given, clear)
    _show(console, database, skus, account)


def _day(written: str | None) -> Any:
    from magflow_pipeline.imports.values import ANY_DAY, UnusableError, read_day
    from magflow_pipeline.times import BUCHAREST

    if written is None:
        return None
    try:
        day = read_day(written, ANY_DAY)
    except UnusableError as error:
        raise ConfigurationError(f"--until: {error}.") from None
    if day < datetime.now(BUCHAREST).date():
        raise ConfigurationError(f"--until: {day} is over, so that nothing would count any more.")
    return day


def _decide(database: "Database", skus: list[str], account: str | None, given: dict[str, Any], clear: bool) -> None:
    from magflow_pipeline.imports.loading import set_policy
    from magflow_pipeline.purchasing.low_stock import build_low_stock_report

    set_policy(database, skus, account, given, by=who(), clear=clear)
    build_low_stock_report(database)


def _show(console: "Screen", database: "Database", skus: list[str], account: str | None) -> None:
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows
    from magflow_pipeline.suppliers.matches import unknown_skus

    only = {"sku": skus, "account_type": [account.lower()] if account else []}
    rows = read_rows(database, "stock_policies", only=only, order_by=["sku", "account_type"])
    for row in rows:
        for level in LEVELS:
            row[level] = f"{row[level]} ({row[f'{level}_source']})"
        row["levels_by"] = _by(row["levels_set_by"], row["levels_reason"], row["levels_valid_until"])
        row["decided_by"] = _by(row["set_by"], row["reason"], row["valid_until"])
    if rows:
        columns = ["account_type", "sku", *LEVELS, "reorder_quantity", "levels_by"]
        if any(row["set_by"] for row in rows):
            columns += ["order_anyway", "most_cover_days", "least_margin", "decided_by"]
        print_rows(console, rows, columns)
    unknown = unknown_skus(database, skus)
    for sku in sorted(set(skus) - {row["sku"] for row in rows}):
        nearest = unknown.get(sku)
        why = f"No product has the SKU {sku}." if sku in unknown else f"No account sells {sku}."
        console.print(printable(f"{why}{f' Did you mean {nearest}?' if nearest else ''}"), style="red")
    if not rows:
        raise typer.Exit(2)


def _by(who_set: str | None, reason: str | None, until: object) -> str:
    """Who, why and until when, as far as that is known."""
    parts = [who_set, reason, f"until {until}" if until else None]
    return ", ".join(part for part in parts if part)
