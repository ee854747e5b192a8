"""What is shown to people goes through here: foreign text is text, and a display never ends the work."""

import errno
import io
import os
import select
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from magflow_pipeline.settings import forget_impossible_sizes
from magflow_pipeline.text import encodable, visible

PLAIN_WIDTH = 200  # columns of what goes to a file or a log


class Screen(Console):
    """A console that takes no markup from a text, and shows what a terminal would obey.

    As wide as the terminal or COLUMNS; wide enough for a table where there is neither.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)
        if not self.is_terminal and self._width is None:
            self.width = PLAIN_WIDTH

    def print(self, *objects: Any, **options: Any) -> None:
        """Texts as they are, each on a line of its own length."""
        if all(isinstance(each, str | Text) for each in objects):
            options = {"soft_wrap": True, **options}
        super().print(*(self.fit(each) if isinstance(each, str) else each for each in objects), **options)

    def fit(self, text: str) -> str:
        """`text` as this screen can show it."""
        return encodable(visible(text), self.encoding)


class _Output(io.FileIO):
    """A standard stream whose trouble is nobody else's: after the first, what is written goes nowhere."""

    lost: OSError | None = None
    is_told = False

    def write(self, data: Any, /) -> int:
        """Write all of it, or note why it could not be."""
        left = memoryview(data).cast("B")
        size = len(left)
        while len(left) and self.lost is None:
            try:
                written = super().write(left)
            except OSError as error:  # the reader has gone, the disk is full, the terminal is closed
                self.lost = error
            else:
                if not written:  # somebody made the pipe one that does not wait
                    select.select([], [self], [])
                left = left[written or 0 :]
        return size


_outputs: list[_Output] = []


def protect_streams() -> None:
    """Let no trouble of stdout or stderr reach the work, and no character that they cannot encode."""
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
    """Why what was written to stdout is not there; None when it is, its reader had seen enough, or it was told."""
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
