"""One pass over all pages of a resource: many requests in flight, slow pages cut smaller, odd ones read again."""

import asyncio
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from magflow_pipeline.emag.errors import (
    FilterNotHonouredError,
    MalformedError,
    MarketplaceError,
    RefusedError,
    SlowError,
)
from magflow_pipeline.emag.resources import Filters
from magflow_pipeline.emag.sending import RequestOptions, TimeBudget
from magflow_pipeline.sync.in_flight import Job
from magflow_pipeline.sync.pages import PageReader
from magflow_pipeline.text import noted, times

PAGES_WITHOUT_A_COUNT = 6  # asked for at once when the marketplace does not say how many there are
MOST_READ_AGAIN = 10  # odd pages of one pass that are read a second time
MOST_MALFORMED = 6  # malformed pages in a row that are split: after more, no single row is at fault
EMPTY_AT_THE_END = 3  # empty pages beyond the last row that end the pass, whatever the count says
BARREN_AT_THE_END = 10  # the same for pages of repeated rows
MOST_PAGES_AT_ONCE = 100  # beyond the expected end
BELIEVED_PAGES = 2000  # pages a count may extend the time limit for, besides those that brought new rows
PAGES_BETWEEN_EXTENSIONS = 100
PATIENCE_SECONDS = 60  # for an answer, while there is a smaller page to ask for


@dataclass(frozen=True)
class PageRange:
    """Rows `start` to `end` (not included) still to be read, in pages smaller than `below`.

    `budget`: the time left of the page that was split into these; None: each page has its own.
    """

    start: int
    end: int
    below: int | None = None
    budget: TimeBudget | None = None


@dataclass
class PageRead:
    """What was read from row `start` on: `fresh` of the `rows` were on no earlier page of the pass."""

    start: int
    size: int
    rows: int = 0
    fresh: int = 0
    times: int = 0


