"""Bodies of answers as they are kept: compressed with Zstandard, and with zlib by versions before it."""

import zlib

import zstandard

# The quickest: 100 rows in 0.20 ms and 8.6 % of their size; zlib needs 1.9 ms for 8.4 % (benchmarks/bodies.py).
LEVEL = 1


def compressed(body: bytes) -> bytes:
    """A body to keep."""
    return zstandard.compress(body, LEVEL)


def body_of(kept: bytes) -> bytes:
    """The body as it was received."""
    return zstandard.decompress(kept) if kept.startswith(zstandard.FRAME_HEADER) else zlib.decompress(kept)
