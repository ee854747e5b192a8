"""Stores pages: products, offers, series, rejected rows and the pages themselves, in one transaction."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

import msgspec
import psycopg

from magflow_pipeline.catalogue.bodies import compressed
from magflow_pipeline.catalogue.known_rows import hashes_of, reader_version, recognisable
from magflow_pipeline.catalogue.records import Record, Rejection, identity_of, payload_of, read_record
from magflow_pipeline.database.copying import copy_line, copy_lines_async
from magflow_pipeline.database.statements import run_statement, statement
from magflow_pipeline.emag.client import Page
from magflow_pipeline.emag.values import Json
from magflow_pipeline.emag.wire import SlicedRows
from magflow_pipeline.sync.pages import PageCounts
from magflow_pipeline.text import noted

CREATED = "catalogue/created_offers"
SYNC = (
    *(CREATED, "catalogue/emag_products_v2", "catalogue/emag_product_offers_v2", "catalogue/emag_offers_seen"),
    *("catalogue/emag_offer_market_history", "catalogue/emag_offer_history"),
)
REPLAY = (
    *("catalogue/incoming_rewrite", "catalogue/emag_products_v2", "catalogue/emag_product_offers_v2"),
    "catalogue/emag_offers_seen",
)
_BYTES = r'"\\x{}"'  # in an array
REFUSALS = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
COLUMNS = (*Record.__struct_fields__, "change")
LONGEST_TURN_SECONDS = 0.00025  # of reading rows, before the event loop sends what the page before needs next


class Placed(NamedTuple):
    """A record, the rows of its page and its own place there; its line of COPY still lacks the change."""

    record: Record
    rows: Sequence[Json]
    place: int
    line: bytes


Written = dict[int, str | Rejection]
"""By offer id, the change of each record that was written, and the rejection of each that the database refused."""
Writer = Callable[[Sequence[Placed]], Awaitable[Written]]


@dataclass(frozen=True)
class ReadPage(Page):
    """A page with what storing it needs of its bytes, by the places of its rows.

    `records` and `kept_body`, the body compressed, may be missing where the page is not expected to say anything new.
    """

    identities: Sequence[Hashable]
    hashes: Sequence[bytes | None]
    sha256: bytes
    records: dict[int, Placed | Rejection]
    kept_body: bytes | None


@dataclass(frozen=True)
class _SortedPage:
    """A page, and its rows by what becomes of them."""

    page: ReadPage
    known: Set[int]
    has_body: bool
    records: Sequence[Placed]
    rejections: Sequence[Rejection]
    duplicates: int
    changes: Counter[str] = field(default_factory=Counter[str])

    @property
    def keys(self) -> set[int | bytes]:
        """The identities of its rows within the sync."""
        return {*self.known, *(each.record.key for each in self.records), *(each.key for each in self.rejections)}

    def after(self, written: Written) -> "_SortedPage":
        """The same once its records are written: their changes, and with the others those that the database refused."""
        made = [written[each.record.key] for each in self.records]
        refused = [each for each in made if isinstance(each, Rejection)]
        changes = Counter(each for each in made if isinstance(each, str))
        return replace(self, rejections=[*self.rejections, *refused], changes=changes)

    @property
    def counts(self) -> PageCounts:
        """The outcomes of its rows."""
        return PageCounts(
            fetched=len(self.page.rows),
            created=self.changes["created"],
            updated=self.changes["updated"],
            unchanged=self.changes["unchanged"] + len(self.known),
            rejected=len(self.rejections),
            duplicate=self.duplicates,
        )


@dataclass
class PageStore:
    """Stores the pages of one sync. A row is stored once, however often the sync receives it."""

    session: psycopg.AsyncConnection
    account_type: str
    sync_log_id: int
    statements: Sequence[str] = SYNC
    pages: int = 0
    seen: set[Hashable] = field(default_factory=set[Hashable])
    is_filled: bool = False
    """Whether the temporary table has rows of this transaction."""
    expects_news: bool = False
    """Whether most rows of the last pages said something new: those of the next one are read ahead then."""

    async def prepare(self) -> None:
        """Create the temporary table of the pages in work, once per session."""
        await self.session.execute(statement("catalogue/incoming_offers"))

    async def read_ahead(self, page: Page) -> ReadPage:
        """Do for a page what needs no database. It gives way to the event loop, which stores the page before."""
        read = ReadPage(
            **{each.name: getattr(page, each.name) for each in fields(Page)},
            identities=self.identities(page),
            hashes=hashes_of(page.rows, reader_version(*SYNC)),
            sha256=hashlib.sha256(page.body).digest(),
            records={},
            kept_body=compressed(page.body) if self.expects_news else None,
        )
        if self.expects_news:
            await self._read_records(read, range(len(page.rows)))
        return read

    async def store(self, page: Page) -> PageCounts:
        """Commit a page whole, or nothing of it."""
        [counts] = await self.store_all([page])
        return counts

    async def store_all(self, pages: Sequence[Page]) -> list[PageCounts]:
        """Commit pages in one transaction, or nothing of them; what is stored is as if it was one after the other."""
        read = [page if isinstance(page, ReadPage) else await self.read_ahead(page) for page in pages]
        try:
            return await self._commit(read, self._write)
        except REFUSALS:  # hardly ever: a savepoint each time would cost two round trips
            return await self._commit(read, self._store_records)

    async def _commit(self, pages: Sequence[ReadPage], write: Writer) -> list[PageCounts]:
        self.is_filled = False
        done: list[_SortedPage] = []
        try:
            async with self.session.transaction():
                for apart in _without_common_rows(pages):
                    done += await self._write_pages(apart, write, self.pages + len(done) + 1)
        except BaseException:
            self.seen.difference_update(*(page.keys for page in done))
            raise
        self.pages += len(done)
        self.expects_news = 2 * sum(len(page.known) for page in done) < sum(page.counts.fetched for page in done)
        return [page.counts for page in done]

    async def _write_pages(self, pages: Sequence[ReadPage], write: Writer, first: int) -> list[_SortedPage]:
        """Write pages that have no row in common, the first of them as the sync's page of this number."""
        known = await self._mark_known(pages)
        done = [await self._sort(page, *found) for page, found in zip(pages, known, strict=True)]
        written = await write([each for page in done for each in page.records])
        done = [page.after(written) for page in done]
        for page in done:
            for rejection in page.rejections:
                await self._store_rejection(page.page, rejection)
        await self._store_pages(done, first)
        self.seen.update(*(page.keys for page in done))
        return done

    async def rewrite(self, page: Page) -> None:
        """Derive the rows of a stored page again, for a replay."""
        read = replace(await self.read_ahead(page), hashes=[None] * len(page.rows))
        done = await self._sort(read)
        done = done.after(await self._store_records(done.records))
        for rejection in done.rejections:
            await self._mark(page, rejection, is_replay=True)
        self.seen |= done.keys

    def identities(self, page: Page) -> list[Hashable]:
        """One identity per row of the page: its offer id, or the row itself where it has none."""
        rows = page.rows
        if isinstance(rows, SlicedRows):
            return [known or payload_of(rows[place]) for place, known in enumerate(rows.ids)]
        return [identity_of(row) for row in rows]

    async def _mark_known(self, pages: Sequence[ReadPage]) -> list[tuple[set[int], bool]]:
        """Mark offers as seen whose rows came before as they are; by page their ids, and whether its body is kept."""
        cursors: list[psycopg.AsyncCursor] = []
        async with self.session.pipeline():
            await self.session.execute(statement("catalogue/settings_of_pages"))
            for page in pages:
                candidates = recognisable(page.identities, page.hashes, self.seen)
                parameters = {
                    "account_type": self.account_type,
                    "sync_log_id": self.sync_log_id,
                    "seen_at": page.fetched_at,
                    "sha256": page.sha256,
                    "emag_ids": _array(candidates),
                    "raw_hashes": _array(_BYTES.format(each.hex()) for each in candidates.values()),
                }
                cursors.append(await self.session.execute(statement("catalogue/known_rows"), parameters, prepare=True))
        found = [(await cursor.fetchall())[0] for cursor in cursors]
        return [(set(known), has_body) for known, has_body in found]

    async def _read_records(self, page: ReadPage, places: Iterable[int]) -> None:
        """Read the rows at these places, but those that are read already."""
        began = time.perf_counter()
        for place in places:
            if place not in page.records:
                made = read_record(
                    page.rows, place, self.account_type, self.sync_log_id, page.fetched_at, page.hashes[place]
                )
                line = b"" if isinstance(made, Rejection) else copy_line(msgspec.structs.astuple(made))
                page.records[place] = made if isinstance(made, Rejection) else Placed(made, page.rows, place, line)
            if time.perf_counter() - began > LONGEST_TURN_SECONDS:
                await asyncio.sleep(0)
                began = time.perf_counter()

    async def _sort(self, page: ReadPage, known: Set[int] = frozenset(), has_body: bool = True) -> _SortedPage:
        """The rows of a page by what becomes of them."""
        places = [place for place, identity in enumerate(page.identities) if identity not in known]
        await self._read_records(page, places)
        records: dict[int, Placed] = {}
        rejections: list[Rejection] = []
        duplicates = 0
        for place in places:
            made = page.records[place]
            key = made.key if isinstance(made, Rejection) else made.record.key
            if key in self.seen or key in records:  # a rejected row counts each time on one page
                duplicates += 1
            elif isinstance(made, Rejection):
                rejections.append(made)
            else:
                records[made.record.key] = made
        return _SortedPage(page, known, has_body, list(records.values()), rejections, duplicates)

    async def _store_records(self, records: Sequence[Placed]) -> Written:
        """Write the records; halving isolates those that the database refuses, so that the others are stored."""
        try:
            async with self.session.transaction():
                return await self._write(records)
        except REFUSALS as error:
            if len(records) == 1:
                [refused] = records
                row = refused.rows[refused.place]
                return {refused.record.key: Rejection(row, f"the database refused it: {error.diag.message_primary}")}
        middle = len(records) // 2
        return await self._store_records(records[:middle]) | await self._store_records(records[middle:])

    async def _write(self, records: Sequence[Placed]) -> Written:
        """Write the records; none is refused."""
        if not records:
            return {}
        if self.is_filled:
            await self.session.execute(statement("catalogue/incoming_clear"))
        self.is_filled = True
        changes = await self._changes([each.record for each in records])
        lines = [b"%b\t%b\n" % (each.line, change.encode()) for each, change in zip(records, changes, strict=True)]
        await copy_lines_async(self.session, "incoming_offers", COLUMNS, lines)
        is_new = CREATED in self.statements and {*changes} == {"created"}  # most pages of a first reading
        async with self.session.pipeline():  # without waiting for the answer to each
            for name in [CREATED] if is_new else self.statements:
                await self.session.execute(statement(name))
        return {each.record.key: change for each, change in zip(records, changes, strict=True)}

    async def _changes(self, records: Sequence[Record]) -> list[str]:
        cursor = await self.session.execute(
            statement("catalogue/stored_offers"),
            {"account_type": self.account_type, "emag_ids": _array(record.emag_id for record in records)},
        )
        stored = {emag_id: (content_hash, is_settled) for emag_id, content_hash, is_settled in await cursor.fetchall()}
        return [
            "created"
            if record.emag_id not in stored
            else "unchanged"
            if stored[record.emag_id] == (record.content_hash, True)
            else "updated"
            for record in records
        ]

    async def _store_rejection(self, page: Page, rejection: Rejection) -> None:
        await run_statement(
            self.session,
            "catalogue/emag_rejected_offers",
            account_type=self.account_type,
            sync_log_id=self.sync_log_id,
            page=page.number,
            emag_offer_id=rejection.emag_offer_id,
            reason=noted(rejection.reason),
            payload=rejection.payload,
            seen_at=page.fetched_at,
        )
        await self._mark(page, rejection, is_replay=False)

    async def _mark(self, page: Page, rejection: Rejection, *, is_replay: bool) -> None:
        await run_statement(
            self.session,
            "catalogue/rejected_mark",
            account_type=self.account_type,
            sync_log_id=self.sync_log_id,
            emag_offer_id=rejection.emag_offer_id,
            reason=noted(rejection.reason),
            seen_at=page.fetched_at,
            is_replay=is_replay,
        )

    async def _store_pages(self, pages: Sequence[_SortedPage], first: int) -> None:
        async with self.session.pipeline():
            for sequence, each in enumerate(pages, first):
                page, counts = each.page, each.counts
                parameters = {
                    "sha256": page.sha256,
                    "sync_log_id": self.sync_log_id,
                    "sequence": sequence,
                    "page": page.number,
                    "items_per_page": page.size,
                    "filters": json.dumps(dict(page.filters)),
                    "account_type": self.account_type,
                    "fetched_at": page.fetched_at,
                    "http_status": page.http_status,
                    "duration_ms": round(page.duration_seconds * 1000),
                    "item_count": counts.fetched,
                    "created": counts.created,
                    "updated": counts.updated,
                    "unchanged": counts.unchanged,
                    "rejected": counts.rejected,
                    "duplicate": counts.duplicate,
                    "body_bytes": len(page.body),
                    "body_compressed": None if each.has_body else page.kept_body or compressed(page.body),
                }
                await self.session.execute(statement("catalogue/raw_emag_product_pages"), parameters)


def _array(values: Iterable[object]) -> str:
    """An array as text: psycopg's own dumper takes three times as long."""
    return f"{{{','.join(map(str, values))}}}"


def _without_common_rows(pages: Sequence[ReadPage]) -> list[list[ReadPage]]:
    """The pages in their order, apart where a row comes again: what becomes of it depends on the one before."""
    apart: list[list[ReadPage]] = []
    came: set[Hashable] = set()
    for page in pages:
        if not apart or not came.isdisjoint(page.identities):
            apart.append([])
            came.clear()
        apart[-1].append(page)
        came.update(page.identities)
    return apart