@dataclass
class Paging:
    """One pass. After `read_all`, its fields are the result."""

    reader: PageReader
    filters: Filters
    expected: int | None = None
    """The marketplace's count of rows; None when it has no credible one."""
    last_row: int | None = None
    """A cap: rows from here on are not read."""
    known: int = 0
    """Rows in the database: pages up to there are expected even without a count."""
    seen: set[Hashable] = field(default_factory=set[Hashable])
    distinct: int = 0
    reads: dict[tuple[int, int], PageRead] = field(default_factory=dict[tuple[int, int], PageRead])
    ranges: deque[PageRange] = field(default_factory=deque[PageRange])
    planned_to: int = 0
    is_capped: bool = False
    over_from: int | None = None
    """The row from which on nothing new came: only the count says that there is more."""
    asked: int = 0
    malformed: int = 0
    """Malformed pages in a row."""
    given_up: list[int] = field(default_factory=list[int])
    """The first rows of pages whose attempts all failed."""

    @property
    def largest(self) -> int:
        """Rows on a page of full size."""
        return self.reader.context.sizes.largest

    @property
    def _noun(self) -> str:
        return self.reader.resource.noun

    async def count(self, sent: asyncio.Event) -> None:
        """Job: ask for the count."""
        self.expected = await self.reader.count(self.filters, sent)

    def first_page(self) -> Job:
        """A job that reads page 1, in parallel with the count."""
        self.planned_to = self.largest
        return self._job(0, self.largest, TimeBudget(self.reader.budget_seconds))

    async def read_all(self) -> None:
        """Read to the end, also past an expected end that was none, and read odd pages again."""
        self.reader.ahead = lambda: self._pages_ahead() if self.expected is not None else None
        if not await self._read_to_the_end():
            return
        end, is_cut_short = self._end, self.over_from is not None
        await self._read_odd_pages_again()
        if is_cut_short and self._end > end:  # not the end: the pages that suggested it were cut short
            self._forget_the_end()
            if await self._read_to_the_end():
                await self._read_odd_pages_again()

    async def _read_to_the_end(self) -> bool:
        """Read the planned pages and look beyond; False when the end stays unknown."""
        self._plan(self._enough())
        self._extend()
        await self._read()
        if self.over_from and self.reads and max(read.start for read in self.reads.values()) < self.over_from:
            self.reader.context.note(
                f"from page {self.over_from // self.largest + 1} on the marketplace sent errors only, and nothing but "
                "its count says that there is more: no more pages were asked for"
            )
            if not self.at_end:
                return False
        wave = 1 if self.expected is not None else PAGES_WITHOUT_A_COUNT
        while self.reads and not self.at_end and not self.is_capped:
            distinct, failed = self.distinct, self.reader.context.counts.pages_failed
            if self.planned_to >= self._enough_for_ever():
                self.reader.context.note(
                    f"the marketplace sends new {self._noun}s for ever: stopped at {self._last_page()}"
                )
                return False
            self._plan(self.planned_to + wave * self.largest)
            await self._read()
            if self.reader.context.counts.pages_failed > failed:
                return False  # a failed page does not show the end
            if self.distinct == distinct and not self.at_end:
                self.reader.context.note(
                    f"the marketplace sends the same {self._noun}s for ever: stopped at {self._last_page()}"
                )
                return False
            wave = min(2 * wave, MOST_PAGES_AT_ONCE)
        return True

    @property
    def at_end(self) -> bool:
        """Whether the last page read was not full."""
        last = max(self.reads.values(), key=lambda read: read.start, default=None)
        return last is not None and last.rows < last.size

    @property
    def odd_pages(self) -> list[PageRead]:
        """Suspicious pages: not full before the end, or with only rows of other pages."""
        return [
            read
            for read in self.reads.values()
            if (read.rows < read.size and read.start + read.rows < self._end) or (read.rows and not read.fresh)
        ]

    @property
    def has_moved(self) -> bool:
        """Whether a page repeated rows of others, or changed when read again: rows moved, or a page was wrong."""
        return any(read.fresh != read.rows for read in self.reads.values())

    async def _read_odd_pages_again(self) -> None:
        odd = self.odd_pages
        if not odd and self.at_end and self.expected not in (None, self._end):
            # The page on which the rows ended may have been cut short.
            odd = [read for read in self.reads.values() if read.start <= self._end < read.start + read.size]
        if not 0 < len(odd) <= MOST_READ_AGAIN:
            return
        self.reader.context.say(f"odd, so read again: {', '.join(self._name(read) for read in odd)}")
        budget = self.reader.budget_seconds
        await self.reader.all_of([self._job(read.start, read.size, TimeBudget(budget)) for read in odd])
        await self._read()  # the parts of split pages
        for read in self.odd_pages:
            what = (
                f"only {self._noun}s of other pages" if read.rows and not read.fresh else f"{read.rows} {self._noun}s"
            )
            self.reader.context.note(f"{self._name(read)} came with {what}, {times(read.times)}")

    @property
    def _end(self) -> int:
        """The row after the last one read."""
        return max((read.start + read.rows for read in self.reads.values() if read.rows), default=0)

    def _enough(self) -> int:
        """The row up to which pages are planned at once: one more than the full ones, which shows the end."""
        if self.expected is None:
            return max(self.planned_to, PAGES_WITHOUT_A_COUNT * self.largest)
        return max(self.planned_to, (self.expected // self.largest + 1) * self.largest)

    def _enough_for_ever(self) -> int:
        """The row at which an endless resource is cut off: each new page would extend the time limit."""
        return (self.expected or 0) + BELIEVED_PAGES * self.largest

    def _plan(self, end: int) -> None:
        if self.last_row is not None and end > self.last_row:
            end, self.is_capped = self.last_row, True
        if end > self.planned_to:
            self.ranges.append(PageRange(self.planned_to, end))
            self.planned_to = end

    def take_over(self, reads: list[PageRead], seen: Iterable[Hashable]) -> None:
        """Resume from the pages of a dead sync: full ones are not read again."""
        self.seen.update(seen)
        for read in sorted(reads, key=lambda read: read.start):
            self.reads[read.start, read.size] = read
            self.distinct += read.fresh
            if read.rows < read.size:
                continue
            if read.start > self.planned_to:
                self.ranges.append(PageRange(self.planned_to, read.start))
            self.planned_to = max(self.planned_to, read.start + read.size)

    async def _read(self) -> None:
        await self.reader.keep_in_flight(self._next)

    def _next(self) -> Job | None:
        while self.over_from is not None and self.ranges and self.ranges[0].start >= self.over_from:
            self.planned_to = min(self.planned_to, self.ranges.popleft().start)
        if not self.ranges:
            return None
        pages = self.ranges.popleft()
        size = self.reader.context.sizes.fit(pages.start, pages.end, pages.below)
        if pages.start + size < pages.end:
            self.ranges.appendleft(PageRange(pages.start + size, pages.end, pages.below, pages.budget))
        budget = (
            TimeBudget(pages.budget.seconds, pages.budget.spent)
            if pages.budget
            else TimeBudget(self.reader.budget_seconds)
        )
        return self._job(pages.start, size, budget)

    def _job(self, start: int, size: int, budget: TimeBudget) -> Job:
        async def read(sent: asyncio.Event) -> None:
            self.asked += 1
            try:
                await self._read_page(start, size, budget, sent)
            finally:
                sent.set()

        return read

    async def _read_page(self, start: int, size: int, budget: TimeBudget, sent: asyncio.Event) -> None:
        reader, context = self.reader, self.reader.context
        has_smaller = context.sizes.has_smaller(size)
        options = RequestOptions(budget, PATIENCE_SECONDS if has_smaller else None, sent)
        number = start // size + 1
        try:
            page = await reader.read(self.filters, number, size, options)
        except (RefusedError, FilterNotHonouredError):
            raise
        except MarketplaceError as error:
            if isinstance(error, SlowError) and has_smaller:
                context.sizes.too_slow(size)
                context.say(f"page {number} of {size} {self._noun}s: {error}; asking for fewer at once")
                self.ranges.appendleft(PageRange(start, start + size, size, budget))
                self._extend()
            elif isinstance(error, MalformedError) and size > 1 and self.malformed < MOST_MALFORMED:
                self.malformed += 1
                context.say(f"page {number} of {size} {self._noun}s: {noted(error)}; asking for fewer at once")
                self.ranges.appendleft(PageRange(start, start + size, size, budget))
            else:
                context.counts.pages_failed += 1
                context.note(f"{self._name(PageRead(start, size))} was given up: {noted(error)}")
                self.given_up.append(start)
                self.over_from = self._where_it_is_over()
            return
        finally:
            self.asked -= 1
        context.sizes.answered(size)
        self.malformed = 0
        read = self.reads.setdefault((start, size), PageRead(start, size))
        read.times += 1
        read.rows = max(read.rows, len(page.rows))
        fresh = self._fresh(reader.store.identities(page))
        read.fresh += fresh
        self.distinct += fresh
        self.over_from = None if fresh else self._where_it_is_over()
        if len(self.reads) % PAGES_BETWEEN_EXTENSIONS == 0:
            self._extend()
        storing = reader.keep(page)
        del page  # so that a page that waits is kept compressed only
        await storing

    def _where_it_is_over(self) -> int | None:
        """The first row of the pages at the end that brought nothing new; None while there are too few of them.

        Not the row after the last offer: a slow page before it may have been put off. Failed pages count only where
        neither a full page before them nor the number of known rows promises more. Beyond the known rows, an outage
        is read through for as many pages as had come before.
        """
        proven = [read for read in self.reads.values() if read.fresh]
        newest = max(proven, key=lambda read: read.start, default=None)
        last = newest.start if newest else -1
        barren = [read for read in self.reads.values() if read.start > last]
        if newest and newest.rows < newest.size:
            likely, most = last, BARREN_AT_THE_END
        else:
            likely = max(last, self.known - 1)
            most = max(BARREN_AT_THE_END, min(len(proven), MOST_PAGES_AT_ONCE))
        failed = [start for start in self.given_up if start > likely]
        lost = {start // self.largest for start in failed}  # the parts of a split page count as one
        is_over = len(barren) >= BARREN_AT_THE_END or (lost and len(barren) + len(lost) >= most)
        if is_over or sum(not read.rows for read in barren) >= EMPTY_AT_THE_END:
            return min([*(read.start for read in barren), *failed])
        return None

    def _forget_the_end(self) -> None:
        """Drop the pages beyond the last row, so that they are read again."""
        beyond = [read for read in self.reads.values() if read.start >= self._end]
        for read in beyond:
            del self.reads[read.start, read.size]
        self.planned_to = min((read.start for read in beyond), default=self.planned_to)
        self.over_from = None

    def _extend(self) -> None:
        """Extend the time limit for the planned pages, as far as the count is believed."""
        proven = sum(read.fresh > 0 for read in self.reads.values())
        self.reader.context.limit.extend(2 + min(self._pages_ahead(), BELIEVED_PAGES + proven))

    def _fresh(self, identities: list[Hashable]) -> int:
        """How many of them are new to this pass; rows without an id count each, even equal ones."""
        new = [identity for identity in identities if identity not in self.seen]
        self.seen.update(new)
        return len({identity for identity in new if isinstance(identity, int)}) + sum(
            not isinstance(identity, int) for identity in new
        )

    def _name(self, read: PageRead) -> str:
        of = "" if read.size == self.largest else f" of {read.size} {self._noun}s"
        return f"page {read.start // read.size + 1}{of}"

    def _last_page(self) -> str:
        return f"page {self.planned_to // self.largest}"

    def _pages_ahead(self) -> int:
        size = self.reader.context.sizes.size
        return self.asked + sum(-(-(each.end - each.start) // size) for each in self.ranges)
