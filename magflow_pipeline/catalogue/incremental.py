"""The cheap refresh of a big catalogue: what is low, and what was (domain.md 5).

The API has no modified-since filter, but `general_stock` is an upper bound: a few pages hold all that may run out.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from magflow_pipeline.catalogue.full import MOST_MISSING_READ, Verdict, read_everything
from magflow_pipeline.catalogue.options import Mode
from magflow_pipeline.catalogue.paging import Paging
from magflow_pipeline.catalogue.run import Run, SingleReads
from magflow_pipeline.emag.errors import FilterNotHonouredError


async def read_low(run: Run) -> Verdict:
    """Read the offers with little stock; everything where that is not to be had."""
    [(known, bound, has_complete)] = await run.query("catalogue/stock_bound")
    if not has_complete:
        return await _full(run, "no scan has seen every offer yet")
    try:
        return await _read_low(run, bound, known)
    except FilterNotHonouredError as error:
        return await _full(run, str(error))


async def _full(run: Run, reason: str) -> Verdict:
    run.note(f"{reason}: everything is read")
    run.mode = Mode.FULL
    return await read_everything(run)


async def _read_low(run: Run, bound: int, known: int) -> Verdict:
    filters = {"general_stock": bound}
    run.tell(f"{run.account.name}: reading offers with at most {bound} pieces")
    paging = Paging(run, filters)

    async def count(sent: asyncio.Event) -> None:
        paging.expected = await run.count(filters, sent)

    await run.all_of([count, paging.first_page()])
    if not paging.reads and paging.expected is None:
        return Verdict("failed", answered=False)
    if paging.expected is None:
        return await _full(run, "without a count nothing proves that all low offers were received")
    if 2 * paging.expected > known:
        return await _full(run, f"{paging.expected} of {known} offers are low or the filter is ignored by the count")
    await paging.read_all()
    after = await run.count(filters, asyncio.Event())
    if not (paging.expected == after == paging.distinct) or run.tally.pages_failed:
        run.note(
            f"{paging.distinct} low offers were received; the marketplace said {paging.expected} before and "
            f"{after} after: what did not come back is left as it was"
        )
        return Verdict("partial")
    return await _settle(run, bound)


async def _settle(run: Run, bound: int) -> Verdict:
    """Mark what was low and did not come back; read singly, within the budget, what the bound cannot show."""
    budget = run.settings.reread_budget
    missing = await run.query("catalogue/low_offers_missing", bound=bound, most=min(MOST_MISSING_READ, budget))
    run.extend(run.tally.pages + budget)
    looks = await _ask_for(run, missing)
    [(still_low,)] = await run.query(
        "catalogue/low_offers_found", emag_ids=[emag_id for (emag_id,) in missing], bound=bound
    )
    if still_low:
        # The numbers agree all the same: offers moved, or a page was that of another account.
        run.note(
            f"{still_low} low offers came only when they were asked for one by one: what did not come back is left as "
            "it was"
        )
        return Verdict("partial")
    await run.query("catalogue/stock_above", bound=bound, at=datetime.now(UTC))
    due = await run.query("catalogue/offers_to_read_singly", bound=bound, budget=budget - len(missing))
    reads = await _ask_for(run, due)
    if any(each.is_ignored or each.failed for each in (looks, reads)):
        return Verdict("partial")
    return Verdict("completed")


async def _ask_for(run: Run, emag_ids: list[tuple[Any, ...]]) -> SingleReads:
    """Read offers one by one, and write down which of them there are not."""
    reads = await run.read_singly([{"id": emag_id} for (emag_id,) in emag_ids])
    await run.query("catalogue/offers_asked_for", emag_ids=[each["id"] for each in reads.absent], at=datetime.now(UTC))
    run.tally.announced = (run.tally.announced or 0) + len(reads.found)
    return reads
