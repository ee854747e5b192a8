"""All output for people: foreign text is escaped, and a closed terminal or a full disk never ends the work."""

import errno
import io
import os
import select
import sys
import textwrap
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from magflow_pipeline.settings import forget_impossible_sizes
from magflow_pipeline.text import encodable, visible

PLAIN_WIDTH = 200  # columns of output to a file or a log


class Screen(Console):
    """A console that ignores markup in texts, and shows control characters as escapes.

    As wide as the terminal or COLUMNS; where there is neither, PLAIN_WIDTH columns.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)
        if not self.is_terminal and self._width is None:
            self.width = PLAIN_WIDTH

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; texts are escaped. On a terminal lines end between words; a longer word, such as a path, stays whole.

        Elsewhere lines are as long as their texts.
        """
        if all(isinstance(each, str | Text) for each in objects):
            options = {"soft_wrap": True, **options}
        super().print(
            *(self._wrapped(self.fit(each)) if isinstance(each, str) else each for each in objects), **options
        )

    def _wrapped(self, text: str) -> str:
        if not self.is_terminal:
            return text
        wrap = partial(textwrap.fill, width=self.width, break_long_words=False, break_on_hyphens=False)
        return "\n".join(wrap(line) if len(line) > self.width else line for line in text.split("\n"))

    def fit(self, text: str) -> str:
        """`text` escaped, in the characters of this screen's encoding."""
        return encodable(visible(text), self.encoding)


class _Output(io.FileIO):
    """A standard stream that never raises: after its first error, writes are discarded."""

    lost: OSError | None = None
    is_told = False

    def write(self, data: Any, /) -> int:
        """Write all of `data`, or keep the error in `lost`."""
        left = memoryview(data).cast("B")
        size = len(left)
        while len(left) and self.lost is None:
            try:
                written = super().write(left)
            except OSError as error:  # the reader has gone, the disk is full, the terminal is closed
                self.lost = error
            else:
                if not written:  # another process made the pipe non-blocking, and it is full
                    select.select([], [self], [])
                left = left[written or 0 :]
        return size


_outputs: list[_Output] = []


def protect_streams() -> None:
    """Replace stdout and stderr by streams that raise neither on lost output nor on characters they cannot encode."""
    forget_impossible_sizes()
    for name, number in (("stdout", 1), ("stderr", 2)):
        old = getattr(sys, name)
        output = _Output(number if old is not None else os.open(os.devnull, os.O_WRONLY), "w", closefd=False)
        if old is None:
            output.lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
        stream = io.TextIOWrapper(
            io.BufferedWriter(output),
            encoding=getattr(old, "encoding", None) or "utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, stream)
        _outputs.append(output)


def lost_output() -> OSError | None:
    """Why output to stdout was lost; None if it was not, if its reader closed the pipe, or once it was returned."""
    if not _outputs or _outputs[0].is_told:
        return None
    sys.stdout.flush()
    lost = _outputs[0].lost
    _outputs[0].is_told = lost is not None
    return None if lost is None or lost.errno == errno.EPIPE else lost


def one_place() -> bool:
    """Whether stdout and stderr lead to the same terminal, file or pipe."""
    try:
        return os.path.sameopenfile(1, 2)
    except OSError:  # one of them is closed
        return False
