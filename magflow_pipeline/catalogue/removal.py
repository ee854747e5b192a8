"""Marks offers removed after proven scans; never deletes, never marks most of a catalogue (rules.md: Removal)."""

from dataclasses import replace
from datetime import UTC, datetime

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.lifecycle import Verdict


async def conclude_removal(context: SyncContext, verdict: Verdict) -> Verdict:
    """Mark offers removed that two proven scans in a row did not see; hold back when they are more than half."""
    if not verdict.is_proven:
        return verdict
    [(known_now, lost, held_back_before, is_accepted)] = await context.query("catalogue/lost_offers")
    known = known_now - context.counts.created
    # A removal held back stays so, even when new offers make it the smaller part.
    is_most = 2 * lost > known or 2 * lost > held_back_before > 0
    if is_most and not is_accepted:
        context.counts.held_back = lost
        context.note(
            f"{lost} of {known} known offers did not come back: none is marked removed. If they are gone indeed, say "
            f"`magflow accept-removal {context.account.name}` and sync again."
        )
        return replace(verdict, outcome="partial")
    context.counts.removed = len(await context.query("catalogue/removed_offers", at=datetime.now(UTC)))
    await context.query("catalogue/removal_settled")
    return verdict


def accept_removal(database: Database, account: str, accepted_by: str) -> int:
    """Let the next complete sync mark the offers removed that the newest one held back.

    Returns:
        How many those are; 0 when nothing is held back, and then nothing is accepted.
    """
    with database.connect("magflow accept-removal") as session:
        parameters = {"account_type": account, "accepted_by": accepted_by}
        row = session.execute(statement("catalogue/removal_accepted"), parameters).fetchone()
    return row[0] if row else 0
