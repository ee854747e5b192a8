"""A full scan: every page, and the proof that nothing was missed (rules.md: Verdicts).

Equal counts prove nothing when one offer leaves and another one arrives. So known offers that are missing are asked
for one by one, and a catalogue that changed while it was read is read once more. Only offers of the last reading
count as seen.
"""

import asyncio
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from magflow_pipeline.catalogue.checkpoint import find_checkpoint, take_over
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.emag.resources import Filters
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.lifecycle import Verdict
from magflow_pipeline.sync.pages import PageReader
from magflow_pipeline.sync.paging import Paging

MOST_MISSING_READ = 20


@dataclass(frozen=True)
class Unproven:
    """Why a scan cannot be trusted. `is_moving`: the catalogue changed while it was read, so a second pass may help."""

    reason: str
    is_moving: bool


async def read_everything(reader: PageReader, store: PageStore, options: SyncOptions) -> Verdict:
    """Read the catalogue, and once more if it changed meanwhile."""
    filters, cap, context = options.filters, options.max_pages, reader.context
    known = await _known_offers(context)
    try:
        return await _read_everything(reader, store, filters, cap, known)
    except FilterNotHonouredError as error:
        if not filters:
            raise
        context.note(f"{error}: everything is read")
        return await _read_everything(reader, store, {}, cap, known)


async def _read_everything(
    reader: PageReader, store: PageStore, filters: Filters, cap: int | None, known: Sequence[int]
) -> Verdict:
    context, counts = reader.context, reader.context.counts
    began = time.monotonic()
    paging = Paging(reader, filters, last_row=cap and cap * context.sizes.largest, known=len(known))
    is_resumed = await _begin(store, paging)
    if not paging.reads and paging.expected is None:
        return Verdict("failed", answered=False)  # no answer at all: more requests are futile
    announced = paging.expected
    doubt = await _finish(paging)
    if not paging.reads:
        return Verdict("failed", answered=False)
    if doubt and doubt.is_moving and not counts.pages_failed and context.limit.left > 1.5 * (time.monotonic() - began):
        context.say(f"offers moved while they were read ({doubt.reason}); reading once more")
        last_row = paging.last_row
        paging = Paging(reader, filters, expected=counts.announced, last_row=last_row, known=len(known))
        doubt = await _finish(paging, is_second=True)
    left = max(0, (announced or 0) - (counts.announced or 0))
    strangers = await _forget_the_unseen(context, store, paging, known, left)
    for each in (doubt, strangers):
        if each:
            context.note(each.reason)
    if doubt or strangers or counts.pages_failed:
        return Verdict("partial")
    return Verdict("completed", is_complete=not (is_resumed or cap or filters))


async def _known_offers(context: SyncContext) -> Sequence[int]:
    """The ids of known offers, the most recently seen first, in 8 bytes each."""
    [(emag_ids,)] = await context.query("catalogue/known_offers")
    return array("q", emag_ids)


async def _begin(store: PageStore, paging: Paging) -> bool:
    """The count and page 1 in parallel: a refusal shows before more is sent. True: a dead sync is resumed."""
    reader = paging.reader
    checkpoint = await find_checkpoint(reader.context)
    if checkpoint is None:
        await reader.all_of([paging.count, paging.first_page()])
        return False
    await reader.all_of([paging.count])
    if paging.expected == checkpoint.announced:
        await take_over(reader.context, store, paging, checkpoint)
        return True
    await reader.all_of([paging.first_page()])
    return False


async def _finish(paging: Paging, *, is_second: bool = False) -> Unproven | None:
    """Read all pages and count again; why the result is unproven, or None."""
    await paging.read_all()
    if not paging.reads:
        return None  # the caller sees that no page was read
    if paging.is_capped and not paging.at_end:
        pages = (paging.last_row or 0) // paging.largest
        return Unproven(f"stopped after {pages} pages, before the end of the catalogue", is_moving=False)
    doubt = _compare(paging, await paging.reader.count(paging.filters, asyncio.Event()))
    if doubt or paging.filters:
        return doubt  # filtered offers are not missing
    return await _ask_for_the_missing(paging, is_second=is_second)


def _compare(paging: Paging, after: int | None) -> Unproven | None:
    """Compare the distinct offers with the counts before and after."""
    before = paging.expected
    if before is None or after is None:
        return Unproven("without a count nothing proves that all offers were received", is_moving=False)
    if before != after:
        return Unproven(f"there were {before} offers before the scan and {after} after it", is_moving=True)
    if paging.distinct != after:
        reason = f"{paging.distinct} distinct offers were received, and the marketplace says {after}"
        return Unproven(reason, is_moving=paging.has_moved)
    return None


async def _ask_for_the_missing(paging: Paging, *, is_second: bool) -> Unproven | None:
    """Ask singly for known offers that are missing, the most recently seen first."""
    known = await _known_offers(paging.reader.context)
    missing = [*islice((emag_id for emag_id in known if emag_id not in paging.seen), MOST_MISSING_READ)]
    reads = await paging.reader.read_singly([{"id": emag_id} for emag_id in missing])
    paging.seen |= reads.found
    if reads.found:
        reason = f"{len(reads.found)} known offers came only when they were asked for one by one"
        return Unproven(reason, is_moving=True)
    if reads.failed:
        return Unproven(f"{reads.failed} known offers did not come, and could not be asked for", is_moving=False)
    if reads.is_ignored and not is_second:
        # Offers missing from two readings in a row, each with the right number of offers, are gone.
        return Unproven(f"{len(missing)} known offers did not come and cannot be asked for one by one", is_moving=True)
    return None


async def _forget_the_unseen(
    context: SyncContext, store: PageStore, paging: Paging, known: Sequence[int], left: int
) -> Unproven | None:
    """Unmark offers as seen that an earlier reading showed and the last one did not.

    A known one may have left in between, and as many unknown ones as the counts say have `left`. More are foreign
    rows, as on a page of another account: they are stored, so the sync reports them; the next proven scans remove
    them like any offer that is gone.
    """
    unseen = {each for each in store.seen if isinstance(each, int) and each not in paging.seen}
    if not unseen:
        return None
    await context.query("catalogue/unseen_offers", emag_ids=list(unseen))
    context.counts.unseen = len(unseen)
    strangers = len(unseen.difference(known))
    if strangers <= left:
        return None
    reason = (
        f"{strangers} offers that nobody knew came in one reading and not in the next: they do not count as seen, and "
        "are marked removed when the next scans do not show them either"
    )
    return Unproven(reason, is_moving=False)
