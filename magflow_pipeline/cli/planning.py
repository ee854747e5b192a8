"""Verbs about what to move and what to buy: proposals, transfer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from magflow_pipeline.cli.base import app, make_console, open_seller_database, say_if_demo, who
from magflow_pipeline.reports.choices import Language, ProposalFormat
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.reports.tables import Row

MOVES = ("sku", "name", "quantity", "from_account", "for_accounts", "ron_lost_before_arrival")
ORDERS = (
    *("sku", "name", "quantity", "supplier_name", "for_accounts", "total_ron", "ron_at_risk_per_day"),
    *("order_by_date", "flags"),
)
HOLDS = ("sku", "decision", "held_until", "refused_because", "draft_number", "quantity", "decided_by")


@app.command()
def proposals(
    supplier: Annotated[str | None, typer.Option(help="Only what is bought from this supplier.")] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            min=0, max=1_000_000_000, help="RON that may be spent, landed; by default MAGFLOW_ORDER_BUDGET_RON."
        ),
    ] = None,
    file_format: Annotated[
        ProposalFormat | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else a table."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write: .csv or .json.")] = None,
) -> None:
    """Show what to move between accounts, then what to buy, ranked by what each day of waiting costs.

    A budget buys the packs that protect most margin for each RON: budget_quantity of each purchase.
    """
    from magflow_pipeline.reports.formats import rows_as_csv, rows_as_json
    from magflow_pipeline.reports.output import put_out, words_of_codes
    from magflow_pipeline.reports.proposals import proposed_actions

    console = make_console()
    if file_format is None:
        suffix = output.suffix.lower().removeprefix(".") if output else ProposalFormat.TABLE.value
        if suffix not in (known := [each.value for each in ProposalFormat]):
            raise ConfigurationError(f"{output} says no format: name it .csv or .json, or add --format.")
        file_format = ProposalFormat(known[known.index(suffix)])
    if file_format is ProposalFormat.TABLE and output is not None:
        raise ConfigurationError("A table is for the terminal; --output takes --format csv or json.")
    database = open_seller_database(load_settings(), "read")
    rows = proposed_actions(database, supplier, budget)
    if file_format is ProposalFormat.TABLE:
        say_if_demo(console, load_settings())
        _show(console, rows, words_of_codes(database, Language.EN))
        _show_holds(console, database)
        return
    put_out((rows_as_csv if file_format is ProposalFormat.CSV else rows_as_json)(rows), output)
    if output is not None:
        console.print(f"{counted(len(rows), 'row')} in {output}")


@app.command()
def transfer(
    sku: Annotated[str, typer.Argument(help="The item's SKU, as in the report.")],
    quantity: Annotated[int, typer.Argument(min=1, max=1_000_000_000, help="Pieces that were sent.")],
    sender: Annotated[str, typer.Option("--from", help="Account that they left.")],
    receiver: Annotated[str, typer.Option("--to", help="Account that they go to.")],
    expected: Annotated[
        str | None,
        typer.Option(
            help="Day in Bucharest on which they can be sold there; by default MAGFLOW_INBOUND_DAYS from now."
        ),
    ] = None,
    received: Annotated[
        bool, typer.Option("--received", help="They have come: the oldest such transfer that is on its way ends.")
    ] = False,
) -> None:
    """Note pieces that were sent from the warehouse of one account to that of another, or that they have come.

    Until then they count for the account that gets them, and the account that sent them cannot spare them again.
    """
    from magflow_pipeline.purchasing.transfers import end_transfer, note_transfer

    settings = load_settings()
    database = open_seller_database(settings)
    if received:
        if expected is not None:
            raise ConfigurationError("Pieces that have come are not expected any more: leave --expected out.")
        end_transfer(database, settings, sku, quantity, sender, receiver)
        said = "have come"
    else:
        day = note_transfer(database, settings, sku, quantity, sender, receiver, expected, who())
        said = f"are on their way, and expected on {day}"
    make_console().print(
        printable(
            f"{counted(quantity, 'piece')} of {sku} from {sender.lower()} to {receiver.lower()} {said}. "
            "The proposals follow by themselves while `magflow up` runs."
        )
    )


def _show_holds(console: "Console", database: "Database") -> None:
    """What is not proposed because a person put it off."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    if holds := read_rows(database, "purchase_holds", order_by=["held_until", "sku"]):
        console.print("Put off by a person, and not proposed before its day:")
        print_rows(console, holds, HOLDS)


def _show(console: "Console", rows: "list[Row]", words: "Mapping[str, str]") -> None:
    from magflow_pipeline.reports.printing import in_words, print_rows

    moves = [row for row in rows if row["action"] == "move"]
    orders: list[Row] = [{**row, "flags": in_words(row["flags"], words)} for row in rows if row["action"] == "order"]
    if not rows:
        console.print("Nothing is to be moved, and nothing to be ordered.")
        return
    if moves:
        console.print("Move first:")
        print_rows(console, moves, MOVES)
    if orders:
        has_budget = any(row["budget_quantity"] is not None for row in orders)
        console.print("Order:")
        print_rows(console, orders, (*ORDERS[:3], "budget_quantity", *ORDERS[3:]) if has_budget else ORDERS)
        bought = [row for row in orders if row["quantity"] > 0]
        known = [row["total_ron"] for row in bought if row["total_ron"] is not None]
        console.print(f"{counted(len(known), 'purchase')} of RON {sum(known):,.2f}.")
        if without := len(bought) - len(known):
            console.print(f"{counted(without, 'purchase')} more: what they cost is not known, and not in this sum.")
        if not_bought := len(orders) - len(bought):
            console.print(f"{counted(not_bought, 'item')} of quantity 0: short, but not bought. The flags say why.")
        if has_budget:
            spent = sum(
                row["budget_quantity"] * row["landed_unit_cost_ron"]
                for row in orders
                if row["budget_quantity"] is not None
            )
            console.print(f"The budget buys budget_quantity, for RON {spent:,.2f}.")
