"""The page size in rows: smaller when the marketplace does not answer in time, then larger again."""

from dataclasses import dataclass, field

SMALLER = (50, 20, 10)
GROW_AFTER = 3  # answers in a row at one size before a larger one is tried


def ladder(largest: int) -> tuple[int, ...]:
    """The sizes to step down through: those that divide the largest.

    >>> ladder(100), ladder(40), ladder(37)
    ((100, 50, 20, 10), (40, 20, 10), (37,))
    """
    return (largest, *(size for size in SMALLER if size < largest and largest % size == 0))


@dataclass
class PageSizes:
    """The current page size, adapted to the answers so far."""

    largest: int
    sizes: tuple[int, ...] = field(init=False)
    step: int = 0
    answers: int = 0

    def __post_init__(self) -> None:
        self.sizes = ladder(self.largest)

    @property
    def size(self) -> int:
        """The current size."""
        return self.sizes[self.step]

    def has_smaller(self, size: int) -> bool:
        """Whether there is a smaller page size than `size`."""
        return size > self.sizes[-1]

    def fit(self, start: int, end: int, below: int | None = None) -> int:
        """The largest size, up to the current one and under `below`, that a page from row `start` can have.

        Pages are numbered by their size, so `start` has to be a multiple of it; the page must not pass `end`, the
        end of the split page that it is a part of. Where no size fits it is 1: single rows of a page that cannot be
        read otherwise.
        """
        fitting = (
            size
            for size in self.sizes
            if size <= self.size and (below is None or size < below) and start % size == 0 and start + size <= end
        )
        return next(fitting, 1)

    def too_slow(self, size: int) -> None:
        """A page of `size` timed out: step down."""
        if size <= self.size and self.has_smaller(size):
            self.step = self.sizes.index(size) + 1
        self.answers = 0

    def answered(self, size: int) -> None:
        """A page of `size` was read: after a few of the current size, step up."""
        if size != self.size or self.step == 0:
            return
        self.answers += 1
        if self.answers >= GROW_AFTER:
            self.step, self.answers = self.step - 1, 0
