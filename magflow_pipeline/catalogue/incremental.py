"""The cheap refresh of a big catalogue: offers that are low on stock, or were (rules.md: Modes).

The API has no modified-since filter, but `general_stock` is an upper bound: a few pages cover all that may run out.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from magflow_pipeline.catalogue.choices import Mode
from magflow_pipeline.catalogue.full import MOST_MISSING_READ, read_everything
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.sync.lifecycle import Verdict
from magflow_pipeline.sync.pages import PageReader, SingleReads
from magflow_pipeline.sync.paging import Paging


async def read_low(reader: PageReader, store: PageStore, options: SyncOptions) -> Verdict:
    """Read the offers with little stock; all offers where that cannot be relied on."""

    async def read_all(reason: str) -> Verdict:
        reader.context.note(f"{reason}: everything is read")
        reader.context.logbook.operation = Mode.FULL
        return await read_everything(reader, store, options)

    [(known, bound, low, has_complete)] = await reader.context.query("catalogue/stock_bound")
    if not has_complete:
        return await read_all("no scan has seen every offer yet")
    try:
        verdict = await _read_low(reader, bound, known, low)
    except FilterNotHonouredError as error:
        verdict = str(error)
    return await read_all(verdict) if isinstance(verdict, str) else verdict


async def _read_low(reader: PageReader, bound: int, known: int, low: int) -> Verdict | str:
    """The verdict, or why everything has to be read."""
    context = reader.context
    filters = {"general_stock": bound}
    context.say(f"reading offers with at most {bound} pieces")
    paging = Paging(reader, filters, known=low)
    await reader.all_of([paging.count, paging.first_page()])
    if not paging.reads and paging.expected is None:
        return Verdict("failed", answered=False)
    if paging.expected is None:
        return "without a count nothing proves that all low offers were received"
    if 2 * paging.expected > known:
        return f"{paging.expected} of {known} offers are low or the filter is ignored by the count"
    await paging.read_all()
    after = await reader.count(filters, asyncio.Event())
    if not (paging.expected == after == paging.distinct) or context.counts.pages_failed:
        context.note(
            f"{paging.distinct} low offers were received; the marketplace said {paging.expected} before and "
            f"{after} after: what did not come back is left as it was"
        )
        return Verdict("partial")
    return await _settle(reader, bound)


async def _settle(reader: PageReader, bound: int) -> Verdict:
    """Mark offers that were low and are missing; read singly, within the budget, those that the bound excludes."""
    context = reader.context
    budget = context.settings.reread_budget
    # Outside the budget: these prove the result.
    missing = await context.query("catalogue/low_offers_missing", bound=bound, most=MOST_MISSING_READ)
    context.limit.extend(context.counts.pages + len(missing) + budget)
    looks = await _ask_for(reader, missing)
    [(still_low,)] = await context.query(
        "catalogue/low_offers_found", emag_ids=[emag_id for (emag_id,) in missing], bound=bound
    )
    if still_low:
        # The counts agree nevertheless: offers moved, or a page was that of another account.
        context.note(
            f"{still_low} low offers came only when they were asked for one by one: what did not come back is left as "
            "it was"
        )
        return Verdict("partial")
    await context.query("catalogue/stock_above", bound=bound, at=datetime.now(UTC))
    due = await context.query("catalogue/offers_to_read_singly", bound=bound, budget=max(0, budget - len(missing)))
    reads = await _ask_for(reader, due)
    if any(each.is_ignored or each.failed for each in (looks, reads)):
        return Verdict("partial")
    return Verdict("completed")


async def _ask_for(reader: PageReader, emag_ids: list[tuple[Any, ...]]) -> SingleReads:
    """Read offers one by one, and record those that do not exist."""
    reads = await reader.read_singly([{"id": emag_id} for (emag_id,) in emag_ids])
    await reader.context.query(
        "catalogue/offers_asked_for", emag_ids=[each["id"] for each in reads.absent], at=datetime.now(UTC)
    )
    counts = reader.context.counts
    counts.announced = (counts.announced or 0) + len(reads.found)
    return reads
