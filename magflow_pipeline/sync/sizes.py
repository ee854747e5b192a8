"""How many offers to ask for at once: fewer when the marketplace does not answer in time, and back."""

from dataclasses import dataclass, field

SMALLER = (50, 20, 10)
GROW_AFTER = 3  # answers in a row at one size before a larger one is tried


def ladder(largest: int) -> tuple[int, ...]:
    """The sizes to go down: those that pages of the largest can be cut into.

    >>> ladder(100), ladder(40), ladder(37)
    ((100, 50, 20, 10), (40, 20, 10), (37,))
    """
    return (largest, *(size for size in SMALLER if size < largest and largest % size == 0))


@dataclass
class PageSizes:
    """The size at the moment, as the answers so far suggest."""

    largest: int
    sizes: tuple[int, ...] = field(init=False)
    step: int = 0
    answers: int = 0

    def __post_init__(self) -> None:
        self.sizes = ladder(self.largest)

    @property
    def size(self) -> int:
        """What to ask for now."""
        return self.sizes[self.step]

    def has_smaller(self, size: int) -> bool:
        """Whether there is something smaller to ask for than `size`."""
        return size > self.sizes[-1]

    def fit(self, start: int, end: int, below: int | None = None) -> int:
        """The largest size, not above the present one (nor `below` or more), that a page from row `start` can have.

        Pages are numbered by their size, so `start` has to be a multiple of it; the page must not pass `end`, the
        end of a larger page that it is a part of. Where none fits it is a single row: below the smallest size, for a
        page that cannot be read at all.
        """
        fitting = (
            size
            for size in self.sizes
            if size <= self.size and (below is None or size < below) and start % size == 0 and start + size <= end
        )
        return next(fitting, 1)

    def too_slow(self, size: int) -> None:
        """A page of `size` did not come in time."""
        if size <= self.size and self.has_smaller(size):
            self.step = self.sizes.index(size) + 1
        self.answers = 0

    def answered(self, size: int) -> None:
        """A page of `size` came: after a few of the present size, the next larger one is tried."""
        if size != self.size or self.step == 0:
            return
        self.answers += 1
        if self.answers >= GROW_AFTER:
            self.step, self.answers = self.step - 1, 0
