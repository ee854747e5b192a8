"""Resumes a dead sync of the account: its stored pages are the checkpoint."""

from dataclasses import dataclass

from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.paging import PageRead, Paging

OLDEST_MINUTES = 10


@dataclass(frozen=True)
class Checkpoint:
    """A dead sync, and the count of offers when it began."""

    sync_log_id: int
    announced: int


async def find_checkpoint(context: SyncContext) -> Checkpoint | None:
    """The account's newest sync, if it failed, its last page is under ten minutes old, and it asked for the same."""
    rows = await context.query("catalogue/checkpoint", minutes=OLDEST_MINUTES)
    return Checkpoint(*rows[0]) if rows else None


async def take_over(context: SyncContext, store: PageStore, paging: Paging, checkpoint: Checkpoint) -> None:
    """Move the pages of the dead sync to this one, in one transaction."""
    rows = await context.query("catalogue/checkpoint_taken_over", old_sync_log_id=checkpoint.sync_log_id)
    for fetched, created, updated, unchanged, rejected, duplicate in (row[4:] for row in rows):
        context.counts.add_page(
            fetched=fetched,
            created=created,
            updated=updated,
            unchanged=unchanged,
            rejected=rejected,
            duplicate=duplicate,
        )
    store.pages = max((sequence for sequence, *_ in rows), default=0)
    offers, rejections = await context.query("catalogue/seen_offers"), await context.query("catalogue/seen_rejections")
    # Another row of a rejected offer may be storable: only the row itself counts as seen, not the offer.
    store.seen.update(emag_id for emag_id, is_stored in offers if is_stored)
    store.seen.update(bytes(payload) for _, payload in rejections)
    seen = {emag_id for emag_id, _ in offers} | {emag_id or bytes(payload) for emag_id, payload in rejections}
    reads: dict[tuple[int, int], PageRead] = {}
    for _, page, size, is_single, fetched, *_, duplicate in rows:
        if not is_single:
            start = (page - 1) * size
            read = reads.setdefault((start, size), PageRead(start, size, times=1))
            read.rows = max(read.rows, fetched)
            read.fresh += fetched - duplicate
    paging.take_over(list(reads.values()), seen)
    context.say(
        f"sync {checkpoint.sync_log_id} died; going on after its {len(rows)} pages, {context.counts.fetched} offers"
    )
