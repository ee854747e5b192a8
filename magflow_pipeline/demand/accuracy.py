"""How right the forecast is: what was expected is kept once a week, and compared once a day with what was sold since.

Belongs here: when forecasts are kept and compared. Not here: the comparison, which SQL computes (`sql/demand/`), and
who asks for it (refresh.py).
"""

import psycopg

from magflow_pipeline.database.statements import statement

HORIZON_DAYS = 28
"""Age of the forecasts that are compared: whole weeks, and about as long as it takes until an order is there."""

KEPT_EVERY_DAYS = 7
"""Kept every day, the forecasts of 200,000 items would be six million rows, and say little more."""


def note_accuracy(session: psycopg.Connection, account: str) -> None:
    """Compare, and keep what is expected now, in the caller's transaction; nothing, where today has been compared.

    Args:
        session: In a transaction in which the demand of the account was learned.
        account: Its name.
    """
    if session.execute(statement("demand/accuracy_is_noted"), {"account_type": account}).fetchone() is None:
        parameters = {"account_type": account, "horizon_days": HORIZON_DAYS, "kept_every_days": KEPT_EVERY_DAYS}
        psycopg.ClientCursor(session).execute(statement("demand/accuracy"), parameters)
