"""Pieces to move between accounts before anything is bought, and transfers that people note.

The build computes proposals in SQL (`sql/purchasing/planned_transfers.sql`); `propose` explains the rule and is the
oracle of its test. Quantities are pieces, days those of Bucharest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from magflow_pipeline.accounts import known_names
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.values import UnusableError, read_day
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.times import clock

LONGEST = 365  # days that a transfer may take


@dataclass(frozen=True)
class Place:
    """What an account can spare of an item, or lacks."""

    account: str
    kind: str
    """main: ships itself; fbe: fulfilled by eMAG."""
    country: str
    """Where it sells."""
    spare: int
    """Pieces above its own reorder point until its next arrival."""
    lacking: int
    """Pieces that it lacks and may get from another account."""


@dataclass(frozen=True)
class Transfer:
    """A proposal: whole cartons, and of these the pieces that are lacking."""

    from_account: str
    to_account: str
    quantity: int
    raw_quantity: int


def spare(available: int, reorder_point: int) -> int:
    """Pieces that can leave: those above the sender's own reorder point, which lasts until an order of today is there.

    What is on its way to the sender does not count: it is not there yet. Nor may it make less spare: with more on order
    more would be bought.

    Args:
        available: Pieces that can be promised, less those that have left already.
        reorder_point: Of the account that sends.
    """
    return available - reorder_point


def propose(places: Iterable[Place], carton: int, *, back_from_fbe: bool = False) -> list[Transfer]:
    """Whole cartons from accounts that can spare them to those of the same country that lack them.

    Both in the order given, that of `EMAG_ACCOUNTS`. Two things would buy more with more stock, so neither is done:
    needs rounded down to cartons, as what is left of a need is bought, and may be more where one lacks less; and those
    first that lose most, as that changes with the stock, and with it which part of a carton is lacking.
    """
    places = list(places)
    found: list[Transfer] = []
    left = {place.account: place.spare // carton for place in places}
    for receiver_kind, sender_kind in (("fbe", "main"), ("main", "fbe")):
        if receiver_kind == "main" and not back_from_fbe:
            continue
        for receiver in places:
            if receiver.kind != receiver_kind or receiver.lacking <= 0:
                continue
            cartons = -(-receiver.lacking // carton)
            lacking = receiver.lacking
            for sender in places:
                moved = min(cartons, left[sender.account])
                if (sender.kind, sender.country) == (sender_kind, receiver.country) and moved > 0:
                    quantity = moved * carton
                    found.append(Transfer(sender.account, receiver.account, quantity, min(quantity, lacking)))
                    left[sender.account] -= moved
                    cartons -= moved
                    lacking -= quantity
    return found


def note_transfer(
    database: Database,
    settings: Settings,
    sku: str,
    quantity: int,
    sender: str,
    receiver: str,
    expected: str | None,
    by: str,
) -> date:
    """Note pieces that were sent today from one account to another; returns the day on which they are expected.

    Raises:
        ConfigurationError: an account is not configured, no product has the SKU, or the day cannot be used.
    """
    today = clock(datetime.now(UTC)).date()
    values = _between(settings, sku, quantity, sender, receiver)
    try:
        day = read_day(expected, today + timedelta(days=LONGEST)) if expected is not None else None
    except UnusableError as error:
        raise ConfigurationError(f"The transfer was not noted: {error}.") from None
    if day is not None and day < today:
        raise ConfigurationError(f"The transfer was not noted: {day}, on which it is expected, is over.")
    with database.connect("magflow transfer") as session:
        noted = session.execute(
            statement("purchasing/transfer_noted"), {**values, "sent_on": today, "expected_on": day, "noted_by": by}
        )
        if noted.rowcount == 0:
            raise ConfigurationError(f"The transfer was not noted: no product has the SKU {sku!r}. Capitals count.")
    return day or today + timedelta(days=settings.inbound_days)


def end_transfer(database: Database, settings: Settings, sku: str, quantity: int, sender: str, receiver: str) -> None:
    """Note that the oldest transfer of so many pieces that is on its way has come today.

    Raises:
        ConfigurationError: there is none, or an account is not configured.
    """
    values = _between(settings, sku, quantity, sender, receiver)
    today = clock(datetime.now(UTC)).date()
    with database.connect("magflow transfer") as session:
        if session.execute(statement("purchasing/transfer_ended"), {**values, "received_on": today}).rowcount:
            return
        others = session.execute(statement("purchasing/transfers_open"), values).fetchall()
    known = "; ".join(f"{pieces} sent on {day}" for pieces, day in others)
    raise ConfigurationError(
        f"No transfer of {quantity} pieces of {sku!r} from {values['from_account']} to {values['to_account']} is on its"
        f" way. {f'There is: {known}.' if known else 'There is none of any quantity.'}"
    )


def _between(settings: Settings, sku: str, quantity: int, sender: str, receiver: str) -> dict[str, str | int]:
    [from_account], [to_account] = known_names(settings, (sender,)), known_names(settings, (receiver,))
    if from_account == to_account:
        raise ConfigurationError(f"A transfer goes from one account to another one, not from {sender} to {receiver}.")
    return {"sku": sku, "quantity": quantity, "from_account": from_account, "to_account": to_account}
