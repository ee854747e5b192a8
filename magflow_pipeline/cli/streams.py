"""stdout and stderr of a command: a closed terminal or a full disk never ends the work.

Imports nothing heavy: the command's help loads this module.
"""

import errno
import io
import os
import re
import select
import sys
from typing import Any


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


def forget_impossible_sizes() -> None:
    """Remove invalid sizes of the terminal from the environment: with 0 columns nothing would be shown at all."""
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH"):
        if not re.fullmatch(r"[1-9][0-9]{0,4}", os.environ.get(name, "1")):
            del os.environ[name]
