"""Some offers, read one by one: SKUs, or a brand, category or price range among stored offers (rules.md: Modes)."""

from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.sync.lifecycle import Verdict
from magflow_pipeline.sync.pages import PageReader


async def read_chosen(reader: PageReader, _store: PageStore, options: SyncOptions) -> Verdict:
    """Read the chosen offers. A SKU that is not stored is asked for by name."""
    context = reader.context
    stored = await context.query(
        "catalogue/chosen_offers",
        skus=list(options.skus) or None,
        brand=options.brand,
        category=options.category,
        min_price=options.min_price,
        max_price=options.max_price,
    )
    rows = [emag_id for emag_id, _, is_chosen in stored if is_chosen]
    unknown = sorted(set(options.skus) - {sku for _, sku, _ in stored})
    if not rows and not unknown:
        context.note("no stored offer is of that choice: nothing was read")
        return Verdict("completed")
    context.limit.extend(len(rows) + len(unknown))
    context.counts.announced = len(rows) + len(unknown)
    known = await reader.read_singly([{"id": emag_id} for emag_id in rows])
    new = await reader.read_singly([{"part_number": sku} for sku in unknown])
    for filters in (*known.absent, *new.absent):
        context.note(f"the marketplace has no offer with {next(iter(filters))} {next(iter(filters.values()))}")
    reads = (known, new)
    if not any(read.found or read.absent for read in reads):
        return Verdict("failed", answered=False)
    is_whole = not any(read.absent or read.failed or read.is_ignored for read in reads)
    return Verdict("completed" if is_whole else "partial")
