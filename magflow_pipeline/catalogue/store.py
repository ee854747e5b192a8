"""Stores one page: products, offers, series, rejected rows and the page itself, in one transaction."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import NamedTuple

import psycopg

from magflow_pipeline.catalogue.bodies import compressed
from magflow_pipeline.catalogue.known_rows import hashes_of, reader_version, recognisable
from magflow_pipeline.catalogue.records import Record, Rejection, identity_of, payload_of, read_record
from magflow_pipeline.database.copying import copy_line, copy_lines_async
from magflow_pipeline.database.statements import run_statement, statement
from magflow_pipeline.emag.client import Page
from magflow_pipeline.emag.wire import SlicedRows
from magflow_pipeline.sync.pages import PageCounts
from magflow_pipeline.text import noted

SYNC = (
    *("catalogue/emag_products_v2", "catalogue/emag_product_offers_v2", "catalogue/emag_offers_seen"),
    *("catalogue/emag_offer_market_history", "catalogue/emag_offer_history"),
)
REPLAY = (
    *("catalogue/incoming_rewrite", "catalogue/emag_products_v2", "catalogue/emag_product_offers_v2"),
    "catalogue/emag_offers_seen",
)
_BYTES = r'"\\x{}"'  # in an array, as text: psycopg's own dumper takes three times as long
REFUSALS = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
COLUMNS = (*Record._fields, "change")
LONGEST_TURN_SECONDS = 0.0005  # of reading rows, before the event loop sends what the page before needs next


class Placed(NamedTuple):
    """A record, the place of its row on the page, and its line of COPY, which still lacks the change."""

    record: Record
    place: int
    line: str


Written = tuple[Counter[str], list[Rejection]]
"""How many records were written by change, and the rows of those that the database refused."""
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
    """Whether most rows of the last page said something new: those of the next one are read ahead then."""
    at_leisure: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether the page before leaves time for reading: not while its steps are short, and wait for the event loop."""

    def __post_init__(self) -> None:
        """Begin with no page to store."""
        self.at_leisure.set()

    async def prepare(self) -> None:
        """Create the temporary table of the current page, once per session."""
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
            await self._read_records(read, range(len(page.rows)), is_ahead=True)
        return read

    async def store(self, page: Page) -> PageCounts:
        """Commit a page whole, or nothing of it."""
        page = page if isinstance(page, ReadPage) else await self.read_ahead(page)
        self.at_leisure.clear()
        try:
            return await self._store(page)
        finally:
            self.at_leisure.set()

    async def _store(self, page: ReadPage) -> PageCounts:
        try:
            return await self._commit(page, self._write)
        except REFUSALS:  # hardly ever: a savepoint for each page would cost two round trips
            return await self._commit(page, partial(self._store_records, page))

    async def _commit(self, page: ReadPage, write: Writer) -> PageCounts:
        self.is_filled = False
        async with self.session.transaction():
            known, has_body = await self._mark_known(page)
            records, rejections, duplicates = await self._sort(page, known)
            changes, refused = await write(records)
            rejections += refused
            for rejection in rejections:
                await self._store_rejection(page, rejection)
            counts = PageCounts(
                fetched=len(page.rows),
                created=changes.get("created", 0),
                updated=changes.get("updated", 0),
                unchanged=changes.get("unchanged", 0) + len(known),
                rejected=len(rejections),
                duplicate=duplicates,
            )
            await self._store_page(page, counts, has_body=has_body)
        self.pages += 1
        self.expects_news = 2 * len(known) < len(page.rows)
        self.seen |= known
        self._remember(records, rejections)
        return counts

    async def rewrite(self, page: Page) -> None:
        """Derive the rows of a stored page again, for a replay."""
        read = replace(await self.read_ahead(page), hashes=[None] * len(page.rows))
        records, rejections, _ = await self._sort(read)
        _, refused = await self._store_records(page, records)
        for rejection in rejections + refused:
            await self._mark(page, rejection, is_replay=True)
        self._remember(records, rejections)

    def identities(self, page: Page) -> list[Hashable]:
        """One identity per row of the page: its offer id, or the row itself where it has none."""
        rows = page.rows
        if isinstance(rows, SlicedRows):
            return [known or payload_of(rows[place]) for place, known in enumerate(rows.ids)]
        return [identity_of(row) for row in rows]

    async def _mark_known(self, page: ReadPage) -> tuple[set[int], bool]:
        """Mark offers as seen whose rows came before as they are; their ids, and whether the page's body is kept."""
        candidates = recognisable(page.identities, page.hashes, self.seen)
        parameters = {
            "account_type": self.account_type,
            "sync_log_id": self.sync_log_id,
            "seen_at": page.fetched_at,
            "sha256": page.sha256,
            "emag_ids": f"{{{','.join(map(str, candidates))}}}",
            "raw_hashes": f"{{{','.join(_BYTES.format(each.hex()) for each in candidates.values())}}}",
        }
        async with self.session.pipeline():
            await self.session.execute(statement("catalogue/plans_by_key"))
            cursor = await self.session.execute(statement("catalogue/known_rows"), parameters, prepare=True)
        known, has_body = (await cursor.fetchall())[0]
        return set(known), has_body

    async def _read_records(self, page: ReadPage, places: Iterable[int], *, is_ahead: bool = False) -> None:
        """Read the rows at these places, but those that are read already."""
        began = time.perf_counter()
        for place in places:
            if place not in page.records:
                made = read_record(
                    page.rows, place, self.account_type, self.sync_log_id, page.fetched_at, page.hashes[place]
                )
                page.records[place] = made if isinstance(made, Rejection) else Placed(made, place, copy_line(made))
            if time.perf_counter() - began > LONGEST_TURN_SECONDS:
                await asyncio.sleep(0)
                if is_ahead:
                    await self.at_leisure.wait()
                began = time.perf_counter()

    async def _sort(
        self, page: ReadPage, known: Set[Hashable] = frozenset()
    ) -> tuple[list[Placed], list[Rejection], int]:
        """The records of rows that are not known, the rows that make none, and how many were there before."""
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
        return list(records.values()), rejections, duplicates

    async def _store_records(self, page: Page, records: Sequence[Placed]) -> Written:
        """Write the records; halving isolates those that the database refuses, so that the others are stored."""
        try:
            async with self.session.transaction():
                return await self._write(records)
        except REFUSALS as error:
            if len(records) == 1:
                row = page.rows[records[0].place]
                return Counter(), [Rejection(row, f"the database refused it: {error.diag.message_primary}")]
        middle = len(records) // 2
        first, first_refused = await self._store_records(page, records[:middle])
        second, second_refused = await self._store_records(page, records[middle:])
        return first + second, first_refused + second_refused

    async def _write(self, records: Sequence[Placed]) -> Written:
        """Write the records; how many of them are created, updated and unchanged. None is refused."""
        if not records:
            return Counter(), []
        if self.is_filled:
            await self.session.execute(statement("catalogue/incoming_clear"))
        self.is_filled = True
        changes = await self._changes([each.record for each in records])
        lines = [f"{each.line}\t{change}\n" for each, change in zip(records, changes, strict=True)]
        await copy_lines_async(self.session, "incoming_offers", COLUMNS, lines)
        self.at_leisure.set()
        async with self.session.pipeline():  # without waiting for the answer to each
            for name in self.statements:
                await self.session.execute(statement(name))
        return Counter(changes), []

    async def _changes(self, records: Sequence[Record]) -> list[str]:
        cursor = await self.session.execute(
            statement("catalogue/stored_offers"),
            {"account_type": self.account_type, "emag_ids": [record.emag_id for record in records]},
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

    def _remember(self, records: Sequence[Placed], rejections: Sequence[Rejection]) -> None:
        self.seen.update(each.record.key for each in records)
        self.seen.update(rejection.key for rejection in rejections)

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

    async def _store_page(self, page: ReadPage, counts: PageCounts, *, has_body: bool) -> None:
        parameters = {
            "sha256": page.sha256,
            "sync_log_id": self.sync_log_id,
            "sequence": self.pages + 1,
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
            "body_compressed": None if has_body else page.kept_body or compressed(page.body),
        }
        await self.session.execute(statement("catalogue/raw_emag_product_pages"), parameters)
