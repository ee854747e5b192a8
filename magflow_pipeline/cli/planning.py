"""Verbs about what to move and what to buy: proposals, transfer."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo, who
from magflow_pipeline.reports.choices import Language, ProposalFormat
from magflow_pipeline.text import counted, printable
from magflow_pipeline.wrong_values import ConfigurationError

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
PROPOSAL_TEXTS: dict[Language, dict[str, str]] = {
    Language.EN: {
        "nothing": "Nothing is to be moved, and nothing to be ordered.",
        "moves": "Move first:",
        "orders": "Order:",
        "holds": "Put off by a person, and not proposed before its day:",
        "purchases": "{count} purchase of RON {ron}.",
        "purchases_many": "{count} purchases of RON {ron}.",
        "without_cost": "{count} purchase more: what they cost is not known, and not in this sum.",
        "without_cost_many": "{count} purchases more: what they cost is not known, and not in this sum.",
        "not_bought": "{count} item of quantity 0: short, but not bought. The flags say why.",
        "not_bought_many": "{count} items of quantity 0: short, but not bought. The flags say why.",
        "budget": "The budget buys budget_quantity, for RON {ron}.",
    },
    Language.RO: {
        "nothing": "Nu este nimic de mutat și nimic de comandat.",
        "moves": "Întâi de mutat:",
        "orders": "De comandat:",
        "holds": "Amânate de o persoană, nepropuse înainte de ziua lor:",
        "purchases": "{count} achiziție de {ron} RON.",
        "purchases_many": "Achiziții: {count}, de {ron} RON.",
        "without_cost": "Încă o achiziție: costul nu se cunoaște și nu este în această sumă.",
        "without_cost_many": "Încă {count} achiziții: costul nu se cunoaște și nu este în această sumă.",
        "not_bought": "Un articol cu cantitatea 0: lipsește, dar nu se cumpără. Semnele spun de ce.",
        "not_bought_many": "Articole cu cantitatea 0: {count}; lipsesc, dar nu se cumpără. Semnele spun de ce.",
        "budget": "Bugetul cumpără cantitatea din buget, de {ron} RON.",
    },
}
HOLDS = ("sku", "decision", "held_until", "refused_because", "draft_number", "quantity", "decided_by")


class Said(NamedTuple):
    """How the table speaks: sentences by code, headings by column, and how numbers are written."""

    texts: "Mapping[str, str]"
    headings: "Mapping[str, str]"
    language: Language


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
    language: Annotated[Language, typer.Option(help="Language of the table.")] = Language.EN,
) -> None:
    """Show what to move between accounts, then what to buy, ranked by what each day of waiting costs.

    A budget buys the packs that protect most margin for each RON: budget_quantity of each purchase.
    """
    from magflow_pipeline.reports.formats import rows_as_csv, rows_as_json
    from magflow_pipeline.reports.output import put_out, words_of_codes
    from magflow_pipeline.reports.proposals import proposed_actions
    from magflow_pipeline.reports.wording import headings

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
        said = Said(PROPOSAL_TEXTS[language], headings(database, language.value), language)
        _show(console, rows, words_of_codes(database, language), said)
        _show_holds(console, database, said)
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


def _show_holds(console: "Console", database: "Database", said: Said) -> None:
    """What is not proposed because a person put it off."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    if holds := read_rows(database, "purchase_holds", order_by=["held_until", "sku"]):
        console.print(said.texts["holds"])
        print_rows(console, holds, HOLDS, said.headings)


def _show(console: "Console", rows: "list[Row]", words: "Mapping[str, str]", said: Said) -> None:
    from magflow_pipeline.reports.printing import in_words, print_rows
    from magflow_pipeline.reports.wording import number

    def tell(code: str, count: int, ron: "Decimal | None" = None) -> None:
        console.print(said.texts[code].format(count=count, ron=number(ron, said.language, 2)))

    def several(code: str, count: int, ron: "Decimal | None" = None) -> None:
        tell(code if count == 1 else f"{code}_many", count, ron)

    moves = [row for row in rows if row["action"] == "move"]
    orders: list[Row] = [{**row, "flags": in_words(row["flags"], words)} for row in rows if row["action"] == "order"]
    if not rows:
        console.print(said.texts["nothing"])
        return
    if moves:
        console.print(said.texts["moves"])
        print_rows(console, moves, MOVES, said.headings)
    if orders:
        has_budget = any(row["budget_quantity"] is not None for row in orders)
        console.print(said.texts["orders"])
        columns = (*ORDERS[:3], "budget_quantity", *ORDERS[3:]) if has_budget else ORDERS
        print_rows(console, orders, columns, said.headings)
        bought = [row for row in orders if row["quantity"] > 0]
        known = [row["total_ron"] for row in bought if row["total_ron"] is not None]
        several("purchases", len(known), sum(known, Decimal()))
        if without := len(bought) - len(known):
            several("without_cost", without)
        if not_bought := len(orders) - len(bought):
            several("not_bought", not_bought)
        if has_budget:
            spent = sum(
                row["budget_quantity"] * row["landed_unit_cost_ron"]
                for row in orders
                if row["budget_quantity"] is not None
            )
            tell("budget", 0, Decimal(spent))
