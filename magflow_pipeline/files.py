"""Files that are whole or not there: written without a name where the system can do that, and named at the end.

A process that is killed then leaves nothing. Elsewhere it leaves a file beside the target, which the next writer in
that folder removes. Not here: what is in the files.
"""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

UNFINISHED = ".magflow-unfinished"  # nobody else has files of that name
_HAS_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)  # as file systems and old kernels say it


@dataclass
class Unfinished:
    """A file that is being written; `path` opens it in this process, `target` is the name that it gets."""

    file: IO[bytes]
    path: Path
    target: Path


@contextmanager
def writing(target: Path, mode: int = 0o600) -> Generator[Unfinished]:
    """A file that gets its name at the end of the block, and is on the disk then; after an error there is none.

    `mode` is for those who may read it, less the umask.

    Raises:
        OSError: it cannot be written there.
    """
    sweep(target.parent)
    name = target.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")
    number = _open_nameless(target.parent, mode)
    is_named = number is None
    if number is None:
        number = _open_named(name, mode)
    with open(number, "w+b") as file:  # noqa: PTH123  # a file that is open already
        unfinished = Unfinished(file, name if is_named else Path(_in_proc(number)), target)
        try:
            yield unfinished
            file.flush()
            os.fsync(number)
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                if not is_named:
                    # A folder is named for no other reason than that Python calls linkat then, which follows the link.
                    os.link(_in_proc(number), name.name, dst_dir_fd=folder, follow_symlinks=True)
                    is_named = True
                name.replace(unfinished.target)
                is_named = False
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            if is_named:
                name.unlink(missing_ok=True)


@contextmanager
def writing_whole(path: Path) -> Generator[IO[bytes]]:
    """A file to write to that is there whole at the end of the block, or as before after an error.

    One that is there keeps its mode. It is written in place where another file would be another thing: a device, a
    pipe, somebody else's file, or one with several names.

    Raises:
        OSError: it cannot be written.
    """
    try:
        known = path.stat()
    except FileNotFoundError:
        known = None
    target = path.resolve()  # a link stays one
    if known is not None and (
        not stat.S_ISREG(known.st_mode)
        or known.st_uid != os.geteuid()
        or known.st_nlink > 1
        or not os.access(path, os.W_OK)
        or not os.access(target.parent, os.W_OK)
    ):
        with path.open("wb") as file:
            yield file
        return
    with writing(target, 0o666) as unfinished:
        yield unfinished.file
        if known is not None:
            os.fchmod(unfinished.file.fileno(), stat.S_IMODE(known.st_mode))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as `writing_whole` does.

    Raises:
        OSError: it cannot be written.
    """
    with writing_whole(path) as file:
        file.write(content)


def sweep(folder: Path) -> None:
    """Remove the unfinished files of processes that were killed; one that is alive holds a lock on its file."""
    for path in folder.glob(f".*{UNFINISHED}"):
        with suppress(OSError):
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(number)


def _open_nameless(folder: Path, mode: int) -> int | None:
    """A file without a name; None where there is no such thing."""
    kind: int | None = getattr(os, "O_TMPFILE", None)  # Linux has it
    if kind is None:
        return None
    try:
        number = os.open(folder, os.O_RDWR | kind, mode)
    except OSError as error:
        if error.errno in _HAS_NO_NAMELESS:
            return None
        raise
    if not Path(_in_proc(number)).exists():  # /proc is not mounted: it could get no name
        os.close(number)
        return None
    with suppress(OSError):
        fcntl.flock(number, fcntl.LOCK_EX)  # it has a name for a moment before it has its own
    return number


def _open_named(path: Path, mode: int) -> int:
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with suppress(OSError):  # where nobody can lock, nobody sweeps
            fcntl.flock(number, fcntl.LOCK_EX)
        if os.fstat(number).st_nlink:
            return number
        os.close(number)  # swept between the two


def _in_proc(number: int) -> str:
    return f"/proc/self/fd/{number}"
